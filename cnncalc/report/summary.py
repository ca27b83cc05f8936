"""A network as text: one row per layer, then the totals. Plain for pipes, where nothing is ever cut; JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc import __version__
from cnncalc.analysis import Analysis
from cnncalc.analysis.metrics import METRICS, Metric, Value, metric, total
from cnncalc.graph import Graph
from cnncalc.layers.window import times
from cnncalc.report.columns import Column, Row, flops_unit, layer_rows, rolled_up, sort_rows
from cnncalc.report.text import number, percent, printable, size_of

if TYPE_CHECKING:
    from cnncalc.analysis.devices import Device


class Options(NamedTuple):
    """What a summary shows: columns, roll-up depth, order (a metric, largest first), and how many rows."""

    columns: tuple[Column, ...]
    depth: int | None = None
    sort: str | None = None
    top: int | None = None


def rows_of(analysis: Analysis, options: Options) -> list[Row]:
    """The rows that a summary shows, in order."""
    shown = options.columns
    if options.sort is not None and all(column.name != options.sort for column in shown):
        shown = (*shown, Column(options.sort, "", metric(options.sort)))
    rows = layer_rows(analysis, shown)
    if options.depth is not None:
        rows = rolled_up(analysis, rows, options.depth)
    return sort_rows(rows, options.sort, options.top)


def title(analysis: Analysis) -> str:
    """The network's name with its variant and overrides."""
    return title_of(analysis.graph)


def title_of(graph: Graph) -> str:
    """The same of a graph."""
    name = printable(graph.header.name or graph.text.label)
    extra = [printable(graph.variant)] if graph.variant else []
    extra += [f"{printable(key)}={printable(str(value))}" for key, value in graph.overrides.items()]
    return f"{name} ({', '.join(extra)})" if extra else name


def cells(row: Row, shown: Sequence[Column], whole: tuple[str, int]) -> list[str]:
    """A row's texts; `whole` is the metric that shares are of, and its total."""
    return [_cell(row, column, whole) for column in shown]


def _cell(row: Row, column: Column, whole: tuple[str, int]) -> str:
    if column.name == "layer":
        return row.label
    if column.name == "kind":
        return " · ".join(filter(None, (row.kind, f"{row.layers} layers"))) if row.layers > 1 else row.kind
    if column.name == "output":
        return row.output
    if column.name == "bound":
        return row.bound
    if column.name == "share":
        return percent(row.values[whole[0]], whole[1]) if row.values and row.values[whole[0]] else ""
    return "" if row.heading else column.cell(row.values.get(column.name))


def _table(rows: Sequence[Row], shown: Sequence[Column], whole: tuple[str, int]) -> Iterator[list[str]]:
    """The same of all rows; what numbers look like is found once, as networks repeat themselves."""
    known: dict[tuple[Any, ...], list[str]] = {}
    for row in rows:
        key = (row.kind, row.output, row.layers, row.bound, *row.values.values())
        line = known.get(key)
        if line is None:
            line = known[key] = cells(row, shown, whole)
        yield [row.label, *line[1:]]


def whole_of(analysis: Analysis) -> tuple[str, int]:
    """What shares are shares of: the FLOPs, or the parameters of a network without any."""
    totals = analysis.totals
    return ("flops", totals.flops) if totals.flops else ("params", totals.params)


def totals(analysis: Analysis) -> list[tuple[str, str, str]]:
    """The totals block: name, number, remark."""
    graph, sums = analysis.graph, analysis.totals
    shapes = ", ".join(f"{each.name} {times(each.shape)}" if len(graph.inputs) > 1 else times(each.shape)
                       for each in graph.inputs)
    declared = sum(row.node.layer.declared for row in analysis.layers)
    lines = [
        ("params", number(sums.params), ""),
        ("buffers", number(sums.buffers), "running statistics, not trained"),
        ("MACs", number(sums.macs), "multiply-adds"),
        ("FLOPs", number(sums.flops), flops_unit(analysis)),
        ("weights", _written(analysis, "weights"), f"as {analysis.weight_dtype}"),
        ("input", shapes, f"batch {analysis.batch}"),
    ]
    if analysis.settings.device is not None:
        lines += _on_device(analysis, analysis.settings.device)
    if declared:
        lines.append(("declared", str(declared), "layers whose numbers are the spec's word, not computed"))
    return lines


def _written(analysis: Analysis, name: str) -> str:
    """A metric of the whole network as people read it."""
    found = metric(name)
    return Column(name, found.title, found).cell(total(analysis, found))


def _on_device(analysis: Analysis, device: Device) -> list[tuple[str, str, str]]:
    """The least time and the room on a device, and what these numbers are not."""
    from cnncalc.analysis.roofline import CAVEAT, bounds, fit

    room = fit(analysis.graph, device, analysis.batch, analysis.dtype, analysis.weight_dtype,
               analysis.settings.in_place)
    found = bounds(analysis.graph, device, analysis.batch, analysis.dtype, analysis.weight_dtype)
    whole = sum(bound.seconds for bound in found)
    waits = sum(bound.seconds for bound in found if bound.by == "memory")
    share = f"; memory binds {percent(waits, whole)} of it" if whole else ""
    weights, peak = f"weights {size_of(room.weights)}", f"activations at their peak {size_of(room.activations)}"
    where = f"{weights} and {peak}, in {size_of(device.memory)}"
    if device.storage is not None:
        where = f"{weights} of {size_of(device.storage)} of storage, {peak} of {size_of(device.memory)} of memory"
    return [
        ("time", _written(analysis, "time"), f"at least, on {printable(device.name)} in {analysis.dtype}{share}"),
        ("", "", CAVEAT),
        ("fits", "yes" if room.fits else "no", where),
    ]


