"""Convolutions. Symbols as in `window`; `C1`, `C2` input and output channels, `g` groups, `S²` the kernel volume."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, prod
from typing import Any

from cnncalc.errors import Fault
from cnncalc.layers import window
from cnncalc.layers.base import Facts, Layer, Shape, arg
from cnncalc.layers.forms import Flag, PaddingForm, PerAxis, Whole
from cnncalc.layers.window import Padding, Sliding, Stamped, spread

Sizes = int | tuple[int, ...]


class Conv(Layer):
    """Convolution (a correlation): each output cell is a weighted sum over a window of all input channels of its group.

    Output per axis `(n + p0 + p1 - e)//s + 1`; weights `S²·C1·C2/g` and `C2` biases; multiply-adds `W·H·S²·C1·C2/g`,
    padding zeros included.
    """

    kind = "conv"
    primary = "out"
    out: int = arg(Whole(1), "output channels")
    kernel: Sizes = arg(PerAxis(1), "size of the window", mark="")
    stride: Sizes = arg(PerAxis(1), "step of the window", 1, mark="s")
    padding: Padding = arg(PaddingForm(), "cells of zeros around the input", 0, mark="p")
    dilation: Sizes = arg(PerAxis(1), "distance between kernel cells", 1, mark="d")
    groups: int = arg(Whole(1), "groups of channels that do not mix", 1, mark="g")
    bias: bool = arg(Flag(), "add a learned number per output channel", True)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        return _convolve(self, inputs[0], self.out, self.groups)

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        return window.resolve(super().resolved(inputs), inputs[0][1:])


class DepthwiseConv(Layer):
    """Convolution of every channel on its own: `conv` with as many groups as channels.

    Weights `S²·C1·multiplier`; the output has `C1·multiplier` channels.
    """

    kind = "depthwise_conv"
    primary = "kernel"
    kernel: Sizes = arg(PerAxis(1), "size of the window", mark="")
    multiplier: int = arg(Whole(1), "output channels per input channel", 1, mark="m")
    stride: Sizes = arg(PerAxis(1), "step of the window", 1, mark="s")
    padding: Padding = arg(PaddingForm(), "cells of zeros around the input", 0, mark="p")
    dilation: Sizes = arg(PerAxis(1), "distance between kernel cells", 1, mark="d")
    bias: bool = arg(Flag(), "add a learned number per output channel", True)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        channels = inputs[0][0]
        return _convolve(self, inputs[0], channels * self.multiplier, channels)

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        return window.resolve(super().resolved(inputs), inputs[0][1:])


class ConvTranspose(Layer):
    """Transposed convolution: every input cell puts a kernel's stamp, times its value, on the output.

    Output per axis `(n-1)s - p0 - p1 + e + output_padding`; weights `S²·C1·C2/g` and `C2` biases; multiply-adds by the
    *input* size, `W·H·S²·C1·C2/g`: one stamp per input cell, products that are cropped away included.
    """

    kind = "conv_transpose"
    primary = "out"
    out: int = arg(Whole(1), "output channels")
    kernel: Sizes = arg(PerAxis(1), "size of the stamp", mark="")
    stride: Sizes = arg(PerAxis(1), "distance between stamps", 1, mark="s")
    padding: Padding = arg(PaddingForm(), "cells cropped from each side of the output", 0, mark="p")
    output_padding: Sizes = arg(PerAxis(0), "cells added at the end of the output", 0, mark="op")
    dilation: Sizes = arg(PerAxis(1), "distance between kernel cells", 1, mark="d")
    groups: int = arg(Whole(1), "groups of channels that do not mix", 1, mark="g")
    bias: bool = arg(Flag(), "add a learned number per output channel", True)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape, sizes = inputs[0], window.spatial(inputs[0], self.kind)
        kernel, stride, dilation = window.geometry(self.kernel, self.stride, self.dilation, len(sizes))
        extra = spread(self.output_padding, len(sizes), "output_padding")
        for more, s, d in zip(extra, stride, dilation, strict=True):
            if more >= max(s, d):
                raise Fault(f"`output_padding` must be smaller than the stride or the dilation, and {more} is not",
                            detail=f"stride {s}, dilation {d}")
        if self.padding in ("same", "same_lower"):
            raise Fault("a transposed convolution has no `same` padding", help="give the cells to crop as numbers")
        pads = window.pad_pairs(self.padding, sizes, kernel, stride, dilation)
        extents = tuple(map(window.extent, kernel, dilation))
        out = tuple((n - 1) * s - p0 - p1 + e + more
                    for n, s, (p0, p1), e, more in zip(sizes, stride, pads, extents, extra, strict=True))
        window.check_output(self.kind, sizes, out, "use less padding, a larger kernel, or a larger input")
        check_groups(shape[0], self.out, self.groups)
        weights = {"weight": (shape[0], self.out // self.groups, *kernel)}
        if self.bias:
            weights["bias"] = (self.out,)
        reach = tuple(map(Stamped, kernel, stride, dilation, (p0 for p0, _ in pads)))
        return Facts((self.out, *out), weights, {}, prod(sizes) * prod(weights["weight"]), (reach,))

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        return window.resolve(super().resolved(inputs), inputs[0][1:])


def check_groups(channels: int, out: int, groups: int) -> None:
    """Input and output channels must divide by the groups."""
    for what, count in (("input", channels), ("output", out)):
        if count % groups:
            raise Fault(f"{groups} groups do not divide {count} {what} channels", code="groups",
                        detail=f"{channels} channels in, {out} out",
                        help=f"use a number that divides both: {gcd(channels, out)} is the largest")


def _convolve(layer: Conv | DepthwiseConv, shape: Shape, out: int, groups: int) -> Facts:
    sizes = window.spatial(shape, layer.kind)
    kernel, stride, dilation = window.geometry(layer.kernel, layer.stride, layer.dilation, len(sizes))
    pads = window.pad_pairs(layer.padding, sizes, kernel, stride, dilation)
    extents = tuple(map(window.extent, kernel, dilation))
    result = tuple((n + p0 + p1 - e) // s + 1 for n, (p0, p1), e, s in zip(sizes, pads, extents, stride, strict=True))
    window.check_output(layer.kind, sizes, result)
    check_groups(shape[0], out, groups)
    weights = {"weight": (out, shape[0] // groups, *kernel)}
    if layer.bias:
        weights["bias"] = (out,)
    reach = tuple(map(Sliding, extents, stride, (p0 for p0, _ in pads), dilation))
    return Facts((out, *result), weights, {}, prod(result) * prod(weights["weight"]), (reach,))
