"""Weights are made when a kernel asks for them; the distinct indices asked for are a layer's parameters."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import shake_128
from math import prod
from typing import final

from cnncalc.reference.arithmetic import Arithmetic
from cnncalc.reference.tensor import Nested, Number, Shape, Tensor, from_nested, strides, words

GivenWeights = Mapping[str, Mapping[str, Nested]]


CHUNK = 4096
LARGEST = 2
SMALL = bytes((byte % 5 - 2) % 256 for byte in range(256))  # a byte to a number from -2 to 2, in two's complement


@lru_cache(maxsize=16)
def chunk(label: str, number: int) -> bytes:
    """So many of a label's numbers as one hash has bytes (SHAKE-128, FIPS 202), beginning at `number` × CHUNK."""
    return shake_128(f"{label}/{number}".encode()).digest(CHUNK).translate(SMALL)


def small_numbers(label: str, start: int, stop: int) -> array[int]:
    """Whole numbers from -2 to 2, the same for the same label and index, whatever else was asked for."""
    first, last = start // CHUNK, -(-stop // CHUNK)
    made = b"".join([chunk(label, number) for number in range(first, last)])
    return array("b", made[start - first * CHUNK : stop - first * CHUNK])


def sample(shape: Shape, label: str) -> Tensor:
    """A tensor of small whole numbers to feed a network with."""
    return Tensor(shape, small_numbers(label, 0, prod(shape)).tolist())


@final
class Parameter:
    """One learned tensor (or buffer) of a layer; remembers which of its flat indices were asked for."""

    def __init__(self, label: str, shape: Shape, given: Tensor | None, positive: bool, arithmetic: Arithmetic) -> None:
        self.label = label
        self.shape = shape
        self._spans: list[tuple[int, int]] = []  # in the order of asking; neighbours become one
        self._steps = strides(shape)
        self._given = given
        self._positive = positive
        self._arithmetic = arithmetic

    def __getitem__(self, position: Sequence[int]) -> Number:
        index = sum(i * step for i, step in zip(position, self._steps, strict=True))
        return self._arithmetic.constant(self.block(index, index + 1)[0])

    def block(self, start: int, stop: int) -> Sequence[Number]:
        """The numbers at the flat indices from `start` up to, not including, `stop`, which are asked for hereby."""
        if self._spans and self._spans[-1][1] == start:
            self._spans[-1] = (self._spans[-1][0], stop)
        else:
            self._spans.append((start, stop))
        return self.look(start, stop)

    def look(self, start: int, stop: int) -> Sequence[Number]:
        """The same for somebody who looks over a kernel's shoulder: nothing is asked for."""
        if self._given is not None:
            return self._given.cells[start:stop]
        made = small_numbers(self.label, start, stop)
        return [abs(number) + 1 for number in made] if self._positive else made

    @property
    def largest(self) -> Number:
        """What no number of it exceeds in magnitude."""
        return LARGEST + self._positive if self._given is None else max(map(abs, self._given.cells))

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)

    @property
    def asked(self) -> int:
        """How many distinct indices have been asked for."""
        count = end = 0
        for start, stop in sorted(self._spans):
            count += max(stop - max(start, end), 0)
            end = max(end, stop)
        return count


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
