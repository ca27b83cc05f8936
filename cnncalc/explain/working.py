"""The records of a working: equations, and sections that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from cnncalc.graph import Node
from cnncalc.layers.base import Shape

Target = Literal["size", "params", "buffers", "macs", "flops", "field", "stride", "offset", "part"]


class Equation(NamedTuple):
    """One line of arithmetic with a layer's numbers.

    `expression` is in the language of specs and has the value `value`; `symbols` is the formula behind it. `of` says
    which of the analyzer's numbers this is: the output sizes `axes`, the parameters, the receptive field on the input's
    spatial axes `axes`, …; a `part` leads to one of them.
    """

    what: str
    expression: str
    value: int
    symbols: str = ""
    of: Target = "part"
    axes: tuple[int, ...] = ()
    note: str = ""


class Row(NamedTuple):
    """One step of a way through the network: the layer, or several alike; an equation or a word per column.

    `node` is the first layer; None at the start, the network's input.
    """

    paths: tuple[str, ...]
    node: Node | None
    cells: tuple[Equation | str, ...]
    note: str = ""


Line = Equation | Row | str


class Section(NamedTuple):
    """A part of a working: a title, and equations, rows and sentences in order."""

    title: str
    lines: tuple[Line, ...]

    def equations(self) -> Iterator[tuple[str, Equation]]:
        """Every equation, with what it is called: in a row, after the row's last layer."""
        for line in self.lines:
            if isinstance(line, Equation):
                yield line.what, line
            elif isinstance(line, Row):
                yield from ((f"{cell.what} of {line.paths[-1]}", cell) for cell in line.cells
                            if isinstance(cell, Equation))


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
