"""Limits against a measured network: one finding per limit and per layer or scope that its pattern means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from cnncalc.analysis.metrics import Value, metric
from cnncalc.budget.limits import Limit
from cnncalc.budget.measure import Measured, lower, upper
from cnncalc.errors import Diagnostic, Fault, Span, SpecError, closest
from cnncalc.layers.forms import show
from cnncalc.units import Increase

Status = Literal["fail", "warn", "ok", "skip"]
"""`skip`: the limit could not be held against anything, and `note` says why."""

MOST_ROWS = 100_000
COSTS = 10

Number = Fraction | int


class Cost(NamedTuple):
    """A layer's part in a limit that is broken; `share` is of the whole that the limit is about, where parts add up."""

    path: str
    kind: str
    value: Number
    share: float | None
    span: Span


class Network(NamedTuple):
    """Which network a finding is about: the text's label, the spec's name, the variant, and the file if it is one."""

    label: str
    name: str
    variant: str | None
    file: str | None


class Finding(NamedTuple):
    """One limit held against one network, layer or scope.

    `bound` is the amount that must not be passed (None: unknown, or sizes), `excess` by how much it is. `span` is a
    place in the network's own text: of the limit where it is written there, else of what breaks it. `costs` are the
    layers that cost most (or grew most, against a base), largest first; they are found for broken limits only.
    """

    network: Network
    limit: Limit
    scope: str | None
    status: Status
    bound: Number | None
    actual: Value
    base: Value
    excess: Number
    note: str
    span: Span | None
    costs: tuple[Cost, ...]


class Base(NamedTuple):
    """What a network is compared with: the base's network, or why there is none.

    `excused`: it is in order that there is none, so a limit that only a base could judge is no fault.
    """

    measured: Measured | None
    reason: str = ""
    excused: bool = False


NO_BASE = Base(None, "no base was given")


def findings(network: Network, limits: Sequence[Limit], now: Measured, base: Base = NO_BASE) -> list[Finding]:
    """Hold limits against a network; a pattern that matches nothing gives no finding.

    Raises:
        SpecError: a limit on a quantity that the network does not have, or too many findings.
    """
    result: list[Finding] = []
    for limit in limits:
        for scope in _scopes(limit, now):
            if len(result) >= MOST_ROWS:
                raise _error("too-large", limit, f"the limits hold for more than {MOST_ROWS} layers and scopes", "")
            result.append(_Judge(network, limit, scope, now, base).finding())
    return result


def unmatched(limits: Iterable[Limit], found: Iterable[Finding], networks: Sequence[Measured]) -> Iterator[Diagnostic]:
    """A diagnostic for each limit whose pattern means nothing in any of the networks that it was held against."""
    used = {id(finding.limit) for finding in found}
    seen: set[tuple[str | None, int]] = set()
    for limit in limits:
        if id(limit) in used or (limit.pattern, id(limit.source)) in seen:
            continue
        seen.add((limit.pattern, id(limit.source)))
        near = closest(limit.pattern or "", (path for each in networks for path in list(each.members)[:5000]))
        yield Diagnostic("unmatched-pattern", f"`{show(limit.pattern)}` matches no layer and no scope", limit.source,
                         limit.span, help=f"did you mean `{near}`?" if near else "`cnncalc summarize` shows the paths; "
                         "`*` is one component, `**` any number")


def _scopes(limit: Limit, now: Measured) -> Iterable[str | None]:
    if limit.pattern is None:
        return (None,)
    return now.matching(limit.pattern)


