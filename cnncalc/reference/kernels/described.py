"""Kernels in two halves: one looks through the arguments and says what is to be done, the other does it.

The first half is common to all ways of doing it; the fast kernels have another second one.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from cnncalc.reference.tensor import Tensor
from cnncalc.reference.weights import Layer

Task = TypeVar("Task")


def done(describe: Callable[..., Task], do: Callable[[Layer, Tensor, Task], Tensor]) -> Callable[..., Tensor]:
    """The kernel with the signature of its first half, which is handed all arguments; `do` gets the first input."""

    @wraps(describe)
    def kernel(layer: Layer, x: Tensor, *others: Tensor, **args: object) -> Tensor:
        return do(layer, x, describe(layer, x, *others, **args))

    return kernel
