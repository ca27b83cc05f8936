"""Kinds that join several tensors into one. No weights and no multiply-adds."""

from __future__ import annotations

from cnncalc.errors import Fault
from cnncalc.layers.axes import AxisForm, place
from cnncalc.layers.base import Facts, Layer, Shape, arg
from cnncalc.layers.forms import Flag
from cnncalc.layers.window import SAME_CELL, Reach, Sliding, everything, times


class Elementwise(Layer):
    """Joins tensors cell by cell. Shapes are equal; with `broadcast` an axis of size 1 stretches to the others'."""

    merges = True
    broadcast: bool = arg(Flag(), "let axes of size 1 stretch to the size of the others", False)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = _need_inputs(inputs, self.kind)
        if len(set(map(len, inputs))) > 1:
            raise Fault(f"`{self.kind}` needs tensors with the same number of axes", code="shape-mismatch",
                        detail=listed(inputs), help="add axes of size 1 with `reshape` or `unsqueeze`")
        if len(set(inputs)) > 1:
            shape = self._stretched(inputs)
        reach = tuple(tuple(map(_stretch, sizes[1:], shape[1:])) for sizes in inputs)
        return Facts(shape, {}, {}, 0, reach)

    def _stretched(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = tuple(map(max, zip(*inputs, strict=True)))
        fits = all(n in (1, o) for sizes in inputs for n, o in zip(sizes, shape, strict=True))
        if self.broadcast and fits:
            return shape
        raise Fault(f"`{self.kind}` needs equal shapes" + (", or sizes of 1 to stretch" if self.broadcast else ""),
                    code="shape-mismatch", detail=listed(inputs),
                    help="write `broadcast: true` to stretch the axes of size 1" if fits else "")


def _stretch(n: int, o: int) -> Reach:
    return SAME_CELL if n == o else everything(1)


def _need_inputs(inputs: tuple[Shape, ...], kind: str) -> Shape:
    if not inputs:
        raise Fault(f"`{kind}` has nothing to join", code="needs-tensors")
    return inputs[0]


def listed(inputs: tuple[Shape, ...]) -> str:
    """The inputs that show a mismatch: the first one, and those that differ from it."""
    shown = [(number, shape) for number, shape in enumerate(inputs, 1) if number == 1 or shape != inputs[0]]
    more = f", and {len(shown) - 4} more" if len(shown) > 4 else ""
    return ", ".join(f"input {number} is {times(shape)}" for number, shape in shown[:4]) + more


def _elementwise(kind: str, doc: str) -> type[Elementwise]:
    return type(kind, (Elementwise,), {"__doc__": doc, "kind": kind})


class Concat(Layer):
    """Puts tensors one after the other along an axis, the channels unless given.

    Output: the sum of the sizes on that axis; all other sizes are equal. No weights, no multiply-adds.
    """

    kind = "concat"
    merges = True
    axis: int = arg(AxisForm(), "the axis that grows: 1 is the channels, -1 the last", 1, mark="axis ")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = _need_inputs(inputs, self.kind)
        if len(set(map(len, inputs))) > 1:
            raise Fault("`concat` needs tensors with the same number of axes", code="shape-mismatch",
                        detail=listed(inputs), help="bring them to one with `flatten`, `reshape` or `unsqueeze`")
        index = place(self.axis, shape, self.kind)
        if len({(*sizes[:index], *sizes[index + 1:]) for sizes in inputs}) > 1:
            raise Fault(f"`concat` needs equal sizes on every axis but axis {index + 1}", code="shape-mismatch",
                        detail=listed(inputs))
        reach, start = [], 0
        for sizes in inputs:
            # Seen from one input, the others are padding before and after it.
            cells = [SAME_CELL] * (len(sizes) - 1)
            if index:
                cells[index - 1] = Sliding(1, 1, start)
            reach.append(tuple(cells))
            start += sizes[index]
        return Facts((*shape[:index], start, *shape[index + 1:]), {}, {}, 0, tuple(reach))


KINDS: tuple[type[Layer], ...] = (
    _elementwise("add", "Sum of tensors, cell by cell; `broadcast` stretches axes of size 1. No multiply-adds."),
    _elementwise("mul", "Product of tensors, cell by cell; `broadcast` stretches axes of size 1. No multiply-adds by "
                        "convention: both factors are activations, and only convolution, linear and attention count."),
    _elementwise("sub", "The first tensor minus the others, cell by cell; `broadcast` stretches axes of size 1."),
    _elementwise("max", "The largest of the tensors, cell by cell; `broadcast` stretches axes of size 1."),
    Concat,
)
