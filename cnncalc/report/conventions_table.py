"""A network under several conventions, or the waterfall between two, on a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cnncalc.analysis.conventions.standings import Standings, Waterfall
from cnncalc.report.conventions import HEAD, STEP_HEAD, heading, letters, rows, step_rows
from cnncalc.report.table import RULES, render
from cnncalc.report.text import Screen


def table(shown: Standings | Waterfall, screen: Screen) -> str:
    """The record as a table; what does not fit is folded, never cut."""
    several = isinstance(shown, Standings)
    lines = rows(shown) if isinstance(shown, Standings) else step_rows(shown)
    right = {1} if several else {1, 2}
    made = Table(box=RULES, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for index, title in enumerate(HEAD if several else STEP_HEAD):
        made.add_column(title, justify="right" if index in right else "left", overflow="fold",
                        no_wrap=index in (0, *right))
    for line in lines:
        end = not several and not line[1]
        made.add_row(*(Text(cell, style="bold" if end or index == 0 else "dim" if index == 3 else "")
                       for index, cell in enumerate(line)))
    parts: list[RenderableType] = [Text(heading(shown.graph, shown.batch, shown.folded), style="bold"), Text(), made]
    return render(Group(*parts, *([] if several else [Text(), Text(letters(), style="dim")])), screen)
