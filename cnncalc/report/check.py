"""Budgets as text: the cells and sentences that every format shows, and the plain table of a pipe."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from cnncalc.analysis.metrics import Unit, metric
from cnncalc.budget.findings import Cost, Finding, Number
from cnncalc.budget.measure import lower, upper
from cnncalc.budget.run import Report, named_in_full
from cnncalc.layers.window import times
from cnncalc.report.summary import aligned
from cnncalc.report.text import duration, number, percent, printable, ratio
from cnncalc.units import Increase

HEAD = ("", "Spec", "Scope", "Metric", "Budget", "Actual", "Over by", "Used", "Where")
RIGHT = {4, 5, 6, 7}
WORDS = {"fail": "FAIL", "warn": "warn", "ok": "ok", "skip": "skip"}
BRIEF = 3


class Options(NamedTuple):
    """What is shown: failures only, and all of the layers that cost most instead of the first few."""

    quiet: bool = False
    why: bool = False


ALL = Options()


def shown(report: Report, options: Options) -> tuple[Finding, ...]:
    """The findings that are shown, failing ones first."""
    return tuple(each for each in report.findings if each.status == "fail" or not options.quiet)


def cells(finding: Finding) -> list[str]:
    """One finding's texts, under `HEAD`."""
    actual = actual_of(finding)
    return [WORDS[finding.status], printable(named_in_full(finding.network)), printable(finding.scope or "-"),
            quantity(finding), budget(finding), actual, over(finding), used(finding), printable(place(finding))]


def quantity(finding: Finding) -> str:
    """The metric; FLOPs never stand without what one of them is."""
    name = finding.limit.metric
    return f"{name} ({printable(finding.limit.convention.name)})" if name in ("flops", "intensity") else name


def unit_of(finding: Finding) -> Unit:
    """The unit of a finding's numbers."""
    return "cells" if finding.limit.rule == "output" else metric(finding.limit.metric).unit


def actual_of(finding: Finding) -> str:
    """The value that was held against the limit, in full; an output in the notation of its limit."""
    if finding.limit.rule == "output" and isinstance(finding.actual, tuple):
        return f"[{', '.join(map(str, finding.actual))}]"
    return exact(finding.actual, unit_of(finding))


def budget(finding: Finding) -> str:
    """The limit as it was written, with its direction; an increase with the amount that it comes to."""
    limit = finding.limit
    written = printable(limit.written)
    if limit.rule == "output":
        return f"= {written}"
    if isinstance(limit.amount, Increase):
        grown = "+" + written.removeprefix("+").strip()
        return grown if finding.bound is None else f"≤ {brief(finding.bound, unit_of(finding))} ({grown})"
    return f"{'≥' if limit.rule == 'min' else '≤'} {written}"


def over(finding: Finding) -> str:
    """By how much the limit is passed; `short by` where it is a minimum."""
    if not finding.excess:
        return "differs" if finding.limit.rule == "output" and finding.status in ("fail", "warn") else ""
    amount = brief(finding.excess, unit_of(finding))
    return f"short {amount}" if finding.limit.rule == "min" else amount


def fraction(finding: Finding) -> Fraction | None:
    """How much of the budget is used: actual over bound, for an increase growth over what is allowed."""
    limit, bound = finding.limit, finding.bound
    if bound is None:
        return None
    actual = Fraction((lower if limit.rule == "min" else upper)(finding.actual) or 0)
    if isinstance(limit.amount, Increase):
        base = upper(finding.base) or 0
        bound -= base
        actual = max(actual - base, Fraction(0))
    return actual / bound if bound else None


def used(finding: Finding) -> str:
    """That share as a percentage, which never reads `100.0%` for a limit that is broken, nor 0 for what is there."""
    part = fraction(finding)
    if part is None:
        return ""
    if part > 1000:
        return ">100000%"
    text = percent(float(part), 1)
    if text == "100.0%" and finding.excess:
        return "<100%" if finding.limit.rule == "min" else ">100%"
    return text


def place(finding: Finding) -> str:
    """`file:line` in the network's own text."""
    label = finding.network.label
    return f"{label}:{finding.span.line}" if finding.span is not None else label


