"""Kinds that only rearrange or reduce: no multiply-adds, and no weights but those of `parameter`."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from cnncalc.errors import Fault
from cnncalc.layers.axes import AxesForm, AxisForm, mixed, need_rank, place, places, whole_input
from cnncalc.layers.base import Facts, Layer, Raw, Shape, arg
from cnncalc.layers.forms import Flag, ListOf, Whole
from cnncalc.layers.window import SAME_CELL, Pair, Sliding, times


def _moved(shape: Shape, out: Shape, first: int) -> Facts:
    """From place `first` on the output's axes are not the input's, unless the shape stayed as it was."""
    axes = len(out) - 1
    alone = axes if out == shape else min(max(first - 1, 0), axes)
    return Facts(out, {}, {}, 0, (((SAME_CELL,) * alone + whole_input(shape, axes - alone)),))


def _need_rest(out: Shape, shape: Shape, kind: str) -> Shape:
    if not out:
        raise Fault(f"`{kind}` would leave no axis but the batch", code="wrong-rank",
                    detail=f"the input is {times(shape)}", help="keep at least one axis")
    return out


class Flatten(Layer):
    """Joins the axes from `start` to `end` into one, in row-major order.

    Output: the product of their sizes, 1 being the channels and -1 the last axis. No weights, no multiply-adds.
    """

    kind = "flatten"
    primary = "start"
    start: int = arg(AxisForm(), "first axis to join: 1 is the channels", 1)
    end: int = arg(AxisForm(), "last axis to join: -1 is the last", -1)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        first, last = place(self.start, shape, self.kind), place(self.end, shape, self.kind)
        if first > last:
            raise Fault("`flatten` starts after its end", detail=f"axes {first + 1} to {last + 1} of {times(shape)}")
        return _moved(shape, (*shape[:first], prod(shape[first:last + 1]), *shape[last + 1:]), first)


class _Reduce(Layer):
    axis: int | tuple[int, ...]
    keep: bool

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        chosen = places(self.axis, shape, self.kind)
        if self.keep:
            out = tuple(1 if i in chosen else n for i, n in enumerate(shape))
            return Facts(out, {}, {}, 0, (mixed(shape, chosen),))
        out = tuple(n for i, n in enumerate(shape) if i not in chosen)
        return _moved(shape, _need_rest(out, shape, self.kind), min(chosen))


class Mean(_Reduce):
    """The mean over one or several axes, which go, or stay with size 1 under `keep`.

    No weights, no multiply-adds.
    """

    kind = "mean"
    primary = "axis"
    axis: int | tuple[int, ...] = arg(AxesForm(), "axis or axes to average: 1 is the channels, -1 the last")
    keep: bool = arg(Flag(), "keep the axis with size 1", False)


class Amax(_Reduce):
    """The largest value over one or several axes, which go, or stay with size 1 under `keep`.

    No weights, no multiply-adds.
    """

    kind = "amax"
    primary = "axis"
    axis: int | tuple[int, ...] = arg(AxesForm(), "axis or axes to search: 1 is the channels, -1 the last")
    keep: bool = arg(Flag(), "keep the axis with size 1", False)


class Parameter(Layer):
    """A learned tensor, the same for every item: a class token, a position embedding. It ignores its input.

    Output `shape`; as many weights. No multiply-adds.
    """

    kind = "parameter"
    primary = "shape"
    shape: tuple[int, ...] = arg(ListOf(Whole(1)), "sizes of the tensor, without the batch", mark="")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        return Facts(self.shape, {"weight": self.shape}, {}, 0, ((),) * len(inputs))


class _Size(Whole):
    """A size, or -1 for the one that follows from the others."""

    def __init__(self) -> None:
        super().__init__(-1)
        self.words = "a size, or -1 for the one that follows from the others"

    def read(self, value: Raw) -> int:
        number = super().read(value)
        if number == 0:
            raise self.refuse(number)
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": -1, "not": {"const": 0}}


class Reshape(Layer):
    """The same values in row-major order under another shape; one size may be -1 and follows from the others.

    No weights, no multiply-adds.
    """

    kind = "reshape"
    primary = "shape"
    shape: tuple[int, ...] = arg(ListOf(_Size()), "sizes without the batch; one may be -1", mark="")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        return _moved(inputs[0], self._sizes(inputs[0]), 0)

    def _sizes(self, shape: Shape) -> Shape:
        total, known = prod(shape), prod(n for n in self.shape if n > 0)
        missing = self.shape.count(-1)
        if missing > 1:
            raise Fault("only one size of `reshape` can follow from the others", detail=f"{missing} sizes are -1")
        if total % known or (not missing and total != known):
            wanted = "×".join("?" if n < 0 else str(n) for n in self.shape)
            raise Fault(f"`reshape` cannot make {wanted} of {times(shape)}", code="shape-mismatch",
                        detail=f"the input has {total} cells, the sizes multiply to {known}")
        return tuple(total // known if n < 0 else n for n in self.shape)

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        return {"shape": self._sizes(inputs[0])}


class Permute(Layer):
    """Reorders the axes: output axis i is the input's axis `order[i]`.

    `[2, 3, 1]` brings the channels of an image to the end. No weights, no multiply-adds.
    """

    kind = "permute"
    primary = "order"
    order: tuple[int, ...] = arg(ListOf(AxisForm()), "every axis once, in the new order: 1 is the channels", mark="")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        sources = [place(axis, shape, self.kind) for axis in self.order]
        if sorted(sources) != list(range(len(shape))):
            raise Fault("`permute` needs every axis exactly once", code="wrong-rank",
                        detail=f"the input is {times(shape)}: its axes are 1 to {len(shape)}")
        # An axis that stays is read cell by cell; in a place whose axis has left, any of the cells may be needed.
        return Facts(tuple(shape[i] for i in sources), {}, {}, 0,
                     (mixed(shape, {i for i, source in enumerate(sources) if source != i}),))


class Squeeze(Layer):
    """Removes axes of size 1. No weights, no multiply-adds."""

    kind = "squeeze"
    primary = "axis"
    axis: int | tuple[int, ...] = arg(AxesForm(), "axis or axes of size 1 to remove: 1 is the channels, -1 the last")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        chosen = places(self.axis, shape, self.kind)
        for i in sorted(chosen):
            if shape[i] != 1:
                raise Fault(f"`squeeze` removes axes of size 1, and axis {i + 1} has {shape[i]}", code="shape-mismatch",
                            detail=f"the input is {times(shape)}", help="`mean`, `amax` or `select` reduce an axis")
        rest = tuple(n for i, n in enumerate(shape) if i not in chosen)
        return _moved(shape, _need_rest(rest, shape, self.kind), min(chosen))


class Unsqueeze(Layer):
    """Adds an axis of size 1: `axis` is its number in the output. No weights, no multiply-adds."""

    kind = "unsqueeze"
    primary = "axis"
    axis: int = arg(AxisForm(), "number of the new axis in the output: 1 is the channels, -1 the last")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        index = place(self.axis, (*shape, 1), self.kind)
        return _moved(shape, (*shape[:index], 1, *shape[index:]), index)


class ChannelShuffle(Layer):
    """Interleaves the channels of several groups: channel `j` of group `i` goes to place `j·groups + i` (ShuffleNet).

    Keeps the shape; the groups divide the channels. No weights, no multiply-adds.
    """

    kind = "channel_shuffle"
    primary = "groups"
    groups: int = arg(Whole(1), "groups to interleave", mark="g")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        if len(shape) < 2:
            raise Fault("`channel_shuffle` needs channels and at least one spatial axis", code="wrong-rank",
                        detail=f"the input is {times(shape)}")
        if shape[0] % self.groups:
            raise Fault(f"{self.groups} groups do not divide {shape[0]} channels", code="groups",
                        detail=f"the input is {times(shape)}")
        return Facts(shape, {}, {}, 0, ((SAME_CELL,) * (len(shape) - 1),))


class Repeated(NamedTuple):
    """Each input cell gives `times` output cells in a row."""

    times: int
    spacing: int = 1

    @property
    def period(self) -> int:
        return self.times

    @property
    def step(self) -> int:
        return 1

    def span(self, phase: int) -> Pair:
        return (0, 0)


class PixelShuffle(Layer):
    """Channels become pixels: every r² channels are the r×r pixels of one cell (ESPCN, depth to space).

    Output `C/r²` channels, `r·n` per axis. No weights, no multiply-adds.
    """

    kind = "pixel_shuffle"
    primary = "factor"
    factor: int = arg(Whole(1), "pixels per cell and axis, r", mark="x")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape, r = inputs[0], self.factor
        need_rank(shape, (3,), self.kind, "channels and two spatial axes")
        if shape[0] % r**2:
            raise Fault(f"`pixel_shuffle` needs channels that {r}² divides, and {shape[0]} are not",
                        code="shape-mismatch", detail=f"the input is {times(shape)}")
        out = (shape[0] // r**2, *(n * r for n in shape[1:]))
        return Facts(out, {}, {}, 0, ((Repeated(r), Repeated(r)),))


class PixelUnshuffle(Layer):
    """Pixels become channels: the r×r pixels of one cell are r² channels (space to depth).

    Output `C·r²` channels, `n/r` per axis. No weights, no multiply-adds.
    """

    kind = "pixel_unshuffle"
    primary = "factor"
    factor: int = arg(Whole(1), "pixels per cell and axis, r", mark="x")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape, r = inputs[0], self.factor
        need_rank(shape, (3,), self.kind, "channels and two spatial axes")
        if any(n % r for n in shape[1:]):
            raise Fault(f"`pixel_unshuffle` needs sizes that {r} divides", code="shape-mismatch",
                        detail=f"the input is {times(shape)}", help="pad or crop it first")
        # One channel reads one of the r cells; the r² channels of a place together read all of them.
        cell = Sliding(r, r, 0)
        return Facts((shape[0] * r**2, *(n // r for n in shape[1:])), {}, {}, 0, ((cell, cell),))


KINDS: tuple[type[Layer], ...] = (
    Flatten, Mean, Amax, Parameter, Reshape, Permute, Squeeze, Unsqueeze, ChannelShuffle, PixelShuffle, PixelUnshuffle,
)
