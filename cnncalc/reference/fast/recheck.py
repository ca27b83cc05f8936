"""One per cent of what the fast kernels multiplied, done again one by one with the plain kernels' functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from random import Random

from cnncalc.reference.arithmetic import SmallNumbers
from cnncalc.reference.fast.halves import shared
from cnncalc.reference.fast.sums import whole_numbers
from cnncalc.reference.kernels.conv import Plan, patch
from cnncalc.reference.kernels.conv import weighted_sum as plain_sum
from cnncalc.reference.tensor import Number, Tensor, strides
from cnncalc.reference.weights import Layer, Parameter
from cnncalc.reference.window import marked, spots_of

SHARE = 100
"""One output cell in so many is recomputed, and at least one."""

PER_SECOND = 8 * 10**6  # multiply-adds, one by one

Terms = tuple[Sequence[Number], Sequence[Number], Number]


def recheck(layer: Layer, label: str, result: Tensor, terms: Callable[[int], Terms], each: float | None) -> None:
    """Recompute cells drawn by the label, and note how many, and how many came out otherwise.

    `terms` gives for a flat output index weights, activations and what is added at last. `each` is how many
    multiply-adds were counted for every output cell, where all have as many.
    """
    total, plain = len(result.cells), SmallNumbers(second_process=layer.arithmetic.second_process)
    drawn = sorted(Random(label).sample(range(total), max(total // SHARE, 1)))

    def unequal(indices: Sequence[int]) -> int:
        return sum(not same(index) for index in indices)

    def same(index: int) -> bool:
        weights, activations, shift = terms(index)
        before = plain.multiply_adds
        cell = plain.add(plain_sum(plain, weights, activations), shift)
        done = plain.multiply_adds - before
        return plain.settle([cell])[0] == result.cells[index] and each in (None, done)

    half, seconds = len(drawn) // 2, len(drawn) * len(terms(drawn[0])[0]) / PER_SECOND
    layer.arithmetic.unequal += sum(shared(plain, seconds, unequal, [drawn[:half], drawn[half:]]))
    layer.arithmetic.rechecked += len(drawn)


def under_window(x: Tensor, todo: Plan, weight: Parameter, shifts: Sequence[int]) -> Callable[[int], Terms]:
    """What makes up an output cell of a convolution."""
    planes, area = x.planes, prod(todo.sizes)
    marks, steps = marked(x.sizes, todo.slides), strides(todo.sizes)

    def terms(index: int) -> Terms:
        channel, place = divmod(index, area)
        spots = spots_of(
            [marks[axis][place // step % size] for axis, (step, size) in enumerate(zip(steps, todo.sizes, strict=True))]
        )
        first = channel // todo.outer * todo.inner
        row = whole_numbers(weight.look(channel * todo.taps, (channel + 1) * todo.taps))
        return row, patch(planes[first : first + todo.inner], spots), shifts[channel]

    return terms
