"""What can be wrong, as data: places, diagnostics, and the two exceptions that carry them.

Nothing here prints. A part that knows no position (a layer, the arithmetic) raises `Fault`; the part that knows where
the text stands makes a `Diagnostic` of it; `report.diagnostics` renders it; the command line chooses the exit code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

MOST_CHOICES = 500
"""How many names are looked through for one that is like a misspelt one: each takes some microseconds."""

Severity = Literal["error", "warning"]


class Span(NamedTuple):
    """A place in a text: line and column from 1, and how many characters it covers on that line."""

    line: int
    column: int
    length: int = 1


class Source(NamedTuple):
    """A text and what the user calls it (`net.yaml`, `<stdin>`, `HEAD~1:net.yaml`)."""

    label: str
    text: str


class Call(NamedTuple):
    """One link of a block chain: which block, called where, and the path of the instance."""

    block: str
    span: Span
    path: str


class Diagnostic(NamedTuple):
    """One problem.

    `message` says what is wrong, `detail` stands beside the caret, `help` says what to do; all lower case, without a
    full stop, names in backticks. `instances` counts the repetitions and block instances in which the same place fails.
    """

    code: str
    message: str
    source: Source
    span: Span | None = None
    detail: str = ""
    help: str = ""
    chain: tuple[Call, ...] = ()
    severity: Severity = "error"
    instances: int = 1


class Fault(ValueError):
    """A refusal in words for the user, raised where no position is known."""

    def __init__(self, message: str, *, code: str = "bad-value", detail: str = "", help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.detail = detail
        self.help = help
        self.span: Span | None = None

    def on(self, span: Span) -> Fault:
        """The same refusal, with the place that it is about, where that is narrower than the step."""
        self.span = self.span or span
        return self

    def at(self, source: Source, span: Span | None, chain: tuple[Call, ...] = ()) -> Diagnostic:
        """The same refusal as a diagnostic at a place."""
        return Diagnostic(self.code, self.message, source, self.span or span, self.detail, self.help, chain)


class SpecError(Exception):
    """A text that cannot be read as a network; carries every independent problem that was found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(d.message for d in diagnostics[:3]))
        self.diagnostics = diagnostics


def closest(word: str, choices: Iterable[str]) -> str:
    """The one of `choices` that looks most like `word`, in capitals or not, or an empty string."""
    from difflib import get_close_matches
    from itertools import islice

    lower: dict[str, str] = {}
    for choice in islice(choices, MOST_CHOICES):
        if choice == word:
            return choice
        lower.setdefault(choice.lower(), choice)
    found = get_close_matches(word[:100].lower(), lower, 1, 0.6)
    return lower[found[0]] if found else ""


def did_you_mean(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """A help line: the nearest of `choices`, else `otherwise`."""
    near = closest(word, choices)
    return f"did you mean `{near}`?" if near else otherwise
