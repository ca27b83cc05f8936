"""The one thing that multiplies: sums of products, over many cells at a time."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import ceil, floor
from operator import mul

from cnncalc.reference.fast.lanes import HIGHEST, Lanes
from cnncalc.reference.tensor import Number
from cnncalc.reference.weights import Layer, Parameter

WEIGHTS = 2**22
"""So many weights are looked at together, a byte for each."""


def weighted_sum(layer: Layer, weights: Sequence[int], planes: Sequence[int], lanes: Lanes) -> int:
    """The sum of all weights times their planes. A product counts for each cell that the plane holds."""
    layer.arithmetic.multiply_adds += lanes.cells * min(len(weights), len(planes))
    return sum(map(mul, weights, planes))


def whole_numbers(numbers: Sequence[Number]) -> Sequence[int]:
    """Weights rounded down, as `SmallNumbers.constant` has it."""
    return numbers if isinstance(numbers, array) else list(map(floor, numbers))


def rows_of(weight: Parameter, channels: range) -> list[Sequence[int]]:
    """What some output channels weigh, the first axis of a weight; asked for hereby."""
    width = weight.size // weight.shape[0]
    numbers = whole_numbers(weight.block(channels.start * width, channels.stop * width))
    return [numbers[start : start + width] for start in range(0, len(numbers), width)]


def bound_of(weight: Parameter, terms: int, shifts: Sequence[int], activation: int = HIGHEST) -> int:
    """What no sum of so many products, plus a shift, exceeds in magnitude, for activations up to a magnitude."""
    return ceil(weight.largest) * activation * terms + max(map(abs, shifts))


def shifts_of(layer: Layer, out: int, bias: bool | str) -> list[int]:
    """The biases of all output channels, by the name given; zeros if there are none."""
    if not bias:
        return [0] * out
    return list(whole_numbers(layer.weight("bias" if bias is True else bias, (out,)).block(0, out)))
