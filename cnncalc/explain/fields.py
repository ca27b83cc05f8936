"""Receptive fields, step by step: how each comes from the fields before it, from the input to a layer.

Symbols, per axis: `r` the field's cells, `j` its stride (the jump from one cell's field to the next one's), `o` its
offset, `k` `s` `p` `d` kernel, stride, padding before and dilation of the layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnncalc.analysis.receptive import (
    START,
    Arrival,
    Axes,
    Constant,
    Fields,
    Pattern,
    Receptive,
    Table,
    arrivals,
    cells_along,
    describe,
    follow,
)
from cnncalc.errors import Fault
from cnncalc.graph import Graph, Node
from cnncalc.layers.window import Pair


class Slide(NamedTuple):
    """A window's numbers on one axis, and how many such windows follow each other."""

    k: int
    s: int
    d: int
    p: int
    times: int = 1


class Step(NamedTuple):
    """How a layer changes the field on one axis; `slide` where the formula for windows says it.

    `fields` are the joined ones where several meet; `widest` is the output cell with the largest field, with its field.
    """

    nodes: tuple[Node, ...]
    before: Receptive
    after: Receptive
    slide: Slide | None
    widest: tuple[int, Pair]
    fields: tuple[Pair, ...] = ()
    reads: Pair | None = None


class Way(NamedTuple):
    """The steps of the field from the input to a tensor; whether it went past places where several fields meet."""

    steps: list[Step]
    meets: bool


class View(NamedTuple):
    """The fields of all tensors in one network input."""

    graph: Graph
    source: int
    known: list[Axes]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The spatial sizes of the input."""
        return self.graph.inputs[self.source].shape[1:]

    def at(self, tensor: int, axis: int) -> Receptive | None:
        """A tensor's receptive field on an axis."""
        return describe(self.known[tensor][axis], cells_along(self.graph.shape(tensor), axis), self.sizes[axis])


def views(graph: Graph) -> list[View] | Fault:
    """The fields in every input that has a spatial axis; the refusal where there are too many cells to list."""
    found = []
    base = len(graph.inputs)
    for source, given in enumerate(graph.inputs):
        sizes = given.shape[1:]
        start = (START,) * len(sizes)
        nothing: Axes = (None,) * len(sizes)
        try:
            before = [start if number == source else nothing for number in range(base)]
            found.append(View(graph, source, [*before, *follow(graph, source, start)]))
        except Fault as fault:
            return fault
    return [view for view in found if view.sizes]


def largest_view(seen: list[View], tensor: int) -> View | None:
    """The view with the largest field, the first of several; None where the tensor depends on no input."""
    best, most = None, [0]
    for view in seen:
        extents = [field.extent if field else 0 for axis in range(len(view.sizes)) for field in [view.at(tensor, axis)]]
        if any(extents) and extents > most:
            best, most = view, extents
    return best


def way_to(view: View, tensor: int, axis: int) -> Way:
    """The layers that change the field on the way to a tensor, through the largest of the fields that meet."""
    found, meets = [], False
    base = len(view.graph.inputs)
    while tensor >= base:
        meets = meets or len(view.graph.nodes[tensor - base].inputs) > 1
        step, tensor = step_of(view, tensor, axis)
        if step is not None:
            found.append(step)
    return Way(list(_folded(found[::-1])), meets)


def step_of(view: View, tensor: int, axis: int) -> tuple[Step | None, int]:
    """What the layer that makes a tensor does to the field, None if nothing; and where the way comes from, or -1."""
    graph, size = view.graph, view.sizes[axis]
    node = graph.nodes[tensor - len(graph.inputs)]
    fields = view.known[tensor][axis]
    ways = arrivals(graph, node, view.known, axis, size)
    if fields is None or not ways:
        return None, -1
    cells = cells_along(node.facts.shape, axis)
    alone = [way for way in ways if way.fields == fields]
    way = (alone or sorted(ways, key=lambda each: -_extent(each.fields, cells, size)))[0]
    before, after = view.at(way.tensor, axis), describe(fields, cells, size)
    if before is None or after is None or before == after:
        return None, way.tensor
    cell = _widest(fields, cells)
    span = fields.at(cell)
    assert span is not None
    if not alone:
        joined = tuple(dict.fromkeys(part for each in ways if (part := each.fields.at(cell)) is not None))
        return Step((node,), before, after, None, (cell, span), joined), way.tensor
    return Step((node,), before, after, _slide(view.known[way.tensor][axis], fields, way, axis), (cell, span), (),
                _read(way, axis, cell)), way.tensor


def _extent(fields: Fields, cells: int, size: int) -> int:
    found = describe(fields, cells, size)
    return found.extent if found else 0


def _slide(before: Fields | None, after: Fields, way: Arrival, axis: int) -> Slide | None:
    """A window that moves evenly over evenly spaced fields; None for everything else."""
    if not isinstance(before, Pattern) or not isinstance(after, Pattern) or axis >= len(way.reach):
        return None
    reach = way.reach[axis]
    span = reach.span(0)
    if len(before.fields) > 1 or len(after.fields) > 1 or reach.period > 1 or span is None or not before.step:
        return None
    return Slide((span[1] - span[0]) // reach.spacing + 1, reach.step, reach.spacing, -span[0])


def _read(way: Arrival, axis: int, cell: int) -> Pair | None:
    """The input's cells that an output cell reads, where the layer says so by place."""
    if isinstance(way.fields, Constant) or axis >= len(way.reach):
        return None
    reach = way.reach[axis]
    turn, phase = divmod(cell, reach.period)
    span = reach.span(phase)
    return span and (span[0] + turn * reach.step, span[1] + turn * reach.step)


def _widest(fields: Fields, cells: int) -> int:
    """The first output cell with the largest field."""
    count = len(fields.fields) if isinstance(fields, Pattern | Table) else 1
    spans = [(cell, fields.at(cell)) for cell in range(min(count, cells))]
    return max(((span[1] - span[0], -cell) for cell, span in spans if span is not None), default=(0, 0))[1] * -1


def _folded(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps of which neighbours with the same window, in places that differ in one part of the path, are one."""
    run: Step | None = None
    place = -1
    for step in steps:
        if run is not None and run.slide is not None and step.slide is not None:
            where = _differs(run.nodes[-1].path, step.nodes[0].path)
            if run.slide._replace(times=1) == step.slide and step.slide.s == 1 and where >= 0 and place in (-1, where):
                place = where
                run = run._replace(nodes=run.nodes + step.nodes, after=step.after,
                                   slide=run.slide._replace(times=run.slide.times + 1))
                continue
        if run is not None:
            yield run
        run, place = step, -1
    if run is not None:
        yield run


def _differs(first: str, second: str) -> int:
    """The one component in which two paths differ; -1 if it is not one."""
    ours, theirs = first.split("."), second.split(".")
    places = [place for place, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other]
    return places[0] if len(ours) == len(theirs) and len(places) == 1 else -1
