"""`cnncalc memory SPEC`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cnncalc.analysis import analyze
from cnncalc.analysis.memory import memory
from cnncalc.cli import options
from cnncalc.cli.output import screen, write
from cnncalc.report import memory as report
from cnncalc.report.summary import to_json
from cnncalc.spec.limits import MAX_LAYERS

FORMATS = ("table", "plain", "json")


def command(
    spec: options.Spec,
    set: options.Set = None,
    inputs: options.Inputs = None,
    batch: options.Batch = 1,
    dtype: options.Dtype = "float32",
    weight_dtype: options.WeightDtype = None,
    in_place: options.InPlace = False,
    reorder: Annotated[bool, typer.Option("--reorder", help="look for the order with the lowest peak")] = False,
    optimizer: options.Optimizer = "adam",
    freeze: options.Freeze = None,
    depth: Annotated[int | None, typer.Option("--depth", min=1, help="roll scopes up at this depth")] = None,
    format: options.PlainFormat = "table",
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """Activation memory over time, the tensors alive at its peak, and the memory of a training step."""
    options.one_of(format, FORMATS, "format")
    graph = options.graph_of(spec, options.choice(set, inputs), max_layers)
    settings = options.settings(weight_dtype, None, optimizer, freeze, in_place)
    found = memory(analyze(graph, batch=batch, dtype=dtype, settings=settings), best_order=reorder)
    here = screen(sys.stdout)
    if format == "json":
        text = to_json(report.as_json(found))
    elif format == "table" and here.terminal and output is None:
        text = report.drawn(found, depth, here)
    else:
        text = report.plain(found, depth)
    write(text, output)
