"""A budget as written to limits: the `budget` of a spec, of a variant, of a budgets file, or of the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from cnncalc.analysis.conventions import PAPER, Convention, convention_of
from cnncalc.analysis.metrics import METRICS, Unit, metric
from cnncalc.budget.limits import Level, Limit, Rule
from cnncalc.errors import Diagnostic, Fault, Source, Span, SpecError, did_you_mean
from cnncalc.graph import Graph
from cnncalc.layers.base import Shape
from cnncalc.layers.forms import show
from cnncalc.spec.source import Listing, Scalar, Table, Tree, read
from cnncalc.units import amount, increase

WORDS = ("output", "layers", "convention")
"""The keys of a budget that are no metrics."""

RULES = ("max", "min", "max_increase", "level", "message")
MOST = 1000
MOST_STARS = 100
"""Limits of one budget, and those of its patterns that have a `*`: each of those is tried on every layer."""


def limits_of(graph: Graph) -> tuple[Limit, ...]:
    """The limits that a network's spec (or its variant) carries; none without a `budget`. Raises `SpecError`."""
    return () if graph.budget is None else read_budget(graph.budget, graph.text)


def limits_from(budget: Mapping[str, Any], label: str = "budget") -> tuple[Limit, ...]:
    """The limits that a mapping says, written as in a spec: `{"params": "5M", "layers": {…}}`. Raises `SpecError`."""
    source = Source(label, json.dumps(budget, ensure_ascii=False, default=str))
    return tuple(limit._replace(span=None) for limit in read_budget(read(source), source))


def limits_of_options(rule: Rule, given: Sequence[str], convention: Convention) -> tuple[Limit, ...]:
    """The limits of `--max params=5M`, `--min …`, `--max-increase …`. Raises `SpecError`."""
    option = "--" + rule.replace("_", "-")
    limits: list[Limit] = []
    for each in given:
        source = Source(option, each)
        name, equals, value = each.partition("=")
        if not equals or not value.strip():
            raise SpecError((Diagnostic("bad-value", f"`{option} {show(each)}` has no amount", source,
                                        help=f"write `{option} params=5M`"),))
        key = Scalar(name.strip(), 1, 1, max(len(name), 1))
        reader = _Reader(source, convention)
        reader.rule(key, rule, Scalar(value.strip(), 1, len(name) + 2, max(len(value), 1)), None)
        limits += reader.finish()
    return tuple(limits)


def read_budget(tree: Tree, source: Source) -> tuple[Limit, ...]:
    """The limits of a budget's tree, in order.

    Raises:
        SpecError: with every unknown metric, key, unit and amount.
    """
    reader = _Reader(source, PAPER)
    reader.budget(tree)
    return reader.finish()


