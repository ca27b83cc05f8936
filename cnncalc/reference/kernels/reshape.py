"""Cells moved about, left out or reduced away; and tensors that come from elsewhere."""

import builtins
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from math import prod
from typing import NamedTuple

from cnncalc.reference.arithmetic import Arithmetic
from cnncalc.reference.kernels.norm import total_of
from cnncalc.reference.tensor import (
    Number,
    Picks,
    Reorder,
    Shape,
    Tensor,
    Value,
    along,
    groups,
    offsets,
    stored_axis,
    take,
    words,
)
from cnncalc.reference.weights import Layer
from cnncalc.reference.window import items, pairs, per_axis, spatial, whole


def listed(value: Value) -> Sequence[Value]:
    """An argument that is a list, or one entry of one."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def flatten(layer: Layer, x: Tensor, *, start: Value = 1, end: Value = -1) -> Tensor:
    """The axes from `start` to `end` become one."""
    first, last = stored_axis(start, len(x.shape)), stored_axis(end, len(x.shape))
    if first > last:
        raise ValueError(f"`start` {start} comes after `end` {end}")
    return Tensor((*x.shape[:first], prod(x.shape[first : last + 1]), *x.shape[last + 1 :]), x.cells)


def mean_of(arithmetic: Arithmetic, cells: Sequence[Number]) -> Number:
    """The mean of some cells."""
    return arithmetic.average(total_of(arithmetic, cells), len(cells))


class Reduction(NamedTuple):
    """The stored axes that are reduced away, and the shape that is left."""

    gone: set[int]
    result: Shape


def reduction(layer: Layer, x: Tensor, *, axis: Value, keep: bool = False) -> Reduction:
    """One number of all cells along an axis (or several)."""
    gone = {stored_axis(one, len(x.shape)) for one in listed(axis)}
    shape = [1 if number in gone else size for number, size in enumerate(x.shape) if keep or number not in gone]
    return Reduction(gone, tuple(shape))


def reduced(of: Callable[[Arithmetic, Sequence[Number]], Number]) -> Callable[[Layer, Tensor, Reduction], Tensor]:
    """How to make one number of all cells along the axes that go."""

    def do(layer: Layer, x: Tensor, todo: Reduction) -> Tensor:
        cells = [of(layer.arithmetic, [x.cells[i] for i in members]) for members in groups(x.shape, todo.gone)]
        return Tensor(todo.result, cells)

    return do


def largest_of(arithmetic: Arithmetic, cells: Sequence[Number]) -> Number:
    """The largest of some cells."""
    return reduce(arithmetic.maximum, cells)


def parameter(layer: Layer, *ignored: Tensor, shape: Value) -> Tensor:
    """A learned tensor, whatever comes in."""
    sizes = tuple(whole(size, "shape") for size in listed(shape))
    weight = layer.weight("weight", sizes)
    return Tensor(sizes, [weight[spot] for spot in product(*map(range, sizes))])


def custom(layer: Layer, *ignored: Tensor, output: Value, params: Value = 0, macs: Value = 0) -> Tensor:
    """A layer that the user declares: never run, so a tensor of zeros of the declared shape."""
    sizes = tuple(whole(size, "output") for size in listed(output))
    return Tensor(sizes, [0] * prod(sizes))


def reshape(layer: Layer, x: Tensor, *, shape: Value) -> Tensor:
    """Other sizes (without the batch) for the same cells; one of them may be -1."""
    wanted = [whole(size, "shape", at_least=-1) for size in listed(shape)]
    known = prod(size for size in wanted if size != -1)
    if wanted.count(-1) > 1 or 0 in wanted:
        raise ValueError(f"`shape` {wanted} has more than one -1, or a 0")
    if (len(x.cells) % known if -1 in wanted else known - len(x.cells)) != 0:
        raise ValueError(f"{words(x.shape)} has {len(x.cells)} cells, which do not fit into {wanted}")
    return Tensor(tuple(len(x.cells) // known if size == -1 else size for size in wanted), x.cells)


def permute(layer: Layer, x: Tensor, *, order: Value) -> Reorder:
    """Axes in another order; the batch is not listed."""
    axes = [stored_axis(axis, len(x.shape)) for axis in listed(order)]
    if sorted(axes) != list(range(len(x.shape))):
        raise ValueError(f"`order` {order} is no permutation of the axes 1 to {len(x.shape)}")
    return Reorder(x.shape, axes, tuple(x.shape[axis] for axis in axes))


def taken(layer: Layer, x: Tensor, todo: Picks) -> Tensor:
    """The cells that are picked."""
    return take(x, todo)


def squeeze(layer: Layer, x: Tensor, *, axis: Value) -> Tensor:
    """An axis of size 1 (or several) goes."""
    gone = {stored_axis(one, len(x.shape)) for one in listed(axis)}
    if any(x.shape[number] != 1 for number in gone):
        raise ValueError(f"axis {axis} of {words(x.shape)} is not of size 1")
    return Tensor(tuple(size for number, size in enumerate(x.shape) if number not in gone), x.cells)


def unsqueeze(layer: Layer, x: Tensor, *, axis: Value) -> Tensor:
    """A new axis of size 1, numbered as it will be in the result."""
    new = stored_axis(axis, len(x.shape) + 1)
    return Tensor((*x.shape[:new], 1, *x.shape[new:]), x.cells)


def reorder(layer: Layer, x: Tensor, todo: Reorder) -> Tensor:
    """The cells in their new order."""
    return Tensor(todo.result, [x.cells[i] for i in offsets(todo.shape, todo.order)])


def channel_shuffle(layer: Layer, x: Tensor, *, groups: Value) -> Reorder:
    """Channels dealt out in turn from `groups` stacks (Zhang et al. 2018)."""
    if not x.sizes:
        raise ValueError(f"needs channels and at least one spatial axis, and gets {words(x.shape)}")
    parts = whole(groups, "groups")
    if x.channels % parts:
        raise ValueError(f"{x.channels} channels do not divide into {parts} groups")
    return Reorder((parts, x.channels // parts, prod(x.sizes)), (1, 0, 2), x.shape)


def pixel_shuffle(layer: Layer, x: Tensor, *, factor: Value) -> Reorder:
    """Channels become positions: `factor` times the size on each of two axes (Shi et al. 2016)."""
    r, (height, width) = whole(factor, "factor"), plane_sizes(x)
    out, rest = divmod(x.channels, r * r)
    if rest:
        raise ValueError(f"{x.channels} channels do not divide by {r * r}, the square of the factor")
    return Reorder((out, r, r, height, width), (0, 3, 1, 4, 2), (out, height * r, width * r))


def pixel_unshuffle(layer: Layer, x: Tensor, *, factor: Value) -> Reorder:
    """Positions become channels: the way back from `pixel_shuffle`."""
    r, (height, width) = whole(factor, "factor"), plane_sizes(x)
    if height % r or width % r:
        raise ValueError(f"{height}×{width} does not divide by {r} on both axes")
    split = (x.channels, height // r, r, width // r, r)
    return Reorder(split, (0, 2, 4, 1, 3), (x.channels * r * r, height // r, width // r))


def plane_sizes(x: Tensor) -> tuple[int, int]:
    """Height and width; `ValueError` unless there are exactly two spatial axes."""
    if len(x.sizes) != 2:
        raise ValueError(f"needs channels, height and width, and gets {words(x.shape)}")
    return x.sizes[0], x.sizes[1]


def padded_axis(size: int, before: int, after: int, mode: Value) -> list[int | None]:
    """Source indices of a padded axis; None is the constant. Negative amounts cut off."""
    spots, left = range(-before, size + after), size + min(before, 0) + min(after, 0)
    if not spots or (left < 0 and mode in ("constant", "circular")):
        raise ValueError(f"padding {before} and {after} leaves nothing of {size} cells")
    most = max(before, after)
    match mode:
        case "constant":
            return [spot if 0 <= spot < size else None for spot in spots]
        case "replicate":
            return [min(max(spot, 0), size - 1) for spot in spots]
        case "reflect" if most < size:
            return [size - 1 - abs(size - 1 - abs(spot)) for spot in spots]
        case "circular" if most <= left:
            # What is cut off is cut first: the cells that are left go round.
            cut = max(-before, 0)
            return [cut + (spot - cut) % left for spot in spots]
        case "reflect" | "circular":
            there = size if mode == "reflect" else left
            raise ValueError(f"{mode} padding of {most} needs more than the {there} cells that are there")
    raise ValueError(f"there is no padding mode {mode!r}: constant, reflect, replicate, circular")


def pad(
    layer: Layer, x: Tensor, *, amounts: Value, mode: Value = "constant", value: Value = 0, axis: Value = None
) -> Picks:
    """Cells added (or, if negative, cut off) at both ends of every spatial axis, or of one axis."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"`value` must be a number, not {value!r}")
    axes = list(range(1, 1 + spatial(x))) if axis is None else [stored_axis(axis, len(x.shape))]
    if mode != "constant" and 0 in axes:
        raise ValueError(f"{mode} padding is for spatial axes, not for the channels")
    picks: list[Sequence[int | None]] = [range(size) for size in x.shape]
    for number, (before, after) in zip(axes, pairs(amounts, "amounts", len(axes), at_least=None), strict=True):
        picks[number] = padded_axis(x.shape[number], before, after, mode)
    return Picks(picks, layer.arithmetic.constant(value))


