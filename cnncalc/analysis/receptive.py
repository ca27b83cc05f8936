"""Receptive fields: which cells of a network input a layer's output cells depend on, per spatial axis.

The receptive field of a layer is the largest extent (last - first + 1, holes included) over its output cells, ignoring
the input's border: every tensor is taken to go on beyond its border in the pattern that it has. Stride and offset are
the distance of neighbouring cells' fields, and the first cell of output cell 0's field (negative in the padding), where
they are constant. Axes are matched by number: the output's first spatial axis belongs to the input's first.

After `linear`, `matmul`, `attention`, `global_avg_pool`, `global_max_pool`, `reshape` and `custom`, and on every axis
that `flatten`, `permute`, `squeeze` and their like have moved, the field is the whole input. A kind that reads an axis
as a whole and keeps it (`softmax`, `layer_norm`) has the hull of all its cells' fields, inside the input.

A tensor that has no pattern to go on with (a `select`, a `concat` along the axis, branches that move at different
speeds) ends at its border; so does one whose pattern is longer than `LIMIT` cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import gcd, lcm
from typing import NamedTuple

from cnncalc.analysis.reads import reads
from cnncalc.errors import Fault
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Shape
from cnncalc.layers.cut import Pad, Picked
from cnncalc.layers.pool import Bins
from cnncalc.layers.window import SAME_CELL, Pair, Reach, Sliding

LIMIT = 4096
LARGEST = 2**22
"""Cells of a pattern, and of a table: more than any network has on one axis."""

_WHOLE = frozenset({"linear", "matmul", "attention", "global_avg_pool", "global_max_pool", "reshape", "custom"})


class Pattern(NamedTuple):
    """Fields that repeat: output cell `q·period + phase` has `fields[phase]`, moved by `q·step` input cells."""

    step: int
    fields: tuple[Pair | None, ...]

    def at(self, cell: int) -> Pair | None:
        """First and last input cell of an output cell; any whole number is a cell."""
        turn, phase = divmod(cell, len(self.fields))
        field = self.fields[phase]
        return field and (field[0] + turn * self.step, field[1] + turn * self.step)


class Table(NamedTuple):
    """The field of every cell there is; beyond them there is nothing."""

    fields: tuple[Pair | None, ...]

    def at(self, cell: int) -> Pair | None:
        """First and last input cell of an output cell."""
        return self.fields[cell] if 0 <= cell < len(self.fields) else None


class Constant(NamedTuple):
    """All cells have one field, which lies inside the input."""

    field: Pair

    def at(self, cell: int) -> Pair | None:
        """First and last input cell of an output cell."""
        return self.field


Fields = Pattern | Table | Constant
"""The fields of a tensor's cells along one axis of one network input."""

Axes = tuple[Fields | None, ...]
"""One entry per spatial axis of the network input; None where no cell depends on it."""

START = Pattern(1, ((0, 0),))


class Receptive(NamedTuple):
    """A layer's receptive field on one axis, in cells of the network input. None stands for `varies`.

    `whole` says that the field is the whole input because the layer's cells have no place in it.
    """

    extent: int
    stride: int | None
    offset: int | None
    whole: bool


def receptive_fields(graph: Graph, source: int = 0) -> list[tuple[Receptive | None, ...]]:
    """The receptive field of every node in network input number `source`, per spatial axis of that input.

    None where a node does not depend on the input.
    """
    sizes = graph.inputs[source].shape[1:]
    return [tuple(describe(fields, cells_along(node.facts.shape, axis), size)
                  for axis, (fields, size) in enumerate(zip(axes, sizes, strict=True)))
            for node, axes in zip(graph.nodes, follow(graph, source, (START,) * len(sizes)), strict=True)]


class Arrival(NamedTuple):
    """What one of a node's inputs brings on one axis: the tensor, how it is read, the fields by way of it alone."""

    tensor: int
    reach: tuple[Reach, ...]
    fields: Fields


def arrivals(graph: Graph, node: Node, known: Sequence[Axes], axis: int, size: int) -> list[Arrival]:
    """The ways on which a node's cells depend on a network input of this size, on one axis.

    `known` are the fields of all tensors before it.
    """
    values = reads(node)
    return [Arrival(tensor, reach, fields) for reach, tensor in zip(node.facts.reach, node.inputs, strict=True)
             if tensor in values and
             (fields := _through(node, reach, graph.shape(tensor), known[tensor][axis], axis, size)) is not None]


