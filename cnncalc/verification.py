"""Predicted against measured, layer by layer: output shape, parameters, running statistics, multiply-adds.

The prediction is the analyzer's; the measurement is what the executor did. They share nothing but the network's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import NamedTuple

from cnncalc.analysis import Analysis, LayerCost, analyze
from cnncalc.execution import execute_graph, samples
from cnncalc.graph import Graph
from cnncalc.layers.base import Shape
from cnncalc.reference import Measured, Progress, Record, SmallNumbers, Stopped
from cnncalc.reference.fast import FAST
from cnncalc.spec.smallest import smallest


class Counts(NamedTuple):
    """What both sides say about a layer, for one item; `output` is without the batch."""

    output: Shape
    params: int
    buffers: int
    macs: int


class Sums(NamedTuple):
    """The same about all layers that were compared."""

    params: int
    buffers: int
    macs: int


class Run(NamedTuple):
    """What happened besides.

    Of the multiply-adds `padding` multiplied a padding zero. Of the output cells that were computed by packed products
    `rechecked` were recomputed one by one, and `unequal` of them came out otherwise. At most `peak_cells` numbers were
    alive between layers, at the layer `peak`.
    """

    padding: int
    rechecked: int
    unequal: int
    peak_cells: int
    peak: str


class Row(NamedTuple):
    """One layer.

    `measured` is None for a declared layer, which is never verified (then `agree` is None too), and for one that was
    not run: `problem` says why. A declared layer agrees with nothing and contradicts nothing.
    """

    path: str
    kind: str
    predicted: Counts
    measured: Counts | None
    agree: bool | None
    problem: str

    @property
    def declared(self) -> bool:
        """Its numbers are the user's word."""
        return self.agree is None


class Verification(NamedTuple):
    """The outcome of a run.

    `analysis` holds the predictions, at the input shapes that the run had; `own` are the shapes that the spec has (or
    `--input` gave it). `quick` says that a smaller size was searched for.
    """

    analysis: Analysis
    own: Mapping[str, Shape]
    quick: bool
    rows: tuple[Row, ...]
    predicted: Sums
    measured: Sums
    run: Run

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """The input shapes of the run."""
        return _shapes(self.analysis.graph)

    @property
    def agree(self) -> bool:
        """Every layer that can be verified is as predicted, and so are the totals."""
        return all(row.agree is not False for row in self.rows) and self.predicted == self.measured


MUCH = 20 * 10**9
"""Multiply-adds from which on a user should know beforehand how long it will take."""
PER_SECOND = 250 * 10**6
"""Multiply-adds, packed and with one per cent recomputed, on one core of a 2020s server."""


def estimate(graph: Graph) -> float | None:
    """Seconds that a full-size run of a large network takes, roughly; None for others."""
    macs = sum(node.facts.macs for node in graph.nodes)
    return macs / PER_SECOND if macs > MUCH else None


def verify(graph: Graph, *, quick: bool = False, seed: int = 0, progress: Progress | None = None) -> Verification:
    """Run a network and compare what happened with what was predicted.

    `quick` runs at a small input (see `spec.smallest`). Inputs and weights are small whole numbers made from `seed`,
    and values are reduced to small whole numbers between layers: costs are proven, not values. `progress(done, total,
    path)` is called before each layer; done and total count predicted work.

    Raises:
        Fault: a tensor is too large to be made.
    """
    own = _shapes(graph)
    if quick:
        graph = smallest(graph)
    predicted = analyze(graph)
    problem, reason = "", ""
    try:
        record = execute_graph(graph, samples(graph, seed), SmallNumbers(), seed=seed, kernels=FAST,
                               progress=progress and _weighed(graph, progress))
    except Stopped as stop:
        record, problem, reason = stop.before, stop.path, stop.reason
    rows = []
    for row in predicted.layers:
        words = reason if row.path == problem else f"not run, because `{problem}` failed" if problem else ""
        rows.append(_row(row, record.steps.get(row.path), words))
    compared = [row for row in rows if not row.declared]
    return Verification(predicted, own, quick, tuple(rows), _sums(row.predicted for row in compared),
                        _sums(row.measured for row in compared if row.measured is not None), _run(record))


def _row(cost: LayerCost, measured: Measured | None, problem: str) -> Row:
    predicted = Counts(cost.output, cost.params, cost.buffers, cost.macs)
    if measured is None:
        return Row(cost.path, cost.kind, predicted, None, False, problem)
    if not measured.verified:
        return Row(cost.path, cost.kind, predicted, None, None, "")
    found = Counts(measured.shape, measured.parameters, measured.buffers, measured.multiply_adds)
    words = f"{measured.unequal} of {measured.rechecked} recomputed cells came out otherwise" * bool(measured.unequal)
    return Row(cost.path, cost.kind, predicted, found, found == predicted and not measured.unequal, words)


def _run(record: Record) -> Run:
    steps = record.steps.values()
    return Run(sum(step.padding for step in steps), sum(step.rechecked for step in steps),
               sum(step.unequal for step in steps), record.peak_cells, record.peak)


def _shapes(graph: Graph) -> dict[str, Shape]:
    return {each.name: each.shape for each in graph.inputs}


def _sums(counts: Iterable[Counts]) -> Sums:
    listed = list(counts)
    return Sums(sum(each.params for each in listed), sum(each.buffers for each in listed),
                sum(each.macs for each in listed))


def _weighed(graph: Graph, progress: Progress) -> Progress:
    """Steps as work: a layer's multiply-adds, and something for each of its weights and output cells."""
    done = [0]
    for node in graph.nodes:
        numbers = sum(map(prod, (node.facts.shape, *node.facts.weights.values())))
        done.append(done[-1] + node.facts.macs + 4 * numbers)
    return lambda number, total, path: progress(done[number], done[-1], path)
