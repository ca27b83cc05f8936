"""Diagnostics as text: what is wrong, where, in which blocks, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from cnncalc.errors import Diagnostic
from cnncalc.report.text import cells, printable

if TYPE_CHECKING:
    from array import array

MOST = 50
MOST_CALLS = 6
WIDEST = 120

Piece = tuple[str, str]
"""A style (`error`, `warning`, `place`, `help`, or none) and a text."""


def render(diagnostics: tuple[Diagnostic, ...]) -> list[Piece]:
    """All diagnostics, errors first as found, at most 50, then a count of the rest."""
    pieces: list[Piece] = []
    for diagnostic in diagnostics[:MOST]:
        pieces += _one(diagnostic)
        pieces.append(("", "\n"))
    if len(diagnostics) > MOST:
        pieces.append(("", f"… and {len(diagnostics) - MOST} more\n"))
    return pieces


def plain(diagnostics: tuple[Diagnostic, ...]) -> str:
    """The same without styles."""
    return "".join(text for _, text in render(diagnostics))


def _one(diagnostic: Diagnostic) -> Iterator[Piece]:
    yield diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]"
    times = f" ({diagnostic.instances} times)" if diagnostic.instances > 1 else ""
    yield "title", f": {printable(diagnostic.message)}{times}\n"
    label = printable(diagnostic.source.label)
    span = diagnostic.span
    gutter = " " * (len(str(span.line)) if span else 1)
    if span is not None:
        yield "place", f"{gutter}--> "
        yield "", f"{label}:{span.line}:{span.column}\n"
        yield from _excerpt(diagnostic, gutter)
    elif diagnostic.detail:
        yield "place", f"{gutter} = "
        yield "", f"{printable(diagnostic.detail)}\n"
    chain = list(reversed(diagnostic.chain))
    hidden = max(0, len(chain) - MOST_CALLS)
    for index, call in enumerate(chain if not hidden else [*chain[:MOST_CALLS - 1], chain[-1]]):
        if hidden and index == MOST_CALLS - 1:
            yield "place", f"{gutter} = "
            yield "", f"… {hidden} more blocks …\n"
        yield "place", f"{gutter} = "
        path = call.path if len(call.path) <= 60 else f"{call.path[:28]}…{call.path[-28:]}"
        yield "", f"in block `{call.block}`, called at {label}:{call.span.line}:{call.span.column} ({path})\n"
    if diagnostic.help:
        yield "place", f"{gutter} = "
        yield "help", "help: "
        yield "", f"{printable(diagnostic.help)}\n"


_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@lru_cache(maxsize=1)
def _starts(text: str) -> array[int]:
    """Where the lines of a text start, as YAML breaks them: once for all its diagnostics."""
    from array import array

    starts = array("L", [0])
    starts.extend(found.end() for found in _BREAK.finditer(text))
    return starts


def _line(text: str, number: int) -> str:
    """A line by its number from 1, without its end; empty behind the last."""
    starts = _starts(text)
    if number > len(starts):
        return ""
    return text[starts[number - 1]:starts[number] if number < len(starts) else len(text)].rstrip(
        "\n\r\x85\u2028\u2029")


def _excerpt(diagnostic: Diagnostic, gutter: str) -> Iterator[Piece]:
    """The line of the text with carets under the place; a long line is shown around it."""
    span = diagnostic.span
    assert span is not None
    line = _line(diagnostic.source.text, span.line)
    start = max(0, span.column - 1 - WIDEST // 2) if len(line) > WIDEST else 0
    before = printable(line[start:span.column - 1].replace("\t", " "))
    marked = printable(line[span.column - 1:span.column - 1 + span.length].replace("\t", " "))
    after = printable(line[span.column - 1 + span.length:start + WIDEST].replace("\t", " "))
    marked = marked[:WIDEST] or " "
    lead, tail = "…" if start else "", "…" if len(line) > start + WIDEST else ""
    yield "place", f"{gutter} |\n{span.line} | "
    yield "", f"{lead}{before}{marked}{after}{tail}".rstrip() + "\n"
    yield "place", f"{gutter} | "
    yield diagnostic.severity, " " * cells(lead + before) + "^" * max(1, cells(marked))
    yield "", f" {printable(diagnostic.detail)}\n" if diagnostic.detail else "\n"
