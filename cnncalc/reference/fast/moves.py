"""Cells moved about: whole runs of bytes at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import floor, prod

from cnncalc.reference.fast.lanes import raw, settled, tensor
from cnncalc.reference.kernels.merge import joined
from cnncalc.reference.tensor import Picks, Reorder, Shape, Tensor, Value, strides
from cnncalc.reference.weights import Layer

Indices = Sequence[int | None]


def take(data: bytes, shape: Shape, picks: Sequence[Iterable[int | None]], fill: int = 0) -> bytes:
    """For every axis the source indices, in order, that the result consists of; None stands for `fill`."""
    listed: list[Indices] = [list(pick) for pick in picks]
    whole = 0
    while whole < len(shape) and listed[-1 - whole] == list(range(shape[-1 - whole])):
        whole += 1
    if whole == len(shape):
        return data
    split = len(shape) - max(whole, 1)
    width = prod(shape[split:])
    row_of = picker(listed[-1], width, fill) if whole == 0 else bytes
    blank = bytes([fill]) * (len(listed[-1]) if whole == 0 else width)
    steps = strides(shape)
    marked = [
        [None if index is None else index * step for index in pick]
        for pick, step in zip(listed[:split], steps[:split], strict=True)
    ]
    return b"".join(
        [
            blank if None in spot else row_of(data[(start := sum(filter(None, spot))) : start + width])
            for spot in product(*marked)
        ]
    )


def picker(indices: Indices, width: int, fill: int) -> Callable[[bytes], bytes]:
    """How to pick from a row of so many cells: as a run between two margins if it is one, else one by one."""
    inside = [index for index in indices if index is not None]
    filler = bytes([fill])
    if inside and inside == list(range(inside[0], inside[-1] + 1)):
        before = indices.index(inside[0])
        if list(indices[before : before + len(inside)]) == inside:
            left, right = filler * before, filler * (len(indices) - before - len(inside))
            first, stop = inside[0], inside[-1] + 1
            return lambda row: left + row[first:stop] + right
    places = [width if index is None else index for index in indices]
    return lambda row: bytes(map((row + filler).__getitem__, places))


def permuted(data: bytes, shape: Shape, order: Sequence[int]) -> bytes:
    """Axes in another order."""
    kept = 0
    while kept < len(shape) and order[-1 - kept] == len(shape) - 1 - kept:
        kept += 1
    if kept == len(shape):
        return data
    steps = strides(shape)
    offsets = [[index * steps[axis] for index in range(shape[axis])] for axis in order]
    if kept:
        width = prod(shape[-kept:])
        return b"".join([data[(start := sum(spot)) : start + width] for spot in product(*offsets[:-kept])])
    step, reach = steps[order[-1]], offsets[-1][-1] + 1
    return b"".join([data[(start := sum(spot)) : start + reach : step] for spot in product(*offsets[:-1])])


def picked(layer: Layer, x: Tensor, todo: Picks) -> Tensor:
    """As the plain kernel."""
    fill = settled(floor(todo.fill))
    return tensor(tuple(len(list(pick)) for pick in todo.axes), take(raw(x), x.shape, todo.axes, fill))


def reordered(layer: Layer, x: Tensor, todo: Reorder) -> Tensor:
    """As the plain kernel."""
    return tensor(todo.result, permuted(raw(x), todo.shape, todo.order))


def concat(layer: Layer, *tensors: Tensor, axis: Value = 1) -> Tensor:
    """As the plain kernel."""
    shape, runs = joined(tensors, axis)
    parts = [raw(x) for x in tensors]
    rows = range(prod(shape) // sum(runs))
    data = b"".join([part[row * run : (row + 1) * run] for row in rows for part, run in zip(parts, runs, strict=True)])
    return tensor(shape, data)
