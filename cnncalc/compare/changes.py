"""What changed between two aligned networks: causes apart from effects.

A cause is what somebody wrote: an argument, a layer that came or went, an edge. An effect is a layer that is the same
and only has another size or cost, because of a cause before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from cnncalc.analysis import Analysis, LayerCost, Totals
from cnncalc.compare.align import Alignment
from cnncalc.compare.arguments import Argument, differences
from cnncalc.compare.edges import COMMUTATIVE, Edges, edges_of, input_pairs, judge
from cnncalc.compare.tree import Tree
from cnncalc.graph import Graph, Input
from cnncalc.layers.base import Shape

Action = Literal["changed", "added", "removed", "moved", "affected", "unchanged"]
_OPPOSITE: dict[Action, Action] = {"added": "removed", "removed": "added"}


class Place(NamedTuple):
    """One side of a change: a layer, or a scope with all its layers, and what it costs.

    `kind` is the layer's, or the name of the scope's block (empty for a group or branch). `node` is the number of the
    layer (a scope's last), or None for an input or the list of outputs. `output` is without the batch. `own` are the
    layers whose cost this is: in what moved, those that went with it and of which no other change speaks.
    """

    path: str
    kind: str
    node: int | None
    layers: int
    scope: bool
    output: Shape
    cost: Totals
    own: tuple[int, ...]


class Change(NamedTuple):
    """One change: what stood there before and after. `position` orders changes as the two networks do."""

    action: Action
    old: Place | None
    new: Place | None
    arguments: tuple[Argument, ...]
    position: tuple[int, int, int]

    @property
    def place(self) -> Place:
        """The new side, or the old one of what was removed."""
        place = self.new or self.old
        assert place is not None
        return place

    def mirrored(self) -> Change:
        """The same, seen from the other side."""
        turn, side, index = self.position
        return Change(_OPPOSITE.get(self.action, self.action), self.new, self.old,
                      tuple([each.mirrored() for each in self.arguments]), (turn, (0, 2, 1)[side], index))


NOTHING = Totals(0, 0, 0, 0)
_OUTPUTS = Place("outputs", "", None, 0, False, (), NOTHING, ())


class Found(NamedTuple):
    """The causes, in order, and the layers that are only affected: pairs of numbers."""

    changes: tuple[Change, ...]
    affected: tuple[tuple[int, int], ...]


def changes_of(a: Analysis, b: Analysis, alignment: Alignment) -> Found:
    """Compare two aligned networks layer by layer."""
    edges = edges_of(a.graph, b.graph, alignment)
    ranks = Ranks(alignment.pairs)
    found = list(_ends(a.graph, b.graph, edges, len(alignment.pairs)))
    affected: list[tuple[int, int]] = []
    moves: set[int] = set()
    image, rows_a, rows_b = edges.image.__getitem__, a.layers, b.layers
    nodes_a, nodes_b = a.graph.nodes, b.graph.nodes
    for (i, j), same in zip(alignment.pairs, alignment.same, strict=True):
        node, twin = nodes_a[i], nodes_b[j]
        # Most layers are as they were; only the others are worth a closer look.
        if not same or node.shares is not None or twin.shares is not None or (
                tuple(map(image, node.inputs)) != twin.inputs):
            arguments, moved = _pair(a.graph, b.graph, edges, i, j, same)
            moves |= moved
            if arguments:
                found.append(Change("changed", layer_place(a, i), layer_place(b, j), arguments, ranks.of_pair(i, j)))
                continue
        if rows_a[i][1:] != rows_b[j][1:]:
            affected.append((i, j))
    if alignment.trees is not None:
        first, second = alignment.trees
        for item in _whole(first, _lone(edges.image, len(a.graph.inputs)), len(a.layers)):
            found.append(Change("removed", place_of(a, first, item), None, (), ranks.of_old(first.below(item)[0])))
        for item in _whole(second, _lone(edges.origin, len(b.graph.inputs)), len(b.layers)):
            found.append(Change("added", None, place_of(b, second, item), (), ranks.of_new(second.below(item)[0])))
        told = owned(change.old for change in found)
        partners = dict(alignment.pairs)
        # Within a move there may be another: the smaller one comes first, and has its layers to itself.
        for x, y in sorted((alignment.moved[number] for number in moves), key=lambda move: len(first.below(move[0]))):
            there = set(second.below(y))
            mine = [leaf for leaf in first.below(x) if leaf not in told and partners.get(leaf) in there]
            told.update(mine)
            found.append(Change("moved", place_of(a, first, x, mine), place_of(
                b, second, y, sorted(partners[leaf] for leaf in mine)), (), ranks.of_new(second.below(y)[0])))
    return Found(tuple(sorted(found, key=lambda change: change.position)), tuple(affected))


def _pair(a: Graph, b: Graph, edges: Edges, i: int, j: int, same: bool) -> tuple[tuple[Argument, ...], frozenset[int]]:
    """What is different about a layer itself, and the moved items that its sources speak of."""
    one, two = a.nodes[i], b.nodes[j]
    here = len(a.inputs) + i, len(b.inputs) + j
    verdict = judge(edges, one.inputs, two.inputs, here, one.layer.kind not in COMMUTATIVE)
    sharing = (-1 if one.shares is None else edges.image[one.shares]) != (-1 if two.shares is None else two.shares)
    if same and not verdict.changed and not sharing:
        return (), verdict.moves
    arguments: tuple[Argument, ...] = ()
    if one.layer.kind != two.layer.kind:
        arguments = (Argument("kind", one.layer.kind, two.layer.kind),)
    elif not same:
        arguments = differences(a, one, b, two)
    if verdict.changed and (one.layer.kind == two.layer.kind or len(one.inputs) == len(two.inputs)):
        arguments += (Argument("from", tuple(map(a.label, one.inputs)), tuple(map(b.label, two.inputs))),)
    if sharing:
        arguments += (Argument("share", None if one.shares is None else a.label(one.shares),
                               None if two.shares is None else b.label(two.shares)),)
    return arguments, verdict.moves


def _ends(a: Graph, b: Graph, edges: Edges, last: int) -> Iterator[Change]:
    """Changes of the network's inputs and outputs."""
    pairs = input_pairs(a, b)
    for x, y in pairs:
        before, after = a.inputs[x], b.inputs[y]
        if before.shape != after.shape:
            yield Change("changed", _input(before), _input(after), (Argument("shape", before.shape, after.shape),),
                         (-1, 0, y))
    for x in sorted({*range(len(a.inputs))} - {x for x, _ in pairs}):
        yield Change("removed", _input(a.inputs[x]), None, (), (-1, 1, x))
    for y in sorted({*range(len(b.inputs))} - {y for _, y in pairs}):
        yield Change("added", None, _input(b.inputs[y]), (), (-1, 2, y))
    ours = [output.tensor for output in a.outputs]
    theirs = [output.tensor for output in b.outputs]
    if judge(edges, ours, theirs).changed:
        argument = Argument("from", tuple(map(a.label, ours)), tuple(map(b.label, theirs)))
        yield Change("changed", _OUTPUTS, _OUTPUTS, (argument,), (last + 1, 0, 0))


def _input(each: Input) -> Place:
    return Place(each.name, "input", None, 0, False, each.shape, NOTHING, ())


def layer_place(analysis: Analysis, index: int) -> Place:
    """A layer as one side of a change."""
    row = analysis.layers[index]
    return Place(row.path, row.kind, index, 1, False, row.output, _cost(row), (index,))


def owned(places: Iterable[Place | None]) -> set[int]:
    """The layers whose cost one side of some changes tells."""
    return {index for place in places if place is not None for index in place.own}


def place_of(analysis: Analysis, tree: Tree, item: int, own: Sequence[int] | None = None) -> Place:
    """A layer or scope of a tree as one side of a change, with the cost of its `own` layers: all, unless given.

    A scope's output is its last layer's.
    """
    below = tree.below(item)
    own = tuple(below if own is None else own)
    costs = [_cost(analysis.layers[index]) for index in own]
    cost = Totals(*map(sum, zip(*costs, strict=True))) if costs else NOTHING
    last = layer_place(analysis, below[-1])._replace(cost=cost, own=own)
    if len(below) == 1:
        return last
    return last._replace(path=tree.paths[item], kind=tree.kinds[item][:-1], layers=len(below), scope=True)


def _cost(row: LayerCost) -> Totals:
    return Totals(row.params, row.buffers, row.macs, row.flops)


def _lone(partners: list[int], inputs: int) -> list[int]:
    """The layers without a partner."""
    return [tensor - inputs for tensor in range(inputs, len(partners)) if partners[tensor] < 0]


def _whole(tree: Tree, lone: list[int], layers: int) -> list[int]:
    """The largest scopes of which nothing has a partner, and the layers that are in none."""
    counts: dict[int, int] = {}
    for leaf in lone:
        scope = tree.parents[leaf]
        while scope >= 0:
            counts[scope] = counts.get(scope, 0) + 1
            scope = tree.parents[scope]
    result: dict[int, None] = {}
    for leaf in lone:
        item = leaf
        while (parent := tree.parents[item]) != layers and counts[parent] == len(tree.layers[parent]):
            item = parent
        result[item] = None
    return list(result)


class Ranks:
    """Positions in the merged order of both networks: the pairs that keep their order are its backbone."""

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        spine = pairs
        if any(one[1] > two[1] for one, two in pairwise(spine)):
            spine = _rising(spine)
        self.old = [i for i, _ in spine]
        self.new = [j for _, j in spine]

    def of_pair(self, i: int, j: int) -> tuple[int, int, int]:
        return bisect_right(self.new, j), 0, j

    def of_old(self, i: int) -> tuple[int, int, int]:
        return bisect_right(self.old, i), 1, i

    def of_new(self, j: int) -> tuple[int, int, int]:
        return bisect_right(self.new, j), 2, j


def _rising(pairs: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """A longest part of the pairs whose second members rise."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        place = bisect_left(tops, j)
        before.append(ends[place - 1] if place else -1)
        if place == len(tops):
            tops.append(j)
            ends.append(index)
        else:
            tops[place], ends[place] = j, index
    index = ends[-1] if ends else -1
    result = []
    while index >= 0:
        result.append(pairs[index])
        index = before[index]
    return tuple(reversed(result))
