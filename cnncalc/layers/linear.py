"""Products of matrices: with a learned one (`linear`) and of two tensors (`matmul`)."""

from __future__ import annotations

from math import prod

from cnncalc.errors import Fault
from cnncalc.layers.axes import mixed
from cnncalc.layers.base import Facts, Layer, Shape, arg
from cnncalc.layers.forms import Flag, Whole, Word
from cnncalc.layers.window import SAME_CELL, everything, times


class Linear(Layer):
    """Fully connected: every output feature is a weighted sum of all features, at every token.

    The last axis `F` becomes `out`. Weights `F·out` and `out` biases; multiply-adds `F·out` per token. Takes features,
    or tokens × features; more axes only with `axis: last`, so that a forgotten `flatten` is not counted as a layer.
    """

    kind = "linear"
    primary = "out"
    out: int = arg(Whole(1), "output features")
    bias: bool = arg(Flag(), "add a learned number per output feature", True)
    axis: str | None = arg(Word("last"), "`last` accepts any number of axes and works on the last", None)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        if len(shape) > 2 and self.axis is None:
            raise Fault("`linear` needs one or two axes: features, or tokens and features", code="wrong-rank",
                        detail=f"the input is {times(shape)}",
                        help="`flatten` first, or write `axis: last` to work on the last axis at every place")
        *places, features = shape
        weights: dict[str, Shape] = {"weight": (self.out, features)}
        if self.bias:
            weights["bias"] = (self.out,)
        return Facts((*places, self.out), weights, {}, prod(shape) * self.out, (mixed(shape, {len(shape) - 1}),))


class Matmul(Layer):
    """Matrix product of two tensors over their last two axes, `[…, rows, n] × […, n, columns]`; other axes are equal.

    With `transpose` the second is `[…, columns, n]`. Output `rows × columns`; multiply-adds `rows·n·columns`, for every
    pair of matrices. No weights.
    """

    kind = "matmul"
    merges = True
    transpose: bool = arg(Flag(), "swap the last two axes of the second tensor first", False)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        if len(inputs) != 2:
            raise Fault(f"`matmul` needs two tensors and gets {len(inputs)}", code="needs-tensors")
        left, right = inputs
        detail = f"input 1 is {times(left)}, input 2 is {times(right)}"
        if len(left) != len(right) or len(left) < 2:
            raise Fault("`matmul` needs two tensors with the same number of axes, at least two", code="wrong-rank",
                        detail=detail)
        rows, inner = left[-2:]
        columns, other = right[-2:] if self.transpose else right[:-3:-1]
        if inner != other or left[:-2] != right[:-2]:
            axis = -1 if self.transpose else -2
            raise Fault(f"`matmul` needs axis -1 of the first tensor to equal axis {axis} of the second",
                        code="shape-mismatch", detail=detail,
                        help="" if self.transpose or left[-1] != right[-1] else "write `transpose: true`")
        out = (*left[:-2], rows, columns)
        alone = (SAME_CELL,) * (len(out) - 3)
        # The output's last two axes are rows and columns; where rows are the channels there is one spatial axis only.
        from_left = (*alone, SAME_CELL, everything(inner))
        from_right = (*alone, everything(right[-2]), everything(inner) if self.transpose else SAME_CELL)
        axes = len(out) - 1
        return Facts(out, {}, {}, prod(out) * inner, (from_left[-axes:], from_right[-axes:]))


KINDS: tuple[type[Layer], ...] = (Linear, Matmul)
