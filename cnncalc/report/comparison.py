"""Several networks side by side: one row per spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.analysis import Analysis
from cnncalc.analysis.metrics import METRICS
from cnncalc.layers.window import times
from cnncalc.report.columns import Column, flops_unit
from cnncalc.report.summary import aligned, as_json, title

COLUMNS = ("params", "flops", "weights")
TEXTS = ("Network", "Input")
"""The columns that are no numbers."""


def head(shown: Sequence[Column] | None) -> list[str]:
    """The titles of a comparison's columns, the more important ones first: narrow screens drop from the right."""
    return ["Network", *(METRICS[name].title for name in _names(shown)), "Layers", "Input"]


def table(analyses: Sequence[Analysis], shown: Sequence[Column] | None) -> list[list[str]]:
    """A comparison's rows as texts."""
    rows = []
    for analysis in analyses:
        inputs = ", ".join(times(each.shape) for each in analysis.graph.inputs)
        numbers = [Column(name, "", METRICS[name]).cell(METRICS[name].total(analysis, METRICS[name].layers(analysis)))
                   for name in _names(shown)]
        rows.append([title(analysis), *numbers, str(len(analysis.layers)), inputs])
    return rows


def _names(shown: Sequence[Column] | None) -> list[str]:
    return [column.name for column in shown if column.metric is not None] if shown else list(COLUMNS)


def plain(analyses: Sequence[Analysis], shown: Sequence[Column] | None) -> str:
    """The comparison for a pipe."""
    titles = head(shown)
    lines = aligned([titles, *table(analyses, shown)], set(range(1, len(titles) - 1)))
    return "\n".join([*lines, "", note(analyses)]) + "\n"


def note(analyses: Sequence[Analysis]) -> str:
    """Under what the numbers hold."""
    first = analyses[0]
    return f"FLOPs: {flops_unit(first)} · batch {first.batch} · weights as {first.dtype}"


def json_of(analyses: Sequence[Analysis]) -> dict[str, Any]:
    """The comparison as data: the summaries, one by one."""
    return {"schema": "cnncalc.summaries/1", "summaries": [as_json(analysis) for analysis in analyses]}
