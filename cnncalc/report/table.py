"""Summaries on a terminal: a tree of scopes, aligned numbers, bars for shares; narrow screens drop columns."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from rich.box import Box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from cnncalc.analysis import Analysis
from cnncalc.report import comparison
from cnncalc.report.columns import Column, Row, as_tree
from cnncalc.report.summary import Options, cells, rows_of, title, totals, whole_of
from cnncalc.report.text import Screen, bar

BAR = 10

RULES = Box("    \n    \n ── \n    \n ── \n ── \n    \n    \n")
ASCII_RULES = Box("    \n    \n -- \n    \n -- \n -- \n    \n    \n", ascii=True)
"""A line under the head; nothing else."""


def render(content: RenderableType, screen: Screen) -> str:
    """What a console of this screen would show."""
    target = io.StringIO()
    console = Console(file=target, width=screen.width, force_terminal=True, no_color=not screen.color,
                      color_system="standard" if screen.color else None, legacy_windows=False, highlight=False,
                      markup=False, emoji=False)
    console.print(content, soft_wrap=False)
    return target.getvalue()


def summary(analysis: Analysis, options: Options, screen: Screen) -> str:
    """One network as a table with its totals below."""
    whole = whole_of(analysis)
    rows = rows_of(analysis, options)
    if options.sort is None:
        rows = as_tree(analysis, rows)
    texts = [_texts(row, options.columns, whole) for row in rows]
    heads = [column.title for column in options.columns]
    most = max((row.values[whole[0]] for row in rows if row.values), default=0)
    bars = {index: BAR + 1 for index, column in enumerate(options.columns) if column.name == "share"}
    shown, drawn = _fitting([heads, *texts], screen.width, bars)
    table = _table(screen)
    for index in range(shown):
        column = options.columns[index]
        right = column.metric is not None or column.name == "share"
        table.add_column(column.title, justify="right" if right else "left", no_wrap=True, overflow="ellipsis")
    for row, line in zip(rows, texts, strict=True):
        cells_ = [_styled(row, column, text) for column, text in zip(options.columns[:shown], line, strict=False)]
        for index in drawn:
            part = bar(row.values[whole[0]], most, BAR, screen.unicode) if row.values else ""
            cells_[index] = Text.assemble((f"{part:<{BAR}} ", "cyan"), f"{line[index]:>6}")
        table.add_row(*cells_)
    return render(Group(Text(title(analysis), style="bold"), Text(), table, Text(), _totals(analysis)), screen)


def _table(screen: Screen) -> Table:
    return Table(box=RULES if screen.unicode else ASCII_RULES, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0),
                 header_style="bold")


def _texts(row: Row, shown: Sequence[Column], whole: tuple[str, int]) -> list[str]:
    line = cells(row, shown, whole)
    return [f"{'  ' * row.depth}{line[0]}", *line[1:]]


def _fitting(texts: Sequence[Sequence[str]], width: int, bars: Mapping[int, int]) -> tuple[int, list[int]]:
    """How many columns fit, from the left, two apart, and which of them have room for a bar (of so many cells)."""
    used = 0
    drawn: list[int] = []
    for index, column in enumerate(zip(*texts, strict=True)):
        needed = max(map(len, column)) + (2 if index else 0)
        if index and used + needed > width:
            return index, drawn
        used += needed
        if index in bars and used + bars[index] <= width:
            used += bars[index]
            drawn.append(index)
    return len(texts[0]), drawn


def _styled(row: Row, column: Column, text: str) -> Text:
    if row.heading:
        return Text(text, style="bold" if column.name == "layer" else "dim")
    if column.metric is not None and text == "0":
        return Text("0", style="dim")
    return Text(text, style="dim" if column.name == "kind" else "")


def _totals(analysis: Analysis) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for line in totals(analysis):
        table.add_row(*map(Text, line))
    return table


def compare(analyses: Sequence[Analysis], shown: Sequence[Column] | None, screen: Screen) -> str:
    """Several networks, a row each."""
    head = comparison.head(shown)
    right = set(range(1, len(head) - 1))
    return rows(head, comparison.table(analyses, shown), right, comparison.note(analyses, shown), screen)


def rows(head: Sequence[str], content: Sequence[Sequence[str]], right: set[int], note: str, screen: Screen,
         kept: int = 0) -> str:
    """Rows of texts under a head, with a remark below; the columns numbered in `right` are aligned to the right.

    A narrow screen shows the columns that fit, from the left. Where `kept` is given, the last column is shown always,
    at least so wide, and goes on in the next line.
    """
    lines = [head, *content]
    fitting, _ = _fitting([line[:-1] for line in lines] if kept else lines, screen.width - kept, {})
    shown = [*range(fitting), *([len(head) - 1] if kept else [])]
    table = _table(screen)
    for index in shown:
        table.add_column(head[index], justify="right" if index in right else "left",
                         no_wrap=not kept or index != shown[-1], overflow="fold" if kept else "ellipsis")
    for row in content:
        table.add_row(*(Text(row[index]) for index in shown))
    return render(Group(table, Text(), Text(note, style="dim")), screen)
