"""Convolutions over packed planes: for each channel and tap the cells that the tap sees, exactly the output's.

A block of output cells is made at a time, so that its planes stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from cnncalc.reference.fast.halves import shared
from cnncalc.reference.fast.lanes import RAISED, ZERO, Lanes, raw, tensor
from cnncalc.reference.fast.moves import take
from cnncalc.reference.fast.recheck import recheck, under_window
from cnncalc.reference.fast.sums import WEIGHTS, bound_of, rows_of, shifts_of, weighted_sum
from cnncalc.reference.kernels.conv import Plan, plan
from cnncalc.reference.tensor import Shape, Tensor, Value, strides
from cnncalc.reference.weights import Layer, Parameter
from cnncalc.reference.window import Pair, whole

BLOCK = 1024
PER_SECOND = 900 * 10**6  # multiply-adds, packed
Piece = tuple[int, int]


class Grid(NamedTuple):
    """How output cells lie on the padded input: per axis as far apart as the strides say, taps as the dilations say.

    `sizes` are those of one padded channel.
    """

    sizes: Shape
    cells: Shape
    stride: Shape
    kernel: Shape
    dilation: Shape

    @property
    def shifts(self) -> list[int]:
        """How far each tap lies from the window's first, in row-major order."""
        steps = strides(self.sizes)
        return [
            sum(spot)
            for spot in product(
                *(
                    [tap * d * step for tap in range(k)]
                    for k, d, step in zip(self.kernel, self.dilation, steps, strict=True)
                )
            )
        ]

    def pieces(self) -> Iterator[Piece]:
        """All output cells in order, in runs along the last axis: where the first lies, and how many there are."""
        steps = strides(self.sizes)
        *outer, last = (
            [cell * s * step for cell in range(n)] for n, s, step in zip(self.cells, self.stride, steps, strict=True)
        )
        for spot in product(*outer):
            for start in range(0, len(last), BLOCK):
                yield sum(spot) + last[start], min(BLOCK, len(last) - start)

    def blocks(self) -> Iterator[list[Piece]]:
        """The pieces, at most `BLOCK` cells (but at least one piece) together."""
        block: list[Piece] = []
        for piece in self.pieces():
            if block and sum(count for _, count in block) + piece[1] > BLOCK:
                yield block
                block = []
            block.append(piece)
        yield block


def grid_of(todo: Plan, sizes: Shape) -> Grid:
    """The grid of a convolution; if nothing but single cells are looked at, all axes are one."""
    padded = tuple(before + n + after for n, (before, after) in zip(sizes, todo.pads, strict=True))
    if prod(todo.kernel) * prod(todo.stride) == 1 and padded == sizes:
        one = (1,)
        return Grid((prod(sizes),), (prod(sizes),), one, one, one)
    return Grid(padded, todo.sizes, todo.stride, todo.kernel, todo.dilation)


def conv(
    layer: Layer,
    x: Tensor,
    *,
    out: Value,
    kernel: Value,
    stride: Value = 1,
    padding: Value = 0,
    dilation: Value = 1,
    groups: Value = 1,
    bias: bool = True,
) -> Tensor:
    """As the plain kernel."""
    todo = plan(x, out, kernel, stride, padding, dilation, groups)
    weight = layer.weight("weight", (todo.out, todo.inner, *todo.kernel))
    shifts = shifts_of(layer, todo.out, bias)
    padded = take(raw(x).translate(RAISED), x.shape, [range(x.channels), *margins(x.sizes, todo.pads)], ZERO)
    grid, before = grid_of(todo, x.sizes), layer.arithmetic.multiply_adds
    count_padding(layer, todo, grid, x.sizes)
    planes = [plane for group in range(todo.groups) for plane in made(layer, todo, group, padded, grid, weight, shifts)]
    layer.arithmetic.counts["add"] += todo.out * prod(todo.sizes) * bias
    result = tensor((todo.out, *todo.sizes), b"".join(planes))
    each = (layer.arithmetic.multiply_adds - before) / len(result.cells)
    recheck(layer, weight.label, result, under_window(x, todo, weight, shifts), each)
    return result


