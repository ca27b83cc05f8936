"""`cnncalc summarize SPEC...`."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

from cnncalc.analysis import Analysis, analyze
from cnncalc.analysis.metrics import metric
from cnncalc.cli import options
from cnncalc.cli.output import screen, write
from cnncalc.report import comparison, summary
from cnncalc.report.columns import columns as columns_of
from cnncalc.spec.limits import MAX_LAYERS

FORMATS = ("table", "plain", "json", "csv", "markdown")


def command(
    specs: options.Specs,
    set: options.Set = None,
    inputs: options.Inputs = None,
    batch: options.Batch = 1,
    convention: options.ConventionOption = "paper",
    fold_batch_norm: options.FoldBatchNorm = False,
    dtype: options.Dtype = "float32",
    weight_dtype: options.WeightDtype = None,
    device: options.Device = None,
    optimizer: options.Optimizer = "adam",
    freeze: options.Freeze = None,
    in_place: options.InPlace = False,
    format: options.Format = "table",
    depth: Annotated[int | None, typer.Option("--depth", min=1, help="roll scopes up at this depth")] = None,
    columns: Annotated[str | None, typer.Option("--columns", help="columns, separated by commas")] = None,
    sort: Annotated[str | None, typer.Option("--sort", help="a metric; largest first")] = None,
    top: Annotated[int | None, typer.Option("--top", min=1, help="only the first rows")] = None,
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """Layers, sizes, parameters and FLOPs of one network; several networks are compared, a row each."""
    options.one_of(format, FORMATS, "format")
    rule = options.convention(convention)
    graphs = [options.folded(graph, fold_batch_norm)
              for graph in options.graphs(specs, options.choice(set, inputs), max_layers)]
    settings = options.settings(weight_dtype, device, optimizer, freeze, in_place)
    analyses = [analyze(graph, batch=batch, dtype=dtype, convention=rule, settings=settings) for graph in graphs]
    names = options.listed(columns, "layer,output,params")
    shown = summary.Options(columns_of(names, analyses[0]), depth, metric(sort).name if sort else None, top)
    write(_render(analyses, shown, format, names is not None, output), output)


def _render(analyses: list[Analysis], shown: summary.Options, format: str, chosen: bool, output: str | None) -> str:
    several = shown.columns if chosen or analyses[0].settings.device is not None else None
    if format == "json":
        more = [column.metric for column in several or () if column.metric is not None]
        data = summary.as_json(analyses[0], more) if len(analyses) == 1 else comparison.json_of(analyses, more)
        return summary.to_json(data)
    if format in ("csv", "markdown"):
        written = import_module(f"cnncalc.report.{format}")
        return str(written.summary(analyses[0], shown) if len(analyses) == 1 else written.compare(analyses, several))
    here = screen(sys.stdout)
    if format == "table" and here.terminal and output is None:
        from cnncalc.report import table

        return table.summary(analyses[0], shown, here) if len(analyses) == 1 else table.compare(analyses, several, here)
    return summary.plain(analyses[0], shown) if len(analyses) == 1 else comparison.plain(analyses, several)
