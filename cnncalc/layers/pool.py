"""Pooling: a window that keeps the channels. Symbols as in `window`. No weights and no multiply-adds."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Any, NamedTuple

from cnncalc.errors import Fault
from cnncalc.layers import window
from cnncalc.layers.base import Facts, Layer, Shape, arg
from cnncalc.layers.forms import Either, Flag, ListOf, PaddingForm, PerAxis, Real, Whole, Word, show
from cnncalc.layers.window import Padding, Pair, Sliding, everything, times

Sizes = int | tuple[int, ...]
SMALLER = "use a smaller kernel, or a larger input"


class _Pool(Layer):
    """What the sliding pools share; `kernel` and `stride` are fields of each."""

    kernel: Sizes
    stride: Sizes | None

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        return self._slide(inputs[0])

    def _slide(self, shape: Shape, padding: Padding = 0, dilation: Sizes = 1, ceil_mode: bool = False) -> Facts:
        sizes = window.spatial(shape, self.kind)
        steps = self.kernel if self.stride is None else self.stride
        kernel, stride, spacing = window.geometry(self.kernel, steps, dilation, len(sizes))
        pads = window.pad_pairs(padding, sizes, kernel, stride, spacing)
        extents = tuple(map(window.extent, kernel, spacing))
        for pair, k in zip(pads, kernel, strict=True):
            # The words are other frameworks' rules, and under dilation they may ask for more.
            if max(pair) > k // 2 and not isinstance(padding, str):
                raise Fault(f"`padding` must not exceed half the kernel, {k // 2}, and is {max(pair)}",
                            detail=f"the kernel is {times(kernel)}", help="add a `pad` step before the pool")
        out = tuple(map(_outputs, sizes, pads, extents, stride, (ceil_mode,) * len(sizes)))
        window.check_output(self.kind, sizes, out, SMALLER)
        reach = tuple(map(Sliding, extents, stride, (p0 for p0, _ in pads), spacing))
        return Facts((shape[0], *out), {}, {}, 0, (reach,))

    def _check_volume(self, shape: Shape) -> None:
        """PyTorch's mean over three axes refuses a kernel larger than the input, whatever the padding."""
        sizes = shape[1:]
        if len(sizes) == 3 and any(n < k for n, k in zip(sizes, window.spread(self.kernel, 3, "kernel"), strict=True)):
            raise Fault(f"`{self.kind}` over three axes needs an input as large as the kernel", code="empty-output",
                        detail=f"the input is {times(sizes)}, the kernel {show(self.kernel)}", help=SMALLER)

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        args = {**super().resolved(inputs), "stride": self.kernel if self.stride is None else self.stride}
        return window.resolve(args, inputs[0][1:]) if "padding" in args else args


