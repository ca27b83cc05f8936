"""`cnncalc explain SPEC [LAYER...]`, `explain KIND`, `explain CODE`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cnncalc.analysis.conventions import Convention
from cnncalc.cli import options
from cnncalc.cli.output import screen, write
from cnncalc.graph import Graph
from cnncalc.layers import BY_NAME
from cnncalc.spec.limits import MAX_LAYERS

FORMATS = ("table", "plain", "json", "markdown")


def command(
    subject: Annotated[str | None, typer.Argument(metavar="[SPEC|KIND|CODE]", help="a network, a kind of layer, or the "
                                                  "code of a diagnostic (./conv for a file of such a name)")] = None,
    layers: Annotated[list[str] | None, typer.Argument(metavar="[LAYER]...", help="paths, scopes or patterns")] = None,
    set: options.Set = None,
    inputs: options.Inputs = None,
    batch: options.Batch = 1,
    convention: options.ConventionOption = "paper",
    fold_batch_norm: options.FoldBatchNorm = False,
    format: options.Format = "table",
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """The arithmetic of a network or of its layers; the manual page of a kind; what an error code means."""
    options.one_of(format, FORMATS, "format")
    text = "" if layers else _page(subject)
    if not text and subject is not None:
        rule = options.convention(convention)
        graph = options.folded(options.graph_of(subject, options.choice(set, inputs), max_layers), fold_batch_norm)
        text = _working(graph, layers or [], batch, rule, format)
    if format != "json" and output is None and not screen(sys.stdout).unicode:
        from cnncalc.report.explain import ascii_working

        text = ascii_working(text)
    write(text, output)


def _working(graph: Graph, layers: list[str], batch: int, rule: Convention, format: str) -> str:
    """The arithmetic of the layers that are asked for."""
    from cnncalc.analysis import analyze
    from cnncalc.explain.layer import explain
    from cnncalc.report import explain as report
    from cnncalc.report.summary import to_json

    analysis = analyze(graph, batch=batch, convention=rule)
    found = explain(analysis, layers)
    if format == "json":
        return to_json(report.as_json(found, analysis))
    return (report.markdown if format == "markdown" else report.plain)(found, analysis)


def _page(subject: str | None) -> str:
    """What is no network: a kind's page, a code's, or the list of both; empty otherwise."""
    if subject is None:
        from cnncalc.codes import CODES
        from cnncalc.explain.manual import kinds
        from cnncalc.report.explain import index

        return index(kinds(), list(CODES))
    if subject in BY_NAME:
        from cnncalc.explain.manual import manual
        from cnncalc.report.explain import manual as render

        return render(manual(subject))
    return _code(subject)


def _code(subject: str) -> str:
    """A code's page; an example that is a spec is read, and what the tool says is shown."""
    from cnncalc.codes import CODES, SPEC

    found = CODES.get(subject)
    if found is None:
        return ""
    from cnncalc.report.explain import code

    return code(found, _said(found.example) if found.example and found.command == SPEC else "")


def _said(text: str) -> str:
    """The diagnostics of a spec's text."""
    from cnncalc.errors import SpecError
    from cnncalc.report.diagnostics import plain
    from cnncalc.spec.load import loads

    try:
        return plain(loads(text, label="net.yaml").warnings)
    except SpecError as error:
        return plain(error.diagnostics)
