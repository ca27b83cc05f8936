"""One rule of a convention: a formula, a choice between formulas by an argument, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cnncalc.errors import Fault, Span
from cnncalc.layers.base import Layer
from cnncalc.layers.forms import show
from cnncalc.spec.expression import Expression, Lookup, Name, evaluate, parse

LETTERS = ("M", "I", "O", "K", "S", "G", "C1", "C2", "R", "B", "P", "N")
"""What DESIGN gives to every formula. They may be written without their `$`."""

_BARE = re.compile(r"(?<![$\w.])(" + "|".join(sorted(LETTERS, key=len, reverse=True)) + r")(?![\w.(])")


class Formula(NamedTuple):
    """An expression as written (with every `$`), parsed, and where it stands. A `value` of None refuses the layer."""

    text: str
    value: int | float | Expression | None
    span: Span

    def of(self, lookup: Lookup) -> Any:
        """Its value for one layer. Raises `Fault`."""
        return evaluate(self.value, lookup) if isinstance(self.value, Expression) else self.value


class Cases(NamedTuple):
    """A formula for each value of an argument; `None` in `cases` holds for every other value."""

    argument: str
    cases: Mapping[str | None, Formula]

    def choose(self, layer: Layer) -> Formula | None:
        """The formula for this layer's argument; an argument that is not given is called `none`."""
        value = getattr(layer, self.argument)
        return self.cases.get("none" if value is None else show(value)) or self.cases.get(None)


Rule = Formula | Cases


def formula(text: str, span: Span) -> Formula:
    """Read a formula; bare letters of DESIGN get their `$`. Raises `Fault`."""
    if text == "error":
        return Formula(text, None, span)
    dressed = _BARE.sub(r"$\1", text)
    value = parse(dressed)
    if value is None or isinstance(value, bool | Name):
        raise Fault(f"`{show(text)}` is not a formula", code="bad-convention",
                    help="write arithmetic over $" + ", $".join(LETTERS) + ", or `error`")
    return Formula(dressed, value, span)


def paths(rule: Formula) -> Iterator[tuple[str, ...]]:
    """Every `$path` that a formula reads."""
    waiting: list[Any] = [rule.value.tree] if isinstance(rule.value, Expression) else []
    while waiting:
        tree = waiting.pop()
        if tree[:1] == ("$",):
            yield tree[1]
        else:
            waiting += [part for part in tree if isinstance(part, tuple)]
