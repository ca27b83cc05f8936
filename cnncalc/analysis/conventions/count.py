"""A convention applied to a network: the formulas, evaluated for every layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.analysis.conventions import Convention
from cnncalc.analysis.conventions.formula import Formula
from cnncalc.analysis.conventions.quantities import QUANTITIES, Scene, scene
from cnncalc.errors import Fault, SpecError
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Layer
from cnncalc.layers.forms import show, whole_number
from cnncalc.patterns import matches
from cnncalc.spec.source import Listing, Scalar, Table, read


def count(convention: Convention, graph: Graph, batch: int) -> list[int]:
    """The FLOPs of every layer for a whole batch, in order; equal layers are computed once.

    Raises:
        Fault: the convention refuses a layer, or gives it a number that is not whole or below zero.
    """
    functional = functional_in(graph)
    known: dict[tuple[str, int, int, bool], int] = {}
    result = []
    for node in graph.nodes:
        called = functional(node.path)
        # The builder keeps one facts record per layer and input shapes, for as long as the graph lives.
        key = (node.layer.kind, id(node.layer), id(node.facts), called)
        value = known.get(key)
        if value is None:
            value = known[key] = _flops(convention, node, scene(graph, node, batch, called))
        result.append(value)
    return result


def rule_of(convention: Convention, layer: Layer) -> Formula | None:
    """The formula for a layer, the one for other kinds included; None where no case of its argument holds."""
    rule = convention.rules.get(layer.kind) or convention.others
    return rule if rule is None or isinstance(rule, Formula) else rule.choose(layer)


def lookup_in(at: Scene) -> Callable[[tuple[str, ...]], Any]:
    """The names that a formula may use, with their values for one layer; quantities first, then its arguments."""
    def lookup(parts: tuple[str, ...]) -> Any:
        quantity = QUANTITIES.get(parts[0])
        value = quantity.of(at) if quantity else getattr(at.layer, parts[0], None)
        if not isinstance(value, int | float):
            raise Fault(f"`${parts[0]}` is `{show(value)}` here, not a number", code="bad-convention")
        return value

    return lookup


def _flops(convention: Convention, node: Node, at: Scene) -> int:
    found = rule_of(convention, node.layer)
    if found is None or found.value is None:
        raise Fault(f"the convention `{convention.name}` has no number for `{node.path}`, a `{node.layer.kind}`",
                    code="uncounted", detail=convention.reason, help="count it under another convention")
    try:
        value = found.of(lookup_in(at))
    except Fault as fault:
        raise _wrong(convention, found, f"cannot count `{node.path}`: {fault.message}") from None
    whole = whole_number(value)
    if whole is None or whole < 0:
        raise _wrong(convention, found, f"gives `{node.path}` {show(value)} FLOPs, which is not a whole number")
    return whole


def _wrong(convention: Convention, found: Formula, what: str) -> Fault:
    return Fault(f"the convention `{convention.name}` {what}", code="bad-convention",
                 detail=f"`{found.text}` in {convention.label}, line {found.span.line}",
                 help=f"correct the formula in {convention.label}")


def functional_in(graph: Graph) -> Callable[[str], bool]:
    """Which layers the published code calls as functions: those whose paths match the spec's `x-functional`."""
    patterns = _patterns(graph)
    return lambda path: any(matches(pattern, path) for pattern in patterns)


def _patterns(graph: Graph) -> list[str]:
    if "x-functional" not in graph.text.text:
        return []
    try:
        tree = read(graph.text)
    except SpecError:
        return []  # not written in the language: the graph was made from another format
    value = tree.get("x-functional") if isinstance(tree, Table) else None
    items = value.items if isinstance(value, Listing) else [value]
    return [item.text for item in items if isinstance(item, Scalar) and item.text]