class _Reader:
    """Reads one budget and collects what is wrong with it."""

    def __init__(self, source: Source, convention: Convention) -> None:
        self.source = source
        self.convention = convention
        self.limits: list[Limit] = []
        self.problems: list[Diagnostic] = []

    def finish(self) -> tuple[Limit, ...]:
        starred = len({limit.pattern for limit in self.limits if "*" in (limit.pattern or "")})
        for count, most, what in ((len(self.limits), MOST, "limits"), (starred, MOST_STARS, "patterns with a `*`")):
            if not self.problems and count > most:
                self.problems.append(Diagnostic("too-large", f"a budget has at most {most} {what}, and this one has "
                                                f"{count}", self.source, self.limits[0].span))
        if self.problems:
            raise SpecError(tuple(self.problems))
        return tuple(self.limits)

    def complain(self, fault: Fault, span: Span) -> None:
        self.problems.append(fault.at(self.source, span))

    def budget(self, tree: Tree) -> None:
        if isinstance(tree, Scalar) and not tree.text:
            return
        if not isinstance(tree, Table):
            self.complain(Fault("a budget is a mapping", help="write `budget: {params: 5M}`"), tree.span)
            return
        written = tree.get("convention")
        if written is not None:
            self.convention = self.named(written)
        for key, value in tree.entries:
            if key.text == "layers":
                self.layers(value)
            elif key.text != "convention":
                self.entry(key, value, None)

    def named(self, tree: Tree) -> Convention:
        """The budget's convention, one of those that ship: a word in a spec opens no file."""
        try:
            return convention_of(tree.text if isinstance(tree, Scalar) else "a list")
        except Fault as fault:
            self.complain(fault, tree.span)
            return PAPER

    def layers(self, tree: Tree) -> None:
        if not isinstance(tree, Table):
            self.complain(Fault("`layers` is a mapping from patterns to budgets",
                                help='write `layers: {"**.fc": {params: 3M}}`'), tree.span)
            return
        for pattern, budget in tree.entries:
            if not isinstance(budget, Table) or not budget.entries:
                self.complain(Fault(f"`{show(pattern.text)}` needs limits", help="write `{params: 3M}`"), budget.span)
            elif not pattern.text or not all(pattern.text.split(".")):
                self.complain(Fault(f"`{show(pattern.text)}` is not a pattern",
                                    help="components are joined by single points: `layer4.*.conv1`"), pattern.span)
            else:
                for key, value in budget.entries:
                    self.entry(key, value, pattern.text)

    def entry(self, key: Scalar, value: Tree, pattern: str | None) -> None:
        """`params: 5M`, `params: {max: 5M, level: warn}`, `output: [1000]`."""
        if key.text == "output":
            self.output(key, value, pattern)
        elif isinstance(value, Table) and self.unit(key, pattern) is not None:
            self.rules(key, value, pattern)
        elif isinstance(value, Listing):
            self.complain(Fault(f"`{show(key.text)}` takes one amount, not a list"), value.span)
        elif isinstance(value, Scalar):
            self.rule(key, "max", value, pattern)

    def rules(self, key: Scalar, table: Table, pattern: str | None) -> None:
        level, message = self.level(table), self.text(table)
        before = len(self.limits)
        for name, value in table.entries:
            if name.text in ("max", "min", "max_increase"):
                self.rule(key, name.text, value, pattern, level, message)  # type: ignore[arg-type]
            elif name.text not in RULES:
                self.complain(Fault(f"a limit has no `{show(name.text)}`", code="unknown-key",
                                    help=did_you_mean(name.text, RULES, "it has " + ", ".join(RULES))), name.span)
        if not {"max", "min", "max_increase"} & {name.text for name, _ in table.entries}:
            self.complain(Fault(f"`{show(key.text)}` has no limit", help="give `max`, `min` or `max_increase`"),
                          key.span)
        ends = {limit.rule: limit for limit in self.limits[before:] if isinstance(limit.amount, Fraction)}
        if {"max", "min"} <= ends.keys() and ends["min"].amount > ends["max"].amount:  # type: ignore[operator]
            self.complain(Fault(f"`min` is above `max`, so `{show(key.text)}` can never hold"),
                          ends["min"].span or key.span)

    def level(self, table: Table) -> Level:
        tree = table.get("level")
        text = tree.text if isinstance(tree, Scalar) else "error" if tree is None else "a list"
        if tree is not None and text not in ("error", "warn"):
            self.complain(Fault(f"`level` is `error` or `warn`, not `{show(text)}`",
                                help=did_you_mean(text, ("error", "warn"))), tree.span)
        return "warn" if text == "warn" else "error"

    def text(self, table: Table) -> str:
        tree = table.get("message")
        if tree is not None and not isinstance(tree, Scalar):
            self.complain(Fault("`message` is a text"), tree.span)
        return tree.text if isinstance(tree, Scalar) else ""

    def rule(self, key: Scalar, rule: Rule, value: Tree, pattern: str | None, level: Level = "error",
             message: str = "") -> None:
        unit = self.unit(key, pattern)
        if unit is None:
            return
        if not isinstance(value, Scalar):
            self.complain(Fault(f"`{rule}` is an amount"), value.span)
            return
        try:
            limit = increase(value.text, unit) if rule == "max_increase" else amount(value.text, unit)
        except Fault as fault:
            self.complain(fault, value.span)
            return
        self.limits.append(Limit(key.text, rule, limit, value.text, pattern, level, message, self.convention,
                                 self.source, value.span))

    def unit(self, key: Scalar, pattern: str | None) -> Unit | None:
        """The unit of a metric by name; None, with a complaint, for an unknown one."""
        words = WORDS if pattern is None else WORDS[:1]
        if key.text == "output" and pattern is None:
            self.complain(Fault("`output` is limited in a spec's budget or a budgets file", help="write `output: [64, "
                                "56, 56]` there: channels first, without the batch"), key.span)
            return None
        try:
            return metric(key.text).unit
        except Fault as fault:
            name = key.text.partition("@")[0]
            if name not in METRICS:
                fault.help = did_you_mean(name, (*METRICS, *words), "the metrics are " + ", ".join(METRICS))
            self.complain(fault, key.span)
            return None

    def output(self, key: Scalar, tree: Tree, pattern: str | None) -> None:
        sizes = _sizes(tree)
        if sizes is None:
            self.complain(Fault("`output` is a list of sizes", help="write channels first, without the batch: "
                                "`output: [64, 56, 56]`"), tree.span)
            return
        written = "[" + ", ".join(map(str, sizes)) + "]"
        self.limits.append(Limit("output", "output", sizes, written, pattern, "error", "", self.convention,
                                 self.source, tree.span))


def _sizes(tree: Tree) -> Shape | None:
    if not isinstance(tree, Listing) or not 1 <= len(tree.items) <= 16:
        return None
    texts = [item.text if isinstance(item, Scalar) else "" for item in tree.items]
    if not all(text.isascii() and text.isdigit() and len(text) < 19 for text in texts):
        return None
    return tuple(map(int, texts))


def budgeted_variants(source: Source) -> list[str]:
    """The variants of a spec that carry a budget of their own, in order; none of an unreadable text."""
    if "variants" not in source.text or "budget" not in source.text:
        return []
    try:
        tree = read(source)
    except SpecError:
        return []
    variants = tree.get("variants") if isinstance(tree, Table) else None
    if not isinstance(variants, Table):
        return []
    return [key.text for key, value in variants.entries if isinstance(value, Table) and value.get("budget") is not None]
