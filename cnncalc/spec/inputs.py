"""The inputs' shapes: in a spec, as a variant replaces them, and as the user asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncalc.errors import Fault, Source, Span, SpecError, did_you_mean
from cnncalc.graph import Input
from cnncalc.layers.base import Shape
from cnncalc.layers.forms import show, whole_number
from cnncalc.spec.source import Table, Tree

MAX_AXES = 16
MAX_INPUTS = 64
"""Receptive fields are followed for each input through all layers."""


def varied(tree: Tree | None, names: list[str]) -> dict[str, Tree]:
    """The inputs that a variant replaces: the only one by its sizes, or some of several by name. Raises `Fault`."""
    if tree is None:
        return {}
    if isinstance(tree, Table):
        for key, _ in tree.entries:
            if key.text not in names:
                raise _unknown_input(key.text, names).on(key.span)
        return {key.text: value for key, value in tree.entries}
    if len(names) != 1:
        raise Fault("say which input is meant", code="unknown-input", help="write " + " or ".join(
            f"`input: {{{each}: […]}}`" for each in names[:4])).on(tree.span)
    return {names[0]: tree}


def replaced(inputs: tuple[Input, ...], wanted: Any) -> tuple[Input, ...]:
    """The inputs under what the user asks for (`--input`), which may change sizes but not names. Raises `SpecError`."""
    if wanted is None or not inputs:
        return inputs
    try:
        shapes = _shapes(wanted, [each.name for each in inputs])
    except Fault as fault:
        raise SpecError((fault.at(Source("--input", show(wanted)), None),)) from None
    return tuple(Input(each.name, shapes.get(each.name, each.shape), each.span) for each in inputs)


def _shapes(wanted: Any, names: Sequence[str]) -> dict[str, Shape]:
    """Shapes by input name from `3x224x224`, `left=3x64x64`, a list of sizes, or a mapping. Raises `Fault`."""
    if isinstance(wanted, str):
        wanted = [wanted]
    if isinstance(wanted, Mapping):
        pairs = list(wanted.items())
    elif wanted and all(isinstance(each, str) for each in wanted):
        pairs = [(name, size) if equals else (None, name)
                 for name, equals, size in (each.partition("=") for each in wanted)]
    else:
        pairs = [(None, tuple(wanted))]
    shapes: dict[str, Shape] = {}
    for name, size in pairs:
        if name is None and len(names) != 1:
            raise Fault("say which input is meant", code="unknown-input",
                        help="write " + " or ".join(f"`{each}=3x64x64`" for each in names[:4]))
        name = names[0] if name is None else name
        if name not in names:
            raise _unknown_input(name, names)
        if isinstance(size, str):
            parts = size.lower().replace("×", "x").replace(",", "x").split("x")
            if not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
                raise Fault(f"`{show(size)}` is not a shape", help="write channels and sizes: `3x224x224`")
            size = tuple(map(int, parts))
        shapes[name] = sizes_of(tuple(size), None)
    return shapes


def _unknown_input(name: str, names: Sequence[str]) -> Fault:
    return Fault(f"the spec has no input `{show(name)}`", code="unknown-input",
                 help=did_you_mean(name, names, "its inputs are " + ", ".join(names[:20])))


def sizes_of(value: Sequence[Any], span: Span | None) -> Shape:
    """Whole numbers of at least 1. Raises `Fault`."""
    sizes = tuple(map(whole_number, value))
    for size, written in zip(sizes, value, strict=True):
        if size is None or not 1 <= size < 2**63:
            fault = Fault(f"a size is a whole number of at least 1, not `{show(written)}`")
            raise fault.on(span) if span else fault
    return sizes  # type: ignore[return-value]
