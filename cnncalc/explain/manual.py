"""The manual page of a kind: made from its docstring and its fields, so that it cannot fall behind them."""

from __future__ import annotations

import inspect
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
    """A kind's page. `elsewhere` are the names that other tools have for it."""

    kind: str
    summary: str
    text: tuple[str, ...]
    usage: str
    arguments: tuple[Argument, ...]
    elsewhere: tuple[str, ...]


def manual(name: str) -> Manual:
    """The page of a kind. Raises `KeyError`."""
    kind = BY_NAME[name]
    summary, *rest = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    return Manual(name, _line(summary), tuple(map(_line, rest)), _usage(kind),
                  tuple(_argument(kind, each, field) for each, field in kind.fields.items()),
                  tuple(sorted(word for word, ours in ELSEWHERE.items() if ours == name)))


def kinds() -> list[tuple[str, str]]:
    """Every kind with the first sentence of its page."""
    return [(kind.kind, _line(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0])) for kind in KINDS]


def _line(paragraph: str) -> str:
    return " ".join(paragraph.split())


def _argument(kind: type[Layer], name: str, field: Arg) -> Argument:
    default = "required" if field.default is REQUIRED else "" if field.default is None else show(field.default)
    help = f"{field.help} (the value of `{kind.kind}:`)" if name == kind.primary else field.help
    return Argument(name, field.form.words, default, help)


def _usage(kind: type[Layer]) -> str:
    """A step with every required argument and one that is not."""
    needed = [name for name, field in kind.fields.items() if field.default is REQUIRED]
    parts = [f"{kind.kind}: …" if kind.primary in needed else kind.kind]
    parts += [f"{name}: …" for name in needed if name != kind.primary]
    if kind.merges:
        parts.append("from: [a, b]")
    return "{" + ", ".join(parts) + "}" if len(parts) > 1 or ":" in parts[0] else kind.kind
