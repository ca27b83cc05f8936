"""Normalisation: statistics over groups of cells (or running ones), then a learned scale and shift."""

from collections.abc import Iterable, Sequence
from itertools import product
from math import nan, prod, sqrt
from typing import NamedTuple

from cnncalc.reference.arithmetic import Arithmetic
from cnncalc.reference.kernels.activation import number
from cnncalc.reference.kernels.pool import signed_power
from cnncalc.reference.tensor import Number, Shape, Tensor, Value, groups, words
from cnncalc.reference.weights import Layer, Parameter
from cnncalc.reference.window import spatial, whole


def total_of(arithmetic: Arithmetic, cells: Iterable[Number]) -> Number:
    """The sum of some cells."""
    total: Number = 0
    for cell in cells:
        total = arithmetic.add(total, cell)
    return total


def square_of(arithmetic: Arithmetic, cell: Number) -> Number:
    """A cell times itself."""
    return arithmetic.multiply(cell, cell)


def divided(arithmetic: Arithmetic, deviation: Number, variance: Number, eps: Number) -> Number:
    """A deviation in units of the standard deviation."""
    return arithmetic.apply("normalise", lambda d, v: d / root(v + eps), deviation, variance)


def root(square: Number) -> float:
    """The square root; not a number where there is none."""
    return nan if square < 0 else sqrt(square)


def normalised(layer: Layer, x: Tensor, members: Sequence[Sequence[int]], eps: Value) -> list[Number]:
    """Cells less the mean of their group, divided by its standard deviation (over n, not n - 1)."""
    arithmetic, small = layer.arithmetic, number(eps, "eps")
    cells: list[Number] = [0] * len(x.cells)
    for group in members:
        mean = arithmetic.average(total_of(arithmetic, (x.cells[i] for i in group)), len(group))
        deviations = [arithmetic.subtract(x.cells[i], mean) for i in group]
        squares = (square_of(arithmetic, deviation) for deviation in deviations)
        variance = arithmetic.average(total_of(arithmetic, squares), len(group))
        for i, deviation in zip(group, deviations, strict=True):
            cells[i] = divided(arithmetic, deviation, variance, small)
    return cells


def running(layer: Layer, x: Tensor, eps: Value) -> list[Number]:
    """Cells normalised by the running statistics of their channel."""
    arithmetic, small = layer.arithmetic, number(eps, "eps")
    means = per_channel(layer.buffer("running_mean", (x.channels,)))
    variances = per_channel(layer.buffer("running_var", (x.channels,), positive=True))
    return [
        divided(arithmetic, arithmetic.subtract(cell, mean), variance, small)
        for plane, mean, variance in zip(x.planes, means, variances, strict=True)
        for cell in plane
    ]


def per_channel(parameter: Parameter) -> list[Number]:
    """A one-axis weight, asked for as a whole."""
    return [parameter[(channel,)] for channel in range(parameter.shape[0])]