def widest(graph: Graph) -> list[tuple[Receptive | None, ...] | None]:
    """The receptive field of every node in the input in which it is largest; None where there is none on any axis."""
    result: list[tuple[Receptive | None, ...] | None] = [None] * len(graph.nodes)
    for source in range(len(graph.inputs)):
        for number, axes in enumerate(receptive_fields(graph, source)):
            if any(axes) and _extents(axes) > _extents(result[number] or ()):
                result[number] = axes
    return result


def _extents(axes: Iterable[Receptive | None]) -> list[int]:
    return [axis.extent if axis else 0 for axis in axes]


def clipped(graph: Graph, source: int = 0) -> dict[str, tuple[tuple[Pair | None, ...], ...]]:
    """What every output cell depends on inside the tensors' borders, by path.

    Per spatial axis that layer and input both have: for every cell along it the first and last input cell, or None.
    The executor's footprints have the same form.
    """
    sizes = graph.inputs[source].shape[1:]
    start = tuple(Table(tuple((cell, cell) for cell in range(size))) for size in sizes)
    return {node.path: tuple(tuple(fields and fields.at(cell) for cell in range(size))
                             for fields, size in zip(axes, node.facts.shape[1:], strict=False))
            for node, axes in zip(graph.nodes, follow(graph, source, start), strict=True)}


def follow(graph: Graph, source: int, start: Axes) -> list[Axes]:
    """The fields of every node, from those of a network input's own cells on.

    From tables come tables, which end where the tensors end; from patterns come patterns, where they can.
    """
    sizes = graph.inputs[source].shape[1:]
    known: list[Axes] = [(None,) * len(sizes)] * len(graph.inputs)
    known[source] = start
    for node in graph.nodes:
        known.append(tuple(_union([each.fields for each in arrivals(graph, node, known, axis, size)],
                                  cells_along(node.facts.shape, axis), size) for axis, size in enumerate(sizes)))
    return known[len(graph.inputs):]


def cells_along(shape: Shape, axis: int) -> int:
    """Cells along a spatial axis; a tensor without that axis is a single cell."""
    return shape[axis + 1] if axis + 1 < len(shape) else 1


def _through(node: Node, reach: tuple[Reach, ...], shape: Shape, fields: Fields | None, axis: int,
             size: int) -> Fields | None:
    """The fields of a node's cells along one axis, by way of one of its inputs alone.

    `reach`, `shape` and `fields` are that input's; `size` is the network input's on this axis.
    """
    kind, axes = node.layer.kind, len(node.facts.shape) - 1
    if fields is None or (axes and not reach):
        return None
    n, out = cells_along(shape, axis), cells_along(node.facts.shape, axis)
    if (kind == "concat" and n != out) or isinstance(fields, Table):
        _check_size(out)
    cells = reach[axis] if axis < min(axes, len(shape) - 1) else None
    moved = kind == "permute" or len(shape) - 1 != axes
    if cells is None or kind in _WHOLE or (moved and cells != SAME_CELL):
        return _constant((0, size - 1), fields, out)
    if _reads_all(cells, n):
        return _constant(_clip(_hull(map(fields.at, _outer(range(n), fields))), size), fields, out)
    ends = isinstance(fields, Table)
    if ends and isinstance(node.layer, Pad) and node.layer.mode != "constant":
        cells = Picked(_copied(node.layer.mode, n, out, cells.span(0)))
    if n == out and cells == SAME_CELL:
        return fields
    if kind == "concat":
        before = -(cells.span(0) or (0, 0))[0]
        return Table((None,) * before + tuple(map(fields.at, range(n))) + (None,) * (out - before - n))
    if isinstance(fields, Constant):
        return fields
    return _compose(cells, fields, out)


def _constant(field: Pair | None, fields: Fields, cells: int) -> Fields | None:
    """One field for all cells, in the form of the `fields` that it comes from."""
    if field is None:
        return None
    return Table((field,) * cells) if isinstance(fields, Table) else Constant(field)


def _check_size(cells: int) -> None:
    if cells > LARGEST:
        raise Fault(f"the receptive field has no pattern here, and {cells:,} cells are too many to list",
                    code="too-large", help=f"at most {LARGEST:,} on one axis; use a smaller input")


def _reads_all(reach: Reach, n: int) -> bool:
    """Whether every output cell reads all `n` cells of the axis, whatever their number."""
    return (isinstance(reach, Sliding) and reach.step == 0 and reach.extent == n) or \
        (isinstance(reach, Bins) and reach.outputs == 1)


