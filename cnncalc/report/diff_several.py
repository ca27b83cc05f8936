"""Several diffs, as `cnncalc diff --base` finds them: the changed ones in full, the others in a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.compare.fold import folds
from cnncalc.report import diff as words
from cnncalc.report.diff import Line, Options
from cnncalc.report.text import number, printable

if TYPE_CHECKING:
    from cnncalc.compare.revisions import Entry

WORDS = {"changed": "changed", "added": "new", "removed": "removed", "same": "without a change in the network"}


def plain(entries: tuple[Entry, ...], options: Options) -> str:
    """The report for a pipe."""
    return "".join(f"{text}\n" for _, text in lines(entries, options))


def lines(entries: tuple[Entry, ...], options: Options) -> Iterator[Line]:
    """Every network that changed, came or went, and how many of each."""
    for entry in entries:
        if entry.diff is not None and entry.status == "changed":
            yield "title", called(entry)
            yield from words.lines(entry.diff, options)
            yield "", ""
    for entry in entries:
        if entry.status in ("added", "removed"):
            yield entry.status, f"{words.KEYS[entry.status]} {printable(entry.label)}  {said(entry)}"
    yield "title", summary(entries)


def called(entry: Entry) -> str:
    """A network that both sides have, and what it was called before if that was something else."""
    return printable(f"{entry.label} ({entry.note})" if entry.note else entry.label)


def said(entry: Entry) -> str:
    """One line about a network."""
    if entry.diff is not None:
        return words.verdict(entry.diff, folds(entry.diff))
    text = WORDS[entry.status]
    if entry.analysis is not None:
        sums = entry.analysis.totals
        unit = printable(entry.analysis.convention.unit)
        text += f": {number(sums.params)} params, {number(sums.flops)} FLOPs ({unit}s)"
    return f"{text}; {printable(entry.note)}" if entry.note else text


def summary(entries: tuple[Entry, ...]) -> str:
    """How many networks changed, came, went, or stayed what they were under another text."""
    counts = {status: sum(entry.status == status for entry in entries) for status in WORDS}
    parts = [f"{number(count)} {WORDS[status]}" for status, count in counts.items() if count]
    return "networks: " + ", ".join(parts) if parts else "no spec changed"
