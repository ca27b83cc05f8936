"""Several tensors to one."""

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod

from cnncalc.reference.arithmetic import Arithmetic
from cnncalc.reference.tensor import Number, Picks, Shape, Tensor, Value, stored_axis, take, words
from cnncalc.reference.weights import Layer

Operation = Callable[[Arithmetic, Number, Number], Number]

CELLWISE: dict[str, Operation] = {
    "add": lambda arithmetic, left, right: arithmetic.add(left, right),
    "mul": lambda arithmetic, left, right: arithmetic.multiply(left, right),
    "sub": lambda arithmetic, left, right: arithmetic.subtract(left, right),
    "max": lambda arithmetic, left, right: arithmetic.maximum(left, right),
}


def several(tensors: Sequence[Tensor]) -> None:
    """`ValueError` unless there are at least two."""
    if len(tensors) < 2:
        raise ValueError(f"needs two tensors or more, and gets {len(tensors)}")


def common_shape(tensors: tuple[Tensor, ...], broadcast: bool) -> Shape:
    """The shape that all have, or that all stretch to."""
    shapes = " and ".join(words(tensor.shape) for tensor in tensors)
    if not broadcast:
        if len({tensor.shape for tensor in tensors}) > 1:
            raise ValueError(f"needs equal shapes, and gets {shapes}; `broadcast: true` stretches axes of size 1")
        return tensors[0].shape
    if len({len(tensor.shape) for tensor in tensors}) > 1:
        raise ValueError(f"needs equal numbers of axes to broadcast, and gets {shapes}")
    result = []
    for sizes in zip(*(tensor.shape for tensor in tensors), strict=True):
        if len(set(sizes) - {1}) > 1:
            raise ValueError(f"only axes of size 1 stretch, and the shapes are {shapes}")
        result.append(max(sizes))
    return tuple(result)


def stretched(tensor: Tensor, shape: Shape) -> Tensor:
    """Axes of size 1 repeated as often as needed."""
    if tensor.shape == shape:
        return tensor
    return take(tensor, stretching(tensor.shape, shape))


def stretching(own: Shape, shape: Shape) -> Picks:
    """Which cells are repeated."""
    return Picks([range(size) if size == to else [0] * to for size, to in zip(own, shape, strict=True)])


def cellwise(name: str) -> Callable[..., Tensor]:
    """The kernel of a merge that combines cells at the same place, from the left."""
    operation = CELLWISE[name]

    def kernel(layer: Layer, *tensors: Tensor, broadcast: bool = False) -> Tensor:
        several(tensors)
        shape = common_shape(tensors, broadcast)
        columns = zip(*(stretched(tensor, shape).cells for tensor in tensors), strict=True)
        return Tensor(shape, [reduce(lambda a, b: operation(layer.arithmetic, a, b), column) for column in columns])

    return kernel


def joined(tensors: Sequence[Tensor], axis: Value) -> tuple[Shape, list[int]]:
    """The shape of tensors joined along an axis, and how many cells in a row each of them brings."""
    several(tensors)
    stored = stored_axis(axis, len(tensors[0].shape))
    if len({(tensor.shape[:stored], tensor.shape[stored + 1 :]) for tensor in tensors}) > 1:
        shapes = " and ".join(words(tensor.shape) for tensor in tensors)
        raise ValueError(f"needs equal sizes on every axis but {axis}, and gets {shapes}")
    leading, trailing = tensors[0].shape[:stored], tensors[0].shape[stored + 1 :]
    runs = [tensor.shape[stored] * prod(trailing) for tensor in tensors]
    return (*leading, sum(tensor.shape[stored] for tensor in tensors), *trailing), runs


def concat(layer: Layer, *tensors: Tensor, axis: Value = 1) -> Tensor:
    """One after the other along an axis; all other sizes are equal."""
    shape, runs = joined(tensors, axis)
    cells: list[Number] = []
    for row in range(prod(shape) // sum(runs)):
        for tensor, run in zip(tensors, runs, strict=True):
            cells += tensor.cells[row * run : (row + 1) * run]
    return Tensor(shape, cells)
