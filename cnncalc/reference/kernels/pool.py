"""Pooling and unpooling."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan, prod
from typing import NamedTuple, TypeAlias

from cnncalc.reference.kernels.activation import number
from cnncalc.reference.tensor import Number, Picks, Shape, Switches, Tensor, Value, words
from cnncalc.reference.weights import Layer
from cnncalc.reference.window import Pair, gather, items, per_axis, resolve_padding, spatial, whole, windows


def pool_padding(padding: Value, sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> list[Pair]:
    """Padding of a pool; written in numbers, no side may exceed half the window, or a window could miss the input."""
    pads = resolve_padding(padding, sizes, kernel, stride, dilation)
    if not isinstance(padding, str):
        for pair, k in zip(pads, kernel, strict=True):
            if max(pair) > k // 2:
                raise ValueError(f"padding {max(pair)} is more than half of the kernel, which is {k}")
    return pads


Slides: TypeAlias = list[list[list[int]]]


class Means(NamedTuple):
    """The windows of a mean per axis; what divides a sum: the window, what of it is no padding, or a number."""

    slides: Slides
    count_pad: bool
    divisor: int | None = None


def max_pool(
    layer: Layer,
    x: Tensor,
    *,
    kernel: Value,
    stride: Value = None,
    padding: Value = 0,
    dilation: Value = 1,
    ceil_mode: bool = False,
) -> Slides:
    """The largest cell under each window; padding is minus infinity. The result remembers where the maxima were."""
    axes = spatial(x)
    size, spacing = per_axis(kernel, "kernel", axes), per_axis(dilation, "dilation", axes)
    step = size if stride is None else per_axis(stride, "stride", axes)
    pads = pool_padding(padding, x.sizes, size, step, spacing)
    return [windows(*axis, ceil_mode) for axis in zip(x.sizes, size, step, pads, spacing, strict=True)]


def largest(layer: Layer, x: Tensor, slides: Sequence[list[list[int]]]) -> Tensor:
    """The largest cell under each window of each plane, with switches."""
    cells: list[Number] = []
    positions: list[tuple[int, ...]] = []
    under = [[spot for spot in spots if spot is not None] for spots in gather(x.sizes, slides)]
    for plane in x.planes:
        for spots in under:
            best = layer.arithmetic.lowest
            for spot in spots:
                best = layer.arithmetic.maximum(best, plane[spot])
            cells.append(best)
            positions.append(layer.arithmetic.winners([(spot, plane[spot]) for spot in spots]))
    return Tensor((x.channels, *map(len, slides)), cells, Switches(x.sizes, positions))


def average(layer: Layer, x: Tensor, means: Means) -> Tensor:
    """The mean under each window of each plane; a window over nothing but padding gives 0."""
    cells: list[Number] = []
    under = list(gather(x.sizes, means.slides))
    for plane in x.planes:
        for spots in under:
            inside = [plane[spot] for spot in spots if spot is not None]
            total: Number = 0
            for cell in inside:
                total = layer.arithmetic.add(total, cell)
            count = means.divisor or (len(spots) if means.count_pad else len(inside))
            cells.append(layer.arithmetic.average(total, count or 1))
    return Tensor((x.channels, *map(len, means.slides)), cells)


def volume_kernel(x: Tensor, kernel: Value) -> Shape:
    """The kernel of a mean; over three axes PyTorch refuses one that is larger than the input, whatever the padding."""
    size = per_axis(kernel, "kernel", spatial(x))
    if len(size) == 3 and any(k > n for k, n in zip(size, x.sizes, strict=True)):
        raise ValueError(f"a kernel of {words(size)} is larger than the input, which is {words(x.sizes)}")
    return size


def avg_pool(
    layer: Layer,
    x: Tensor,
    *,
    kernel: Value,
    stride: Value = None,
    padding: Value = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Value = None,
) -> Means:
    """The mean under each window. Padding counts as zeros unless told otherwise; beyond it a window is cut off."""
    axes = spatial(x)
    size = volume_kernel(x, kernel)
    step = size if stride is None else per_axis(stride, "stride", axes)
    pads = pool_padding(padding, x.sizes, size, step, (1,) * axes)
    slides = [windows(n, k, s, pad, 1, ceil_mode) for n, k, s, pad in zip(x.sizes, size, step, pads, strict=True)]
    divisor = None if divisor_override is None else whole(divisor_override, "divisor_override", at_least=None)
    if divisor == 0:
        raise ValueError("`divisor_override` must not be 0")
    return Means(slides, count_include_pad, divisor)


class Norms(NamedTuple):
    """What a p-norm is made of; `window` is the size of a window that is not cut off."""

    means: Means
    power: Number
    window: int


def lp_pool(
    layer: Layer, x: Tensor, *, kernel: Value, norm: Value = 2, stride: Value = None, ceil_mode: bool = False
) -> Norms:
    """The p-norm under each window, as PyTorch has it: powers keep their sign, and a cut-off window is scaled up."""
    axes, power = spatial(x), number(norm, "norm")
    if power == 0:
        raise ValueError("`norm` must not be 0")
    size = volume_kernel(x, kernel)
    step = size if stride is None else per_axis(stride, "stride", axes)
    slides = [windows(n, k, s, (0, 0), 1, ceil_mode) for n, k, s in zip(x.sizes, size, step, strict=True)]
    return Norms(Means(slides, count_pad=True), power, prod(size))


def norms(layer: Layer, x: Tensor, todo: Norms) -> Tensor:
    """Powers, their means, and the roots of these times the window's size."""
    arithmetic, power = layer.arithmetic, todo.power
    powers = [arithmetic.apply("power", lambda cell: signed_power(cell, power), cell) for cell in x.cells]
    means = average(layer, Tensor(x.shape, powers), todo.means)
    cells = [
        arithmetic.apply("root", lambda mean: signed_power(mean * todo.window, 1 / power), mean) for mean in means.cells
    ]
    return Tensor(means.shape, cells)


