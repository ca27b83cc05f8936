"""Kinds that take a part of a tensor, or put a margin around it. No weights and no multiply-adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncalc.errors import Fault
from cnncalc.layers import window
from cnncalc.layers.axes import AxisForm, place
from cnncalc.layers.base import Facts, Layer, Referent, Shape, arg
from cnncalc.layers.forms import Either, ListOf, PerAxis, Real, Reference, Whole, Word
from cnncalc.layers.window import SAME_CELL, Pair, Reach, Sliding, times

Amounts = int | tuple[int | Pair, ...]


def _along(shape: Shape, index: int, size: int, cells: Reach) -> Facts:
    """One axis changes to `size` and is read through `cells`; the others stay."""
    reach: list[Reach] = [SAME_CELL] * (len(shape) - 1)
    if index:
        reach[index - 1] = cells
    return Facts((*shape[:index], size, *shape[index + 1:]), {}, {}, 0, (tuple(reach),))


class _AmountsForm(Either):
    def __init__(self) -> None:
        one = Whole(None)
        super().__init__(one, ListOf(one), ListOf(ListOf(one, 2, 2)))
        self.words = "a number, or a number or a pair `[before, after]` per axis"


class Pad(Layer):
    """Puts cells around the input, or takes them away where an amount is negative.

    Output per axis `n + p0 + p1`, on the spatial axes or on `axis` alone. Modes: `constant` (`value`), `reflect` (the
    edge itself is not repeated; amounts below the size), `replicate`, `circular` (amounts up to the size). No weights,
    no multiply-adds.
    """

    kind = "pad"
    primary = "amounts"
    amounts: Amounts = arg(_AmountsForm(), "cells to add: a number, or one or a pair per axis; negative ones crop",
                           mark="p")
    axis: int | None = arg(AxisForm(), "pad this axis alone: 1 is the channels; all spatial axes unless given", None)
    mode: str = arg(Word("constant", "reflect", "replicate", "circular"), "what the new cells hold", "constant")
    value: float = arg(Real(), "the number in new cells of mode `constant`", 0)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        if self.axis is None:
            window.spatial(shape, self.kind)
            indices = tuple(range(1, len(shape)))
        else:
            indices = (place(self.axis, shape, self.kind),)
        if self.mode != "constant" and 0 in indices:
            raise Fault(f"mode `{self.mode}` pads spatial axes, not the channels", help="use mode `constant`")
        out, reach = list(shape), [SAME_CELL] * (len(shape) - 1)
        for index, (p0, p1) in zip(indices, self._pairs(len(indices)), strict=True):
            out[index] += p0 + p1
            if index:
                # Copies at the border count as the border: reach is that of the cells in the middle.
                reach[index - 1] = Sliding(1, 1, p0)
            _check_amounts(self.mode, shape, index, p0, p1)
        window.check_output(self.kind, shape, tuple(out), "take away fewer cells")
        return Facts(tuple(out), {}, {}, 0, (tuple(reach),))

    def _pairs(self, axes: int) -> tuple[Pair, ...]:
        if isinstance(self.amounts, tuple) and len(self.amounts) == 2 and axes == 1:
            raise Fault("`amounts` has 2 entries for one axis", code="wrong-rank",
                        help="write `[[before, after]]` for the two sides of one axis")
        entries: tuple[int | Pair, ...] = window.spread(self.amounts, axes, "amounts")
        return tuple((entry, entry) if isinstance(entry, int) else entry for entry in entries)


def _check_amounts(mode: str, shape: Shape, index: int, p0: int, p1: int) -> None:
    n, most = shape[index], max(p0, p1)
    left = n + min(p0, 0) + min(p1, 0)
    detail = f"axis {index + 1} of {times(shape)}"
    if mode == "reflect" and most >= n:
        raise Fault(f"mode `reflect` pads at most {n - 1} cells here, not {most}", detail=detail)
    if mode in ("constant", "circular") and left < 0:
        raise Fault("`pad` would take away more cells than there are", code="empty-output", detail=detail)
    if mode == "circular" and most > left:
        raise Fault(f"mode `circular` pads at most {left} cells here, not {most}", detail=detail)


class Crop(Layer):
    """Keeps the middle of every spatial axis, from cell `(n - size)//2` on.

    Output `size`, or the spatial size of the tensor that `like` names. No weights, no multiply-adds.
    """

    kind = "crop"
    primary = "size"
    size: int | tuple[int, ...] | None = arg(PerAxis(1), "cells to keep, or one number per axis", None, mark="")
    like: Referent | None = arg(Reference(), "take the size from this tensor", None)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        out = self._sizes(shape)
        for n, size in zip(shape[1:], out, strict=True):
            if size > n:
                raise Fault("`crop` cannot make the input larger", code="shape-mismatch",
                            detail=f"{times(shape[1:])} to {times(out)}", help="`pad` or `upsample` it")
        cells = tuple(Sliding(1, 1, -((n - size) // 2)) for n, size in zip(shape[1:], out, strict=True))
        # A tensor that only lends its size is the last input.
        return Facts((shape[0], *out), {}, {}, 0, (cells, ()) if self.like else (cells,))

    def _sizes(self, shape: Shape) -> tuple[int, ...]:
        sizes = window.spatial(shape, self.kind)
        return target_size(self.kind, sizes, self.size, self.like, "`size` or `like`")

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        return {**super().resolved(inputs), "size": self._sizes(inputs[0])}


def target_size(kind: str, sizes: tuple[int, ...], size: int | tuple[int, ...] | None, like: Referent | None,
                choices: str) -> tuple[int, ...]:
    """The size that is written, or that of the tensor that `like` names; exactly one of them is given."""
    if (size is None) == (like is None):
        raise Fault(f"`{kind}` needs {choices}" + ("" if size is None else ", not several of them"))
    if like is None:
        return window.spread(size or 0, len(sizes), "size")
    if len(like.shape) - 1 != len(sizes):
        raise Fault(f"`{kind}` needs a tensor with {len(sizes)} spatial axes in `like`", code="wrong-rank",
                    detail=f"`{like.path}` is {times(like.shape)}")
    return like.shape[1:]


class _RangeForm(ListOf):
    """`[start, stop]`; the stop may be `end`."""

    def __init__(self) -> None:
        super().__init__(Either(Whole(0), Word("end")), 2, 2)
        self.words = "`[start, stop]`, counted from 0; `end` is after the last"


class Slice(Layer):
    """Takes the part from `start` to before `stop` of one axis, counted from 0; `end` is after the last.

    Output: `stop - start`. No weights, no multiply-adds.
    """

    kind = "slice"
    primary = "range"
    range: tuple[int | str, int | str] = arg(_RangeForm(), "`[start, stop]`, half open; `end` is after the last",
                                             mark="")
    axis: int = arg(AxisForm(), "the axis to cut: 1 is the channels, -1 the last", 1, mark="axis ")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        index = place(self.axis, shape, self.kind)
        n = shape[index]
        start, stop = (n if isinstance(place, str) else place for place in self.range)
        if start >= stop:
            raise Fault("`slice` keeps nothing", code="empty-output", detail=f"{start} to {stop} of {n}")
        if stop > n:
            raise Fault(f"`slice` ends at {stop}, and axis {index + 1} has {n}", detail=f"the input is {times(shape)}",
                        help="write `end` for all that is left")
        return _along(shape, index, stop - start, Sliding(1, 1, -start))


class Chunk(Layer):
    """Cuts one axis into `of` equal parts and takes part `index`, counted from 0.

    Output `n/of`; `of` must divide. No weights, no multiply-adds.
    """

    kind = "chunk"
    primary = "index"
    index: int = arg(Whole(0), "which part, counted from 0", mark="")
    of: int = arg(Whole(1), "number of equal parts", mark="of ")
    axis: int = arg(AxisForm(), "the axis to cut: 1 is the channels, -1 the last", 1, mark="axis ")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        at = place(self.axis, shape, self.kind)
        if shape[at] % self.of:
            raise Fault(f"{self.of} chunks do not divide {shape[at]} on axis {at + 1}", code="groups",
                        detail=f"the input is {times(shape)}", help="use several `slice` steps for unequal parts")
        if self.index >= self.of:
            raise Fault(f"chunk {self.index} does not exist: they are 0 to {self.of - 1}")
        size = shape[at] // self.of
        return _along(shape, at, size, Sliding(1, 1, -self.index * size))


class Picked(NamedTuple):
    """The input cells, one for each output cell."""

    cells: tuple[int, ...]
    spacing: int = 1

    @property
    def period(self) -> int:
        return len(self.cells)

    @property
    def step(self) -> int:
        return 0

    def span(self, phase: int) -> Pair:
        return (self.cells[phase], self.cells[phase])


class Select(Layer):
    """Takes some cells of one axis, in the order given, counted from 0.

    Output: as many as there are indices; the axis stays, even with one. No weights, no multiply-adds.
    """

    kind = "select"
    primary = "indices"
    indices: int | tuple[int, ...] = arg(Either(Whole(0), ListOf(Whole(0))), "which cells, counted from 0", mark="")
    axis: int = arg(AxisForm(), "the axis to take them from: 1 is the channels, -1 the last", 1, mark="axis ")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        index = place(self.axis, shape, self.kind)
        cells = (self.indices,) if isinstance(self.indices, int) else self.indices
        if max(cells) >= shape[index]:
            raise Fault(f"`select` takes {max(cells)}, and axis {index + 1} has 0 to {shape[index] - 1}",
                        detail=f"the input is {times(shape)}")
        return _along(shape, index, len(cells), Picked(cells))


KINDS: tuple[type[Layer], ...] = (Pad, Crop, Slice, Chunk, Select)
