"""The base of every layer kind: frozen classes that the type checker sees as dataclasses, without generated code.

A kind is a class with fields (`arg`) and one method, `facts`. The fields are the language: `spec.schema` reads a step
against them, `cnncalc schema` and the manual pages are made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, dataclass_transform

if TYPE_CHECKING:
    from cnncalc.layers.forms import Form
    from cnncalc.layers.window import Reach

Shape = tuple[int, ...]
"""Sizes of a tensor without the batch: channels first, then the spatial axes."""

Raw = int | float | bool | str | tuple["Raw", ...] | None
"""A value of the language after evaluation: a number, a boolean, a word, or a list of these."""

REQUIRED: Any = object()


class Arg(NamedTuple):
    """A field of a kind: what it accepts, its default, its help line, and how a report abbreviates it.

    `mark` is put before the value in a table (`s2`); without one the field is not shown there.
    """

    form: Form
    help: str
    default: Any
    mark: str | None


def arg(form: Form, help: str, default: Any = REQUIRED, *, mark: str | None = None) -> Any:
    """Declare a field. Without a default the argument is required."""
    return Arg(form, help, default, mark)


class Facts(NamedTuple):
    """What one layer does to one set of input shapes. No defaults: a kind that forgets a fact is a type error.

    `shape` is the output's, without the batch. `weights` and `buffers` map PyTorch's names to shapes. `macs` counts
    the multiply-adds of one batch item. `reach` says, for every input, which of its cells an output cell depends on:
    one entry per spatial axis of the output, or `()` where only the input's size is used.
    """

    shape: Shape
    weights: Mapping[str, Shape]
    buffers: Mapping[str, Shape]
    macs: int
    reach: tuple[tuple[Reach, ...], ...]


class Referent(NamedTuple):
    """A tensor that an argument names: where it is, its shape, and the layer (with its input shapes) that made it.

    `layer` is None for an input, and for a layer whose own arguments name tensors: that would hold the one before it,
    and so on through the network, and comparing two layers would take a stack as deep as the network is long.
    """

    path: str
    shape: Shape
    layer: Layer | None
    inputs: tuple[Shape, ...]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(arg,))
class Layer:
    """A kind with its arguments; equal when kind and arguments are equal.

    Class attributes: `kind` (its name in the language), `primary` (the argument that the kind's key carries),
    `merges` (it joins several tensors), `declared` (its cost is the user's word, never verified), `fields`.
    """

    kind: ClassVar[str] = ""
    primary: ClassVar[str | None] = None
    merges: ClassVar[bool] = False
    declared: ClassVar[bool] = False
    fields: ClassVar[Mapping[str, Arg]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Arg)}
        for name in own:
            delattr(cls, name)
        cls.fields = {**cls.fields, **own}

    def __init__(self, **values: Any) -> None:
        """Take values that were read by the fields' forms already; absent ones get their defaults."""
        state = vars(self)
        for name, field in self.fields.items():
            value = values.pop(name, field.default)
            if value is REQUIRED:
                raise TypeError(f"{self.kind} needs {name}")
            state[name] = value
        if values:
            raise TypeError(f"{self.kind} has no argument {', '.join(values)}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layer) and self.kind == other.kind and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.kind, *vars(self).values()))

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        """Output, weights and work for these input shapes; raises `Fault` in words for the user."""
        raise NotImplementedError

    def resolved(self, inputs: tuple[Shape, ...]) -> Mapping[str, Any]:
        """The arguments as numbers for these inputs (`padding: half` becomes 1), for reports."""
        return {name: value.path if isinstance(value, Referent) else value for name, value in vars(self).items()}
