"""Sliding windows: arguments per axis, padding in all its spellings, and the positions that each window touches."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import ceil, isclose
from typing import TypeAlias

from cnncalc.reference.tensor import Shape, Tensor, Value, strides, words

Pair: TypeAlias = tuple[int, int]


def whole(value: Value, name: str, at_least: int | None = 1) -> int:
    """An argument that must be a whole number; a double may miss it by a billionth, as `10·0.3` does."""
    if isinstance(value, float) and isclose(value, round(value), rel_tol=1e-9, abs_tol=1e-9):
        value = round(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"`{name}` must be a whole number, not {value!r}")
    if at_least is not None and value < at_least:
        raise ValueError(f"`{name}` must be at least {at_least}, not {value}")
    return value


def items(value: Value, name: str, axes: int) -> Sequence[Value]:
    """An argument per axis: a scalar holds for every axis, a list has one entry for each."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [value] * axes
    if len(value) != axes:
        raise ValueError(f"`{name}` has {len(value)} entries for {axes} spatial axes")
    return value


def per_axis(value: Value, name: str, axes: int, at_least: int = 1) -> Shape:
    """As `items`, of whole numbers."""
    return tuple(whole(item, name, at_least) for item in items(value, name, axes))


def spatial(tensor: Tensor, most: int = 3) -> int:
    """How many spatial axes a tensor has; `ValueError` unless it is 1 to `most`."""
    axes = len(tensor.sizes)
    if not 1 <= axes <= most:
        raise ValueError(f"needs channels and 1 to {most} spatial axes, and gets {words(tensor.shape)}")
    return axes


def spread(kernel: int, dilation: int) -> int:
    """Cells from the first tap of a kernel to its last, both included."""
    return dilation * (kernel - 1) + 1


def pairs(padding: Value, name: str, axes: int, at_least: int | None = 0) -> list[Pair]:
    """Padding written in numbers: one, a list per axis, or pairs (before, after) per axis."""
    result = []
    for item in items(padding, name, axes):
        if isinstance(item, Sequence) and not isinstance(item, str):
            if len(item) != 2:
                raise ValueError(f"`{name}` takes a number or a pair (before, after) per axis, not {item!r}")
            result.append((whole(item[0], name, at_least), whole(item[1], name, at_least)))
        else:
            result.append((whole(item, name, at_least), whole(item, name, at_least)))
    return result


def centred(reach: int) -> Pair:
    """The word `half`: as much on both sides as keeps an odd kernel centred."""
    if reach % 2 == 0:
        raise ValueError(f"padding `half` needs an odd kernel, and this one spans {reach} cells")
    return reach // 2, reach // 2


def uneven(total: int, word: str) -> Pair:
    """A total split in two halves; an odd cell goes to the end, or to the start for `same_lower`."""
    less, more = total // 2, total - total // 2
    return (more, less) if word == "same_lower" else (less, more)


def resolve_padding(padding: Value, sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> list[Pair]:
    """Cells of padding before and after, per axis. `same` is TensorFlow's SAME and ONNX's SAME_UPPER."""
    reaches = [spread(k, d) for k, d in zip(kernel, dilation, strict=True)]
    match padding:
        case "valid":
            return [(0, 0)] * len(sizes)
        case "half":
            return [centred(reach) for reach in reaches]
        case "same" | "same_lower":
            totals = [(ceil(n / s) - 1) * s + e - n for n, e, s in zip(sizes, reaches, stride, strict=True)]
            return [uneven(max(total, 0), padding) for total in totals]
        case str():
            raise ValueError(f"there is no padding `{padding}`: half, same, same_lower, valid, or numbers")
    return pairs(padding, "padding", len(sizes))


def windows(
    size: int, kernel: int, stride: int, pad: Pair, dilation: int = 1, ceil_mode: bool = False
) -> list[list[int]]:
    """For each output cell along one axis the input positions under its window; outside [0, size) is padding.

    Windows start every `stride` cells and lie inside the padded axis. With `ceil_mode` one more may stick out over the
    end, if cells are left over there and it starts before the padding at the end; it is cut off at the padded end.
    """
    reach = spread(kernel, dilation)
    padded = pad[0] + size + pad[1]
    if ceil_mode:
        starts = [start for start in range(0, pad[0] + size, stride) if start - stride + reach < padded]
    else:
        starts = list(range(0, padded - reach + 1, stride))
    if not starts:
        raise ValueError(f"a window of {reach} does not fit into {padded} cells ({size} and {sum(pad)} of padding)")
    return [[start + tap - pad[0] for tap in range(0, reach, dilation) if start + tap < padded] for start in starts]


def marked(sizes: Shape, axes: Sequence[list[list[int]]]) -> list[list[list[int | None]]]:
    """For each axis and output cell along it what its taps add to a flat position in a plane; None is padding."""
    return [
        [[position * step if 0 <= position < size else None for position in window] for window in axis]
        for axis, size, step in zip(axes, sizes, strides(sizes), strict=True)
    ]


def spots_of(cell: Sequence[Sequence[int | None]]) -> list[int | None]:
    """The flat positions under one window, of what its taps add per axis."""
    return [None if None in tap else sum(filter(None, tap)) for tap in product(*cell)]


def gather(sizes: Shape, axes: Sequence[list[list[int]]]) -> Iterator[list[int | None]]:
    """For each output cell, in row-major order, the flat positions in a plane under its window; None is padding."""
    return map(spots_of, product(*marked(sizes, axes)))
