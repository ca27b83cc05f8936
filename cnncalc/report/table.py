"""Summaries on a terminal: a tree of scopes, aligned numbers, bars for shares; narrow screens drop columns."""

from __future__ import annotations

import io
from collections.abc import Sequence

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
"""A line under the head and one above the foot; nothing else."""


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
    keep = _fitting(options.columns, texts, screen.width)
    table = Table(box=RULES, show_edge=False, pad_edge=False, padding=(0, 1), header_style="bold")
    for index in keep:
        column = options.columns[index]
        right = column.metric is not None or column.name == "share"
        table.add_column(column.title, justify="right" if right else "left", no_wrap=True, overflow="ellipsis")
    most = max((row.values[whole[0]] for row in rows if row.values), default=0)
    for row, line in zip(rows, texts, strict=True):
        table.add_row(*(_styled(row, options.columns[index], line[index], whole, most, screen) for index in keep))
    return render(Group(Text(title(analysis), style="bold"), Text(), table, Text(), _totals(analysis)), screen)


def _texts(row: Row, shown: Sequence[Column], whole: tuple[str, int]) -> list[str]:
    line = cells(row, shown, whole)
    return [f"{'  ' * row.depth}{line[0]}", *line[1:]]


def _fitting(shown: Sequence[Column], texts: Sequence[Sequence[str]], width: int) -> list[int]:
    """Which columns fit: the layer always, then from the left as long as there is room."""
    keep, used = [0], 0
    for index, column in enumerate(shown):
        needed = max([len(column.title), *(len(line[index]) for line in texts)]) + 2
        needed += BAR + 1 if column.name == "share" else 0
        if index and used + needed > width:
            if column.name in ("share", "kind") and used + needed - width <= BAR + 1:
                keep.append(index)
            break
        used += needed
        if index:
            keep.append(index)
    return keep


def _styled(row: Row, column: Column, text: str, whole: tuple[str, int], most: int, screen: Screen) -> Text:
    if row.heading:
        return Text(text, style="bold" if column.name == "layer" else "dim")
    if column.name == "share" and row.values:
        drawn = bar(row.values[whole[0]], most, BAR, screen.unicode)
        return Text.assemble((f"{drawn:<{BAR}} ", "cyan"), f"{text:>6}")
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
    return rows(head, comparison.table(analyses, shown), set(range(2, len(head))), comparison.note(analyses), screen)


def rows(head: Sequence[str], content: Sequence[Sequence[str]], right: set[int], note: str, screen: Screen) -> str:
    """Rows of texts under a head, with a remark below; the columns numbered in `right` are aligned to the right."""
    table = Table(box=RULES, show_edge=False, pad_edge=False, padding=(0, 1), header_style="bold")
    for index, name in enumerate(head):
        table.add_column(name, justify="right" if index in right else "left", no_wrap=index > 0, overflow="fold")
    for row in content:
        table.add_row(*map(Text, row))
    return render(Group(table, Text(), Text(note, style="dim")), screen)
