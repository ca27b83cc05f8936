"""Kinds that enlarge a tensor: interpolation, zeros between cells, and the inverse of pooling. No multiply-adds."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any, NamedTuple

from cnncalc.errors import Fault
from cnncalc.layers import window
from cnncalc.layers.base import Facts, Layer, Referent, Shape, arg
from cnncalc.layers.cut import target_size
from cnncalc.layers.forms import Either, Flag, ListOf, PerAxis, Real, Reference, Word
from cnncalc.layers.pool import MaxPool
from cnncalc.layers.window import SAME_CELL, Pair, Reach, Stamped, times

Sizes = int | tuple[int, ...]
Factor = float | tuple[float, ...]


class Sampled(NamedTuple):
    """Interpolation: output cell i lies at `i·scale` in the input, or at `(i + ½)·scale` counted from its edge.

    `outputs` cells are made of `cells`. Cells of weight zero are not depended on. In doubles, as PyTorch computes;
    `nearest` in single precision, as PyTorch computes it for every type on the common path.
    """

    cells: int
    outputs: int
    scale: float
    mode: str
    corners: bool
    spacing: int = 1

    @property
    def period(self) -> int:
        return self._ratio()[0]

    @property
    def step(self) -> int:
        return self._ratio()[1]

    def _ratio(self) -> Pair:
        """The shortest pattern where rounding cannot disturb it, else all of the output as one period."""
        p, q = self.scale.as_integer_ratio()
        if p and q <= self.outputs:
            return (q, p)
        factor = round(1 / self.scale) if self.scale else 0
        if factor and 1 / factor == self.scale and min(factor * self.scale, _single(factor * _single(self.scale))) >= 1:
            return (factor, 1)
        return (self.outputs, self.cells)

    def span(self, phase: int) -> Pair:
        if self.mode.startswith("nearest"):
            cell = floor(_single(_single(phase + (0.5 if self.mode == "nearest-exact" else 0)) * _single(self.scale)))
            return (cell, cell)
        at = phase * self.scale if self.corners else (phase + 0.5) * self.scale - 0.5
        near, low = round(at), floor(at)
        if abs(at - near) <= 1e-9 * max(1.0, at):
            return (near, near)  # the other weights are zero, or the noise of a double
        return (low, low + 1) if self.mode == "linear" else (low - 1, low + 2)


def _single(value: float) -> float:
    """Rounded to single precision."""
    from struct import pack, unpack

    try:
        number: float = unpack("f", pack("f", value))[0]
    except OverflowError:
        return value
    return number


class Upsample(Layer):
    """Interpolates to a larger (or smaller) size.

    Output per axis `floor(n·factor)`, computed as a double like PyTorch, or `size`, or the size of the tensor that
    `like` names. `linear` is bilinear or trilinear by the number of axes; `cubic` needs two. No weights, no
    multiply-adds by convention.
    """

    kind = "upsample"
    primary = "factor"
    factor: Factor | None = arg(Either(Real(), ListOf(Real())), "output cells per input cell, or one number per axis",
                                None, mark="x")
    size: Sizes | None = arg(PerAxis(1), "output size, or one number per axis", None, mark="")
    like: Referent | None = arg(Reference(), "take the output size from this tensor", None)
    mode: str = arg(Word("nearest", "linear", "cubic", "nearest-exact"), "how values between cells are made", "nearest",
                    mark="")
    align_corners: bool | None = arg(Flag(), "the corner cells keep their place; modes `linear` and `cubic` only", None)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        sizes = window.spatial(shape, self.kind)
        if self.mode == "cubic" and len(sizes) != 2:
            raise Fault("mode `cubic` needs two spatial axes", code="wrong-rank", detail=f"the input is {times(shape)}",
                        help="use `linear`")
        if self.align_corners is not None and self.mode.startswith("nearest"):
            raise Fault(f"`align_corners` means nothing in mode `{self.mode}`", help="leave it out, or use `linear`")
        factors, out = self._target(sizes)
        window.check_output(self.kind, sizes, out, "use a larger factor, or a larger input")
        small = len(out) == 2 and sum(out) <= 128
        reach = tuple(self._reach(n, o, factor, small) for n, o, factor in zip(sizes, out, factors, strict=True))
        return Facts((shape[0], *out), {}, {}, 0, (reach, ()) if self.like else (reach,))

    def _target(self, sizes: tuple[int, ...]) -> tuple[tuple[float | None, ...], tuple[int, ...]]:
        axes = len(sizes)
        choices = "one of a factor, `size` and `like`"
        if self.factor is None:
            return (None,) * axes, target_size(self.kind, sizes, self.size, self.like, choices)
        if self.size is not None or self.like is not None:
            raise Fault(f"`{self.kind}` needs {choices}, not several of them")
        factors = window.spread(self.factor, axes, "factor")
        return factors, tuple(floor(n * factor) for n, factor in zip(sizes, factors, strict=True))

    def _reach(self, n: int, o: int, factor: float | None, small: bool) -> Reach:
        if n == o and (self.mode == "linear" or (self.mode == "nearest" and small)):
            return SAME_CELL  # PyTorch copies here, whatever the factor
        if o == 2 * n and self.mode == "nearest" and small:
            factor = None  # in small planes PyTorch doubles a size that doubles, whatever the factor
        if self.align_corners:
            return Sampled(n, o, (n - 1) / (o - 1) if o > 1 else 0.0, self.mode, True)
        return Sampled(n, o, n / o if factor is None else 1.0 / factor, self.mode, False)

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        args = dict(super().resolved(inputs))
        return args if self.like is None else {**args, "size": self._target(inputs[0][1:])[1]}


class Unpool(Layer):
    """Unpooling without indices, the "bed of nails": every value goes to the first cell of its block, zeros after.

    Output per axis `n·factor`. No weights, no multiply-adds.
    """

    kind = "unpool"
    primary = "factor"
    factor: Sizes = arg(PerAxis(1), "output cells per input cell, or one number per axis", mark="x")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        sizes = window.spatial(inputs[0], self.kind)
        factors = window.spread(self.factor, len(sizes), "factor")
        out = tuple(n * f for n, f in zip(sizes, factors, strict=True))
        return Facts((inputs[0][0], *out), {}, {}, 0, (tuple(Stamped(1, f, 1, 0) for f in factors),))


class ZeroInsert(Layer):
    """Zeros between neighbours, as inside a transposed convolution.

    Output per axis `(n-1)s + 1`. No weights, no multiply-adds.
    """

    kind = "zero_insert"
    primary = "stride"
    stride: Sizes = arg(PerAxis(1), "distance of two input cells in the output, or one number per axis", mark="s")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        sizes = window.spatial(inputs[0], self.kind)
        strides = window.spread(self.stride, len(sizes), "stride")
        out = tuple((n - 1) * s + 1 for n, s in zip(sizes, strides, strict=True))
        return Facts((inputs[0][0], *out), {}, {}, 0, (tuple(Stamped(1, s, 1, 0) for s in strides),))


class MaxUnpool(Layer):
    """Puts every value where a `max_pool` found its maximum, zeros elsewhere (SegNet).

    Window, indices and output size come from that pool: its input's size, unless `size` is given, which may differ by
    less than a stride from `(n-1)s - p0 - p1 + e`. No weights, no multiply-adds.
    """

    kind = "max_unpool"
    primary = "pool"
    pool: Referent = arg(Reference(), "the `max_pool` to undo")
    size: Sizes | None = arg(PerAxis(1), "output size, or one number per axis; the pool's input size unless given",
                             None, mark="")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        pool, shape = self._pool(), inputs[0]
        if shape != self.pool.shape:
            raise Fault("`max_unpool` needs the shape that its pool gave", code="shape-mismatch",
                        detail=f"the input is {times(shape)}, `{self.pool.path}` gave {times(self.pool.shape)}")
        kernel, stride, dilation, pads = self._window(pool)
        out = self.pool.inputs[0][1:]
        if self.size is not None:
            out = window.spread(self.size, len(shape) - 1, "size")
            for n, k, s, d, pair, o in zip(shape[1:], kernel, stride, dilation, pads, out, strict=True):
                usual = (n - 1) * s - sum(pair) + window.extent(k, d)
                if not max(usual - s, 0) < o < usual + s:
                    raise Fault(f"`size` must be within {max(usual - s + 1, 1)} to {usual + s - 1}, and is {o}",
                                detail=f"the pool has stride {s}")
        window.check_output(self.kind, shape[1:], out)
        # The values and the indices, the last input, are read at the same places.
        cells = tuple(map(Stamped, kernel, stride, dilation, (p0 for p0, _ in pads)))
        return Facts((shape[0], *out), {}, {}, 0, (cells, cells))

    def _pool(self) -> MaxPool:
        layer = self.pool.layer
        if not isinstance(layer, MaxPool):
            found = f"`{self.pool.path}` is " + (f"`{layer.kind}`" if layer else "none")
            raise Fault("`max_unpool` needs a `max_pool` to undo", detail=found,
                        help="without indices, use `unpool` or `upsample`")
        return layer

    def _window(self, pool: MaxPool) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[Pair, ...]]:
        sizes = self.pool.inputs[0][1:]
        steps = pool.kernel if pool.stride is None else pool.stride
        kernel, stride, dilation = window.geometry(pool.kernel, steps, pool.dilation, len(sizes))
        return kernel, stride, dilation, window.pad_pairs(pool.padding, sizes, kernel, stride, dilation)

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        window_args = self._pool().resolved(self.pool.inputs)
        size = self.pool.inputs[0][1:] if self.size is None else self.size
        return {**super().resolved(inputs), **{name: window_args[name] for name in ("kernel", "stride", "padding")},
                "size": size}


KINDS: tuple[type[Layer], ...] = (Upsample, Unpool, ZeroInsert, MaxUnpool)
