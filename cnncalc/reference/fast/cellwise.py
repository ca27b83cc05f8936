"""What is done cell by cell, by tables: the plain kernel does it for every value that a cell can have."""

from __future__ import annotations

from array import array
from functools import reduce, wraps
from math import prod

from cnncalc.reference.arithmetic import SmallNumbers
from cnncalc.reference.fast.lanes import RESIDUE, VALUES, raw, settled, table_of, tensor
from cnncalc.reference.fast.moves import take
from cnncalc.reference.kernels import Kernel
from cnncalc.reference.kernels.merge import CELLWISE, common_shape, several, stretching
from cnncalc.reference.tensor import Tensor
from cnncalc.reference.weights import Layer

COUNTED = {"add": "add", "mul": "multiply", "sub": "subtract", "max": "maximum"}


def by_value(plain: Kernel) -> Kernel:
    """A kernel that treats all cells of a channel alike, whatever stands beside them: done once for every value."""

    @wraps(plain)
    def kernel(layer: Layer, x: Tensor, **args: object) -> Tensor:
        counts = layer.arithmetic.counts
        before, area = counts.copy(), prod(x.sizes)
        once = plain(layer, Tensor((x.channels, len(VALUES)), [*VALUES] * x.channels), **args)
        for name, count in (counts - before).items():
            counts[name] = before[name] + count * area // len(VALUES)
        made, data = bytes(array("b", layer.arithmetic.settle(once.cells))), raw(x)
        parts = [
            data[channel * area : (channel + 1) * area].translate(table_of(made[first : first + len(VALUES)]))
            for channel, first in enumerate(range(0, len(made), len(VALUES)))
        ]
        return tensor(x.shape, b"".join(parts))

    return kernel


def cellwise(name: str) -> Kernel:
    """A merge of cells at the same place, two tensors at a time: 8 × the one's residue + the other's is an index."""
    operation = CELLWISE[name]
    results = bytearray(256)
    for left in VALUES:
        for right in VALUES:
            results[left % 7 * 8 + right % 7] = settled(int(operation(SmallNumbers(), left, right)))
    lookup = bytes(results)

    def kernel(layer: Layer, *tensors: Tensor, broadcast: bool = False) -> Tensor:
        several(tensors)
        shape = common_shape(tensors, broadcast)
        parts = [take(raw(x), x.shape, stretching(x.shape, shape).axes) for x in tensors]
        layer.arithmetic.counts[COUNTED[name]] += prod(shape) * (len(parts) - 1)
        return tensor(shape, reduce(pair, parts))

    def pair(left: bytes, right: bytes) -> bytes:
        index = 8 * int.from_bytes(left.translate(RESIDUE), "little") + int.from_bytes(
            right.translate(RESIDUE), "little"
        )
        return index.to_bytes(len(left), "little").translate(lookup)

    return kernel
