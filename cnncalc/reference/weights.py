"""Weights are made when a kernel asks for them; the distinct indices asked for are a layer's parameters."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import final
from zlib import crc32

from cnncalc.reference.arithmetic import Arithmetic
from cnncalc.reference.tensor import Nested, Number, Shape, Tensor, from_nested, strides, words

GivenWeights = Mapping[str, Mapping[str, Nested]]


def small_number(label: str, index: int) -> int:
    """A whole number from -2 to 2, the same for the same label and index, whatever else was asked for.

    Knuth's multiplicative hash of the index, started at the CRC-32 of the label (The Art of Computer Programming, 6.4).
    """
    return ((crc32(label.encode()) + index) * 2654435761 % 2**32 >> 13) % 5 - 2


def sample(shape: Shape, label: str) -> Tensor:
    """A tensor of small whole numbers to feed a network with."""
    return Tensor(shape, [small_number(label, index) for index in range(prod(shape))])


@final
class Parameter:
    """One learned tensor (or buffer) of a layer; marks which of its flat indices were used, a byte for each."""

    def __init__(self, label: str, shape: Shape, given: Tensor | None, positive: bool, arithmetic: Arithmetic) -> None:
        self.shape = shape
        self._used = bytearray(prod(shape))
        self._label = label
        self._steps = strides(shape)
        self._given = given
        self._positive = positive
        self._arithmetic = arithmetic

    def __getitem__(self, position: Sequence[int]) -> Number:
        index = sum(i * step for i, step in zip(position, self._steps, strict=True))
        self._used[index] = 1
        if self._given is not None:
            return self._arithmetic.constant(self._given.cells[index])
        value = small_number(self._label, index)
        return self._arithmetic.constant(abs(value) + 1 if self._positive else value)

    @property
    def asked(self) -> int:
        """How many distinct indices have been asked for."""
        return self._used.count(1)


@final
class Weights:
    """All weights and buffers of a network, by layer and PyTorch name.

    `given` is {path: {name: nested lists}}, in PyTorch's layouts; what it lacks is made from `seed`.
    """

    def __init__(self, given: GivenWeights | None, seed: int, arithmetic: Arithmetic) -> None:
        self._given = given or {}
        self._seed = seed
        self._arithmetic = arithmetic
        self._known: dict[str, dict[str, Parameter]] = {}

    def new_layer(self, path: str) -> None:
        """Start a layer that has weights of its own."""
        self._known[path] = {}

    def parameter(
        self, path: str, name: str, shape: Shape, *, shared: bool = False, positive: bool = False
    ) -> Parameter:
        """The tensor `name` of a layer; `ValueError` if it was given, or is shared, with another shape."""
        known = self._known[path]
        if shared and name not in known:
            raise ValueError(f"shares the weights of {path}, which has no `{name}`")
        if name in known:
            if known[name].shape != shape:
                raise ValueError(f"`{name}` of {path} is {words(known[name].shape)}, but {words(shape)} is needed here")
            return known[name]
        nested = self._given.get(path, {}).get(name)
        given = None if nested is None else from_nested(nested)
        if given is not None and given.shape != shape:
            raise ValueError(f"`{name}` must be {words(shape)}, and {words(given.shape)} was given")
        known[name] = Parameter(f"{self._seed}/{path}/{name}", shape, given, positive, self._arithmetic)
        return known[name]

    def asked(self, path: str) -> int:
        """How many distinct numbers of the layer's tensors have been asked for."""
        return sum(parameter.asked for parameter in self._known[path].values())

    def names(self, path: str) -> set[str]:
        """The names that the layer has used."""
        return set(self._known[path])


@final
class Layer:
    """What a kernel gets to work with besides its inputs: an arithmetic, and weights by name."""

    def __init__(self, arithmetic: Arithmetic, weights: Weights, buffers: Weights, owner: str, shared: bool) -> None:
        self.arithmetic = arithmetic
        self._weights = weights
        self._buffers = buffers
        self._owner = owner
        self._shared = shared

    def weight(self, name: str, shape: Shape) -> Parameter:
        """A learned tensor of this layer."""
        return self._weights.parameter(self._owner, name, shape, shared=self._shared)

    def buffer(self, name: str, shape: Shape, *, positive: bool = False) -> Parameter:
        """Running statistics of this layer: kept with it, but not learned."""
        return self._buffers.parameter(self._owner, name, shape, shared=self._shared, positive=positive)
