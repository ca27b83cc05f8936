"""The smallest input at which a spec still makes a network: what `verify --quick` runs at."""

from __future__ import annotations

from cnncalc.errors import SpecError
from cnncalc.graph import Graph
from cnncalc.layers.base import Shape
from cnncalc.spec.document import Choice
from cnncalc.spec.expand import build

LEAST = 32
"""No axis goes below this where the spec's own input is larger: a network at 1×2 would show little."""


def smallest(graph: Graph) -> Graph:
    """The same network at the smallest sizes that it accepts, no two axes alike, so that swapped ones are seen.

    The first axis is made as small as can be, then the next one with that, and so on; never larger than they were. What
    cannot be made so stays as it is. With several inputs the others keep their proportion to the first.
    """
    sizes = graph.inputs[0].shape[1:]
    chosen: tuple[int, ...] = ()
    found = graph
    for axis, size in enumerate(sizes):
        for smaller in range(min(LEAST, size) if size > LEAST else 1, size + 1):
            if smaller in chosen:
                continue
            made = _at(graph, (*chosen, smaller, *sizes[axis + 1:]))
            if made is not None:
                found, chosen = made, (*chosen, smaller)
                break
        else:
            return graph
    return found


def _at(graph: Graph, sizes: tuple[int, ...]) -> Graph | None:
    """The network with the first input at these sizes, or None if it does not accept them."""
    shapes: dict[str, Shape] = {}
    first = graph.inputs[0].shape[1:]
    for each in graph.inputs:
        channels, *old = each.shape
        if len(old) == len(first):
            scaled = [divmod(n * size, whole) for n, size, whole in zip(old, sizes, first, strict=True)]
            if any(rest or not size for size, rest in scaled):
                return None
            old = [size for size, _ in scaled]
        shapes[each.name] = (channels, *old)
    try:
        return build(graph.text, Choice(graph.variant, graph.overrides, shapes), max(200_000, len(graph.nodes)))
    except SpecError:
        return None
