"""Multi-head self-attention."""

from __future__ import annotations

from math import prod

from cnncalc.errors import Fault
from cnncalc.layers.axes import mixed
from cnncalc.layers.base import Facts, Layer, Shape, arg
from cnncalc.layers.forms import Flag, Whole
from cnncalc.layers.window import times


class Attention(Layer):
    """Multi-head self-attention over `[tokens, features]`: every token is a weighted mean of all tokens.

    Keeps the shape; axes before the tokens are independent sequences. Weights `3F·F` and `F·F`, biases `3F` and `F`
    (PyTorch's `MultiheadAttention`); multiply-adds `4TF² + 2T²F`: four projections, the scores, and their sum.
    """

    kind = "attention"
    primary = "heads"
    heads: int = arg(Whole(1), "parts of the features that attend on their own", mark="h")
    bias: bool = arg(Flag(), "add learned numbers after each projection", True)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        if len(shape) < 2:
            raise Fault("`attention` needs tokens and features", code="wrong-rank",
                        detail=f"the input is {times(shape)}",
                        help="bring the input to two axes with `reshape` and `permute`")
        *sequences, tokens, features = shape
        if features % self.heads:
            raise Fault(f"{self.heads} heads do not divide {features} features", code="groups",
                        detail=f"the input is {times(shape)}", help="use a divisor of the features, the last axis")
        weights: dict[str, Shape] = {"in_proj_weight": (3 * features, features)}
        if self.bias:
            weights["in_proj_bias"] = (3 * features,)
        weights["out_proj.weight"] = (features, features)
        if self.bias:
            weights["out_proj.bias"] = (features,)
        macs = prod(sequences) * (4 * tokens * features**2 + 2 * tokens**2 * features)
        return Facts(shape, weights, {}, macs, (mixed(shape, {len(shape) - 2, len(shape) - 1}),))


KINDS: tuple[type[Layer], ...] = (Attention,)
