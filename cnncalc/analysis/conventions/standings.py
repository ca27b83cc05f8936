"""One network under several conventions: side by side, and the steps that lead from one total to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnncalc.analysis.conventions import BUNDLED, PAPER, Convention, bundled
from cnncalc.analysis.conventions.count import rule_of
from cnncalc.errors import Fault
from cnncalc.graph import Graph


class Standing(NamedTuple):
    """A network's FLOPs under one convention; `total` is None where it has no number, and `problem` says why."""

    convention: Convention
    total: int | None
    problem: str = ""


class Standings(NamedTuple):
    """A network under several conventions. `folded` says that batch normalisation was folded first."""

    graph: Graph
    batch: int
    folded: bool
    rows: tuple[Standing, ...]


class Step(NamedTuple):
    """What one kind adds to the difference: FLOPs under both conventions, and the formulas that give them."""

    kind: str
    layers: int
    start: int
    end: int
    start_formula: str
    end_formula: str

    @property
    def change(self) -> int:
        """From the first to the second."""
        return self.end - self.start


class Waterfall(NamedTuple):
    """The way from one convention's total to another's, the largest step first; the changes add up exactly."""

    graph: Graph
    batch: int
    folded: bool
    start: Convention
    end: Convention
    start_total: int
    end_total: int
    steps: tuple[Step, ...]


def standings(graph: Graph, *, batch: int = 1, conventions: Iterable[Convention] | None = None,
              folded: bool = False) -> Standings:
    """The network under every bundled convention, or under the given ones."""
    chosen = map(bundled, BUNDLED) if conventions is None else conventions
    return Standings(graph, batch, folded, tuple(_standing(graph, batch, each) for each in chosen))


def _standing(graph: Graph, batch: int, convention: Convention) -> Standing:
    try:
        return Standing(convention, sum(convention.flops(graph, batch)))
    except Fault as fault:
        if fault.code != "uncounted":
            raise
        return Standing(convention, None, fault.message)


def waterfall(graph: Graph, start: Convention, end: Convention, *, batch: int = 1, folded: bool = False) -> Waterfall:
    """Which kinds of layers account for the difference between two conventions. Raises `Fault`."""
    start, end = _worded(start), _worded(end)
    before, after = start.flops(graph, batch), end.flops(graph, batch)
    numbers: dict[str, list[int]] = {}
    for number, node in enumerate(graph.nodes):
        numbers.setdefault(node.layer.kind, []).append(number)
    steps = [Step(kind, len(of), sum(before[i] for i in of), sum(after[i] for i in of), formulas(graph, start, of),
                  formulas(graph, end, of)) for kind, of in numbers.items()]
    steps.sort(key=lambda step: -abs(step.change))
    return Waterfall(graph, batch, folded, start, end, sum(before), sum(after), tuple(steps))


def _worded(convention: Convention) -> Convention:
    """The default comes without its formulas, which cost a file."""
    return bundled("paper") if convention is PAPER else convention


def formulas(graph: Graph, convention: Convention, numbers: Sequence[int]) -> str:
    """The formulas that count these layers, as written."""
    found = {rule.text: None for rule in (rule_of(convention, graph.nodes[i].layer) for i in numbers) if rule}
    return "; ".join(found)
