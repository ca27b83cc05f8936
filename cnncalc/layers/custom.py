"""The way out: a layer that the language does not know, with the cost that its user declares."""

from __future__ import annotations

from cnncalc.layers.axes import whole_input
from cnncalc.layers.base import Facts, Layer, Shape, arg
from cnncalc.layers.forms import ListOf, Whole


class Custom(Layer):
    """A layer of your own: its output shape, parameters and multiply-adds are what you declare.

    Reports mark it as declared, and nothing verifies it. It is taken to read its whole input.
    """

    kind = "custom"
    primary = "output"
    declared = True
    output: tuple[int, ...] = arg(ListOf(Whole(1)), "output shape, without the batch", mark="")
    params: int = arg(Whole(0), "trainable numbers", 0)
    macs: int = arg(Whole(0), "multiply-adds", 0)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        weights: dict[str, Shape] = {"weight": (self.params,)} if self.params else {}
        axes = len(self.output) - 1
        return Facts(self.output, weights, {}, self.macs, tuple(whole_input(shape, axes) for shape in inputs))


KINDS: tuple[type[Layer], ...] = (Custom,)
