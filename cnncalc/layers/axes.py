"""Axis numbers as PyTorch writes them: 0 the batch, which no layer may touch, 1 the channels, -1 the last."""

from __future__ import annotations

from math import prod
from typing import Any

from cnncalc.errors import Fault
from cnncalc.layers.base import Raw, Shape
from cnncalc.layers.forms import Either, ListOf, Whole
from cnncalc.layers.window import SAME_CELL, Reach, everything, times


class AxisForm(Whole):
    """An axis number. Whether the input has that axis is seen later, by `place`."""

    def __init__(self) -> None:
        super().__init__(None)
        self.words = "an axis: 1 is the channels, -1 the last"

    def read(self, value: Raw) -> int:
        number = super().read(value)
        if number == 0:
            raise Fault("axis 0 is the batch and cannot be touched", help="1 is the channels, -1 the last axis")
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "not": {"const": 0}}


class AxesForm(Either):
    """An axis, or a list of axes."""

    def __init__(self) -> None:
        super().__init__(AxisForm(), ListOf(AxisForm()))
        self.words = "an axis or a list of axes: 1 is the channels, -1 the last"


def place(axis: int, shape: Shape, kind: str) -> int:
    """Where a shape without the batch holds this axis."""
    index = axis - 1 if axis > 0 else len(shape) + axis
    if not 0 <= index < len(shape):
        if index == -1:
            raise Fault("axis 0 is the batch and cannot be touched", help="1 is the channels, -1 the last axis",
                        detail=f"axis {axis} of {times(shape)}")
        raise Fault(f"`{kind}` has no axis {axis} to work on", code="wrong-rank",
                    detail=f"the input is {times(shape)}: its axes are 1 to {len(shape)}")
    return index


def places(axes: int | tuple[int, ...], shape: Shape, kind: str) -> set[int]:
    """The same for one axis or several different ones."""
    listed = (axes,) if isinstance(axes, int) else axes
    found = {place(axis, shape, kind) for axis in listed}
    if len(found) < len(listed):
        raise Fault("an axis is named twice", detail=f"axes {', '.join(map(str, listed))} of {times(shape)}")
    return found


def need_rank(shape: Shape, axes: tuple[int, ...], kind: str, what: str, help: str = "") -> None:
    """Refuse an input whose number of axes is not among `axes`; `what` names what is needed."""
    if len(shape) not in axes:
        raise Fault(f"`{kind}` needs {what}", code="wrong-rank", detail=f"the input is {times(shape)}", help=help)


def mixed(shape: Shape, indices: set[int]) -> tuple[Reach, ...]:
    """Reach where these axes are read as a whole, and the other spatial ones cell by cell."""
    return tuple(everything(shape[i]) if i in indices else SAME_CELL for i in range(1, len(shape)))


def whole_input(shape: Shape, axes: int) -> tuple[Reach, ...]:
    """Reach where the output's `axes` spatial axes are not the input's: no cell can be left out on any of them.

    No single input axis belongs to such an axis, so its extent is that of all spatial axes laid in a row.
    """
    return (everything(prod(shape[1:])),) * axes