def exact(value: Any, unit: Unit) -> str:
    """A value in full: `60,965,224`, `224×224`; bytes with four digits."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return times(value)
    if unit in ("bytes", "seconds", "ratio"):
        return brief(value, unit)
    return number(value) if isinstance(value, int) else f"{float(value):.4g}"


def brief(value: Number, unit: Unit) -> str:
    """An amount with four digits and its unit: `10.97 M`, `4.001 MiB`; small whole numbers in full."""
    if unit in ("seconds", "ratio"):
        return duration(float(value)) if unit == "seconds" else ratio(float(value))
    names, step, most = ("", "k", "M", "G", "T", "P", "E"), 1000, 9999.5
    if unit == "bytes":
        names, step, most = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"), 1024, 1023.5
    if isinstance(value, Fraction) and value.denominator == 1:
        value = int(value)
    amount, power = float(value), 0
    while power < len(names) - 1 and abs(amount) >= (999.95 if power else most):
        amount, power = amount / step, power + 1
    whole = power == 0 and isinstance(value, int)
    return f"{format(value, ',') if whole else format(amount, '.4g')} {names[power]}".rstrip()


def plain(report: Report, options: Options = ALL) -> str:
    """The report for a pipe: nothing is cut, a line per finding, then why limits are broken, then the count."""
    rows = [cells(finding) for finding in shown(report, options)]
    lines = aligned([HEAD, *rows], RIGHT) if rows else []
    for finding in shown(report, options):
        if finding.status in ("fail", "warn"):
            lines += ["", *reasons(finding, options)]
    remarks = [] if options.quiet else remarks_of(report)
    if remarks:
        lines += ["", *remarks]
    return "\n".join(lines) + "\n" if lines else ""


def sentence(finding: Finding) -> str:
    """What is broken, in one line: `params over by 10.97 M: 60,965,224, and the budget is 50M`."""
    limit = finding.limit
    scope = f" of {printable(finding.scope)}" if finding.scope else ""
    actual = actual_of(finding)
    if limit.rule == "output":
        return f"output{scope} differs: {actual}, and the budget is {printable(limit.written)}"
    direction = "short" if limit.rule == "min" else "over"
    bound = budget(finding).removeprefix("≤ ").removeprefix("≥ ")
    if limit.rule == "max_increase":
        bound = f"{bound[:-1]} of {exact(finding.base, unit_of(finding))})"
    return (f"{quantity(finding)}{scope} {direction} by {brief(finding.excess, unit_of(finding))}: "
            f"{actual}, and the budget is {bound}")


def reasons(finding: Finding, options: Options) -> list[str]:
    """The lines below the table for one broken limit: what, why it is no error, the user's words, what costs most."""
    word = "error" if finding.status == "fail" else "warning"
    lines = [f"{word}: {printable(named_in_full(finding.network))}: {sentence(finding)} ({written_at(finding)})"]
    if finding.limit.message:
        lines.append(f"  {printable(finding.limit.message)}")
    if finding.note:
        was = f" (it was {exact(finding.base, unit_of(finding))})" if finding.base is not None else ""
        lines.append(f"  {printable(finding.note)}{was}")
    if finding.costs:
        lines += _costs(finding, options.why)
    return lines


def written_at(finding: Finding) -> str:
    """Where a limit is written: `net.yaml:4`, or the option that said it."""
    limit = finding.limit
    if limit.source.label.startswith("--"):
        return printable(f"{limit.source.label} {limit.source.text}")
    return printable(f"{limit.source.label}:{limit.span.line}" if limit.span else limit.source.label)


def cost_words(finding: Finding) -> str:
    """What the list of layers says."""
    if all(cost.share is None for cost in finding.costs):
        return "layers with the largest values"
    return "layers that grew most" if finding.limit.rule == "max_increase" else "layers that cost most"


def _costs(finding: Finding, why: bool) -> list[str]:
    unit = unit_of(finding)
    if why:
        table = [[f"    {printable(cost.path)}", cost.kind, exact(cost.value, unit), share(cost),
                  printable(f"{finding.network.label}:{cost.span.line}")] for cost in finding.costs]
        return [f"  {cost_words(finding)}:", *aligned(table, {2, 3})]
    return [f"  {cost_words(finding)}: {most(finding)}"]


def most(finding: Finding) -> str:
    """The few layers that cost most, in a few words: `fc6 37.75 M (61.9%), …`."""
    unit = unit_of(finding)
    return ", ".join(f"{printable(cost.path)} {brief(cost.value, unit)}" + (f" ({share(cost)})" if share(cost) else "")
                     for cost in finding.costs[:BRIEF])


def share(cost: Cost) -> str:
    """A layer's part of the whole, where parts add up; what is there is never shown as 0."""
    if cost.share is None:
        return ""
    return "<0.1%" if cost.share < 0.0005 else f"{100 * cost.share:.1f}%"


def remarks_of(report: Report) -> list[str]:
    """The lines at the end: what is new, removed, renamed, without a budget; skipped limits; the count."""
    lines = [f"new: {printable(name)} is not in {printable(report.base.name)}" for name in report.new if report.base]
    lines += [f"removed: {printable(path)} is only in {printable(report.base.name)}"
              for path in report.removed if report.base]
    lines += [f"renamed: {printable(now)} was {printable(then)} in {printable(report.base.name)}"
              for now, then in report.renamed if report.base]
    lines += [f"no budget any more: {printable(name)} had one in {printable(report.base.name)}"
              for name in report.dropped if report.base]
    if report.unchecked:
        lines.append(f"no budget: {', '.join(map(printable, report.unchecked))}")
    skipped = [each for each in report.findings if each.status == "skip"]
    notes = [f"skipped: {printable(named_in_full(each.network))}: {quantity(each)} {budget(each)}: "
             f"{printable(each.note)}" for each in skipped]
    return [*lines, *dict.fromkeys(notes), count(report)]


def count(report: Report) -> str:
    """The last line: how many limits hold."""
    held = [each for each in report.findings if each.status != "skip"]
    failing = sum(each.status == "fail" for each in held)
    warned = sum(each.status == "warn" for each in held)
    networks = len({named_in_full(each.network) for each in held})
    words = f"{_several(len(held), 'limit')} on {_several(networks, 'network')}: {len(held) - failing - warned} ok"
    words += f", {_several(warned, 'warning')}" if warned else ""
    words += f", {failing} broken" if failing else ""
    return words + (f" (base {printable(report.base.name)}, {report.base.commit[:12]})" if report.base else "")


def _several(amount: int, noun: str) -> str:
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"
