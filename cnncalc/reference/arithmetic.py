"""What the kernels compute with: numbers, small whole numbers, or sets of input positions.

A kernel is written once and is handed one of these. Only `multiply_add` is a multiply-add, and is counted in
`multiply_adds`; every other operation is counted apart, under its own name, in `counts`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from math import floor, inf
from typing import TypeAlias, final

from cnncalc.reference.tensor import Number

NOISE = 1e-9
Position: TypeAlias = int


class Arithmetic(ABC):
    """The operations that kernels are made of. `lowest` is what a maximum over nothing gives.

    Of the multiply-adds `padding` had a padding zero for an activation. `rechecked` output cells of fast kernels were
    recomputed by the plain ones, and `unequal` of them came out otherwise. Fast kernels may fork a child for half of
    their work if `second_process` says so.
    """

    lowest: Number
    second_process = False

    def __init__(self) -> None:
        self.multiply_adds = 0
        self.padding = 0
        self.rechecked = 0
        self.unequal = 0
        self.counts: Counter[str] = Counter()

    @abstractmethod
    def multiply_add(self, total: Number, weight: Number, activation: Number) -> Number:
        """`total + weight × activation`: the one operation that counts as a multiply-add."""

    @abstractmethod
    def add(self, left: Number, right: Number) -> Number:
        """Sum of two cells, or of a cell and a bias."""

    @abstractmethod
    def subtract(self, left: Number, right: Number) -> Number:
        """Difference of two cells."""

    @abstractmethod
    def multiply(self, left: Number, right: Number) -> Number:
        """Product of two cells, or of a cell and a learned scale."""

    @abstractmethod
    def maximum(self, left: Number, right: Number) -> Number:
        """The larger of two cells."""

    @abstractmethod
    def scale(self, cell: Number, factor: Number) -> Number:
        """A cell times a number that the layer fixes (an interpolation weight), which is no cell and no weight."""

    @abstractmethod
    def average(self, total: Number, count: int) -> Number:
        """A sum divided by how many (or by a fixed divisor)."""

    @abstractmethod
    def apply(self, name: str, function: Callable[..., Number], *cells: Number) -> Number:
        """Any other function of cells, counted under `name`."""

    @abstractmethod
    def constant(self, value: Number) -> Number:
        """A number that comes from no input: a weight, a padding value."""

    @abstractmethod
    def winners(self, window: Sequence[tuple[Position, Number]]) -> tuple[Position, ...]:
        """Which positions of a window may hold its maximum."""

    @abstractmethod
    def place(self, present: Number, cell: Number, chooser: Number) -> Number:
        """What stands at a position after `cell` was written there, because `chooser` was a maximum there once."""

    @abstractmethod
    def settle(self, cells: Sequence[Number]) -> Sequence[Number]:
        """What the next layer gets to see of a tensor's cells."""


class Counted(Arithmetic):
    """Sums, products and maxima are those of numbers, and whole numbers stay whole."""

    def multiply_add(self, total: Number, weight: Number, activation: Number) -> Number:
        self.multiply_adds += 1
        return total + weight * activation

    def add(self, left: Number, right: Number) -> Number:
        self.counts["add"] += 1
        return left + right

    def subtract(self, left: Number, right: Number) -> Number:
        self.counts["subtract"] += 1
        return left - right

    def multiply(self, left: Number, right: Number) -> Number:
        self.counts["multiply"] += 1
        return left * right

    def maximum(self, left: Number, right: Number) -> Number:
        self.counts["maximum"] += 1
        return right if right > left or right != right else left  # not equal to itself: NaN wins, as in PyTorch

    def winners(self, window: Sequence[tuple[Position, Number]]) -> tuple[Position, ...]:
        return (max(window, key=lambda entry: entry[1])[0],) if window else ()

    def place(self, present: Number, cell: Number, chooser: Number) -> Number:
        return cell


@final
class Numbers(Counted):
    """Real values. An average of whole numbers is whole where it divides evenly."""

    lowest = -inf

    def scale(self, cell: Number, factor: Number) -> Number:
        self.counts["scale"] += 1
        return cell * factor

    def average(self, total: Number, count: int) -> Number:
        self.counts["average"] += 1
        if isinstance(total, int) and total % count == 0:
            return total // count
        return total / count

    def apply(self, name: str, function: Callable[..., Number], *cells: Number) -> Number:
        self.counts[name] += 1
        return function(*cells)

    def constant(self, value: Number) -> Number:
        return value

    def settle(self, cells: Sequence[Number]) -> Sequence[Number]:
        return cells


@final
class SmallNumbers(Counted):
    """For verification: shapes, parameters and multiply-adds are proven, so values need only be exact and cheap.

    The rule, the same in every arithmetic that verifies. Sums, differences, products and maxima are those of whole
    numbers. `scale`, `average` and `apply` are counted and hand on their (first) cell as it is. A constant is rounded
    down. Between layers every cell is reduced to `(cell + 3) mod 7 − 3`, the whole numbers from −3 to 3. They are kept
    as an `array` of bytes, and whoever hands on an array (the fast kernels) has reduced it.
    """

    lowest = -4

    def __init__(self, *, second_process: bool = False) -> None:
        super().__init__()
        self.second_process = second_process

    def scale(self, cell: Number, factor: Number) -> Number:
        self.counts["scale"] += 1
        return cell

    def average(self, total: Number, count: int) -> Number:
        self.counts["average"] += 1
        return total

    def apply(self, name: str, function: Callable[..., Number], *cells: Number) -> Number:
        self.counts[name] += 1
        return cells[0]

    def constant(self, value: Number) -> Number:
        return floor(value)

    def settle(self, cells: Sequence[Number]) -> array[int]:
        if isinstance(cells, array):
            return cells
        return array("b", [(floor(cell) + 3) % 7 - 3 for cell in cells])


class PositionSets(Arithmetic):
    """Cells are sets of input positions, as the bits of a whole number; what is computed from cells is their union.

    Weights, padding and other constants come from no position. A term counts whatever its weight, as in convolution,
    where products with weights that happen to be zero are done too; but not if the layer itself fixes its factor to be
    zero, as interpolation does for a cell that lies on another one (or nearly, by the rounding of a double).
    """

    lowest = 0

    def multiply_add(self, total: Number, weight: Number, activation: Number) -> Number:
        # Attention and matmul multiply two activations, so a "weight" may hold positions too.
        return int(total) | int(weight) | int(activation)

    def add(self, left: Number, right: Number) -> Number:
        return int(left) | int(right)

    def subtract(self, left: Number, right: Number) -> Number:
        return int(left) | int(right)

    def multiply(self, left: Number, right: Number) -> Number:
        return int(left) | int(right)

    def maximum(self, left: Number, right: Number) -> Number:
        return int(left) | int(right)

    def scale(self, cell: Number, factor: Number) -> Number:
        return cell if abs(factor) > NOISE else 0

    def average(self, total: Number, count: int) -> Number:
        return total

    def apply(self, name: str, function: Callable[..., Number], *cells: Number) -> Number:
        union = 0
        for cell in cells:
            union |= int(cell)
        return union

    def constant(self, value: Number) -> Number:
        return 0

    def winners(self, window: Sequence[tuple[Position, Number]]) -> tuple[Position, ...]:
        return tuple(position for position, _ in window)

    def place(self, present: Number, cell: Number, chooser: Number) -> Number:
        return int(present) | int(cell) | int(chooser)

    def settle(self, cells: Sequence[Number]) -> Sequence[Number]:
        return cells
