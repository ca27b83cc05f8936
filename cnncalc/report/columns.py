"""The one list of columns: every format of every report shows a network through these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from cnncalc.analysis import Analysis
from cnncalc.analysis.metrics import METRICS, Metric, Value, metric, rank
from cnncalc.errors import Fault, did_you_mean
from cnncalc.graph import Graph, Node
from cnncalc.layers.forms import PerAxis
from cnncalc.layers.window import times
from cnncalc.report.text import duration, number, printable, ratio, size_of

DEFAULT = ("layer", "kind", "output", "params", "flops", "share")
ON_DEVICE = ("layer", "kind", "time", "bound", "flops", "moved", "intensity", "output")
WORDS = {
    "layer": "where the layer stands",
    "kind": "what it is, with its essential arguments",
    "output": "size of its output, without the batch",
    "share": "its part of the FLOPs (of the parameters where there are none)",
    "bound": "what sets its least time on the device: compute, memory, or free where it does and moves nothing",
}
"""The columns that are no metrics, with what they show."""


class Column(NamedTuple):
    """A column: its name, its title, and its metric if it shows one."""

    name: str
    title: str
    metric: Metric | None = None

    def cell(self, value: Any) -> str:
        """A value as people read it."""
        if self.metric is None:
            return "" if value is None else str(value)
        if isinstance(value, tuple):
            texts = list(map(self.cell, value))
            return texts[0] if len(set(texts)) == 1 else "×".join(texts)
        return self.metric.absent if value is None else _WRITE[self.metric.unit](value)


_WRITE: dict[str, Callable[[Any], str]] = {
    "count": number, "flops": number, "cells": number, "bytes": size_of, "ratio": ratio, "seconds": duration,
}
"""How a metric's numbers are written, by its unit."""


def columns(names: Sequence[str] | None, analysis: Analysis) -> tuple[Column, ...]:
    """Columns by name; the layer's path always comes first. Raises `Fault` for an unknown one."""
    default = DEFAULT if analysis.settings.device is None else ON_DEVICE
    wanted = ["layer", *(name for name in names or default if name != "layer")]
    return tuple(_column(name, analysis) for name in wanted)


def _column(name: str, analysis: Analysis) -> Column:
    if name in WORDS:
        return Column(name, name.capitalize())
    known = (*WORDS, *METRICS)
    if name.partition("@")[0] not in METRICS:
        raise Fault(f"there is no column `{name[:60]}`", code="unknown-column",
                    help=did_you_mean(name, known, "the columns are " + ", ".join(known)))
    found = metric(name)
    return Column(name, found.title, found)


def flops_unit(analysis: Analysis) -> str:
    """What one FLOP is here, in words: the number is never shown without them."""
    return printable(f"{analysis.convention.name}: 1 FLOP = 1 {analysis.convention.unit}")


def brief(graph: Graph, node: Node) -> str:
    """A kind with its essential arguments: `conv 3×3 s2 p1 g32`. A default that changes nothing is left out."""
    layer = node.layer
    marked = [(name, field) for name, field in layer.fields.items() if field.mark is not None]
    if not marked:
        return layer.kind
    shapes = graph.input_shapes(node)
    resolved = layer.resolved(shapes)
    axes = max(len(shapes[0]) - 1, 1) if shapes else 1
    parts = [layer.kind]
    for name, field in marked:
        value = resolved[name]
        if value is None:
            continue
        if field.mark == "":
            parts.append(times((value,) * axes) if isinstance(field.form, PerAxis) and isinstance(value, int) else
                         times(value) if isinstance(value, tuple) else str(value))
        elif value != field.default:
            parts.append(f"{field.mark}{_compact(value)}")
    return " ".join(parts)


def _compact(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, tuple):
        return str(value)
    if len(set(value)) == 1 and not isinstance(value[0], tuple):
        return str(value[0])
    return "×".join(f"({item[0]},{item[1]})" if isinstance(item, tuple) else str(item) for item in value)


class Row(NamedTuple):
    """One line of a report: a layer, or a scope that was rolled up (`layers` of them). `depth` indents the tree."""

    path: str
    label: str
    kind: str
    output: str
    values: dict[str, Any]
    depth: int
    layers: int
    heading: bool = False
    bound: str = ""


