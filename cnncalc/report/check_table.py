"""Budgets on a terminal: the table with a bar of how much of each budget is used, then why limits are broken."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cnncalc.budget.findings import Finding
from cnncalc.budget.run import Report
from cnncalc.report.check import HEAD, RIGHT, Options, cells, fraction, reasons, remarks_of, shown
from cnncalc.report.table import RULES, render
from cnncalc.report.text import Screen, bar

BAR = 10
_STYLES = {"fail": "bold red", "warn": "yellow", "ok": "green", "skip": "dim"}


def table(report: Report, options: Options, screen: Screen) -> str:
    """The report as a table; what does not fit is folded, never cut."""
    findings = shown(report, options)
    parts: list[RenderableType] = []
    if findings:
        parts += [_rows(findings, screen)]
    for finding in findings:
        if finding.status in ("fail", "warn"):
            first, *others = reasons(finding, options)
            parts += [Text(), Text(first, style=_STYLES[finding.status]), *map(Text, others)]
    if not options.quiet:
        *remarks, last = remarks_of(report)
        style = _STYLES["fail" if report.broken or report.bad else "ok"]
        parts += [Text(), *map(Text, remarks), Text(last, style=style)]
    return render(Group(*parts), screen) if parts else ""


def _rows(findings: tuple[Finding, ...], screen: Screen) -> Table:
    lines = [cells(finding) for finding in findings]
    drawn = _fits(lines, screen)
    table = Table(box=RULES, show_edge=False, pad_edge=False, padding=(0, 1), header_style="bold")
    for index, title in enumerate(HEAD):
        table.add_column(title, justify="right" if index in RIGHT else "left", no_wrap=index in (0, 5, 6, 7),
                         overflow="fold")
    for finding, line in zip(findings, lines, strict=True):
        style = _STYLES[finding.status]
        texts = [Text(cell) for cell in line]
        texts[0].stylize(style)
        if finding.excess:
            texts[6].stylize(style)
        if drawn:
            texts[7] = Text.assemble((_bar(finding, screen), style), f" {line[7]:>7}")
        table.add_row(*texts)
    return table


def _bar(finding: Finding, screen: Screen) -> str:
    """How much of the budget is used; a broken one is full."""
    part = fraction(finding)
    eighths = 0 if part is None else min(int(part * 8 * BAR), 8 * BAR)
    return f"{bar(eighths, 8 * BAR, BAR, screen.unicode):<{BAR}}"


def _fits(lines: list[list[str]], screen: Screen) -> bool:
    """Whether there is room for bars beside the numbers."""
    widths = [max(map(len, column)) + 2 for column in zip(HEAD, *lines, strict=True)]
    return sum(widths) + BAR + 1 <= screen.width + 2
