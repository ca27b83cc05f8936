"""Many cells in one Python integer: a lane of whole bytes for each, the first cell in the lowest.

An integer stands for the sum of `cell × 256**(width × place)` over all cells. Cells may be negative: sums and products
with a number are then still those of every cell, as long as in the end each cell lies in
[−256**width / 2, 256**width / 2). Half of 256**width, added to every lane, makes them digits that can be read off.
`Lanes.holding` chooses the width from a bound, so that they do.

Between kernels cells are whole numbers from −3 to 3 in an `array("b")`; here they are its bytes, in two's complement.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import floor
from typing import NamedTuple

from cnncalc.reference.arithmetic import SmallNumbers
from cnncalc.reference.tensor import Number, Shape, Switches, Tensor

LOWEST, HIGHEST = -3, 3
VALUES = range(LOWEST, HIGHEST + 1)
ZERO = -LOWEST  # 0 as it stands in a lane: less the lowest, no cell is negative


def signed(byte: int) -> int:
    """A byte of two's complement."""
    return byte - 256 if byte > 127 else byte


def settled(number: int) -> int:
    """What the next layer gets to see of a cell, as a byte; the rule is `SmallNumbers.settle`'s."""
    return SmallNumbers().settle([number])[0] % 256


def table(function: Callable[[int], int]) -> bytes:
    """A function of a cell for `bytes.translate`."""
    return bytes(function(signed(byte)) % 256 for byte in range(256))


def table_of(results: bytes) -> bytes:
    """The same for a function of −3 to 3, by its seven results as bytes."""
    return results[-LOWEST:] + bytes(256 - len(results)) + results[:-LOWEST]


RAISED = table(lambda cell: cell - LOWEST)
RESIDUE = table(lambda cell: cell % 7)
LADDER = table(lambda cell: (1 << cell - LOWEST + 1) - 1 if LOWEST <= cell <= HIGHEST else 0)  # so many bits set
RUNG = bytes(settled(byte.bit_length() + LOWEST - 1) for byte in range(256))  # back from there
SETTLED = bytes(settled(byte) for byte in range(256))  # of a sum of residues


def raw(x: Tensor) -> bytes:
    """The cells of a tensor as bytes."""
    if not isinstance(x.cells, array):
        raise TypeError("the fast kernels compute with SmallNumbers, which keep cells in bytes between layers")
    return x.cells.tobytes()


def tensor(shape: Shape, data: bytes | bytearray, switches: Switches | None = None) -> Tensor:
    """Bytes as a tensor; they are settled."""
    return Tensor(shape, array("b", bytes(data)), switches)


def half(width: int) -> int:
    """Half of 256**width."""
    return 1 << 8 * width - 1


class Lanes(NamedTuple):
    """So many cells, `width` bytes for each."""

    width: int
    cells: int

    @classmethod
    def holding(cls, bound: int, cells: int) -> Lanes:
        """The narrowest lanes for cells from −bound to bound: `bound` < 256**width / 2."""
        return cls(next(width for width in (1, 2, 3, 4, 6, 8, 16) if bound < half(width)), cells)

    @property
    def ones(self) -> int:
        """The integer that is 1 in every lane."""
        return ones(self.width, self.cells)

    def pack(self, raised: bytes) -> int:
        """Cells that were raised to 0…6, as an integer of cells from −3 to 3."""
        return self.spread(raised) - ZERO * self.ones

    def spread(self, data: bytes) -> int:
        """Bytes as an integer, as they are."""
        if self.width == 1:
            return int.from_bytes(data, "little")
        lanes = bytearray(self.width * len(data))
        lanes[:: self.width] = data
        return int.from_bytes(lanes, "little")

    def digits(self, total: int) -> bytes:
        """Every lane plus half of 256**width, as bytes, the lowest first."""
        return (total + half(self.width) * self.ones).to_bytes(self.width * self.cells, "little")

    def settle(self, total: int) -> bytes:
        """Every cell reduced as between layers, as bytes in two's complement.

        A lane is the sum of its bytes × 256**place, so modulo 7 it is the sum of what each byte leaves.
        """
        digits = self.digits(total)
        if self.width == 1:
            return digits.translate(last_step(1))
        left = 0
        for place in range(self.width):
            left += int.from_bytes(digits[place :: self.width].translate(remainders(place)), "little")
        return left.to_bytes(self.cells, "little").translate(last_step(self.width))

    def exact(self, total: int) -> list[int]:
        """Every cell as a number."""
        digits = self.digits(total)
        lanes = (digits[start : start + self.width] for start in range(0, len(digits), self.width))
        return [int.from_bytes(lane, "little") - half(self.width) for lane in lanes]


@lru_cache(maxsize=64)
def ones(width: int, cells: int) -> int:
    """The integer that is 1 in so many lanes."""
    return int.from_bytes((b"\1" + bytes(width - 1)) * cells, "little")


@lru_cache
def remainders(place: int) -> bytes:
    """What the byte at a place of a lane leaves modulo 7, for `bytes.translate`."""
    return bytes(byte * 256**place % 7 for byte in range(256))


@lru_cache
def last_step(width: int) -> bytes:
    """What a sum of remainders means, less the half that `digits` added, for `bytes.translate`."""
    return bytes(settled(byte - half(width)) for byte in range(256))


def columns(numbers: Sequence[Number], width: int, lanes: Lanes) -> Iterator[int]:
    """Whole numbers in rows of so many: for each column its numbers, one to a lane."""
    if isinstance(numbers, array) and numbers.typecode == "b":
        raised = numbers.tobytes().translate(RAISED)
        for column in range(width):
            yield lanes.pack(raised[column::width])
    else:
        for column in range(width):
            yield pack_numbers(numbers[column::width], lanes)


def pack_numbers(numbers: Sequence[Number], lanes: Lanes) -> int:
    """Whole numbers of any size that the lanes hold."""
    data = b"".join([(floor(number) + half(lanes.width)).to_bytes(lanes.width, "little") for number in numbers])
    return int.from_bytes(data, "little") - half(lanes.width) * lanes.ones
