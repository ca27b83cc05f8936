"""Budgets for a GitHub workflow: the plain table for the log, then one annotation per broken limit and bad spec.

Escapes as in `@actions/core`: data `%`, CR, LF; properties `:` and `,` too. Lines of the log that are no command start
with a word of ours, and `printable` keeps names from holding one.
"""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.budget.findings import Finding
from cnncalc.budget.run import Report, named_in_full
from cnncalc.errors import Diagnostic, Span
from cnncalc.report.check import Options, cost_words, most, plain, quantity, sentence, shown, written_at
from cnncalc.report.text import printable

Locate = Callable[[str], str | None]
"""A label to a path from the repository's root, or None where it is no file there."""


def render(report: Report, options: Options, locate: Locate) -> str:
    """The log of a workflow step."""
    lines = [_finding(finding, locate) for finding in shown(report, options) if finding.status in ("fail", "warn")]
    lines += [_problem(problem, locate) for problem in report.problems]
    return plain(report, options) + "".join(f"{line}\n" for line in lines)


def command(name: str, properties: dict[str, str], message: str) -> str:
    """A workflow command with everything escaped; empty properties are left out."""
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name} {given}::{_data(message)}" if given else f"::{name}::{_data(message)}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _finding(finding: Finding, locate: Locate) -> str:
    """One broken limit at its line, with the hint: the user's words, and the layers that cost most."""
    lines = [f"{sentence(finding)} ({written_at(finding)})", *map(printable, (finding.limit.message, finding.note))]
    if finding.costs:
        lines.append(f"{cost_words(finding)}: {most(finding)}")
    title = f"{quantity(finding)} budget of {printable(named_in_full(finding.network))}"
    name = "error" if finding.status == "fail" else "warning"
    return command(name, {**_place(finding.network.file, finding.span, locate), "title": title},
                   "\n".join(filter(None, lines)))


def _problem(problem: Diagnostic, locate: Locate) -> str:
    """A bad spec or a bad budget at its place."""
    lines = [f"{problem.severity}[{problem.code}]: {printable(problem.message)}"]
    lines += [f"{word}{printable(text)}" for word, text in (("", problem.detail), ("help: ", problem.help)) if text]
    return command(problem.severity, _place(problem.source.label, problem.span, locate), "\n".join(lines))


def _place(label: str | None, span: Span | None, locate: Locate) -> dict[str, str]:
    file = printable(locate(label) or "" if label else "")
    if not file or span is None:
        return {"file": file}
    return {"file": file, "line": str(span.line), "col": str(span.column)}