def signed_power(cell: Number, power: Number) -> float:
    """A real power; not a number where there is none."""
    return nan if cell < 0 and power != int(power) else float(cell**power)


def equal_parts(size: int, parts: int) -> list[list[int]]:
    """Window i of an adaptive pool: from floor(i·size/parts) to ceil((i+1)·size/parts)."""
    return [list(range(i * size // parts, -(-(i + 1) * size // parts))) for i in range(parts)]


def adaptive_windows(x: Tensor, size: Value) -> list[list[list[int]]]:
    """The windows of an adaptive pool per axis; `keep` leaves an axis alone."""
    axes = spatial(x)
    wanted = items(size, "size", axes)
    return [equal_parts(n, n if o == "keep" else whole(o, "size")) for n, o in zip(x.sizes, wanted, strict=True)]


def adaptive_avg_pool(layer: Layer, x: Tensor, *, size: Value) -> Means:
    """The mean of each of `size` nearly equal parts per axis."""
    return Means(adaptive_windows(x, size), count_pad=False)


def adaptive_max_pool(layer: Layer, x: Tensor, *, size: Value) -> Slides:
    """The largest cell of each of `size` nearly equal parts per axis."""
    return adaptive_windows(x, size)


def global_avg_pool(layer: Layer, x: Tensor) -> Means:
    """One mean per channel; every spatial axis stays, of size 1."""
    return Means(adaptive_windows(x, 1), count_pad=False)


def global_max_pool(layer: Layer, x: Tensor) -> Slides:
    """One maximum per channel; every spatial axis stays, of size 1."""
    return adaptive_windows(x, 1)


def max_unpool(layer: Layer, x: Tensor, pooled: Tensor, *, pool: Value = None, size: Value = None) -> Tensor:
    """Cells go back to where the pool found its maxima, zeros elsewhere; `pooled` is that pool's result.

    Where two windows share a maximum the later cell stays, as in PyTorch.
    """
    if pooled.switches is None:
        raise ValueError(f"needs a max pool to undo, and {pool} is none")
    if x.shape != pooled.shape:
        raise ValueError(f"gets {words(x.shape)}, but the pool gave {words(pooled.shape)}")
    sizes = pooled.switches.sizes if size is None else per_axis(size, "size", spatial(x))
    area, within = prod(sizes), prod(x.sizes)
    cells: list[Number] = [0] * (x.channels * area)
    for index, (cell, chooser) in enumerate(zip(x.cells, pooled.cells, strict=True)):
        for spot in pooled.switches.positions[index]:
            if spot >= area:
                raise ValueError(f"a maximum lay at position {spot}, which size {words(sizes)} does not have")
            place = index // within * area + spot
            cells[place] = layer.arithmetic.place(cells[place], cell, chooser)
    return Tensor((x.channels, *sizes), cells)


def unpool(layer: Layer, x: Tensor, *, factor: Value) -> Picks:
    """A "bed of nails": each value first, zeros after it, `factor` cells in all."""
    factors = per_axis(factor, "factor", spatial(x))
    nails = [
        [None if place % f else place // f for place in range(n * f)] for n, f in zip(x.sizes, factors, strict=True)
    ]
    return Picks([range(x.channels), *nails])


def zero_insert(layer: Layer, x: Tensor, *, stride: Value) -> Picks:
    """Zeros between neighbours, `stride` cells from one value to the next, none after the last."""
    steps = per_axis(stride, "stride", spatial(x))
    spaced = [
        [None if place % s else place // s for place in range((n - 1) * s + 1)]
        for n, s in zip(x.sizes, steps, strict=True)
    ]
    return Picks([range(x.channels), *spaced])
