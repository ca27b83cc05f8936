"""Budgets on a terminal: the table with a bar of how much of each budget is used, then why limits are broken."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cnncalc.budget.findings import Finding
from cnncalc.budget.run import Report, named_in_full
from cnncalc.report.check import WORDS, Options, cells, fraction, reasons, remarks_of, shown
from cnncalc.report.summary import aligned
from cnncalc.report.table import ASCII_RULES, RULES, render
from cnncalc.report.text import Screen, bar, printable

BAR = 10
_HEAD = ("", "Spec", "Variant", "Scope", "Metric", "Budget", "Actual", "Over by", "Used")
_RIGHT = {5, 6, 7, 8}
_MARKS = {"fail": "✗", "warn": "!", "ok": "✓", "skip": "-"}
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


def _rows(findings: tuple[Finding, ...], screen: Screen) -> RenderableType:
    """One row per finding. Spec and line share a column; variants and scopes have one only where there are any."""
    lines = [_line(finding, screen) for finding in findings]
    kept = [index for index, title in enumerate(_HEAD)
            if title not in ("Variant", "Scope", "Over by") or any(line[index] for line in lines)]
    widths = [max(len(line[index]) for line in (_HEAD, *lines)) for index in kept]
    room = screen.width - sum(widths) - 2 * (len(widths) - 1)
    if room < 0:
        return _grouped(findings, screen)
    table = Table(box=RULES if screen.unicode else ASCII_RULES, show_edge=False, pad_edge=False,
                  padding=(0, 1, 0, 0), header_style="bold")
    for index in kept:
        table.add_column(_HEAD[index], justify="right" if index in _RIGHT else "left", no_wrap=True)
    for finding, line in zip(findings, lines, strict=True):
        style = _STYLES[finding.status]
        texts = [Text(line[index]) for index in kept]
        texts[0].stylize(style)
        texts[-2].stylize(style if finding.excess else "")
        if room > BAR:
            texts[-1] = Text.assemble((_bar(finding, screen), style), f" {line[-1]:>{widths[-1]}}")
        table.add_row(*texts)
    return table


def _line(finding: Finding, screen: Screen) -> list[str]:
    _, _, _, *numbers, where = cells(finding)
    mark = _MARKS[finding.status] if screen.unicode else WORDS[finding.status]
    return [mark, where, printable(finding.network.variant or ""), printable(finding.scope or ""), *numbers]


def _grouped(findings: tuple[Finding, ...], screen: Screen) -> RenderableType:
    """The same for a narrow screen: the networks are headings, and lines have only their numbers."""
    lines = []
    for finding in findings:
        line = _line(finding, screen)
        lines.append([line[0], f":{finding.span.line}" if finding.span else "", *line[3:]])
    texts: list[Text] = []
    above = ""
    for finding, row in zip(findings, aligned(lines, {4, 5, 6, 7}), strict=True):
        name = printable(named_in_full(finding.network))
        if name != above:
            texts.append(Text(name, style="bold"))
        above = name
        text = Text(row)
        text.stylize(_STYLES[finding.status], 0, len(lines[0][0]))
        texts.append(text)
    return Group(*texts)


def _bar(finding: Finding, screen: Screen) -> str:
    """How much of the budget is used; a broken one is full."""
    part = fraction(finding)
    eighths = 0 if part is None else min(int(part * 8 * BAR), 8 * BAR)
    return f"{bar(eighths, 8 * BAR, BAR, screen.unicode):<{BAR}}"
