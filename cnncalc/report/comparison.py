"""Several networks side by side: one row per spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.analysis import Analysis
from cnncalc.analysis.metrics import Metric, metric, total
from cnncalc.layers.window import times
from cnncalc.report.columns import Column, flops_unit
from cnncalc.report.summary import aligned, as_json, title
from cnncalc.report.text import printable

COLUMNS = ("params", "flops", "weights")


def head(shown: Sequence[Column] | None) -> list[str]:
    """The titles of a comparison's columns, the more important ones first: narrow screens drop from the right."""
    return ["Network", *(metric(name).title for name in _names(shown)), "Layers", "Input"]


def names(shown: Sequence[Column] | None) -> list[str]:
    """The names of a comparison's columns."""
    return ["network", *_names(shown), "layers", "input"]


def values(analyses: Sequence[Analysis], shown: Sequence[Column] | None) -> list[list[Any]]:
    """A comparison's rows: network, a number per metric, layers, input sizes."""
    return [[title(analysis), *(total(analysis, metric(name)) for name in _names(shown)),
             len(analysis.layers), ", ".join(times(each.shape) for each in analysis.graph.inputs)]
            for analysis in analyses]


def table(analyses: Sequence[Analysis], shown: Sequence[Column] | None) -> list[list[str]]:
    """A comparison's rows as texts."""
    columns = [Column(name, "", metric(name)) for name in _names(shown)]
    return [[name, *(column.cell(value) for column, value in zip(columns, numbers, strict=True)), str(layers), inputs]
            for name, *numbers, layers, inputs in values(analyses, shown)]


def _names(shown: Sequence[Column] | None) -> list[str]:
    return [column.name for column in shown if column.metric is not None] if shown else list(COLUMNS)


def plain(analyses: Sequence[Analysis], shown: Sequence[Column] | None) -> str:
    """The comparison for a pipe."""
    titles = head(shown)
    lines = aligned([titles, *table(analyses, shown)], set(range(1, len(titles) - 1)))
    return "\n".join([*lines, "", note(analyses, shown)]) + "\n"


def note(analyses: Sequence[Analysis], shown: Sequence[Column] | None) -> str:
    """Under what the numbers hold; of times, what they are not."""
    first = analyses[0]
    text = f"FLOPs: {flops_unit(first)} · batch {first.batch} · weights as {first.weight_dtype}"
    if any(metric(name).unit == "seconds" for name in _names(shown)):
        from cnncalc.analysis.roofline import CAVEAT

        device = first.settings.device
        text += f" · time{f' on {printable(device.name)}' if device else ''}: {CAVEAT}"
    return text


def json_of(analyses: Sequence[Analysis], more: Sequence[Metric] = ()) -> dict[str, Any]:
    """The comparison as data: the summaries, one by one, with `more` metrics in each."""
    return {"schema": "cnncalc.summaries/1", "summaries": [as_json(analysis, more) for analysis in analyses]}
