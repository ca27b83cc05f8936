"""The manual page of a kind: made from its docstring and its fields, so that it cannot fall behind them."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

from cnncalc.layers import BY_NAME, KINDS
from cnncalc.layers.base import REQUIRED, Arg, Layer
from cnncalc.layers.forms import show
from cnncalc.spec.synonyms import KINDS as ELSEWHERE


class Argument(NamedTuple):
    """An argument: what it accepts, its default as written (`required`, or empty for none), and its help."""

    name: str
    accepts: str
    default: str
    help: str


class Manual(NamedTuple):
    """A kind's page. `symbols` say what the letters of its formulas mean; `elsewhere` are names in other tools."""

    kind: str
    summary: str
    text: tuple[str, ...]
    usage: str
    arguments: tuple[Argument, ...]
    symbols: tuple[str, ...]
    elsewhere: tuple[str, ...]


SYMBOLS = {
    "n": "n the input's size", "k": "k the window", "s": "s the stride", "d": "d the dilation",
    "e": "e = d(k - 1) + 1", "p0": "p0 and p1 the padding before and after", "o": "o the output's size",
    "S": "S² the window's cells", "C": "C the number of channels", "C1": "C1 the channels in",
    "C2": "C2 the channels out", "g": "g the groups", "W": "W·H the output's cells",
    "F": "F the number of features", "T": "T of tokens",
}
"""The letters of formulas in docstrings, in the order of a legend."""

INSTEAD = {"conv_transpose": {"W": "W·H the input's cells", "k": "k the stamp", "S": "S² the stamp's cells"}}


def manual(name: str) -> Manual:
    """The page of a kind. Raises `KeyError`."""
    kind = BY_NAME[name]
    summary, *rest = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    return Manual(name, _line(summary), tuple(map(_line, rest)), _usage(kind),
                  tuple(_argument(kind, each, field) for each, field in kind.fields.items()),
                  _symbols(name, " ".join(rest)),
                  tuple(sorted(word for word, ours in ELSEWHERE.items() if ours == name and word not in BY_NAME)))


def kinds() -> list[tuple[str, str]]:
    """Every kind with the first sentence of its page."""
    return [(kind.kind, _line(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0])) for kind in KINDS]


def _symbols(kind: str, text: str) -> tuple[str, ...]:
    """What the letters in the formulas (between backticks) of a text mean, if several; `e` brings its own along."""
    met = {word for formula in text.split("`")[1::2] for word in re.findall(r"[A-Za-z]\d*", re.sub("[A-Za-z_]{2,}", "",
                                                                                                  formula))}
    met |= {"d", "k"} if "e" in met else set()
    found = [INSTEAD.get(kind, {}).get(letter, words) for letter, words in SYMBOLS.items() if letter in met]
    return tuple(found) if len(found) > 1 else ()


def _line(paragraph: str) -> str:
    return " ".join(paragraph.split())


def _argument(kind: type[Layer], name: str, field: Arg) -> Argument:
    default = "required" if field.default is REQUIRED else "" if field.default is None else show(field.default)
    help = f"{field.help} (the value of `{kind.kind}:`)" if name == kind.primary else field.help
    return Argument(name, field.form.words, default, help)


def _usage(kind: type[Layer]) -> str:
    """A step with every required argument and one that is not."""
    needed = [name for name, field in kind.fields.items() if field.default is REQUIRED]
    if kind.primary and kind.kind in ("upsample", "crop"):
        needed.append(kind.primary)  # the one of several ways that is shortest: one of them must be there
    parts = [f"{kind.kind}: …" if kind.primary in needed else kind.kind]
    parts += [f"{name}: …" for name in needed if name != kind.primary]
    if kind.merges:
        parts.append("from: [a, b]")
    return "{" + ", ".join(parts) + "}" if len(parts) > 1 or ":" in parts[0] else kind.kind
