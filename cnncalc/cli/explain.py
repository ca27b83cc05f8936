"""`cnncalc explain SPEC [LAYER...]`, `explain KIND`, `explain CODE`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cnncalc.analysis.conventions import Convention
from cnncalc.cli import options
from cnncalc.cli.output import screen, write
from cnncalc.errors import Fault, SpecError, did_you_mean
from cnncalc.graph import Graph
from cnncalc.layers import BY_NAME
from cnncalc.spec.document import Choice
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
    format: options.FormatWithoutCsv = "table",
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """The arithmetic of a network or of its layers; the manual page of a kind; what an error code means."""
    options.one_of(format, FORMATS, "format")
    text = "" if layers else _page(subject)
    if text and format in ("json", "markdown"):
        raise Fault(f"a page of the manual has no format `{format}`", help="leave `--format` out")
    if not text and subject is not None:
        rule = options.convention(convention)
        graph = options.folded(_network(subject, options.choice(set, inputs), max_layers), fold_batch_norm)
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
    """A code's page, with what the tool says to its example."""
    from cnncalc.codes import CODES

    found = CODES.get(subject)
    if found is None:
        return ""
    from cnncalc.cli.example import told
    from cnncalc.report.explain import code

    return code(found, told(found))


def _network(subject: str, wanted: Choice, max_layers: int) -> Graph:
    """A SPEC's network; where there is none, what it is instead, or the nearest of all that can be explained."""
    try:
        return options.graph_of(subject, wanted, max_layers)
    except SpecError as error:
        if error.diagnostics[0].code != "spec-not-found":
            raise
    from cnncalc.codes import CODES
    from cnncalc.spec.locate import bundled_names
    from cnncalc.spec.synonyms import KINDS

    if subject in BY_NAME or subject in CODES:
        raise Fault(f"`{subject}` is a {'kind' if subject in BY_NAME else 'code'}, and has no layers",
                    help=f"write `cnncalc explain {subject}`, or `cnncalc explain SPEC LAYER`")
    near = KINDS.get(subject.lower(), "")
    raise Fault(f"there is no network, kind or code `{subject[:60]}`", code="spec-not-found",
                help=f"did you mean `{near}`?" if near in BY_NAME else did_you_mean(
                    subject, (*BY_NAME, *CODES, *bundled_names()), "`cnncalc explain` lists kinds and codes, `cnncalc "
                    "list` the networks"))
