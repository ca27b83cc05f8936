"""Where layers take their inputs from, compared under an alignment.

An edge that runs through a layer that came, went or moved is changed by that layer and is no change of its own: only
what is left unexplained is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnncalc.compare.align import Alignment
from cnncalc.graph import Graph

COMMUTATIVE = frozenset({"add", "mul", "max"})
"""Kinds that do not care about the order of their inputs."""

WIDTH = 16
"""How many matched tensors behind an unmatched one are remembered; it bounds the work on densely joined networks."""


class Edges(NamedTuple):
    """What the comparison of edges needs: tensors of one network as tensors of the other, and what is behind new ones.

    `image` maps a tensor of the first network to one of the second, or -1; `origin` the other way. `behind_a` and
    `behind_b` give, for tensors without a partner, the nearest tensors with one that they come from. `moved_a` and
    `moved_b` map the tensors of moved items to their place in the alignment's list.
    """

    image: list[int]
    origin: list[int]
    behind_a: dict[int, frozenset[int]]
    behind_b: dict[int, frozenset[int]]
    moved_a: dict[int, int]
    moved_b: dict[int, int]


def edges_of(a: Graph, b: Graph, alignment: Alignment) -> Edges:
    """The tables for two aligned networks."""
    first_a, first_b = len(a.inputs), len(b.inputs)
    image = [-1] * (first_a + len(a.nodes))
    origin = [-1] * (first_b + len(b.nodes))
    for x, y in input_pairs(a, b):
        image[x], origin[y] = y, x
    for i, j in alignment.pairs:
        image[first_a + i] = first_b + j
        origin[first_b + j] = first_a + i
    moved_a: dict[int, int] = {}
    moved_b: dict[int, int] = {}
    if alignment.trees is not None:
        for number, (x, y) in enumerate(alignment.moved):
            moved_a.update((first_a + leaf, number) for leaf in alignment.trees[0].below(x))
            moved_b.update((first_b + leaf, number) for leaf in alignment.trees[1].below(y))
    return Edges(image, origin, _behind(a, image), _behind(b, origin), moved_a, moved_b)


def input_pairs(a: Graph, b: Graph) -> list[tuple[int, int]]:
    """Network inputs that stand for each other: by name, and the rest in order."""
    names = {each.name: index for index, each in enumerate(b.inputs)}
    pairs = [(index, names[each.name]) for index, each in enumerate(a.inputs) if each.name in names]
    left, right = {x for x, _ in pairs}, {y for _, y in pairs}
    return pairs + list(zip((x for x in range(len(a.inputs)) if x not in left),
                            (y for y in range(len(b.inputs)) if y not in right), strict=False))


def _behind(graph: Graph, partners: list[int]) -> dict[int, frozenset[int]]:
    found: dict[int, frozenset[int]] = {}
    first = len(graph.inputs)
    for tensor in [tensor for tensor in range(first, len(partners)) if partners[tensor] < 0]:
        sources: set[int] = set()
        for source in graph.nodes[tensor - first].inputs:
            sources |= {source} if partners[source] >= 0 else found.get(source, frozenset())
        found[tensor] = frozenset(sorted(sources)[-WIDTH:])
    return found


class Judgement(NamedTuple):
    """How the sources of a matched layer compare: changed on their own account, or by which moved items."""

    changed: bool
    moves: frozenset[int]


UNCHANGED = Judgement(False, frozenset())


def judge(edges: Edges, ours: Sequence[int], theirs: Sequence[int], here: tuple[int, int] = (-1, -1),
          ordered: bool = True) -> Judgement:
    """Compare the sources of a matched layer, whose tensors are `here`, or the outputs of two networks."""
    before = [edges.image[source] for source in ours]
    after = list(theirs)
    if before == after:
        return UNCHANGED
    if -1 not in before and sorted(before) == sorted(after):
        return Judgement(ordered, frozenset())
    lost, gained = _leftovers(ours, before, after)
    moves = {edges.moved_a[source] for source in (*lost, here[0]) if source in edges.moved_a}
    moves |= {edges.moved_b[source] for source in (*gained, here[1]) if source in edges.moved_b}
    if moves:
        return Judgement(False, frozenset(moves))
    # An edge that was lost is explained by a new layer on it; one that was gained, by a layer on it that went.
    fresh = _all_behind(edges.behind_b, gained)
    gone = _all_behind(edges.behind_a, lost)
    explained = (all(edges.image[x] < 0 or edges.image[x] in fresh for x in lost)
                 and all(edges.origin[y] < 0 or edges.origin[y] in gone for y in gained))
    if not explained:
        moves = {edges.moved_a[source] for source in gone if source in edges.moved_a}
        moves |= {edges.moved_b[source] for source in fresh if source in edges.moved_b}
    return Judgement(not explained and not moves, frozenset(moves))


def _all_behind(behind: dict[int, frozenset[int]], tensors: list[int]) -> set[int]:
    """What is behind those of the tensors that have no partner."""
    found: set[int] = set()
    for tensor in tensors:
        found |= behind.get(tensor, frozenset())
    return found


def _leftovers(sources: Sequence[int], before: list[int], after: list[int]) -> tuple[list[int], list[int]]:
    """The sources that only one side has; equal ones go in pairs."""
    counts: dict[int, int] = {}
    for tensor in after:
        counts[tensor] = counts.get(tensor, 0) + 1
    lost = []
    for source, tensor in zip(sources, before, strict=True):
        if counts.get(tensor, 0) > 0:
            counts[tensor] -= 1
        else:
            lost.append(source)
    return lost, [tensor for tensor, count in counts.items() for _ in range(count)]
