"""Elementwise kinds: one class, one table. They keep the shape and have no multiply-adds."""

from __future__ import annotations

from cnncalc.layers.base import Arg, Facts, Layer, Shape, arg
from cnncalc.layers.forms import Real
from cnncalc.layers.window import SAME_CELL


class Pointwise(Layer):
    """Each output cell depends on the input cell at its place alone."""

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        return Facts(shape, {}, {}, 0, ((SAME_CELL,) * (len(shape) - 1),))


def _pointwise(kind: str, doc: str, primary: str | None = None, **fields: Arg) -> type[Pointwise]:
    return type(kind, (Pointwise,), {"__doc__": doc, "kind": kind, "primary": primary, **fields})


KINDS: tuple[type[Layer], ...] = (
    _pointwise("relu", "`max(x, 0)`."),
    _pointwise("relu6", "`min(max(x, 0), 6)`."),
    _pointwise("leaky_relu", "`x` where positive, else `slope·x`.", "slope",
               slope=arg(Real(), "slope below zero", 0.01)),
)
