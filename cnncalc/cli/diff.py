"""`cnncalc diff A B`, and `cnncalc diff --base REV SPEC...`."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from cnncalc.analysis import analyze
from cnncalc.analysis.metrics import metric
from cnncalc.cli import options
from cnncalc.cli.exits import Exit, leave
from cnncalc.cli.output import screen, write
from cnncalc.compare import Diff, diff
from cnncalc.errors import Fault
from cnncalc.graph import Graph
from cnncalc.report import diff as report
from cnncalc.report.summary import to_json
from cnncalc.spec.document import Choice
from cnncalc.spec.limits import MAX_LAYERS
from cnncalc.spec.locate import every

if TYPE_CHECKING:
    from cnncalc.compare.revisions import Entry

FORMATS = ("table", "plain", "json", "markdown")


def command(
    specs: options.Specs,
    base: Annotated[str | None, typer.Option("--base", metavar="REV", help="compare the SPECs, files or folders, with "
                                             "themselves in this commit")] = None,
    all: Annotated[bool, typer.Option("--all", help="show unchanged layers, and nothing folded")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="METRIC", help="order by a metric instead of the "
                                           "network's order")] = None,
    columns: Annotated[str | None, typer.Option("--columns", metavar="METRICS", help="metrics, separated by commas, "
                                                "instead of params and flops")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="exit with 1 if the networks differ")] = False,
    set: options.Set = None,
    inputs: options.Inputs = None,
    batch: options.Batch = 1,
    convention: options.ConventionOption = "paper",
    dtype: options.Dtype = "float32",
    weight_dtype: options.WeightDtype = None,
    device: options.Device = None,
    optimizer: options.Optimizer = "adam",
    freeze: options.Freeze = None,
    in_place: options.InPlace = False,
    format: options.FormatWithoutCsv = "table",
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """What changed between two networks, and what it costs. Names and blocks are no change."""
    options.one_of(format, FORMATS, "format")
    names = tuple(metric(name).name for name in dict.fromkeys(options.listed(columns, "params,peak_memory") or ()))
    shown = report.Options(all, metric(by).name if by else None, columns=names)
    settings = options.settings(weight_dtype, device, optimizer, freeze, in_place)
    wanted, counting = options.choice(set, inputs), options.convention(convention)
    if base is not None:
        from cnncalc.budget.base import revision_of
        from cnncalc.compare.revisions import Request, compare

        request = Request(revision_of(base), wanted, batch, counting, tuple(filter(os.path.isdir, specs)), max_layers,
                          dtype, settings)
        entries = compare(list(every(specs)), request)
        write(_several(entries, base, shown, format, output), output)
        differ = any(entry.status != "same" for entry in entries)
    else:
        found = diff(*(analyze(graph, batch=batch, dtype=dtype, convention=counting, settings=settings)
                       for graph in _two(specs, wanted, max_layers)))
        write(_one(found, shown, format, output), output)
        differ = not found.same
    leave(Exit.FINDING if exit_code and differ else Exit.FINE)


def _two(specs: list[str], wanted: Choice, max_layers: int) -> list[Graph]:
    if len(specs) != 2:
        raise Fault(f"`diff` compares two networks, and {len(specs)} {'is' if len(specs) == 1 else 'are'} given",
                    help="write `cnncalc diff A B`, or `cnncalc diff --base REV SPEC...`")
    return [options.graph_of(spec, wanted, max_layers) for spec in specs]


def _one(found: Diff, shown: report.Options, format: str, output: str | None) -> str:
    if format == "json":
        return to_json(import_module("cnncalc.report.diff_json").as_json(found, shown.columns))
    if format == "markdown":
        return str(import_module("cnncalc.report.diff_markdown").render(found, shown))
    here = screen(sys.stdout)
    if format == "table" and here.terminal and output is None:
        return str(import_module("cnncalc.report.diff_table").table(found, shown._replace(width=here.width), here))
    return report.plain(found, shown)


def _several(entries: tuple[Entry, ...], base: str, shown: report.Options, format: str, output: str | None) -> str:
    if format == "json":
        return to_json(import_module("cnncalc.report.diff_json").compare(entries, base, shown.columns))
    if format == "markdown":
        return str(import_module("cnncalc.report.diff_markdown").compare(entries, shown))
    here = screen(sys.stdout)
    if format == "table" and here.terminal and output is None:
        return str(import_module("cnncalc.report.diff_table").compare(entries, shown._replace(width=here.width), here))
    return str(import_module("cnncalc.report.diff_several").plain(entries, shown))
