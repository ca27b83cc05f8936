"""Interpolation, rounded where PyTorch rounds, and anti-aliased pooling."""

from collections.abc import Callable
from itertools import product
from math import comb, floor, prod
from struct import pack, unpack
from typing import NamedTuple, TypeAlias

from cnncalc.reference.kernels.activation import number
from cnncalc.reference.kernels.reshape import target_sizes
from cnncalc.reference.tensor import Number, Picks, Shape, Tensor, Value, strides, take, words
from cnncalc.reference.weights import Layer
from cnncalc.reference.window import items, per_axis, spatial, windows

Tap: TypeAlias = tuple[int, float]
Taps: TypeAlias = list[list[list[Tap]]]  # per axis and cell of the result
CUBIC = -0.75  # the free constant of Keys 1981, in PyTorch's choice


class Stretch(NamedTuple):
    """One axis of an interpolation; `step` is how far the source moves for one cell of the result.

    `small_plane` says that the result has two spatial axes, together at most 128 long. PyTorch chooses nearest
    neighbours there by other code (`_use_vectorized_kernel_cond_2d`): the step is rounded to single precision, and
    sizes that stay or double are shortcuts.
    """

    size: int
    out: int
    step: float
    align_corners: bool
    small_plane: bool

    def source(self, cell: int) -> float:
        """Where a cell of the result lies on the source axis: corner on corner, or centre on centre."""
        return cell * self.step if self.align_corners else (cell + 0.5) * self.step - 0.5

    def nearest(self, place: float) -> int:
        """The source cell whose extent holds a place of the result."""
        return min(floor(single(place * (single(self.step) if self.small_plane else self.step))), self.size - 1)


def single(value: float) -> float:
    """Rounded to single precision, as PyTorch does before it takes a floor: 2.99999999 becomes 3."""
    rounded: float = unpack("f", pack("f", value))[0]
    return rounded


