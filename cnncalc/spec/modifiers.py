"""A step under its modifiers: whether it is there, over which tensors and how often it is built, with whose weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.errors import Fault
from cnncalc.layers.forms import told
from cnncalc.spec import repetition
from cnncalc.spec.arguments import Site, Use
from cnncalc.spec.paths import Prefix
from cnncalc.spec.references import value_of
from cnncalc.spec.scope import Bundle, Current, Entry, Place
from cnncalc.spec.source import Listing, Scalar, Tree
from cnncalc.spec.values import Values, plain

if TYPE_CHECKING:
    from cnncalc.spec.expand import Expander

_PLAIN = frozenset(("name", "from"))
"""Modifiers that leave a step a single one."""


def perform(expander: Expander, use: Use, place: Place, prefix: Prefix, entry: Entry) -> Current:
    """A step under its modifiers."""
    if use.modifiers.keys() <= _PLAIN:
        return expander.once(use, place, Site(entry.path, entry, prefix, None))
    if not use.name:
        _check_alone(use)
    if "when" in use.modifiers and not condition(expander.values, use.modifiers["when"]):
        return _absent(expander, use, place, entry)
    shared = repetition.sharing(expander.values, use, entry) if "share" in use.modifiers else None
    if "each" in use.modifiers:
        return _each(expander, use, place, entry, shared)
    return _repeat(expander, use, place, prefix, entry, None, shared)


def _check_alone(use: Use) -> None:
    """Refuse modifiers that do nothing on a step without a kind: `when` decides whether there is a tuple, no more."""
    tree = use.modifiers["from"][0] if "from" in use.modifiers else None
    several = isinstance(tree, Listing) or (isinstance(tree, Scalar) and tree.text[:1] == "$")
    key = next((key for word, (key, _) in use.step.modifiers.items()
                if word not in _PLAIN and not (word == "when" and several)), None)
    if key is not None:
        raise Fault(f"a step without a kind has no `{key.text}`", code="bad-step",
                    help="put it into a group: `{layers: [{from: a}], when: …}`" if key.text == "when" else
                    "write a kind, or remove it").on(key.span)


def condition(values: Values, modifier: tuple[Tree, Place]) -> bool:
    """The value of a `when`."""
    tree, lexical = modifier
    value = values.of(tree, lexical)
    if not isinstance(value, bool):
        raise Fault(f"`when` is `true` or `false`, not {told(plain(value))}",
                    help=values.written_so(value) or "write a comparison, as in `$stride != 1`").on(tree.span)
    return value


def _absent(expander: Expander, use: Use, place: Place, entry: Entry) -> Current:
    """A step that is not there hands on its own input: the one tensor that `from` names, else the current one."""
    entry.absent = True
    if "repeat" in use.modifiers or "each" in use.modifiers:
        entry.repetitions = []
    branches = isinstance(use.what, type) and use.what.merges and use.step.primary is not None
    if "from" in use.modifiers and not branches:
        tree, lexical = use.modifiers["from"]
        found = expander.values.references(tree, lexical, "from")
        if len(found) == 1:
            return value_of(found[0][0])
    return expander.there(place.current)


def _each(expander: Expander, use: Use, place: Place, entry: Entry, shared: repetition.Sharing | None) -> Current:
    """Apply a step to every tensor of a list; the result is the tuple."""
    tree, lexical = use.modifiers["each"]
    if "from" in use.modifiers:
        raise Fault("`each` and `from` both say where the input comes from", code="bad-step").on(tree.span)
    starts = [value_of(found) for found, _ in expander.values.references(tree, lexical, "each")]
    if len(starts) == 1 and isinstance(starts[0], Bundle):
        starts = list(starts[0].members)
    if not starts:
        raise Fault("`each` names no tensor").on(tree.span)
    entry.repetitions = []
    expander.builder.scope(entry.path, use.block, None, use.step.span)
    for number, start in enumerate(starts):
        expander.limits.step(use.step.span, place.frame)
        child = Entry(f"{entry.path}.{number}", use.name)
        entry.repetitions.append(child)
        here = Place(place.frame.within({}), start)
        try:
            child.value = _repeat(expander, use, here, Prefix(child.path), child, number, shared)
        finally:
            child.unfinished = False
    return Bundle(tuple(child.value for child in entry.repetitions), (None,) * len(starts))


def _repeat(expander: Expander, use: Use, place: Place, prefix: Prefix, entry: Entry, element: int | None,
            shared: repetition.Sharing | None) -> Current:
    """A step once, or in sequence; `element` is its number in an `each`."""
    first = repetition.first(use)
    if "repeat" not in use.modifiers:
        return _shared(expander, use, place, Site(entry.path, entry, prefix, element), shared, not element)
    loops = repetition.loops(expander.values, use)
    if not loops:
        return _absent(expander, use, place, entry)
    entry.repetitions = []
    expander.builder.scope(entry.path, use.block, element, use.step.span)
    current = place.current
    for number, variables in enumerate(loops):
        expander.limits.step(use.step.span, place.frame)
        child = Entry(f"{entry.path}.{number}", use.name)
        frame = place.frame.within(variables)
        written = frame if use.place.frame is place.frame else use.place.frame.within(variables)
        now = use._replace(place=Place(written, current))
        if number == 0 and first is not None:
            tree, lexical = use.modifiers["first"]
            seen = Place(frame if lexical.frame is place.frame else lexical.frame.within(variables), current)
            now = now._replace(first=first, modifiers={**use.modifiers, "first": (tree, seen)})
        if number == 1 and "from" in use.modifiers:
            use = use._replace(modifiers={key: value for key, value in use.modifiers.items() if key != "from"})
            now = now._replace(modifiers=use.modifiers)
        site = Site(child.path, child, Prefix(child.path), number)
        child.value = current = _shared(expander, now, Place(frame, current), site, shared, not element and number == 0)
        child.unfinished = False
        entry.repetitions.append(child)
    return expander.there(current)


def _shared(expander: Expander, use: Use, place: Place, site: Site, shared: repetition.Sharing | None,
            first: bool) -> Current:
    """One instance, with the weights of another where `share` says so."""
    pair = shared.pair(site.path, first) if shared is not None else None
    if pair is None:
        return expander.once(use, place, site)
    expander.sharing.append(pair)
    try:
        return expander.once(use, place, site)
    finally:
        expander.sharing.pop()
