"""Normalisation, softmax and reductions: sums and maxima over groups of cells.

Groups that are runs of cells are summed one by one. Others are put side by side, so that one plane holds the first
member of every group, the next one the second, and sums are packed.

In this arithmetic an average hands on the sum, and a division its dividend (see `SmallNumbers`): what is left of a
normalisation is each cell less the sum of its group.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection
from functools import reduce
from math import floor, prod
from operator import or_

from cnncalc.reference.fast.cellwise import by_value
from cnncalc.reference.fast.lanes import (
    LADDER,
    RESIDUE,
    RUNG,
    SETTLED,
    VALUES,
    Lanes,
    raw,
    settled,
    table,
    table_of,
    tensor,
)
from cnncalc.reference.fast.moves import permuted
from cnncalc.reference.kernels import norm as plain
from cnncalc.reference.kernels.norm import check_batch_norm, group_size, normalised_axes, of_places, scaled
from cnncalc.reference.kernels.reshape import Reduction
from cnncalc.reference.tensor import Tensor, Value, stored_axis, words
from cnncalc.reference.weights import Layer
from cnncalc.reference.window import spatial, whole

NEGATIVE = table(lambda cell: -cell % 7)
LESS = [table_of(bytes(settled(cell - amount) for cell in VALUES)) for amount in range(7)]


class Groups:
    """Groups of cells side by side: `planes[i]` holds member i of every group; members differ on the stored axes given.

    `size` is how many groups there are.
    """

    def __init__(self, x: Tensor, inside: Collection[int]) -> None:
        self._order = [*sorted(inside), *(axis for axis in range(len(x.shape)) if axis not in inside)]
        self._shape = tuple(x.shape[axis] for axis in self._order)
        self.size = prod(self._shape[len(inside) :])
        data = permuted(raw(x), x.shape, self._order)
        self.planes = [data[start : start + self.size] for start in range(0, len(data), self.size)]

    def total(self) -> bytes:
        """The sum of each group, settled."""
        lanes = Lanes.holding(6 * len(self.planes), self.size)
        return lanes.settle(sum([lanes.spread(plane.translate(RESIDUE)) for plane in self.planes]))

    def peak(self) -> bytes:
        """The largest of each group."""
        tops = reduce(or_, [int.from_bytes(plane.translate(LADDER), "little") for plane in self.planes])
        return tops.to_bytes(self.size, "little").translate(RUNG)

    def lower(self, amounts: bytes) -> None:
        """Take from every member its group's amount."""
        less = int.from_bytes(amounts.translate(NEGATIVE), "little")
        self.planes = [
            (int.from_bytes(plane.translate(RESIDUE), "little") + less).to_bytes(self.size, "little").translate(SETTLED)
            for plane in self.planes
        ]

    def back(self) -> bytes:
        """All cells, their axes in their places again."""
        order = [self._order.index(axis) for axis in range(len(self._order))]
        return permuted(b"".join(self.planes), self._shape, order)


def tally(layer: Layer, cells: int, *names: str) -> None:
    """Count operations, one for each of so many cells."""
    for name in names:
        layer.arithmetic.counts[name] += cells


OF_EACH = ("add", "add", "subtract", "multiply", "normalise")  # mean, variance, deviation, square, division


def by_runs(layer: Layer, x: Tensor, groups: int) -> Tensor:
    """Normalised by the statistics of so many runs of cells."""
    data, run = raw(x), len(x.cells) // groups
    runs = (data[start : start + run] for start in range(0, len(data), run))
    tally(layer, len(data), *OF_EACH)
    tally(layer, groups, "average", "average")
    return tensor(x.shape, b"".join([cells.translate(LESS[sum(array("b", cells)) % 7]) for cells in runs]))


def affinely(layer: Layer, x: Tensor, affine: bool) -> Tensor:
    """Times the weight of the channel, plus its bias."""
    by_table = by_value(lambda layer, x: scaled(layer, x.shape, x.cells, affine=affine, bias=affine))
    return by_table(layer, x) if affine else x