def nearest(axis: Stretch, cell: int) -> list[Tap]:
    """The source cell whose extent holds the start of this one."""
    if axis.small_plane and axis.out in (axis.size, 2 * axis.size):
        return [(cell * axis.size // axis.out, 1.0)]
    return [(axis.nearest(cell), 1.0)]


def nearest_exact(axis: Stretch, cell: int) -> list[Tap]:
    """The source cell whose extent holds the centre of this one."""
    return [(axis.nearest(cell + 0.5), 1.0)]


def linear(axis: Stretch, cell: int) -> list[Tap]:
    """The two neighbours, by nearness; at the end of the axis, or if its size stays, there is only one."""
    if axis.out == axis.size:
        return [(cell, 1.0)]
    source = max(axis.source(cell), 0.0)
    first = min(floor(single(source)), axis.size - 1)
    part = min(max(source - first, 0.0), 1.0)
    if first == axis.size - 1:
        return [(first, 1.0)]
    return [(first, 1 - part), (first + 1, part)]


def cubic(axis: Stretch, cell: int) -> list[Tap]:
    """Four neighbours, those beyond the ends replaced by the end (Keys 1981)."""
    source = axis.source(cell)
    first = min(floor(single(source)), axis.size - 1)
    part = min(max(source - first, 0.0), 1.0)
    weights = [cubic_far(1 + part), cubic_near(part), cubic_near(1 - part), cubic_far(2 - part)]
    return [(min(max(first - 1 + i, 0), axis.size - 1), weight) for i, weight in enumerate(weights)]


def cubic_near(distance: float) -> float:
    """Weight of a neighbour at most one cell away."""
    return ((CUBIC + 2) * distance - (CUBIC + 3)) * distance * distance + 1


def cubic_far(distance: float) -> float:
    """Weight of a neighbour one to two cells away."""
    return ((CUBIC * distance - 5 * CUBIC) * distance + 8 * CUBIC) * distance - 4 * CUBIC


MODES: dict[str, Callable[[Stretch, int], list[Tap]]] = {
    "nearest": nearest,
    "nearest-exact": nearest_exact,
    "linear": linear,
    "cubic": cubic,
}


def stretch(size: int, out: int, factor: float | None, align_corners: bool, small_plane: bool) -> Stretch:
    """The step is 1/factor if a factor was given, else in/out; with aligned corners it follows from the sizes alone."""
    if align_corners:
        step = (size - 1) / (out - 1) if out > 1 else 0.0
    else:
        step = size / out if factor is None else 1 / factor
    return Stretch(size, out, step, align_corners, small_plane)


def is_small_plane(sizes: Shape) -> bool:
    """See `Stretch`."""
    return len(sizes) == 2 and sum(sizes) <= 128


def grown(x: Tensor, factor: Value) -> tuple[list[float], Shape]:
    """Factors per axis and the sizes that they give, floor(n·factor) in double precision."""
    factors = [float(number(one, "factor")) for one in items(factor, "factor", spatial(x))]
    if any(one <= 0 for one in factors):
        raise ValueError(f"`factor` must be above 0, not {factor}")
    sizes = tuple(floor(n * one) for n, one in zip(x.sizes, factors, strict=True))
    if 0 in sizes:
        raise ValueError(f"factor {factor} leaves nothing of {words(x.sizes)}")
    return factors, sizes


def upsample(
    layer: Layer,
    x: Tensor,
    model: Tensor | None = None,
    *,
    factor: Value = None,
    size: Value = None,
    like: Value = None,
    mode: Value = "nearest",
    align_corners: Value = None,
) -> Taps:
    """Interpolation by a factor, to a size, or to the size of another tensor."""
    if mode == "cubic" and len(x.sizes) != 2:
        raise ValueError(f"mode cubic works on two spatial axes, and gets {words(x.shape)}")
    return resample(layer, x, model, factor=factor, size=size, like=like, mode=mode, align_corners=align_corners)


def resample(
    layer: Layer,
    x: Tensor,
    model: Tensor | None = None,
    *,
    factor: Value = None,
    size: Value = None,
    like: Value = None,
    mode: Value = "nearest",
    align_corners: Value = None,
    small_plane: bool | None = None,
) -> Taps:
    """As `upsample`, for `x` that may be one axis of a tensor: then `small_plane` speaks of the whole."""
    if mode not in MODES:
        raise ValueError(f"there is no mode {mode!r}: {', '.join(MODES)}")
    if align_corners is not None and mode not in ("linear", "cubic"):
        raise ValueError(f"`align_corners` means nothing in mode {mode}")
    if factor is None:
        factors, sizes = None, target_sizes(x, model, size, like)
    elif size is None and like is None:
        factors, sizes = grown(x, factor)
    else:
        raise ValueError("takes one of `factor`, `size` and `like`, not two")
    if small_plane is None:
        small_plane = is_small_plane(sizes)
    stretches = [
        stretch(n, out, factors[i] if factors else None, bool(align_corners), small_plane)
        for i, (n, out) in enumerate(zip(x.sizes, sizes, strict=True))
    ]
    return [[MODES[str(mode)](axis, cell) for cell in range(axis.out)] for axis in stretches]


def copies(x: Tensor, taps: Taps) -> Picks | None:
    """Where every cell of the result is a copy of one cell: which."""
    if any(len(tap) > 1 for axis in taps for tap in axis):
        return None
    return Picks([range(x.channels), *([tap[0][0] for tap in axis] for axis in taps)])


def recipes_of(x: Tensor, taps: Taps) -> list[list[Tap]]:
    """Places in a plane and their weights, for each cell of the result's plane; the weights of the axes multiply."""
    steps = strides(x.sizes)
    return [
        [
            (sum(i * s for (i, _), s in zip(spot, steps, strict=True)), prod(w for _, w in spot))
            for spot in product(*cell)
        ]
        for cell in product(*taps)
    ]


def interpolated(layer: Layer, x: Tensor, taps: Taps) -> Tensor:
    """Every cell of the result is a copy, or a sum over the taps of its axes."""
    picks = copies(x, taps)
    return weighted(layer, x, taps) if picks is None else take(x, picks)


def weighted(layer: Layer, x: Tensor, taps: Taps) -> Tensor:
    """Every cell of the result is a sum over the taps of its axes."""
    recipes = recipes_of(x, taps)
    cells: list[Number] = []
    for plane in x.planes:
        for recipe in recipes:
            total: Number = 0
            for place, weight in recipe:
                total = layer.arithmetic.add(total, layer.arithmetic.scale(plane[place], weight))
            cells.append(total)
    return Tensor((x.channels, *map(len, taps)), cells)


def blur_pool(layer: Layer, x: Tensor, *, kernel: Value, stride: Value = None) -> Taps:
    """A fixed binomial blur, then every `stride`-th cell (Zhang 2019, "Making Convolutional Networks Shift-Invariant").

    As a pool without padding: the paper's reflected border is a `pad` before it.
    """
    axes = spatial(x)
    width = per_axis(kernel, "kernel", axes)
    step = width if stride is None else per_axis(stride, "stride", axes)
    taps: Taps = []
    for size, cells, by in zip(x.sizes, width, step, strict=True):
        binomial = [comb(cells - 1, tap) / 2 ** (cells - 1) for tap in range(cells)]
        slides = windows(size, cells, by, (0, 0))
        taps.append([list(zip(slide, binomial, strict=True)) for slide in slides])
    return taps
