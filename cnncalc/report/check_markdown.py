"""Budgets for a pull request's comment or a workflow's step summary."""

from __future__ import annotations

from cnncalc.budget.findings import Finding
from cnncalc.budget.run import Report
from cnncalc.report.check import ALL, HEAD, Options, cells, fraction, reasons, remarks_of, shown
from cnncalc.report.markdown import escaped
from cnncalc.report.text import bar

BAR = 10
MOST = 1000
"""Rows that are written out: GitHub refuses a summary of more than a mebibyte."""

_MARKS = {"fail": "❌", "warn": "⚠️", "ok": "✅", "skip": "➖"}


def render(report: Report, options: Options = ALL) -> str:
    """The report as Markdown: the table, then why limits are broken, then the count."""
    findings = shown(report, options)
    lines: list[str] = []
    if not options.quiet:
        lines += [f"### {'❌' if report.broken or report.bad else '✅'} Architecture budgets", ""]
    if findings:
        lines += ["| " + " | ".join(HEAD) + " |", "|---|---|---|---|---:|---:|---:|:---|---|"]
        lines += [_row(finding) for finding in findings[:MOST]]
    if len(findings) > MOST:
        lines += ["", f"… and {len(findings) - MOST} more rows"]
    for finding in findings[:MOST]:
        if finding.status in ("fail", "warn"):
            first, *others = reasons(finding, options)
            lines += ["", f"{_MARKS[finding.status]} {escaped(first)}", *(f"<br>{escaped(line)}" for line in others)]
    problems = [each for each in report.problems if each.severity == "error"]
    for problem in problems[:MOST]:
        where = f" ({problem.source.label}:{problem.span.line})" if problem.span else ""
        lines += ["", f"❌ {escaped(f'error[{problem.code}]: {problem.message}{where}')}"]
    if not options.quiet:
        lines += ["", *(f"{escaped(line)}<br>" for line in remarks_of(report))]
    return "\n".join(lines) + "\n" if lines else ""


def _row(finding: Finding) -> str:
    line = [escaped(cell) for cell in cells(finding)]
    line[0] = _MARKS[finding.status]
    part = fraction(finding)
    if part is not None:
        drawn = bar(min(int(part * BAR), BAR), BAR, BAR)
        line[7] = f"`{drawn:░<{BAR}}` {line[7]}"
    return "| " + " | ".join(line) + " |"
