"""The records of a working: equations, and sections that hold them."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from cnncalc.layers.base import Shape

Target = Literal["size", "params", "buffers", "macs", "flops", "part"]


class Equation(NamedTuple):
    """One line of arithmetic with a layer's numbers.

    `expression` is in the language of specs and has the value `value`; `symbols` is the formula behind it. `of` says
    which of the analyzer's numbers this is: the output sizes `axes`, the parameters, …; a `part` leads to one of them.
    """

    what: str
    expression: str
    value: int
    symbols: str = ""
    of: Target = "part"
    axes: tuple[int, ...] = ()
    note: str = ""


Line = Equation | str


class Section(NamedTuple):
    """A part of a working: a title, and equations and sentences in order."""

    title: str
    lines: tuple[Line, ...]


_NUMBER = re.compile(r"(?<![\w.])\d{4,}(?![\w.])")
_BRACKETS = {"floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉")}


def written(expression: str) -> str:
    """An expression as it is written by hand: `·`, thousands, and the brackets of floor and ceiling."""
    text = _NUMBER.sub(lambda found: f"{int(found[0]):,}", expression).replace("*", "·")
    for call, (opening, closing) in _BRACKETS.items():
        while (start := text.find(call + "(")) >= 0:
            end = _closing(text, start + len(call))
            text = text[:start] + opening + text[start + len(call) + 1:end] + closing + text[end + 1:]
    return text


def _closing(text: str, opening: int) -> int:
    depth = 0
    for index in range(opening, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if not depth:
            return index
    return len(text) - 1


def axis_name(axis: int, shape: Shape) -> str:
    """What an axis of a shape is called: channels first, then the spatial axes."""
    names = {1: ("features",), 2: ("channels", "length"), 3: ("channels", "height", "width"),
             4: ("channels", "depth", "height", "width")}.get(len(shape))
    return names[axis] if names else f"axis {axis + 1}"


def product(*factors: int | str) -> str:
    """Factors joined by `*`; a `1` stays, since a formula's every letter should be seen."""
    return "*".join(map(str, factors)) or "1"
