"""`cnncalc verify SPEC...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cnncalc.cli import options
from cnncalc.cli.cores import core_is_free
from cnncalc.cli.exits import Exit, leave
from cnncalc.cli.output import say, screen, write
from cnncalc.cli.progress import progress_bar
from cnncalc.report import verify as report
from cnncalc.report.summary import title_of, to_json
from cnncalc.spec.limits import MAX_LAYERS
from cnncalc.verification import Verification, estimate, verify

FORMATS = ("table", "plain", "json")


def command(
    specs: options.Specs,
    set: options.Set = None,
    inputs: options.Inputs = None,
    quick: Annotated[bool, typer.Option("--quick", help="at the smallest height and width, not equal, that the network "
                                        "accepts; not below 32 where the spec's are larger")] = False,
    receptive_field: Annotated[bool, typer.Option("--receptive-field", help="compare, too, which input cells every "
                                                  "output cell depends on")] = False,
    slow: Annotated[bool, typer.Option("--slow", help="only with the plain kernels, which define the layers")] = False,
    format: options.PlainFormat = "table",
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """Run networks and compare what happened with what was predicted: sizes, parameters and multiply-adds."""
    options.one_of(format, FORMATS, "format")
    found, free = [], core_is_free()
    for graph in options.graphs(specs, options.choice(set, inputs), max_layers):
        seconds = None if quick else estimate(graph, slow=slow)
        if seconds is not None:
            say(f"{title_of(graph)}: about {seconds / 60:.0f} minutes; `--quick` runs at a small size")
        with progress_bar(title_of(graph)) as progress:
            found.append(verify(graph, quick=quick, receptive_field=receptive_field, slow=slow, progress=progress,
                                second_process=free))
    write(_render(found, format, output), output)
    leave(Exit.FINE if all(each.agree for each in found) else Exit.FINDING)


def _render(found: Sequence[Verification], format: str, output: str | None) -> str:
    if format == "json":
        return to_json(report.as_json(found[0]) if len(found) == 1 else report.several_json(found))
    here = screen(sys.stdout)
    if format == "table" and here.terminal and output is None:
        return report.table(found, here)
    return report.plain(found[0]) if len(found) == 1 else report.plain_several(found)
