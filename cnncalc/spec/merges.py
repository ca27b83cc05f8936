"""Branches and merges: a kind that joins tensors, or `parallel`, which makes a tuple of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from cnncalc.errors import Fault
from cnncalc.graph import Tensor
from cnncalc.layers.base import Shape
from cnncalc.layers.window import times
from cnncalc.spec.arguments import Made, Site, Use
from cnncalc.spec.modifiers import condition
from cnncalc.spec.scope import Bundle, Current, Entry, Failed, Place, Unknown
from cnncalc.spec.source import Listing, Scalar, Table, Tree
from cnncalc.spec.steps import check_name

if TYPE_CHECKING:
    from cnncalc.spec.expand import Expander


def merge(expander: Expander, use: Use, place: Place, site: Site) -> Current:
    """Join the tensors that branches make, that `from` names, or that are current."""
    tree = use.step.primary
    for key, value in use.step.args:
        if key.text == "branches" and tree is None:
            tree = value
        elif use.what is None:
            raise Fault("`parallel` takes branches and no other argument", code="unknown-argument").on(key.span)
    made = expander.arguments.layer(use, branches=True) if use.what is not None else None
    if tree is None:
        start = expander.source(use, place)
        if "from" not in use.modifiers and isinstance(start, Tensor):
            raise Fault(f"`{use.name}` has nothing to join with the current tensor", code="needs-tensors",
                        help=f"write its branches, or `{{{use.name}, from: [a, prev]}}`").on(use.step.span)
        parts = start if isinstance(start, Bundle) else Bundle((start,), (None,))
    else:
        first = expander.start(use, place)
        several = "from" in use.modifiers and isinstance(use.modifiers["from"][0], Listing)
        if several and isinstance(first, Bundle):
            raise Fault(f"`{use.name}` takes `from: […]` or contains its branches, not both", code="bad-step",
                        help="write the tensors as branches: `[{from: a}]`")
        parts = _branches(expander, use, tree, Place(place.frame, first), site)
    if any(isinstance(member, Failed) for member in parts.members):
        raise Unknown
    return parts if made is None else _join(expander, use, site, made, parts)


def _join(expander: Expander, use: Use, site: Site, made: Made, parts: Bundle) -> Current:
    """A merge of one tensor is that tensor; of none, an error."""
    expander.limits.join(parts.size, use.step.span, use.place.frame)
    named = list(leaves(parts))
    if not named:
        written = use.step.primary is not None and use.step.primary[0]      # its items, or its entries
        raise Fault(f"`{use.name}` has nothing to join", code="needs-tensors",
                    help="every branch of it is absent" if written else f"write `{{{use.name}, from: [a, prev]}}`")
    if len(named) == 1:
        if f"{site.path}.0" in expander.builder.scopes:
            expander.builder.scope(site.path, None, site.number, use.step.span)
        return named[0][1]
    try:
        return expander.add(use, site, made, tuple(tensor for _, tensor in named))
    except Fault as fault:
        if fault.code == "shape-mismatch":
            shapes = [(name, tensor.shape) for name, tensor in named]
            differing = [pair for pair in shapes if pair[1] != shapes[0][1]][:5] or shapes[1:6]
            fault.detail = ", ".join(f"{name} gives {times(shape)}" for name, shape in (shapes[0], *differing))
            fault.help = fault.help or _way_out(use.name, shapes)
        raise


def _way_out(kind: str, shapes: list[tuple[str, Shape]]) -> str:
    """What would make the shapes fit: a projection with a stride, or a crop to the smallest. Nothing between ranks."""
    if len({len(shape) for _, shape in shapes}) > 1:
        return ""
    target = min((shape for _, shape in shapes), key=lambda shape: prod(shape[1:]))
    name, other = next((pair for pair in shapes if pair[1][1:] != target[1:]),
                       next((pair for pair in shapes if pair[1] != target), ("", target)))
    strides = {-(-n // o) for n, o in zip(other[1:], target[1:], strict=True)}
    if kind != "concat" and len(strides) == 1:
        stride = strides.pop()
        if all(-(-n // stride) == o for n, o in zip(other[1:], target[1:], strict=True)):
            return f"project {name}: {{conv: {target[0]}, kernel: 1" + (f", stride: {stride}}}" if stride > 1 else "}")
    if other[1:] != target[1:]:
        return f"crop {name}: {{crop: {list(target[1:])}}}"
    return ""


def _branches(expander: Expander, use: Use, tree: Tree, place: Place, site: Site) -> Bundle:
    results: list[Current] = []
    names: list[str | None] = []
    if use.what is None and isinstance(tree, Listing):
        expander.builder.scope(site.path, None, site.number, use.step.span)
    for key, component, path, written in _listed(use, tree, site):
        expander.limits.step(written.span, place.frame)
        steps, present = _present(expander, written, place)
        if not present:
            continue
        inner = expander.names.prefix(path, steps)
        entry = Entry(path, "branch", inner.entries)
        site.entry.members[component] = entry
        if key is not None:
            last = path.rpartition(".")[2]
            site.prefix.entries.setdefault(last, entry)
            place.frame.branches.setdefault(last, entry)
        expander.builder.scope(path, None, None, written.span)
        try:
            if isinstance(steps, Scalar) and not steps.text:
                entry.value = expander.there(place.current)
            else:
                entry.value = expander.nested(steps, place, inner)
        finally:
            entry.unfinished = False
        results.append(entry.value)
        names.append(key)
    return Bundle(tuple(results), tuple(names))


def _listed(use: Use, tree: Tree, site: Site) -> Iterator[tuple[str | None, str, str, Tree]]:
    """Every branch: its key, its name below the merge, its path, and its steps."""
    if isinstance(tree, Table):
        for key, steps in tree.entries:
            _check_no_argument(use, key, steps)
            check_name(key.text, key.span, "branch", ("prev", "in"))
            yield key.text, key.text, site.prefix.join(site.prefix.key(key.text)), steps
        return
    if not isinstance(tree, Listing):
        raise Fault(f"`{use.name}` contains its branches, or takes `from: […]`", code="bad-step",
                    help=f"write `{use.name}: {{a: […], b: […]}}` or `{{{use.name}, from: [a, b]}}`").on(tree.span)
    for number, steps in enumerate(tree.items):
        if not isinstance(steps, Listing) and _branch_of(steps) is None:
            raise Fault(f"in a list of branches every branch is a list, and number {number + 1} is a bare step",
                        code="ambiguous-branch", detail="one branch of several steps, or several branches?",
                        help=f"`{use.name}: [[a], [b]]` has two branches, `{use.name}: [[a, b]]` has one of two "
                             "steps").on(steps.span)
        yield None, str(number), f"{site.path}.{number}", steps


def _check_no_argument(use: Use, key: Scalar, steps: Tree) -> None:
    """An argument that was put among the branches: its value is no step. Raises `Fault`."""
    fields = use.what.fields if isinstance(use.what, type) else {}
    if key.text in fields and isinstance(steps, Scalar) and (steps.text in ("true", "false") or steps.text.isdigit()):
        raise Fault(f"`{key.text}` stands among the branches of `{use.name}`", code="bad-step",
                    help=f"put it beside them: `{{{use.name}: {{…}}, {key.text}: {steps.text}}}`").on(key.span)


def _branch_of(steps: Tree) -> Tree | None:
    """The steps in `{branch: […], when: …}`; None where this is no such mapping."""
    return steps.get("branch") if isinstance(steps, Table) else None


def _present(expander: Expander, steps: Tree, place: Place) -> tuple[Tree, bool]:
    """The steps of a branch, and whether it is there: `{branch: […], when: c}` is missing if c is false."""
    inner = _branch_of(steps)
    if not isinstance(steps, Table) or inner is None:
        return steps, True
    present = True
    for key, value in steps.entries:
        if key.text == "when":
            present = condition(expander.values, (value, place))
        elif key.text != "branch":
            raise Fault(f"a branch has no `{key.text[:60]}`", code="unknown-argument",
                        help="write `{branch: […], when: …}`").on(key.span)
    return inner, present


def leaves(parts: Bundle, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """The tensors of a tuple with their names, tuples in it spliced."""
    for number, member in enumerate(parts.members):
        name = prefix + (parts.names[number] or str(number))
        if isinstance(member, Bundle):
            yield from leaves(member, name + ".")
        elif isinstance(member, Tensor):
            yield name, member
