"""Pooling and interpolation with the channels side by side: a plane holds one position of every channel.

The largest of several cells is found with one `or`: a cell from −3 to 3 is written as 1 to 7 bits that are set, from
the lowest on, and nothing (padding) as none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from math import prod
from operator import or_
from typing import SupportsIndex, overload

from cnncalc.reference.fast.lanes import LADDER, RESIDUE, RUNG, Lanes, raw, tensor
from cnncalc.reference.fast.moves import picked
from cnncalc.reference.kernels.pool import Means, Norms, Slides
from cnncalc.reference.kernels.resize import Taps, copies, recipes_of
from cnncalc.reference.tensor import Switches, Tensor
from cnncalc.reference.weights import Layer
from cnncalc.reference.window import gather

Spots = Sequence[Sequence[int]]


def inside(x: Tensor, slides: Slides) -> list[list[int]]:
    """For each window the flat positions under it that are no padding."""
    return [[spot for spot in spots if spot is not None] for spots in gather(x.sizes, slides)]


def positions(data: bytes, x: Tensor, lanes: Lanes) -> list[int]:
    """For each position in a plane its cells in all channels, as an integer."""
    area = prod(x.sizes)
    return [lanes.spread(data[place::area]) for place in range(area)]


def placed(cells: Iterator[bytes], area: int, channels: int) -> bytearray:
    """The way back: for each output position its cells in all channels, put into the channels' planes."""
    result = bytearray(area * channels)
    for place, column in enumerate(cells):
        result[place::area] = column
    return result


def largest(layer: Layer, x: Tensor, slides: Slides) -> Tensor:
    """As the plain kernel; where the maxima were is looked up when somebody asks."""
    under, lanes = inside(x, slides), Lanes(1, x.channels)
    planes = positions(raw(x).translate(LADDER), x, lanes)
    tops = (reduce(or_, [planes[spot] for spot in spots], 0).to_bytes(x.channels, "little") for spots in under)
    cells = placed(tops, len(under), x.channels).translate(RUNG)
    layer.arithmetic.counts["maximum"] += sum(map(len, under)) * x.channels
    return tensor((x.channels, *map(len, slides)), cells, Switches(x.sizes, Winners(layer, x, under)))


class Winners(Sequence[tuple[int, ...]]):
    """The switches of a max pool, found on demand: few networks ask."""

    def __init__(self, layer: Layer, x: Tensor, under: Spots) -> None:
        self._arithmetic, self._x, self._under = layer.arithmetic, x, under

    def __len__(self) -> int:
        return self._x.channels * len(self._under)

    @overload
    def __getitem__(self, index: SupportsIndex) -> tuple[int, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[int, ...]]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> tuple[int, ...] | Sequence[tuple[int, ...]]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        channel, place = divmod(range(len(self))[index], len(self._under))
        first = channel * prod(self._x.sizes)
        return self._arithmetic.winners([(spot, self._x.cells[first + spot]) for spot in self._under[place]])


def sums(x: Tensor, under: Spots) -> bytearray:
    """For each channel and each list of positions the sum of their cells, settled."""
    lanes = Lanes.holding(6 * max(map(len, under)), x.channels)
    planes = positions(raw(x).translate(RESIDUE), x, lanes)
    return placed((lanes.settle(sum([planes[spot] for spot in spots])) for spots in under), len(under), x.channels)


def average(layer: Layer, x: Tensor, means: Means) -> Tensor:
    """As the plain kernel."""
    under = inside(x, means.slides)
    layer.arithmetic.counts["add"] += sum(map(len, under)) * x.channels
    layer.arithmetic.counts["average"] += len(under) * x.channels
    return tensor((x.channels, *map(len, means.slides)), sums(x, under))


def norms(layer: Layer, x: Tensor, todo: Norms) -> Tensor:
    """As the plain kernel."""
    result = average(layer, x, todo.means)
    layer.arithmetic.counts["power"] += len(x.cells)
    layer.arithmetic.counts["root"] += len(result.cells)
    return result


def interpolated(layer: Layer, x: Tensor, taps: Taps) -> Tensor:
    """As the plain kernel."""
    picks = copies(x, taps)
    return weighted(layer, x, taps) if picks is None else picked(layer, x, picks)


def weighted(layer: Layer, x: Tensor, taps: Taps) -> Tensor:
    """As the plain kernel: scaling hands on a cell as it is, so this is the sum over the taps."""
    under = [[place for place, _ in recipe] for recipe in recipes_of(x, taps)]
    for name in ("scale", "add"):
        layer.arithmetic.counts[name] += sum(map(len, under)) * x.channels
    return tensor((x.channels, *map(len, taps)), sums(x, under))