def scaled(layer: Layer, shape: Shape, cells: Sequence[Number], *, affine: bool, bias: bool) -> Tensor:
    """Cells times the weight of their channel, plus its bias."""
    arithmetic, area = layer.arithmetic, prod(shape[1:])
    if affine:
        factors = per_channel(layer.weight("weight", shape[:1]))
        cells = [arithmetic.multiply(cell, factors[index // area]) for index, cell in enumerate(cells)]
    if bias:
        shifts = per_channel(layer.weight("bias", shape[:1]))
        cells = [arithmetic.add(cell, shifts[index // area]) for index, cell in enumerate(cells)]
    return Tensor(shape, list(cells))


def batch_norm(
    layer: Layer, x: Tensor, *, affine: bool = True, eps: Value = 1e-5, track_running_stats: bool = True
) -> Tensor:
    """Per channel, by running statistics; without them by those of the batch, which is this one item."""
    check_batch_norm(x, eps, track_running_stats)
    return by_channel(layer, x, affine, eps, track_running_stats)


def check_batch_norm(x: Tensor, eps: Value, tracked: bool) -> None:
    """PyTorch's batch normalisation, and no other one, wants a variance that it can divide by."""
    if len(x.sizes) > 3:
        raise ValueError(f"takes at most 3 spatial axes, and gets {words(x.shape)}")
    small = number(eps, "eps")
    if small < 0 or (small == 0 and not tracked):
        raise ValueError(f"`eps` must be positive, or 0 with running statistics, and is {small}")


def by_channel(layer: Layer, x: Tensor, affine: bool, eps: Value, tracked: bool) -> Tensor:
    """Per channel, by running statistics or by those of its own plane, which must have more than one cell."""
    if tracked:
        cells = running(layer, x, eps)
    elif prod(x.sizes) == 1:
        raise ValueError(f"gets {words(x.shape)}: one cell per channel has no variance")
    else:
        cells = normalised(layer, x, groups(x.shape, range(1, len(x.shape))), eps)
    return scaled(layer, x.shape, cells, affine=affine, bias=affine)


def instance_norm(
    layer: Layer, x: Tensor, *, affine: bool = False, eps: Value = 1e-5, track_running_stats: bool = False
) -> Tensor:
    """Per channel, by the statistics of its own plane, or by running ones."""
    spatial(x)
    return by_channel(layer, x, affine, eps, track_running_stats)


def group_norm(layer: Layer, x: Tensor, *, groups: Value, affine: bool = True, eps: Value = 1e-5) -> Tensor:
    """By the statistics of a group of neighbouring channels."""
    parts = whole(groups, "groups")
    if x.channels % parts:
        raise ValueError(f"{x.channels} channels do not divide into {parts} groups")
    share = group_size(x, parts)
    members = [range(start, start + share) for start in range(0, len(x.cells), share)]
    return scaled(layer, x.shape, normalised(layer, x, members, eps), affine=affine, bias=affine)


def group_size(x: Tensor, parts: int) -> int:
    """How many cells a group of channels has; one alone has no variance."""
    share = len(x.cells) // parts
    if share == 1:
        raise ValueError(f"gets {words(x.shape)}: one cell per group has no variance")
    return share


def normalised_axes(axes: Value, rank: int) -> list[int]:
    """The stored axes that a layer normalisation looks at together."""
    match axes:
        case "last":
            return [rank - 1]
        case "channels":
            return [0]
        case "all":
            return list(range(rank))
        case str():
            raise ValueError(f"`axes` is last, channels, all, or how many of the last axes, not {axes!r}")
    count = whole(axes, "axes")
    if count > rank:
        raise ValueError(f"`axes` is {count}, and the tensor has {rank}")
    return list(range(rank - count, rank))


def layer_norm(
    layer: Layer, x: Tensor, *, axes: Value = "last", affine: bool = True, bias: bool = True, eps: Value = 1e-5
) -> Tensor:
    """By the statistics over some axes at each position on the others; one weight (and bias) per normalised cell."""
    inside = normalised_axes(axes, len(x.shape))
    members = groups(x.shape, inside)
    cells = normalised(layer, x, members, eps)
    if not affine:
        return Tensor(x.shape, cells)
    weights, shifts = of_places(layer, tuple(x.shape[axis] for axis in inside), bias)
    for group in members:
        for place, index in enumerate(group):
            cells[index] = layer.arithmetic.multiply(cells[index], weights[place])
            if bias:
                cells[index] = layer.arithmetic.add(cells[index], shifts[place])
    return Tensor(x.shape, cells)


def of_places(layer: Layer, shape: Shape, bias: bool) -> tuple[list[Number], list[Number]]:
    """A weight and a bias for every place of such a shape; without biases the second list is empty."""
    spots = list(product(*map(range, shape)))
    weight = layer.weight("weight", shape)
    shift = layer.weight("bias", shape) if bias else None
    return [weight[spot] for spot in spots], [] if shift is None else [shift[spot] for spot in spots]


def l2_norm(layer: Layer, x: Tensor, *, affine: bool = True, eps: Value = 1e-12) -> Tensor:
    """Cells divided by the length of their channel vector (at least `eps`), as in ParseNet (Liu et al. 2015)."""
    arithmetic, least = layer.arithmetic, number(eps, "eps")
    cells: list[Number] = [0] * len(x.cells)
    for group in groups(x.shape, [0]):
        square = total_of(arithmetic, (square_of(arithmetic, x.cells[i]) for i in group))
        for i in group:
            cells[i] = arithmetic.apply("normalise", lambda cell, s: cell / max(sqrt(s), least), x.cells[i], square)
    return scaled(layer, x.shape, cells, affine=affine, bias=False)


class Response(NamedTuple):
    """A local response normalisation: how many channels in all, and the constants."""

    window: int
    alpha: Number
    beta: Number
    k: Number


def lrn(layer: Layer, x: Tensor, *, size: Value, alpha: Value = 1e-4, beta: Value = 0.75, k: Value = 1) -> Response:
    """Across `size` neighbouring channels; alpha is divided by the size, as in PyTorch and Caffe (not in the paper)."""
    if len(x.shape) < 2:
        raise ValueError(f"needs channels and at least one spatial axis, and gets {words(x.shape)}")
    return Response(whole(size, "size"), number(alpha, "alpha"), number(beta, "beta"), number(k, "k"))


def responses(layer: Layer, x: Tensor, todo: Response) -> Tensor:
    """Every cell divided by what its neighbours on the channel axis amount to."""
    arithmetic, (window, a, b, base) = layer.arithmetic, todo
    cells: list[Number] = [0] * len(x.cells)
    for group in groups(x.shape, [0]):
        squares = [square_of(arithmetic, x.cells[i]) for i in group]
        for channel, i in enumerate(group):
            first = channel - window // 2
            mean = arithmetic.average(total_of(arithmetic, squares[max(first, 0) : first + window]), window)
            cells[i] = arithmetic.apply(
                "normalise", lambda cell, m: cell / signed_power(base + a * m, b), x.cells[i], mean
            )
    return Tensor(x.shape, cells)


def scale(layer: Layer, x: Tensor, *, bias: bool = False) -> Tensor:
    """One learned number per channel, and with `bias` a shift."""
    return scaled(layer, x.shape, x.cells, affine=True, bias=bias)


def multiply(layer: Layer, x: Tensor, *, number: Value) -> Tensor:
    """Times a fixed number."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError(f"`number` must be a number, not {number!r}")
    return Tensor(x.shape, [layer.arithmetic.scale(cell, number) for cell in x.cells])