def layer_rows(analysis: Analysis, shown: Sequence[Column]) -> list[Row]:
    """One row per layer, in the network's order."""
    values = metric_values(analysis, shown)
    names = list(values)
    table = list(zip(*values.values(), strict=True)) if names else [()] * len(analysis.layers)
    graph = analysis.graph
    kinds: dict[tuple[int, int], str] = {}
    rows = []
    for row, numbers in zip(analysis.layers, table, strict=True):
        node = row.node
        key = (id(node.layer), id(node.facts))
        kind = kinds.get(key)
        if kind is None:
            kind = kinds[key] = brief(graph, node)
        if node.shares is not None:
            kind += f" (weights of {graph.label(node.shares)})"
        rows.append(Row(node.path, node.path, kind, times(row.output), dict(zip(names, numbers, strict=True)), 0, 1))
    if any(column.name == "bound" for column in shown):
        rows = [row._replace(bound=by) for row, by in zip(rows, _bound_by(analysis), strict=True)]
    return rows


def _bound_by(analysis: Analysis) -> list[str]:
    from cnncalc.analysis.roofline import bounds

    device = analysis.settings.device
    if device is None:
        raise Fault("`bound` needs a device", code="no-device", help="give `--device`")
    found = bounds(analysis.graph, device, analysis.batch, analysis.dtype, analysis.weight_dtype)
    return [bound.by for bound in found]


def metric_values(analysis: Analysis, shown: Sequence[Column]) -> dict[str, Sequence[Value]]:
    """Per-layer values of the metrics among the columns, and of those that every report needs."""
    wanted = {column.name: column.metric for column in shown if column.metric is not None}
    for name in ("params", "flops"):
        wanted.setdefault(name, METRICS[name])
    return {name: found.layers(analysis) for name, found in wanted.items()}


def rolled_up(analysis: Analysis, rows: Sequence[Row], depth: int) -> list[Row]:
    """Rows for scopes at `depth` path components: additive quantities are summed, the output is the last layer's."""
    result: list[Row] = []
    scopes = analysis.graph.scopes
    for row in rows:
        parts = row.path.split(".")
        if len(parts) <= depth:
            result.append(row)
            continue
        path = ".".join(parts[:depth])
        if not result or result[-1].path != path:
            block = scopes[path].block if path in scopes else None
            result.append(row._replace(path=path, label=path, kind=block or "", layers=1))
            continue
        last = result[-1]
        values = {name: metric(name).joined(last.values[name], value) for name, value in row.values.items()}
        bound = last.bound if row.bound in (last.bound, "free") else row.bound if last.bound == "free" else "mixed"
        result[-1] = last._replace(values=values, output=row.output, layers=last.layers + 1, bound=bound)
    return result


def as_tree(analysis: Analysis, rows: Sequence[Row]) -> list[Row]:
    """The same rows with scopes as headings above them; a scope that holds one thing shares its line."""
    result: list[Row] = []
    above: list[str] = []
    scopes = analysis.graph.scopes
    alone = _alone(row.path for row in rows)
    for row in rows:
        steps = _joined(row.path, alone)
        same = 0
        while same < min(len(above), len(steps) - 1) and above[same] == steps[same]:
            same += 1
        for depth in range(same, len(steps) - 1):
            path = steps[depth]
            block = scopes[path].block if path in scopes else None
            result.append(Row(path, _below(steps, depth), block or "", "", {}, depth, 0, heading=True))
        above = steps[:-1]
        result.append(row._replace(label=_below(steps, len(steps) - 1), depth=len(steps) - 1))
    return result


def _alone(paths: Iterable[str]) -> set[str]:
    """The scopes that hold exactly one thing."""
    children: dict[str, set[str]] = {}
    for path in paths:
        while "." in path:
            parent = path.rpartition(".")[0]
            children.setdefault(parent, set()).add(path)
            path = parent
    return {parent for parent, inner in children.items() if len(inner) == 1}


def _joined(path: str, alone: set[str]) -> list[str]:
    """The paths of the lines that lead to a row, outermost first, itself last."""
    ends = [index for index, sign in enumerate(path) if sign == "."]
    return [*(path[:end] for end in ends if path[:end] not in alone), path]


def _below(steps: Sequence[str], depth: int) -> str:
    """A line's label: its path without what the line above says."""
    return steps[depth][len(steps[depth - 1]) + 1:] if depth else steps[depth]


def sort_rows(rows: list[Row], key: str | None, top: int | None) -> list[Row]:
    """The rows by a metric, largest first, and only the first `top` of them."""
    if key is not None:
        rows = sorted(rows, key=lambda row: -rank(row.values[key]))
    return rows if top is None else rows[:top]