def made(
    layer: Layer, todo: Plan, group: int, padded: bytes, grid: Grid, weight: Parameter, shifts: Sequence[int]
) -> Iterator[bytes]:
    """The output channels of a group, so many at a time that their weights take little memory."""
    sources = range(group * todo.inner, (group + 1) * todo.inner)
    bound, some = bound_of(weight, todo.taps, shifts), max(WEIGHTS // todo.taps, 1)
    for first in range(group * todo.outer, (group + 1) * todo.outer, some):
        channels = range(first, min(first + some, (group + 1) * todo.outer))
        yield from over_blocks(
            layer, padded, grid, sources, bound, rows_of(weight, channels), shifts[channels.start : channels.stop]
        )


def over_blocks(
    layer: Layer,
    padded: bytes,
    grid: Grid,
    sources: range,
    bound: int,
    rows: Sequence[Sequence[int]],
    shifts: Sequence[int],
) -> Iterator[bytes]:
    """Some output channels, a row of weights and a shift for each, made block by block."""

    def over(item: tuple[Sequence[Piece], range]) -> list[bytes]:
        block, some = item
        lanes = Lanes.holding(bound, sum(count for _, count in block))
        planes = [lanes.pack(cells) for cells in seen(padded, grid, block, sources)]
        return [lanes.settle(weighted_sum(layer, rows[n], planes, lanes) + shifts[n] * lanes.ones) for n in some]

    blocks, parts = list(grid.blocks()), parts_of(layer, grid, len(rows))
    seconds = len(rows) * len(rows[0]) * prod(grid.cells) / PER_SECOND
    done = iter(shared(layer.arithmetic, seconds, over, list(product(blocks, parts))))
    by_block = [[cells for _ in parts for cells in next(done)] for _ in blocks]
    yield from map(b"".join, zip(*by_block, strict=True))


def parts_of(layer: Layer, grid: Grid, channels: int) -> list[range]:
    """Output channels, as they are worked at: two halves if two processes would have too few blocks to share."""
    if not layer.arithmetic.second_process or channels == 1 or prod(grid.cells) > 4 * BLOCK:
        return [range(channels)]
    return [range(channels // 2), range(channels // 2, channels)]


def margins(sizes: Shape, pads: Sequence[Pair]) -> list[list[int | None]]:
    """Per axis the source indices of a padded input."""
    return [[*[None] * before, *range(n), *[None] * after] for n, (before, after) in zip(sizes, pads, strict=True)]


def seen(padded: bytes, grid: Grid, block: Sequence[Piece], channels: range) -> Iterator[bytes]:
    """For each channel and tap the cells of the padded input that the tap sees from the cells of a block."""
    area, step, shifts = prod(grid.sizes), grid.stride[-1], grid.shifts
    for channel in channels:
        for shift in shifts:
            origin = channel * area + shift
            yield b"".join(
                [padded[origin + first : origin + first + (count - 1) * step + 1 : step] for first, count in block]
            )


def count_padding(layer: Layer, todo: Plan, grid: Grid, sizes: Shape) -> None:
    """Count what multiplies padding zeros: the same gathering, over a mask of one channel that is 1 in the padding."""
    if not any(map(any, todo.pads)):
        return
    mask = take(bytes(prod(sizes)), sizes, margins(sizes, todo.pads), 1)
    zeros = sum(cells.count(1) for block in grid.blocks() for cells in seen(mask, grid, block, range(1)))
    layer.arithmetic.padding += zeros * todo.inner * todo.out


def depthwise_conv(
    layer: Layer,
    x: Tensor,
    *,
    kernel: Value,
    multiplier: Value = 1,
    stride: Value = 1,
    padding: Value = 0,
    dilation: Value = 1,
    bias: bool = True,
) -> Tensor:
    """As the plain kernel."""
    out = x.channels * whole(multiplier, "multiplier")
    return conv(
        layer,
        x,
        out=out,
        kernel=kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=x.channels,
        bias=bias,
    )