def _outputs(n: int, pair: Pair, e: int, s: int, ceil_mode: bool) -> int:
    """Windows along one axis. With `ceil_mode` the last may hang over, but must start inside the input or before it."""
    span = n + sum(pair) - e
    if not ceil_mode:
        return span // s + 1
    count = -(-span // s) + 1
    return count - 1 if (count - 1) * s >= n + pair[0] else count


class MaxPool(_Pool):
    """The largest value of each window; padding never wins.

    Output per axis `(n + p0 + p1 - e)//s + 1`; with `ceil_mode` the quotient is rounded up, and a last window that
    would start in the padding at the end is dropped. No weights, no multiply-adds.
    """

    kind = "max_pool"
    primary = "kernel"
    kernel: Sizes = arg(PerAxis(1), "size of the window", mark="")
    stride: Sizes | None = arg(PerAxis(1), "step of the window; the kernel unless given", None, mark="s")
    padding: Padding = arg(PaddingForm(), "cells around the input, at most half the window", 0, mark="p")
    dilation: Sizes = arg(PerAxis(1), "distance between the window's cells", 1, mark="d")
    ceil_mode: bool = arg(Flag(), "round the output size up", False)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        return self._slide(inputs[0], self.padding, self.dilation, self.ceil_mode)


class AvgPool(_Pool):
    """The mean of each window.

    Output per axis as `max_pool`. The sum is divided by the cells of the window, padding included unless
    `count_include_pad` is false, or by `divisor_override`. No weights, no multiply-adds.
    """

    kind = "avg_pool"
    primary = "kernel"
    kernel: Sizes = arg(PerAxis(1), "size of the window", mark="")
    stride: Sizes | None = arg(PerAxis(1), "step of the window; the kernel unless given", None, mark="s")
    padding: Padding = arg(PaddingForm(), "cells of zeros around the input, at most half the window", 0, mark="p")
    ceil_mode: bool = arg(Flag(), "round the output size up", False)
    count_include_pad: bool = arg(Flag(), "padding counts as cells of the mean", True)
    divisor_override: int | None = arg(Whole(None), "divide the sum by this number instead", None)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        if self.divisor_override == 0:
            raise Fault("`divisor_override` must not be 0")
        self._check_volume(inputs[0])
        return self._slide(inputs[0], self.padding, 1, self.ceil_mode)


class LpPool(_Pool):
    """The p-norm of each window, `(Σ x^p)^(1/p)`.

    Output per axis `(n - k)//s + 1`, rounded up with `ceil_mode`. No weights, no multiply-adds.
    """

    kind = "lp_pool"
    primary = "kernel"
    kernel: Sizes = arg(PerAxis(1), "size of the window", mark="")
    norm: float = arg(Real(), "the exponent p", 2)
    stride: Sizes | None = arg(PerAxis(1), "step of the window; the kernel unless given", None, mark="s")
    ceil_mode: bool = arg(Flag(), "round the output size up", False)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        if self.norm == 0:
            raise Fault("`norm` must not be 0")
        self._check_volume(inputs[0])
        return self._slide(inputs[0], ceil_mode=self.ceil_mode)


class BlurPool(_Pool):
    """A fixed binomial filter over every channel, then a step: subsampling without aliasing (Zhang 2019).

    Output per axis `(n - k)//s + 1`; pad the input with `pad` (`mode: reflect` in the paper). The weights are
    constants: no parameters, no multiply-adds by convention.
    """

    kind = "blur_pool"
    primary = "kernel"
    kernel: Sizes = arg(PerAxis(1), "size of the filter", mark="")
    stride: Sizes | None = arg(PerAxis(1), "step of the filter; the kernel unless given", None, mark="s")


class Bins(NamedTuple):
    """Adaptive windows: output cell i of `outputs` takes `floor(i·n/o)` to before `ceil((i+1)·n/o)`."""

    cells: int
    outputs: int
    spacing: int = 1

    @property
    def period(self) -> int:
        return self.outputs // gcd(self.cells, self.outputs)

    @property
    def step(self) -> int:
        return self.cells // gcd(self.cells, self.outputs)

    def span(self, phase: int) -> Pair:
        return (phase * self.cells // self.outputs, -(-(phase + 1) * self.cells // self.outputs) - 1)


class _SizeForm(Either):
    def __init__(self) -> None:
        one = Whole(1)
        super().__init__(one, Word("keep"), ListOf(Either(one, Word("keep"))))
        self.words = "a size of at least 1, `keep`, or one of them per axis"


class _AdaptivePool(Layer):
    size: int | str | tuple[int | str, ...] = arg(
        _SizeForm(), "output size, or one per axis; `keep` leaves an axis alone", mark="")

    def _sizes(self, shape: Shape) -> tuple[int, ...]:
        sizes = window.spatial(shape, self.kind)
        wanted: tuple[int | str, ...] = window.spread(self.size, len(sizes), "size")
        return tuple(n if isinstance(o, str) else o for n, o in zip(sizes, wanted, strict=True))

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        out = self._sizes(shape)
        return Facts((shape[0], *out), {}, {}, 0, (tuple(map(Bins, shape[1:], out)),))

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        return {"size": self._sizes(inputs[0])}


class AdaptiveAvgPool(_AdaptivePool):
    """The mean of windows that are chosen to give a fixed output size.

    Output `size`; window i covers `floor(i·n/o)` to before `ceil((i+1)·n/o)`. No weights, no multiply-adds.
    """

    kind = "adaptive_avg_pool"
    primary = "size"


class AdaptiveMaxPool(_AdaptivePool):
    """The largest value of windows that are chosen to give a fixed output size.

    Output `size`; window i covers `floor(i·n/o)` to before `ceil((i+1)·n/o)`. No weights, no multiply-adds.
    """

    kind = "adaptive_max_pool"
    primary = "size"


class GlobalAvgPool(Layer):
    """The mean of each channel: 1 on every spatial axis. No weights, no multiply-adds."""

    kind = "global_avg_pool"

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        sizes = window.spatial(inputs[0], self.kind)
        return Facts((inputs[0][0], *(1 for _ in sizes)), {}, {}, 0, (tuple(map(everything, sizes)),))


class GlobalMaxPool(GlobalAvgPool):
    """The largest value of each channel: 1 on every spatial axis. No weights, no multiply-adds."""

    kind = "global_max_pool"


KINDS: tuple[type[Layer], ...] = (
    MaxPool, AvgPool, LpPool, BlurPool, AdaptiveAvgPool, AdaptiveMaxPool, GlobalAvgPool, GlobalMaxPool,
)