def _copied(mode: str, n: int, out: int, first: Pair | None) -> tuple[int, ...]:
    """The input cell behind every cell of a `pad` that copies; negative amounts crop first where it is circular."""
    before = -(first or (0, 0))[0]
    after = out - n - before
    places = range(-before, out - before)
    if mode == "replicate":
        return tuple(min(max(place, 0), n - 1) for place in places)
    if mode == "reflect":
        return tuple(n - 1 - abs(n - 1 - abs(place)) for place in places)
    left, kept = max(-before, 0), n + min(before, 0) + min(after, 0)
    return tuple(left + (place - left) % kept for place in places)


def _compose(reach: Reach, fields: Pattern | Table, out: int) -> Fields | None:
    """The fields of `out` cells that read `fields` through a reach."""
    turns = 1
    if isinstance(fields, Pattern) and reach.step:
        turns = len(fields.fields) // gcd(len(fields.fields), reach.step)
        period = reach.period * turns
        if period <= LIMIT:
            moved = reach.step * turns // len(fields.fields) * fields.step
            return Pattern(moved, tuple(_read(reach, fields, period)))
    _check_size(out)
    table = tuple(_read(reach, fields, out))
    return Table(table) if any(table) else None


def _read(reach: Reach, fields: Pattern | Table, count: int) -> Iterator[Pair | None]:
    """The fields of output cells 0 to `count - 1`."""
    spans = [reach.span(phase) for phase in range(min(reach.period, count))]
    for cell in range(count):
        turn, phase = divmod(cell, reach.period)
        span = spans[phase]
        if span is None:
            yield None
            continue
        first, last = span[0] + turn * reach.step, span[1] + turn * reach.step
        if isinstance(fields, Table):
            first += -(first // reach.spacing) * reach.spacing if first < 0 else 0
            last = min(last, len(fields.fields) - 1)
        yield _hull(map(fields.at, _outer(range(first, last + 1, reach.spacing), fields)))


def _outer(cells: range, fields: Fields) -> Iterable[int]:
    """The cells among which the hull's ends are: those of a pattern's other turns lie between."""
    if isinstance(fields, Table):
        return cells
    period = len(fields.fields) if isinstance(fields, Pattern) else 1
    return cells if len(cells) <= 2 * period else (*cells[:period], *cells[-period:])


def _hull(fields: Iterable[Pair | None]) -> Pair | None:
    """From the smallest first to the largest last cell."""
    found = [field for field in fields if field]
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def _clip(field: Pair | None, size: int) -> Pair | None:
    """What lies inside an input of this size."""
    if field is None or field[1] < 0 or field[0] >= size:
        return None
    return (max(field[0], 0), min(field[1], size - 1))


def _union(parts: Sequence[Fields], cells: int, size: int) -> Fields | None:
    """The fields of cells that depend on the input in several ways."""
    if not parts or all(part == parts[0] for part in parts[1:]):
        return parts[0] if parts else None
    constants = [part.field for part in parts if isinstance(part, Constant)]
    if constants:
        common = _hull(constants)
        if common and (len(constants) == len(parts) or common == (0, size - 1)):
            return Constant(common)
        _check_size(cells)
        return Table(tuple(_hull((common, *(_clip(part.at(cell), size) for part in parts))) for cell in range(cells)))
    patterns = [part for part in parts if isinstance(part, Pattern)]
    period = lcm(*(len(part.fields) for part in patterns))
    speeds = {part.step * (period // len(part.fields)) for part in patterns}
    if len(patterns) == len(parts) and len(speeds) == 1 and period <= LIMIT:
        return Pattern(speeds.pop(), tuple(_hull(part.at(cell) for part in parts) for cell in range(period)))
    _check_size(cells)
    return Table(tuple(_hull(part.at(cell) for part in parts) for cell in range(cells)))


def describe(fields: Fields | None, cells: int, size: int) -> Receptive | None:
    """Extent, stride and offset of a tensor with so many cells on an input of this size."""
    if fields is None:
        return None
    if isinstance(fields, Constant):
        first, last = fields.field
        return Receptive(last - first + 1, 0, first, fields.field == (0, size - 1))
    if isinstance(fields, Pattern) and len(fields.fields) == 1:
        found = fields.at(0)
        return found and Receptive(found[1] - found[0] + 1, fields.step, found[0], False)
    count = cells if isinstance(fields, Table) else len(fields.fields) + 1
    row = [fields.at(cell) for cell in range(count)]
    extents = [field[1] - field[0] + 1 for field in row[:cells] if field]
    if not extents:
        return None
    steps = {after and before and (after[0] - before[0], after[1] - before[1])
             for before, after in pairwise(row)}
    step = steps.pop() if len(steps) == 1 else None
    constant = step is not None and step[0] == step[1]
    return Receptive(max(extents), step[0] if step and constant else None,
                     row[0][0] if row[0] and constant else None, False)
