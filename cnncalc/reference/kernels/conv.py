"""Convolution gathers, transposed convolution scatters; one implementation for 1, 2 and 3 spatial axes."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from cnncalc.reference.arithmetic import Arithmetic
from cnncalc.reference.tensor import Number, Picks, Shape, Tensor, Value, strides, take, words
from cnncalc.reference.weights import Layer
from cnncalc.reference.window import Pair, gather, per_axis, resolve_padding, spatial, spread, uneven, whole, windows


def weighted_sum(arithmetic: Arithmetic, weights: Sequence[Number], activations: Sequence[Number]) -> Number:
    """The sum of all products, one multiply-add each."""
    total: Number = 0
    for weight, activation in zip(weights, activations, strict=True):
        total = arithmetic.multiply_add(total, weight, activation)
    return total


def window_of(axes: int, kernel: Value, stride: Value, dilation: Value) -> tuple[Shape, Shape, Shape]:
    """Kernel, stride and dilation per axis."""
    return per_axis(kernel, "kernel", axes), per_axis(stride, "stride", axes), per_axis(dilation, "dilation", axes)


def per_group(channels: int, groups: int, what: str) -> int:
    """Channels in each group."""
    if channels % groups:
        raise ValueError(f"{channels} {what} channels do not divide into {groups} groups")
    return channels // groups


class Plan(NamedTuple):
    """A convolution that was looked through: numbers per axis, and channels per group.

    `slides` are per axis the positions under each window, as `windows` gives them.
    """

    out: int
    groups: int
    inner: int
    outer: int
    kernel: Shape
    stride: Shape
    dilation: Shape
    pads: list[Pair]
    slides: list[list[list[int]]]

    @property
    def sizes(self) -> Shape:
        """Spatial sizes of the result."""
        return tuple(map(len, self.slides))

    @property
    def taps(self) -> int:
        """Weights per output channel."""
        return self.inner * prod(self.kernel)


def plan(x: Tensor, out: Value, kernel: Value, stride: Value, padding: Value, dilation: Value, groups: Value) -> Plan:
    """Arguments as the user wrote them, for an input; `ValueError` if they do not fit."""
    axes = spatial(x)
    size, step, spacing = window_of(axes, kernel, stride, dilation)
    out, groups = whole(out, "out"), whole(groups, "groups")
    inner, outer = per_group(x.channels, groups, "input"), per_group(out, groups, "output")
    pads = resolve_padding(padding, x.sizes, size, step, spacing)
    slides = [windows(*axis) for axis in zip(x.sizes, size, step, pads, spacing, strict=True)]
    return Plan(out, groups, inner, outer, size, step, spacing, pads, slides)


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
    """Cross-correlation: each output cell gathers what is under its window, in all input channels of its group."""
    todo = plan(x, out, kernel, stride, padding, dilation, groups)
    weight = layer.weight("weight", (todo.out, todo.inner, *todo.kernel))
    taps = list(product(range(todo.inner), *map(range, todo.kernel)))
    rows = [[weight[(channel, *tap)] for tap in taps] for channel in range(todo.out)]
    planes, results = x.planes, [list[Number]() for _ in range(todo.out)]
    for spots in gather(x.sizes, todo.slides):
        layer.arithmetic.padding += spots.count(None) * todo.inner * todo.out
        for group in range(todo.groups):
            activations = patch(planes[group * todo.inner : (group + 1) * todo.inner], spots)
            for channel in range(group * todo.outer, (group + 1) * todo.outer):
                results[channel].append(weighted_sum(layer.arithmetic, rows[channel], activations))
    return with_bias(layer, (todo.out, *todo.sizes), results, bias)


def patch(planes: Sequence[Sequence[Number]], spots: Sequence[int | None]) -> list[Number]:
    """The cells under a window, plane after plane; padding is 0."""
    return [0 if spot is None else plane[spot] for plane in planes for spot in spots]


def with_bias(layer: Layer, shape: Shape, planes: Sequence[Sequence[Number]], bias: bool) -> Tensor:
    """Planes, one per channel, with the bias of each channel added."""
    if bias:
        shift = layer.weight("bias", (len(planes),))
        planes = [
            [layer.arithmetic.add(cell, amount) for cell in plane]
            for plane, amount in zip(planes, [shift[(channel,)] for channel in range(len(planes))], strict=True)
        ]
    return Tensor(shape, [cell for plane in planes for cell in plane])


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
    """A convolution with as many groups as channels."""
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


def cropping(padding: Value, axes: int, kernel: Shape, stride: Shape, dilation: Shape) -> list[tuple[int, int]]:
    """What a transposed convolution cuts off at both ends. `same` leaves `size × stride` cells, as TensorFlow does."""
    if padding in ("same", "same_lower"):
        return [
            uneven(spread(k, d) - s, str(padding)) if spread(k, d) >= s else (0, spread(k, d) - s)
            for k, s, d in zip(kernel, stride, dilation, strict=True)
        ]
    return resolve_padding(padding, (1,) * axes, kernel, stride, dilation)


class Stamping(NamedTuple):
    """A transposed convolution that was looked through: numbers per axis, channels per group, and the canvas.

    `kept` are per axis the positions of the canvas that the result consists of.
    """

    out: int
    inner: int
    outer: int
    kernel: Shape
    stride: Shape
    dilation: Shape
    canvas: Shape
    kept: list[range]


def stamping(
    x: Tensor,
    out: Value,
    kernel: Value,
    stride: Value,
    padding: Value,
    output_padding: Value,
    dilation: Value,
    groups: Value,
) -> Stamping:
    """Arguments as the user wrote them, for an input; `ValueError` if they do not fit."""
    axes = spatial(x)
    size, step, spacing = window_of(axes, kernel, stride, dilation)
    extra = per_axis(output_padding, "output_padding", axes, at_least=0)
    out, groups = whole(out, "out"), whole(groups, "groups")
    inner, outer = per_group(x.channels, groups, "input"), per_group(out, groups, "output")
    if any(more >= max(s, d) for more, s, d in zip(extra, step, spacing, strict=True)):
        raise ValueError("`output_padding` must be smaller than the stride or the dilation")
    stamped = [(n - 1) * s + spread(k, d) for n, k, s, d in zip(x.sizes, size, step, spacing, strict=True)]
    crops = cropping(padding, axes, size, step, spacing)
    kept = [range(first, end - last + more) for (first, last), end, more in zip(crops, stamped, extra, strict=True)]
    if not all(kept):
        raise ValueError(f"padding {padding} leaves nothing of {words(stamped)}")
    canvas = tuple(max(end, keep.stop) for end, keep in zip(stamped, kept, strict=True))
    return Stamping(out, inner, outer, size, step, spacing, canvas, kept)


def conv_transpose(
    layer: Layer,
    x: Tensor,
    *,
    out: Value,
    kernel: Value,
    stride: Value = 1,
    padding: Value = 0,
    output_padding: Value = 0,
    dilation: Value = 1,
    groups: Value = 1,
    bias: bool = True,
) -> Tensor:
    """Each input cell scatters a stamp of the kernel onto a canvas, whose border is cropped when all is done."""
    todo = stamping(x, out, kernel, stride, padding, output_padding, dilation, groups)
    weight = layer.weight("weight", (x.channels, todo.outer, *todo.kernel))
    planes: list[list[Number]] = [[0] * prod(todo.canvas) for _ in range(todo.out)]
    corners, shifts = lattice(x.sizes, todo.stride, todo.canvas), lattice(todo.kernel, todo.dilation, todo.canvas)
    for channel, activations in enumerate(x.planes):
        for within in range(todo.outer):
            stamp = [weight[(channel, within, *tap)] for tap in product(*map(range, todo.kernel))]
            onto = planes[channel // todo.inner * todo.outer + within]
            scatter(layer.arithmetic, onto, corners, activations, shifts, stamp)
    canvas = Tensor((todo.out, *todo.canvas), [cell for plane in planes for cell in plane])
    result = take(canvas, Picks([range(todo.out), *todo.kept]))
    return with_bias(layer, result.shape, result.planes, bias)


def lattice(counts: Shape, spacing: Shape, canvas: Shape) -> list[int]:
    """Flat positions on the canvas of points that lie `spacing` apart along each axis, `counts` of them."""
    steps = strides(canvas)
    return [
        sum(point)
        for point in product(
            *([i * s * step for i in range(n)] for n, s, step in zip(counts, spacing, steps, strict=True))
        )
    ]


def scatter(
    arithmetic: Arithmetic,
    plane: list[Number],
    corners: Sequence[int],
    activations: Sequence[Number],
    shifts: Sequence[int],
    stamp: Sequence[Number],
) -> None:
    """Add the stamp onto the plane, times the activation, once at the corner of every input cell."""
    for corner, activation in zip(corners, activations, strict=True):
        for shift, weight in zip(shifts, stamp, strict=True):
            plane[corner + shift] = arithmetic.multiply_add(plane[corner + shift], weight, activation)
