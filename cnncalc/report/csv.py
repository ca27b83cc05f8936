"""Reports as CSV: names of columns first, whole numbers, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from cnncalc.analysis import Analysis
from cnncalc.report import comparison
from cnncalc.report.columns import Column
from cnncalc.report.summary import Options, cells, rows_of, whole_of
from cnncalc.report.text import printable

_FORMULA = ("=", "+", "-", "@", "|", "%")
"""What a cell may not start with: spreadsheets take it for a formula or a command."""


def text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV; numbers stay numbers, and a text that looks like a formula gets an apostrophe before it."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return target.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        known = [axis for axis in value if axis is not None]
        return "×".join("" if axis is None else str(axis) for axis in value) if known else ""
    if not isinstance(value, str):
        return "" if value is None else value
    shown = printable(value)
    return "'" + shown if shown.lstrip().startswith(_FORMULA) else shown


def summary(analysis: Analysis, options: Options) -> str:
    """One network, a row per layer; the totals are not among the rows, so that a column can be summed."""
    shown, whole = options.columns, whole_of(analysis)
    rows = rows_of(analysis, options)
    table = [[_value(row.values, column, whole, cell) for column, cell in zip(shown, cells(row, shown, whole),
                                                                              strict=True)] for row in rows]
    return text([[column.name for column in shown], *table])


def _value(values: dict[str, int], column: Column, whole: tuple[str, int], cell: str) -> Any:
    """A number as it is, a share between 0 and 1, a word as in every format."""
    if column.name == "share":
        return round(values[whole[0]] / whole[1], 6) if whole[1] else 0
    return cell if column.metric is None else values.get(column.name)


def compare(analyses: Sequence[Analysis], shown: Sequence[Column] | None) -> str:
    """Several networks, a row each."""
    return text([comparison.names(shown), *comparison.values(analyses, shown)])
