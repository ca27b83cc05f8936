"""`cnncalc check SPEC...`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cnncalc.budget.base import path_within, revision_of
from cnncalc.budget.files import read_budgets
from cnncalc.budget.measure import Conditions
from cnncalc.budget.reading import limits_of_options
from cnncalc.budget.run import Report, Request, check_specs
from cnncalc.cli import options
from cnncalc.cli.exits import Exit, leave
from cnncalc.cli.output import diagnose, say, screen, write
from cnncalc.errors import Diagnostic, Fault, SpecError
from cnncalc.report import check as report
from cnncalc.spec.limits import MAX_LAYERS
from cnncalc.spec.locate import Located, git, locate, text_of

FORMATS = ("auto", "table", "plain", "json", "markdown", "github")


def command(
    specs: options.Specs,
    max: Annotated[list[str] | None, typer.Option("--max", metavar="METRIC=AMOUNT", help="at most: `params=5M`, "
                                                  "`weights@int8=4MiB`")] = None,
    min: Annotated[list[str] | None, typer.Option("--min", metavar="METRIC=AMOUNT", help="at least")] = None,
    increases: Annotated[list[str] | None, typer.Option("--max-increase", metavar="METRIC=AMOUNT", help="at most so "
                                                        "much more than the base: `params=2%`, `macs=+50k`")] = None,
    budgets: Annotated[str | None, typer.Option("--budgets", metavar="FILE", help="a file: globs to budgets")] = None,
    base: Annotated[str | None, typer.Option("--base", metavar="REV", help="the commit to compare with")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="show failures only")] = False,
    why: Annotated[bool, typer.Option("--why", help="list the layers that cost most of what is exceeded")] = False,
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
    format: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="table, plain, json, markdown, "
                                        "github; auto: github in a workflow, else table")] = "auto",
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """Hold networks against their budgets, those in the specs and those given here; every limit holds.

    A SPEC without @variant means its default network, and every variant that has a budget of its own. --max, --min and
    --max-increase hold for the networks that the SPECs name, not for such variants. --convention is what they count
    flops in; a budget in a file has its own `convention:`.
    """
    options.one_of(format, FORMATS, "format")
    if increases and not base:
        raise Fault("`--max-increase` is relative to a base, and there is none", help="name one: `--base main`")
    counted = options.convention(convention)
    conditions = Conditions(batch, dtype, options.settings(weight_dtype, device, optimizer, freeze, in_place))
    limits = [limit for rule, given in (("max", max), ("min", min), ("max_increase", increases))
              for limit in limits_of_options(rule, given or (), counted)]  # type: ignore[arg-type]
    globs = read_budgets(text_of(budgets)) if budgets else ()
    request = Request(tuple(limits), budgets, globs, options.choice(set, inputs), conditions,
                      revision_of(base) if base else None, tuple(filter(os.path.isdir, specs)), max_layers)
    located, lost = _located(specs, budgets)
    found = check_specs(located, request, lost)
    if format == "auto":
        format = "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "table"
    _show(found, report.Options(quiet, why), format, output)
    leave(Exit.BAD if found.bad else Exit.FINDING if found.broken else Exit.FINE)


def _located(specs: list[str], budgets: str | None) -> tuple[list[Located], tuple[Diagnostic, ...]]:
    """The specs that can be read, and what is wrong with the others; the budgets file itself is none of them."""
    found: list[Located] = []
    lost: list[Diagnostic] = []
    for spec in specs:
        try:
            found += locate(spec)
        except SpecError as error:
            lost += error.diagnostics
    for each in found:
        if each.bundled:
            say(options.bundled_note(each))
    aside = os.path.realpath(budgets) if budgets else None
    return [each for each in found if os.path.realpath(each.source.label) != aside], tuple(lost)


def _show(found: Report, shown: report.Options, format: str, output: str | None) -> None:
    if format == "github":
        _workflow(found, shown, output)
        return
    write(_render(found, shown, format, output), output)
    if found.problems:
        diagnose(found.problems)


def _render(found: Report, shown: report.Options, format: str, output: str | None) -> str:
    here = screen(sys.stdout)
    if format == "json":
        from cnncalc.report import check_json

        return check_json.render(found)
    if format == "markdown":
        from cnncalc.report import check_markdown

        return check_markdown.render(found, shown)
    if format == "table" and here.terminal and output is None:
        from cnncalc.report import check_table

        return check_table.table(found, shown, here)
    return report.plain(found, shown)


def _workflow(found: Report, shown: report.Options, output: str | None) -> None:
    """The log with its annotations (bad specs among them), and the step's summary where there is one to write."""
    from cnncalc.report import check_github, check_markdown

    code, top, _ = git("rev-parse", "--show-toplevel")
    root = os.path.realpath("." if code else top.decode(errors="surrogateescape").strip())
    write(check_github.render(found, shown, lambda label: path_within(root, label) if os.path.isfile(label) else None),
          output)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with open(summary, "a", encoding="utf-8", newline="\n") as file:
            file.write(check_markdown.render(found, shown))
