"""Budgets as data."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cnncalc import __version__
from cnncalc.budget.findings import Finding
from cnncalc.budget.run import Report
from cnncalc.report.check import fraction
from cnncalc.report.summary import to_json


def render(report: Report) -> str:
    """The report as data, schema `cnncalc.check/1`; counts are whole numbers, exceeded limits come first."""
    return to_json({
        "schema": "cnncalc.check/1",
        "tool": {"name": "cnncalc", "version": __version__},
        "base": {"revision": report.base.name, "commit": report.base.commit} if report.base else None,
        "findings": [finding_json(finding) for finding in report.findings],
        "new": list(report.new),
        "removed": list(report.removed),
        "renamed": [{"now": now, "then": then} for now, then in report.renamed],
        "unchecked": list(report.unchecked),
        "dropped": list(report.dropped),
        "problems": [{"code": each.code, "severity": each.severity, "message": each.message, "help": each.help,
                      "label": each.source.label, "line": each.span.line if each.span else None,
                      "column": each.span.column if each.span else None} for each in report.problems],
    })


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding as data."""
    network, limit, part = finding.network, finding.limit, fraction(finding)
    return {
        "spec": {"label": network.label, "name": network.name, "variant": network.variant},
        "scope": finding.scope, "metric": limit.metric, "rule": limit.rule, "status": finding.status,
        "level": limit.level, "written": limit.written,
        "budget": _plain(limit.amount if limit.rule == "output" else finding.bound), "actual": _plain(finding.actual),
        "base": _plain(finding.base), "excess": _plain(finding.excess),
        "used": None if part is None else round(float(part), 6),
        "message": limit.message, "note": finding.note,
        "line": finding.span.line if finding.span else None, "column": finding.span.column if finding.span else None,
        "limit": {"label": limit.source.label, "line": limit.span.line if limit.span else None,
                  "convention": limit.convention.name},
        "costs": [{"path": cost.path, "kind": cost.kind, "value": _plain(cost.value), "share": cost.share,
                   "line": cost.span.line} for cost in finding.costs],
    }


def _plain(value: Any) -> Any:
    """A number for JSON: whole ones as integers, others as doubles, sizes as a list."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value
