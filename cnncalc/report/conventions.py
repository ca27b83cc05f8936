"""A network under several conventions as text, Markdown and JSON; the waterfall between two; COUNTING.md's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.analysis.conventions import Convention
from cnncalc.analysis.conventions.formula import Cases, Rule
from cnncalc.analysis.conventions.standings import Standings, Waterfall
from cnncalc.graph import Graph
from cnncalc.report.markdown import escaped, table
from cnncalc.report.summary import aligned
from cnncalc.report.text import number, printable

FOLDED = "batch normalisation folded into the layers before it"


def heading(graph: Graph, batch: int, folded: bool) -> str:
    """Name, variant, and what was changed before counting."""
    name = printable(graph.header.name or graph.text.label)
    extra = [printable(graph.variant)] if graph.variant else []
    extra += [f"batch {batch}"] if batch > 1 else []
    extra += [FOLDED] if folded else []
    return f"{name} ({', '.join(extra)})" if extra else name


def rows(shown: Standings) -> list[list[str]]:
    """Convention, total, what one FLOP is, and the version it was taken from."""
    return [[printable(row.convention.name), "-" if row.total is None else number(row.total),
             printable(row.convention.unit if row.total is not None else row.problem),
             printable(row.convention.version)] for row in shown.rows]


HEAD = ["Convention", "FLOPs", "One FLOP is a", "As in"]


def plain(shown: Standings) -> str:
    """Side by side, for a pipe."""
    lines = aligned([HEAD, *rows(shown)], {1})
    return "\n".join([heading(shown.graph, shown.batch, shown.folded), "", *lines]) + "\n"


def markdown(shown: Standings) -> str:
    """Side by side, as a Markdown table."""
    return f"**{escaped(heading(shown.graph, shown.batch, shown.folded))}**\n\n" + table(HEAD, rows(shown), {1})


def as_json(shown: Standings) -> dict[str, Any]:
    """Side by side as data, schema `cnncalc.conventions/1`; a total is null where the convention has no number."""
    found = []
    for row in shown.rows:
        entry = {"convention": row.convention.name, "unit": row.convention.unit, "total": row.total}
        found.append(entry if row.total is not None else {**entry, "problem": row.problem})
    return {"schema": "cnncalc.conventions/1", **_spec(shown.graph, shown.batch, shown.folded), "conventions": found}


def _spec(graph: Graph, batch: int, folded: bool) -> dict[str, Any]:
    return {"spec": {"name": graph.header.name, "label": graph.text.label, "variant": graph.variant,
                     "set": dict(graph.overrides)}, "batch": batch, "fold_batch_norm": folded}


STEP_HEAD = ["Step", "Layers", "FLOPs", "Formulas"]


def step_rows(shown: Waterfall) -> list[list[str]]:
    """The first total, a row for every kind that differs, the second total."""
    changed = [step for step in shown.steps if step.change]
    middle = [[step.kind, str(step.layers), f"{step.change:+,}",
               f"{bare(step.start_formula)} → {bare(step.end_formula)}"] for step in changed]
    return [[printable(shown.start.name), "", number(shown.start_total), printable(shown.start.unit)], *middle,
            [printable(shown.end.name), "", number(shown.end_total), printable(shown.end.unit)]]


def bare(formula: str) -> str:
    """A formula as people write it: letters without their `$`."""
    return formula.replace("$", "")


def plain_waterfall(shown: Waterfall) -> str:
    """The way from one total to the other, for a pipe."""
    lines = [heading(shown.graph, shown.batch, shown.folded), "", *aligned([STEP_HEAD, *step_rows(shown)], {1, 2})]
    return "\n".join([*lines, "", *_same(shown), letters()]) + "\n"


def _same(shown: Waterfall) -> list[str]:
    same = [step.kind for step in shown.steps if not step.change]
    return [f"no difference: {', '.join(same)}"] if same else []


def letters() -> str:
    """What the letters of formulas mean, in one line."""
    return ("M multiply-adds, I and O elements in and out, K kernel volume, S stride volume, G groups, C1 and C2 "
            "channels in and out, R rows, B biases added, P parameters, N batch")


def markdown_waterfall(shown: Waterfall) -> str:
    """The way from one total to the other, as a Markdown table."""
    title = escaped(heading(shown.graph, shown.batch, shown.folded))
    return f"**{title}**\n\n{table(STEP_HEAD, step_rows(shown), {1, 2})}"


def waterfall_json(shown: Waterfall) -> dict[str, Any]:
    """The waterfall as data, schema `cnncalc.waterfall/1`; `from` plus all changes is `to`, exactly."""
    ends = {key: {"convention": each.name, "unit": each.unit, "total": total} for key, each, total in
            (("from", shown.start, shown.start_total), ("to", shown.end, shown.end_total))}
    steps = [{"kind": step.kind, "layers": step.layers, "from": step.start, "to": step.end, "change": step.change,
              "from_formula": step.start_formula, "to_formula": step.end_formula} for step in shown.steps]
    return {"schema": "cnncalc.waterfall/1", **_spec(shown.graph, shown.batch, shown.folded), **ends, "steps": steps}


SHOWN = ("conv", "conv_transpose", "linear", "batch_norm", "relu", "max_pool", "global_avg_pool", "add")
"""The kinds in the overview of COUNTING.md."""


def reference(conventions: Sequence[Convention]) -> str:
    """The generated part of COUNTING.md: an overview, then every formula, reason and known bug."""
    overview = [[each.name, *(_words(each.rules.get(kind) or each.others) for kind in SHOWN)] for each in conventions]
    return "\n".join([table(["Convention", *SHOWN], overview, set()), *map(_section, conventions)])


def _section(convention: Convention) -> str:
    lines = [f"### `{convention.name}`", "", f"{convention.about} One FLOP is one {convention.unit}.", "",
             f"As in {convention.version}; {convention.source}.", ""]
    grouped: dict[str, list[str]] = {}
    for kind, rule in convention.rules.items():
        grouped.setdefault(_words(rule), []).append(f"`{kind}`")
    lines += [f"- {', '.join(kinds)}: `{words}`" for words, kinds in grouped.items()]
    lines += [f"- all others: `{_words(convention.others)}` ({convention.reason})", ""]
    if convention.bugs:
        lines += ["Known, and counted as the tool does:", "", *(f"- {bug}" for bug in convention.bugs), ""]
    return "\n".join(lines)


def _words(rule: Rule | None) -> str:
    """A rule in one line, without the `$` of its letters."""
    if isinstance(rule, Cases):
        return "; ".join(f"{_words(each)} if {rule.argument} is {'another' if case is None else case}"
                         for case, each in rule.cases.items())
    return "refused" if rule is None or rule.value is None else bare(rule.text)