def plain(analysis: Analysis, options: Options) -> str:
    """The summary for a pipe: full paths, full numbers, columns aligned by spaces."""
    whole = whole_of(analysis)
    shown = options.columns
    head = [column.title for column in shown]
    table = list(_table(rows_of(analysis, options), shown, whole))
    right = {index for index, column in enumerate(shown) if column.metric is not None or column.name == "share"}
    lines = [title(analysis), "", *aligned([head, *table], right), ""]
    lines += aligned([list(line) for line in totals(analysis)], {1})
    return "\n".join(lines) + "\n"


def aligned(table: Sequence[Sequence[str]], right: set[int]) -> list[str]:
    """Rows of texts as lines: columns two spaces apart, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    template = "  ".join(f"{{:>{width}}}" if index in right else f"{{:<{width}}}" for index, width in enumerate(widths))
    return [template.format(*row).rstrip() for row in table]


def as_json(analysis: Analysis, more: Sequence[Metric] = ()) -> dict[str, Any]:
    """The summary as data, schema `cnncalc.summary/1`: shapes without the batch, counts as integers.

    `more` metrics join every layer and the totals: a list where they are per axis, null where they are absent. On a
    device every layer has its `bound`, and `device` says what fits, and what the times are not.
    """
    graph = analysis.graph
    binding, device = ([], {}) if analysis.settings.device is None else _device_json(analysis, analysis.settings.device)
    more = [each for each in more if each.name not in _LAYER_METRICS]
    values = [each.layers(analysis) for each in more]
    return {
        "schema": "cnncalc.summary/1",
        "tool": {"name": "cnncalc", "version": __version__},
        "spec": {"name": graph.header.name, "label": graph.text.label, "variant": graph.variant,
                 "set": dict(graph.overrides)},
        "inputs": {each.name: list(each.shape) for each in graph.inputs},
        "batch": analysis.batch,
        "dtype": analysis.dtype,
        "convention": analysis.convention.name,
        "flops_unit": analysis.convention.unit,
        "layers": [{**_layer_json(analysis, index), **({"bound": binding[index]} if binding else {}),
                    **{each.name: row[index] for each, row in zip(more, values, strict=True)}}
                   for index in range(len(analysis.layers))],
        "scopes": [{"path": scope.path, "block": scope.block, "repetition": scope.repetition}
                   for scope in graph.scopes.values()],
        "totals": {**totals_json(analysis), **{each.name: each.total(analysis, row)
                                               for each, row in zip(more, values, strict=True)}},
        "outputs": {output.name: list(graph.shape(output.tensor)) for output in graph.outputs},
        **device,
    }


def _device_json(analysis: Analysis, device: Device) -> tuple[list[str], dict[str, Any]]:
    from cnncalc.analysis.roofline import CAVEAT, bounds, fit

    room = fit(analysis.graph, device, analysis.batch, analysis.dtype, analysis.weight_dtype,
               analysis.settings.in_place)
    found = bounds(analysis.graph, device, analysis.batch, analysis.dtype, analysis.weight_dtype)
    return [bound.by for bound in found], {
        "weight_dtype": analysis.weight_dtype,
        "device": {**device._asdict(), "fits": room.fits, "needs": {"weights": room.weights,
                                                                    "activations": room.activations}, "time": CAVEAT}}


_LAYER_METRICS = ("params", "buffers", "macs", "flops")


def totals_json(analysis: Analysis) -> dict[str, Value]:
    """The metrics of the whole network that every summary has, by name."""
    return {each.name: total(analysis, each) for each in METRICS.values() if each.standard}


def _layer_json(analysis: Analysis, index: int) -> dict[str, Any]:
    row = analysis.layers[index]
    node, graph = row.node, analysis.graph
    result = {
        "path": node.path,
        "kind": node.layer.kind,
        "args": _plain(node.layer.resolved(graph.input_shapes(node))),
        "from": [graph.label(source) for source in node.inputs],
        "output": list(row.output),
        "params": row.params,
        "buffers": row.buffers,
        "macs": row.macs,
        "flops": row.flops,
        "shares": None if node.shares is None else graph.label(node.shares),
    }
    if node.layer.declared:
        result["declared"] = True
    return result


def _plain(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _listed(value) for name, value in args.items()}


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def to_json(data: Mapping[str, Any]) -> str:
    """JSON that reads well and diffs well: a line per key, and a line per item of a list of mappings."""
    from json import dumps

    lines = [f"  {dumps(key)}: {_value(value)}" for key, value in data.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(value: Any) -> str:
    from json import dumps

    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join("    " + dumps(item, ensure_ascii=False) for item in value) + "\n  ]"
    return dumps(value, ensure_ascii=False)