def crop(layer: Layer, x: Tensor, model: Tensor | None = None, *, size: Value = None, like: Value = None) -> Picks:
    """The middle of every spatial axis, `(n - size) // 2` cells from its start; `like` takes another tensor's sizes."""
    wanted = target_sizes(x, model, size, like)
    if any(kept > n for kept, n in zip(wanted, x.sizes, strict=True)):
        raise ValueError(f"cannot crop {words(x.sizes)} to {words(wanted)}, which is larger")
    middles = [range((n - kept) // 2, (n - kept) // 2 + kept) for kept, n in zip(wanted, x.sizes, strict=True)]
    return Picks([range(x.channels), *middles])


def target_sizes(x: Tensor, model: Tensor | None, size: Value, like: Value) -> Shape:
    """Spatial sizes asked for by number, or by the tensor named in `like`."""
    if (size is None) == (like is None) or (like is None) != (model is None):
        raise ValueError("needs either `size`, or `like` and the tensor that it names")
    if model is None:
        return per_axis(size, "size", spatial(x))
    if len(model.sizes) != len(x.sizes):
        raise ValueError(f"{like} is {words(model.shape)}, which has other axes than {words(x.shape)}")
    return model.sizes


def slice_axis(layer: Layer, x: Tensor, *, range: Value, axis: Value = 1) -> Picks:
    """The kind `slice`: indices from start up to, not including, stop; `end` is the axis's own."""
    stored = stored_axis(axis, len(x.shape))
    size = x.shape[stored]
    start, stop = (size if one == "end" else whole(one, "range", at_least=0) for one in items(range, "range", 2))
    if not start < stop <= size:
        raise ValueError(f"[{start}, {stop}] is no range within the {size} entries of axis {axis}")
    return along(x.shape, stored, list(builtins.range(start, stop)))


def chunk(layer: Layer, x: Tensor, *, index: Value, of: Value, axis: Value = 1) -> Picks:
    """Part number `index`, counted from 0, of `of` equal parts of an axis."""
    stored, parts, number = stored_axis(axis, len(x.shape)), whole(of, "of"), whole(index, "index", at_least=0)
    width, rest = divmod(x.shape[stored], parts)
    if rest:
        raise ValueError(f"the {x.shape[stored]} entries of axis {axis} do not divide into {parts}")
    if number >= parts:
        raise ValueError(f"there is no part {number} of {parts}: they count from 0")
    return along(x.shape, stored, range(number * width, (number + 1) * width))


def select(layer: Layer, x: Tensor, *, indices: Value, axis: Value = 1) -> Picks:
    """The listed indices of an axis, in that order."""
    stored = stored_axis(axis, len(x.shape))
    wanted = [whole(index, "indices", at_least=0) for index in listed(indices)]
    if not wanted or max(wanted) >= x.shape[stored]:
        raise ValueError(f"`indices` {wanted} do not all lie within the {x.shape[stored]} entries of axis {axis}")
    return along(x.shape, stored, wanted)