def batch_norm(
    layer: Layer, x: Tensor, *, affine: bool = True, eps: Value = 1e-5, track_running_stats: bool = True
) -> Tensor:
    """As the plain kernel."""
    check_batch_norm(x, eps, track_running_stats)
    return by_channel(layer, x, affine, eps, track_running_stats)


def by_channel(layer: Layer, x: Tensor, affine: bool, eps: Value, tracked: bool) -> Tensor:
    """By running statistics, which are constants, or by those of the channel's own cells."""
    if tracked:
        return by_value(plain.by_channel)(layer, x, affine=affine, eps=eps, tracked=tracked)
    if prod(x.sizes) == 1:
        raise ValueError(f"gets {words(x.shape)}: one cell per channel has no variance")
    return affinely(layer, by_runs(layer, x, x.channels), affine)


def instance_norm(
    layer: Layer, x: Tensor, *, affine: bool = False, eps: Value = 1e-5, track_running_stats: bool = False
) -> Tensor:
    """As the plain kernel."""
    spatial(x)
    return by_channel(layer, x, affine, eps, track_running_stats)


def group_norm(layer: Layer, x: Tensor, *, groups: Value, affine: bool = True, eps: Value = 1e-5) -> Tensor:
    """As the plain kernel."""
    parts = whole(groups, "groups")
    if x.channels % parts:
        raise ValueError(f"{x.channels} channels do not divide into {parts} groups")
    group_size(x, parts)
    return affinely(layer, by_runs(layer, x, parts), affine)


def layer_norm(
    layer: Layer, x: Tensor, *, axes: Value = "last", affine: bool = True, bias: bool = True, eps: Value = 1e-5
) -> Tensor:
    """As the plain kernel: the places in a group, which have a weight each, are the channels of a table."""
    inside = normalised_axes(axes, len(x.shape))
    groups = Groups(x, inside)
    groups.lower(groups.total())
    tally(layer, len(x.cells), *OF_EACH)
    tally(layer, groups.size, "average", "average")
    if affine:
        weights, shifts = of_places(layer, tuple(x.shape[axis] for axis in inside), bias)
        tally(layer, len(x.cells), "multiply", *["add"] * bias)
        groups.planes = [
            plane.translate(table_of(bytes(settled(floor(cell * weight + shift)) for cell in VALUES)))
            for plane, weight, shift in zip(groups.planes, weights, shifts or [0] * len(weights), strict=True)
        ]
    return tensor(x.shape, groups.back())


def responses(layer: Layer, x: Tensor, todo: plain.Response) -> Tensor:
    """As the plain kernel: with small numbers no cell depends on its neighbours."""
    return by_value(plain.responses)(layer, x, todo=todo)


def softmax(layer: Layer, x: Tensor, *, axis: Value = 1) -> Tensor:
    """As the plain kernel: each cell less the largest of its group."""
    groups = Groups(x, {stored_axis(axis, len(x.shape))})
    groups.lower(groups.peak())
    tally(layer, len(x.cells), "maximum", "subtract", "exp", "add", "divide")
    return tensor(x.shape, groups.back())


def log_softmax(layer: Layer, x: Tensor, *, axis: Value = 1) -> Tensor:
    """As the plain kernel: each cell less the largest of its group, less the sum of all these."""
    groups = Groups(x, {stored_axis(axis, len(x.shape))})
    groups.lower(groups.peak())
    groups.lower(groups.total())
    tally(layer, len(x.cells), "maximum", "subtract", "exp", "add", "log", "subtract")
    return tensor(x.shape, groups.back())


def mean(layer: Layer, x: Tensor, todo: Reduction) -> Tensor:
    """As the plain kernel."""
    groups = Groups(x, todo.gone)
    tally(layer, len(x.cells), "add")
    tally(layer, groups.size, "average")
    return tensor(todo.result, groups.total())


def amax(layer: Layer, x: Tensor, todo: Reduction) -> Tensor:
    """As the plain kernel."""
    groups = Groups(x, todo.gone)
    tally(layer, len(x.cells) - groups.size, "maximum")
    return tensor(todo.result, groups.peak())
