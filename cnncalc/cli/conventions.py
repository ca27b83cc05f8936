"""`cnncalc conventions SPEC`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cnncalc.analysis.conventions import BUNDLED, bundled
from cnncalc.analysis.conventions.standings import Standings, Waterfall, standings, waterfall
from cnncalc.cli import options
from cnncalc.cli.output import screen, write
from cnncalc.errors import Fault
from cnncalc.report import conventions as report
from cnncalc.report.summary import to_json
from cnncalc.spec.limits import MAX_LAYERS

FORMATS = ("table", "plain", "json", "markdown")


def command(
    spec: options.Spec,
    start: Annotated[str | None, typer.Option("--from", metavar="NAME|FILE", help="start of the waterfall")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="NAME|FILE", help="end of the waterfall")] = None,
    convention: Annotated[list[str] | None, typer.Option("--convention", metavar="NAME|FILE",
                                                         help="only these; or a file of your own")] = None,
    fold_batch_norm: options.FoldBatchNorm = False,
    set: options.Set = None,
    inputs: options.Inputs = None,
    batch: options.Batch = 1,
    format: options.FormatWithoutCsv = "table",
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """A network under every counting convention, side by side; or the steps from one total to another."""
    options.one_of(format, FORMATS, "format")
    if (start is None) != (end is None):
        raise Fault("a waterfall needs both ends", help="write `--from paper --to fvcore`")
    graph = options.folded(options.graph_of(spec, options.choice(set, inputs), max_layers), fold_batch_norm)
    found: Standings | Waterfall
    if start is not None and end is not None:
        found = waterfall(graph, options.convention(start), options.convention(end), batch=batch,
                          folded=fold_batch_norm)
    else:
        chosen = map(options.convention, convention) if convention else map(bundled, BUNDLED)
        found = standings(graph, batch=batch, conventions=chosen, folded=fold_batch_norm)
    write(_render(found, format, output), output)


def _render(found: Standings | Waterfall, format: str, output: str | None) -> str:
    if format == "json":
        return to_json(report.as_json(found) if isinstance(found, Standings) else report.waterfall_json(found))
    if format == "markdown":
        return report.markdown(found) if isinstance(found, Standings) else report.markdown_waterfall(found)
    here = screen(sys.stdout)
    if format == "table" and here.terminal and output is None:
        from cnncalc.report import conventions_table

        return conventions_table.table(found, here)
    return report.plain(found) if isinstance(found, Standings) else report.plain_waterfall(found)
