"""Tensors as a flat list of cells in row-major order, and moving cells about by index.

No batch axis is stored: axis 0 in storage holds the channels. Axis *numbers* in arguments are PyTorch's, where 0 is
the batch, 1 the channels and -1 the last; `stored_axis` translates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import NamedTuple, NoReturn, TypeAlias, TypeGuard

Number: TypeAlias = int | float
Shape: TypeAlias = tuple[int, ...]
Nested: TypeAlias = Number | Sequence["Nested"]
Value: TypeAlias = int | float | bool | str | Sequence["Value"] | None

MOST_AXES = 16
"""Axes of a tensor that is handed in; a list may hold itself, and then there is no end of them."""


class Switches(NamedTuple):
    """Where a max pool found its maxima.

    `sizes` are the spatial sizes that the pool saw; `positions` has one entry per output cell: flat positions in the
    input's plane (one, or every candidate where an arithmetic cannot tell which is largest).
    """

    sizes: Shape
    positions: Sequence[tuple[int, ...]]


class Unseen(Sequence[Number]):
    """As many cells as a tensor has, none of which can be looked at: for a step that only takes a tensor's size."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: object) -> NoReturn:
        raise LookupError("a step looked into a tensor that only lends it a size")


@dataclass(frozen=True, slots=True)
class Tensor:
    """`cells` in row-major order, `shape` without the batch; a max pool's result carries its `switches`."""

    shape: Shape
    cells: Sequence[Number]
    switches: Switches | None = None

    def __post_init__(self) -> None:
        if len(self.cells) != prod(self.shape):
            raise ValueError(f"{len(self.cells)} cells do not fill the shape {words(self.shape)}")

    @property
    def channels(self) -> int:
        """Size of the first stored axis."""
        return self.shape[0]

    @property
    def sizes(self) -> Shape:
        """Sizes of the spatial axes."""
        return self.shape[1:]

    @property
    def planes(self) -> list[Sequence[Number]]:
        """The cells of each channel."""
        area = prod(self.sizes)
        return [self.cells[channel * area : (channel + 1) * area] for channel in range(self.channels)]


def words(shape: Iterable[int]) -> str:
    """A shape as it is printed, 64×56×56."""
    return "×".join(map(str, shape)) or "a single number"


def from_nested(nested: Nested) -> Tensor:
    """Nested lists (channels first, no batch) to a tensor; `ValueError` if they are ragged or hold no numbers."""
    shape: list[int] = []
    level: list[Nested] = [nested]
    while any(map(is_list, level)):
        lengths = sorted({len(item) if is_list(item) else -1 for item in level})
        if lengths[0] == -1:
            raise ValueError("the nested lists are ragged: a list and a number stand side by side")
        if len(lengths) > 1:
            raise ValueError(f"the nested lists are ragged: {lengths[0]} and {lengths[1]} entries stand side by side")
        if lengths == [0]:
            raise ValueError("one of the nested lists is empty")
        shape.append(lengths[0])
        if len(shape) > MOST_AXES:
            raise ValueError(f"the nested lists are over {MOST_AXES} deep")
        level = [part for item in level if is_list(item) for part in item]
    cells = [item for item in level if isinstance(item, int | float)]
    if len(cells) != len(level):
        strange = next(item for item in level if not isinstance(item, int | float))
        raise ValueError(f"the nested lists hold what is no int or float: {strange!r:.40}")
    return Tensor(tuple(shape), cells)


def is_list(item: Nested) -> TypeGuard[Sequence[Nested]]:
    """Whether there are cells in it."""
    return isinstance(item, Sequence) and not isinstance(item, str | bytes)


def to_nested(tensor: Tensor) -> Nested:
    """The tensor as nested lists; one without axes is a plain number."""
    level: list[Nested] = list(tensor.cells)
    for size in reversed(tensor.shape):
        level = [level[start : start + size] for start in range(0, len(level), size)]
    return level[0]


def strides(shape: Sequence[int]) -> list[int]:
    """How far apart neighbours along each axis lie in row-major order."""
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def stored_axis(axis: Value, rank: int) -> int:
    """A PyTorch axis number (or `last`) to the index of the stored axis, for a tensor of `rank` stored axes."""
    number = -1 if axis == "last" else axis
    if isinstance(number, bool) or not isinstance(number, int) or not -rank - 1 <= number <= rank:
        raise ValueError(f"there is no axis {axis}: axes are 1 (the channels) to {rank}, or -1 to -{rank} from the end")
    if number % (rank + 1) == 0:
        raise ValueError(f"axis {axis} is the batch, which cannot be touched")
    return number % (rank + 1) - 1


class Picks(NamedTuple):
    """For every stored axis the source indices, in order, that a result consists of; None stands for `fill`."""

    axes: Sequence[Iterable[int | None]]
    fill: Number = 0


def along(shape: Shape, axis: int, indices: Iterable[int | None]) -> Picks:
    """Picks that leave every stored axis but one whole."""
    axes: list[Iterable[int | None]] = [range(size) for size in shape]
    axes[axis] = indices
    return Picks(axes)


def take(tensor: Tensor, picks: Picks) -> Tensor:
    """The cells that are picked."""
    steps = strides(tensor.shape)
    moved = [
        [None if index is None else index * step for index in pick]
        for pick, step in zip(picks.axes, steps, strict=True)
    ]
    cells = [picks.fill if None in spot else tensor.cells[sum(filter(None, spot))] for spot in product(*moved)]
    return Tensor(tuple(map(len, moved)), cells)


class Reorder(NamedTuple):
    """Cells seen as `shape`, axes put in `order`, seen as `result`."""

    shape: Shape
    order: Sequence[int]
    result: Shape


def offsets(shape: Sequence[int], axes: Iterable[int]) -> list[int]:
    """Flat offsets of all positions on the given stored axes (the last one fastest), at 0 on the others."""
    steps = strides(shape)
    return [sum(spot) for spot in product(*([index * steps[axis] for index in range(shape[axis])] for axis in axes))]


def groups(shape: Sequence[int], axes: Iterable[int]) -> list[list[int]]:
    """Flat indices, grouped: members of a group differ on the given stored axes only; groups in row-major order."""
    inside = sorted(set(axes))
    members = offsets(shape, inside)
    firsts = offsets(shape, (axis for axis in range(len(shape)) if axis not in inside))
    return [[first + member for member in members] for first in firsts]