class _Judge:
    """One limit and one place."""

    def __init__(self, network: Network, limit: Limit, scope: str | None, now: Measured, base: Base) -> None:
        self.network = network
        self.limit = limit
        self.scope = scope
        self.now = now
        self.base = base

    def finding(self) -> Finding:
        limit = self.limit
        if limit.rule == "output":
            return self.output()
        actual = self.value(self.now)
        before = self.value(self.base.measured)
        reads = lower if limit.rule == "min" else upper
        number, old = reads(actual), reads(before)
        if number is None:
            return self.absent(actual, before)
        bound = self.bound(old)
        if bound is None:
            return self.made("skip", None, actual, before, 0, self.no_base())
        excess = bound - number if limit.rule == "min" else number - bound
        if excess <= 0:
            return self.made("ok", bound, actual, before, 0, "")
        if old is None or limit.rule == "max_increase":
            return self.broken(bound, actual, before, excess, kept=False, worse=True)
        past = bound - old if limit.rule == "min" else old - bound
        return self.broken(bound, actual, before, excess, kept=past > 0, worse=excess > past)

    def absent(self, actual: Value, before: Value) -> Finding:
        """No value to hold: a row that says so where a `*` led here, an error where this very thing was named."""
        where = f"`{self.scope}`" if self.scope else "the network"
        words = f"{where} has no `{self.limit.metric}`"
        if "*" not in (self.limit.pattern or ""):
            raise _error("no-value", self.limit, words, "limit a layer that has one")
        return self.made("skip", None, actual, before, 0, words)

    def output(self) -> Finding:
        """The output's sizes, which are equal or not."""
        actual, before = self.shape(self.now), self.shape(self.base.measured)
        if actual == self.limit.amount:
            return self.made("ok", None, actual, before, 0, "")
        kept = before is not None and before != self.limit.amount
        return self.broken(None, actual, before, 0, kept, before != actual)

    def broken(self, bound: Number | None, actual: Value, before: Value, excess: Number, kept: bool,
               worse: bool) -> Finding:
        """The base's own faults are no error of this change, unless it makes them worse."""
        note = ""
        if kept:
            note = "broken in the base already, and worse now" if worse else "broken in the base already, not worse now"
        status: Status = "warn" if self.limit.level == "warn" or (kept and not worse) else "fail"
        return self.made(status, bound, actual, before, excess, note)

    def made(self, status: Status, bound: Number | None, actual: Value, before: Value, excess: Number,
             note: str) -> Finding:
        costs = self.costs() if excess > 0 and self.limit.rule != "min" else ()
        return Finding(self.network, self.limit, self.scope, status, bound, actual, before, excess, note,
                       self.place(costs), costs)

    def value(self, measured: Measured | None) -> Value:
        """The metric here; None without a network, or without such a scope in it."""
        if measured is None:
            return None
        name, convention = self.limit.metric, self.limit.convention
        try:
            if self.scope is None:
                return measured.network(name, convention)
            return measured.places(name, convention).get(self.scope)
        except Fault as fault:
            raise _error(fault.code, self.limit, fault.message, fault.help) from None

    def shape(self, measured: Measured | None) -> Value:
        if measured is None:
            return None
        if self.scope is not None:
            return measured.outputs().get(self.scope)
        graph = measured.graph
        if len(graph.outputs) != 1:
            if measured is not self.now:
                return None
            names = ", ".join(each.name for each in graph.outputs[:8])
            raise _error("output", self.limit, f"the network has {len(graph.outputs)} outputs: {names}",
                         f'limit each by its path: `layers: {{"{graph.label(graph.outputs[0].tensor)}": '
                         f"{{output: {self.limit.written}}}}}`")
        return graph.shape(graph.outputs[0].tensor)

    def bound(self, old: Number | None) -> Number | None:
        """The amount that must not be passed; for an increase it stands on the base's."""
        amount = self.limit.amount
        if isinstance(amount, Increase):
            return None if old is None else old + (old * amount.amount if amount.relative else amount.amount)
        assert isinstance(amount, Fraction)
        return amount

    def no_base(self) -> str:
        if self.base.measured is None:
            return self.base.reason
        return f"new: the base has no `{self.scope}`" if self.scope else f"the base has no `{self.limit.metric}`"

    def costs(self) -> tuple[Cost, ...]:
        """The layers here with the largest values; under `max_increase`, those that grew most. None within a layer."""
        name, convention = self.limit.metric, self.limit.convention
        nodes, values = self.now.graph.nodes, self.now.layers(name, convention)
        members = range(len(nodes)) if self.scope is None else self.now.members[self.scope]
        if [nodes[number].path for number in members[:2]] == [self.scope]:
            return ()
        before: Mapping[str, Value] = {}
        if self.limit.rule == "max_increase" and self.base.measured is not None:
            before = self.base.measured.places(name, convention)
        parts = [((upper(values[number]) or 0) - (upper(before.get(nodes[number].path)) or 0), -number)
                 for number in members]
        parts = [part for part in parts if part[0] > 0]
        whole = sum(value for value, _ in parts) if metric(name).additive else 0
        return tuple(Cost(nodes[-number].path, nodes[-number].layer.kind, value,
                          float(Fraction(value) / whole) if whole else None, nodes[-number].span)
                     for value, number in sorted(parts, reverse=True)[:COSTS])

    def place(self, costs: Sequence[Cost]) -> Span | None:
        """The limit's own line in the spec; otherwise the line of the scope, of what costs most, of the output."""
        graph = self.now.graph
        if self.limit.source is graph.text:
            return self.limit.span
        if self.scope is not None:
            return _span_of(self.now, self.scope)
        if costs:
            return costs[0].span
        node = graph.node(graph.outputs[0].tensor) if graph.outputs else None
        return node.span if node is not None else None


def _span_of(measured: Measured, path: str) -> Span | None:
    scope = measured.graph.scopes.get(path)
    if scope is not None:
        return scope.span
    numbers = measured.members[path]
    return measured.graph.nodes[numbers[0]].span if numbers else None


def _error(code: str, limit: Limit, message: str, help: str) -> SpecError:
    return SpecError((Diagnostic(code, message, limit.source, limit.span, help=help),))


