"""The smallest input at which a spec still makes a network: what `verify --quick` runs at."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.errors import SpecError
from cnncalc.graph import Graph, Input
from cnncalc.spec.document import Choice, Document, document
from cnncalc.spec.expand import Expander

LEAST = 32
"""No axis goes below this where the spec's own input is larger: a network at 1×2 would show little."""

ONE_BY_ONE = 128
"""So many sizes of an axis are tried in a row; above them, the search doubles and then halves."""


def smallest(graph: Graph) -> Graph:
    """The same network at the smallest sizes that it accepts, no two axes alike, so that swapped ones are seen.

    The first axis is made as small as can be, then the next one with that, and so on; never larger than they were. What
    cannot be made so stays as it is. With several inputs the others keep their proportion to the first. Long axes are
    searched as if a network that accepts a size accepted the larger ones too.
    """
    doc = document(graph.text, Choice(graph.variant, graph.overrides,
                                      {each.name: each.shape for each in graph.inputs}))
    limit = max(200_000, len(graph.nodes))
    sizes = graph.inputs[0].shape[1:]
    chosen: tuple[int, ...] = ()
    for axis, size in enumerate(sizes):
        first, rest = (LEAST if size > LEAST else 1), sizes[axis + 1:]
        found = _first(range(first, size + 1), lambda n, before=chosen, after=rest: (  # type: ignore[misc]
            n not in before and _at(doc, (*before, n, *after), limit) is not None))
        if found is None:
            return graph
        chosen = (*chosen, found)
    return _at(doc, chosen, limit) or graph


def _first(sizes: range, accepted: Callable[[int], bool]) -> int | None:
    """The first accepted size: one by one, then at doubled distances and by bisection; None if there is none."""
    for size in sizes[:ONE_BY_ONE]:
        if accepted(size):
            return size
    below, distance = ONE_BY_ONE - 1, ONE_BY_ONE
    while below < len(sizes) - 1:
        above = min(below + distance, len(sizes) - 1)
        if accepted(sizes[above]):
            while above - below > 1:
                middle = (above + below) // 2
                above, below = (middle, below) if accepted(sizes[middle]) else (above, middle)
            return sizes[above]
        below, distance = above, 2 * distance
    return None


def _at(doc: Document, sizes: tuple[int, ...], limit: int) -> Graph | None:
    """The network with the first input at these sizes, or None if it does not accept them."""
    first = doc.inputs[0].shape[1:]
    inputs: list[Input] = []
    for each in doc.inputs:
        channels, *old = each.shape
        if len(old) == len(first):
            scaled = [divmod(n * size, whole) for n, size, whole in zip(old, sizes, first, strict=True)]
            if any(rest or not size for size, rest in scaled):
                return None
            old = [size for size, _ in scaled]
        inputs.append(each._replace(shape=(channels, *old)))
    try:
        # `build` would search for fitting sizes itself, every time that it is refused.
        return Expander(doc._replace(inputs=tuple(inputs)), limit).graph()
    except SpecError:
        return None
