"""Diffs on a terminal: the plain text, with what came in green, what went in red and what changed in yellow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from cnncalc.compare import Diff
from cnncalc.report import diff as words
from cnncalc.report import diff_several as several
from cnncalc.report.diff import Line, Options
from cnncalc.report.table import render
from cnncalc.report.text import Screen

if TYPE_CHECKING:
    from cnncalc.compare.revisions import Entry

_STYLES = {"title": "bold", "dim": "dim", "changed": "yellow", "moved": "yellow", "added": "green", "removed": "red",
           "affected": "", "unchanged": "dim"}


def table(diff: Diff, options: Options, screen: Screen) -> str:
    """One diff in colour."""
    return _drawn(words.lines(diff, options), screen)


def compare(entries: tuple[Entry, ...], options: Options, screen: Screen) -> str:
    """Several diffs in colour."""
    return _drawn(several.lines(entries, options), screen)


def _drawn(lines: Iterable[Line], screen: Screen) -> str:
    return render(Group(*(Text(text, style=_STYLES.get(style, ""), overflow="fold") for style, text in lines)), screen)
