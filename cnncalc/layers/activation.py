"""Elementwise kinds, and softmax: one class, one table. They keep the shape and have no multiply-adds."""

from __future__ import annotations

from cnncalc.errors import Fault
from cnncalc.layers.axes import AxisForm, mixed, place
from cnncalc.layers.base import Arg, Facts, Layer, Shape, arg
from cnncalc.layers.forms import Real, Whole, Word
from cnncalc.layers.window import SAME_CELL, times


class Pointwise(Layer):
    """Each output cell depends on the input cell at its place alone."""

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        return Facts(shape, self._weights(shape), {}, 0, ((SAME_CELL,) * (len(shape) - 1),))

    def _weights(self, shape: Shape) -> dict[str, Shape]:
        return {}


def _pointwise(kind: str, doc: str, primary: str | None = None, **fields: Arg) -> type[Pointwise]:
    return type(kind, (Pointwise,), {"__doc__": doc, "kind": kind, "primary": primary, **fields})


class Celu(Pointwise):
    """`x` where positive, else `alpha·(exp(x/alpha) - 1)`."""

    kind = "celu"
    primary = "alpha"
    alpha: float = arg(Real(), "limit far below zero, with its sign turned; not 0", 1.0)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        if self.alpha == 0:
            raise Fault("`alpha` of `celu` must not be 0", help="use `relu`")
        return super().facts(inputs)


class HardTanh(Pointwise):
    """`min(max(x, min), max)`."""

    kind = "hard_tanh"
    min: float = arg(Real(), "smallest output", -1.0)
    max: float = arg(Real(), "largest output", 1.0)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        if self.max <= self.min:
            raise Fault("`max` must be greater than `min`", detail=f"min {self.min}, max {self.max}")
        return super().facts(inputs)


class Prelu(Pointwise):
    """`x` where positive, else a learned slope times `x`: one slope, or one per channel.

    Keeps the shape. `count` weights. No multiply-adds by convention.
    """

    kind = "prelu"
    primary = "count"
    count: int = arg(Whole(1), "learned slopes: 1, or as many as channels", 1, mark="")

    def _weights(self, shape: Shape) -> dict[str, Shape]:
        if self.count not in (1, shape[0]):
            raise Fault(f"`prelu` needs 1 slope or one per channel, {shape[0]}, not {self.count}",
                        code="shape-mismatch", detail=f"the input is {times(shape)}",
                        help="write `$in.channels` or the number of channels")
        return {"weight": (self.count,)}


class Softmax(Layer):
    """`exp(x)` over the sum of `exp` along one axis, the channels unless given. Keeps the shape."""

    kind = "softmax"
    primary = "axis"
    axis: int = arg(AxisForm(), "the axis that sums to 1: 1 is the channels, -1 the last", 1, mark="axis ")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        return Facts(shape, {}, {}, 0, (mixed(shape, {place(self.axis, shape, self.kind)}),))


class LogSoftmax(Softmax):
    """The logarithm of `softmax`. Keeps the shape."""

    kind = "log_softmax"


KINDS: tuple[type[Layer], ...] = (
    _pointwise("relu", "`max(x, 0)`."),
    _pointwise("relu6", "`min(max(x, 0), 6)`."),
    _pointwise("leaky_relu", "`x` where positive, else `slope·x`.", "slope",
               slope=arg(Real(), "slope below zero", 0.01)),
    _pointwise("elu", "`x` where positive, else `alpha·(exp(x) - 1)`.", "alpha",
               alpha=arg(Real(), "limit far below zero, with its sign turned", 1.0)),
    Celu,
    _pointwise("selu", "`1.0507·elu(x, alpha=1.6733)`, which keeps mean 0 and variance 1 (Klambauer et al. 2017)."),
    _pointwise("gelu", "`x·Φ(x)` with the normal distribution function Φ, or its approximation by tanh.", "approximate",
               approximate=arg(Word("none", "tanh"), "`tanh` for the approximation", "none")),
    _pointwise("silu", "`x·sigmoid(x)`, also called swish."),
    _pointwise("mish", "`x·tanh(softplus(x))`."),
    _pointwise("softplus", "`log(1 + exp(beta·x))/beta`, and `x` itself where `beta·x` exceeds the threshold.", "beta",
               beta=arg(Real(), "steepness", 1.0), threshold=arg(Real(), "beyond it the function is `x`", 20.0)),
    _pointwise("softsign", "`x/(1 + |x|)`."),
    _pointwise("sigmoid", "`1/(1 + exp(-x))`."),
    _pointwise("hard_sigmoid", "`relu6(x + 3)/6`."),
    _pointwise("hard_swish", "`x·relu6(x + 3)/6`."),
    HardTanh,
    _pointwise("tanh", "The hyperbolic tangent."),
    _pointwise("abs", "`|x|`."),
    Prelu,
    Softmax,
    LogSoftmax,
    _pointwise("multiply", "Times a fixed number. No weights.", "number", number=arg(Real(), "the factor", mark="×")),
    _pointwise("dropout", "Drops values in training; the identity in evaluation, which is what is counted.", "p",
               p=arg(Real(0, 1), "share of the values dropped in training", 0.5)),
    _pointwise("drop_path", "Drops whole branches in training (stochastic depth); the identity in evaluation.", "p",
               p=arg(Real(0, 1), "share of the items dropped in training", 0.0)),
    _pointwise("identity", "Nothing: the output is the input."),
)
