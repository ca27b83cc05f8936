"""Predicted against measured: output shape, parameters, running statistics and multiply-adds by layer, and the peak.

The prediction is the analyzer's; the measurement is what the executor did. They share nothing but the network's text.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from math import prod
from typing import NamedTuple

from cnncalc.analysis import Analysis, LayerCost, analyze
from cnncalc.analysis.lifetime import bytes_of, timeline
from cnncalc.analysis.receptive import clipped
from cnncalc.execution import execute_graph, fields_of, results, samples
from cnncalc.graph import Graph
from cnncalc.layers.base import Shape
from cnncalc.reference import KERNELS, Measured, Progress, Record, SmallNumbers, Stopped
from cnncalc.reference.fast import FAST
from cnncalc.spec.document import Choice, document
from cnncalc.spec.smallest import smallest


class Counts(NamedTuple):
    """What both sides say about a layer, for one item; `output` is without the batch."""

    output: Shape
    params: int
    buffers: int
    macs: int


class Sums(NamedTuple):
    """The same about all layers that were compared; `peak_cells` numbers are alive at once at most, between layers."""

    params: int
    buffers: int
    macs: int
    peak_cells: int


class Run(NamedTuple):
    """What happened besides.

    Of the multiply-adds `padding` multiplied a padding zero. Of the output cells that were computed by packed products
    `rechecked` were recomputed one by one, and `unequal` of them came out otherwise. Most numbers were alive at the
    layer `peak`.
    """

    padding: int
    rechecked: int
    unequal: int
    peak: str


class Row(NamedTuple):
    """One layer.

    `measured` is None for a declared layer, which is never verified (then `agree` is None too), and for one that was
    not run: `problem` says why. A declared layer agrees with nothing and contradicts nothing. `fields` tells where the
    receptive fields of its cells differ, if they were compared.
    """

    path: str
    kind: str
    predicted: Counts
    measured: Counts | None
    agree: bool | None
    problem: str
    fields: tuple[str, ...] = ()

    @property
    def declared(self) -> bool:
        """Its numbers are the user's word."""
        return self.agree is None


class Verification(NamedTuple):
    """The outcome of a run.

    `analysis` holds the predictions, at the input shapes that the run had; `own` are the shapes that the spec has,
    whatever others it was loaded with. `quick` says that a smaller size was searched for, `receptive_field` that fields
    were compared; `run` tells what happened besides.
    """

    analysis: Analysis
    own: Mapping[str, Shape]
    quick: bool
    receptive_field: bool
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


PER_SECOND = 250 * 10**6
"""Multiply-adds, packed and with one per cent recomputed, on one core of a 2020s server."""
PLAINLY = 8 * 10**6
"""The same one by one."""
LONG = 80
"""Seconds from which on a user should know beforehand: 20 G multiply-adds."""


def estimate(graph: Graph, *, slow: bool = False) -> float | None:
    """Seconds that a full-size run takes, roughly; None for a network that is done soon."""
    seconds = sum(node.facts.macs for node in graph.nodes) / (PLAINLY if slow else PER_SECOND)
    return seconds if seconds > LONG else None


def verify(graph: Graph, *, quick: bool = False, receptive_field: bool = False, slow: bool = False, seed: int = 0,
           progress: Progress | None = None, second_process: bool = False) -> Verification:
    """Run a network and compare what happened with what was predicted.

    `quick` runs at a small input (see `spec.smallest`). Inputs and weights are small whole numbers made from `seed`,
    and values are reduced to small whole numbers between layers: costs are proven, not values. `progress(done, total,
    path)` is called before each layer; done and total count predicted work. `receptive_field` compares, too, which
    input cells every output cell depends on, per axis, where all sizes are as predicted. `slow` runs the plain kernels
    alone, the living definition of the layers; otherwise fast ones do the same work, and some of their cells are
    recomputed by the plain ones: `rechecked` counts them. `second_process` lets them fork a child for half of the work
    of large layers (never on Windows, which cannot); the outcome is the same.

    Raises:
        Fault: a tensor is too large to be made.
    """
    own = {each.name: each.shape for each in document(graph.text, Choice(graph.variant, graph.overrides)).inputs}
    if quick:
        graph = smallest(graph)
    predicted = analyze(graph)
    problem, reason = "", ""
    try:
        arithmetic = SmallNumbers(second_process=second_process and hasattr(os, "fork"))
        record = execute_graph(graph, samples(graph, seed), arithmetic, seed=seed, keep=results(graph),
                               progress=progress and _weighed(graph, progress), kernels=KERNELS if slow else FAST)
    except Stopped as stop:
        record, problem, reason = stop.before, stop.path, stop.reason
    differing = _fields(graph, record) if receptive_field and not problem else {}
    rows = []
    for row in predicted.layers:
        words = reason if row.path == problem else f"not run, because `{problem}` failed" if problem else ""
        rows.append(_with_fields(_row(row, record.steps.get(row.path), words), differing.get(row.path, ())))
    compared = [row for row in rows if not row.declared]
    return Verification(predicted, own, quick, receptive_field, tuple(rows),
                        _sums((row.predicted for row in compared), _peak(graph)),
                        _sums((row.measured for row in compared if row.measured is not None), record.peak_cells),
                        _run(record))


def _row(cost: LayerCost, measured: Measured | None, problem: str) -> Row:
    predicted = Counts(cost.output, cost.params, cost.buffers, cost.macs)
    if measured is None:
        return Row(cost.path, cost.kind, predicted, None, False, problem)
    if not measured.verified:
        return Row(cost.path, cost.kind, predicted, None, None, "")
    found = Counts(measured.shape, measured.parameters, measured.buffers, measured.multiply_adds)
    if measured.unequal:
        problem = f"{measured.unequal} of {measured.rechecked} recomputed cells came out otherwise"
    return Row(cost.path, cost.kind, predicted, found, found == predicted and not problem, problem)


def _run(record: Record) -> Run:
    steps = record.steps.values()
    return Run(sum(step.padding for step in steps), sum(step.rechecked for step in steps),
               sum(step.unequal for step in steps), record.peak)


def _with_fields(row: Row, differing: tuple[str, ...]) -> Row:
    return row._replace(fields=differing, agree=False) if differing and not row.declared else row


def _fields(graph: Graph, record: Record) -> dict[str, tuple[str, ...]]:
    """In words, where the receptive fields of a layer's cells differ: the first cell on each axis of each input.

    Nothing where sizes differ, for then there is no cell to compare with.
    """
    found: dict[str, list[str]] = {}
    if any(record.steps[node.path].shape != node.facts.shape for node in graph.nodes):
        return {}
    for number, each in enumerate(graph.inputs):
        predicted, measured = clipped(graph, number), fields_of(graph, record, each.name)
        for path, axes in predicted.items():
            for axis, (expected, seen) in enumerate(zip(axes, measured[path], strict=True), 1):
                cell = next((i for i, (a, b) in enumerate(zip(expected, seen, strict=True)) if a != b), None)
                if cell is not None:
                    words = f"{_interval(expected[cell])} ≠ {_interval(seen[cell])}"
                    found.setdefault(path, []).append(f"cell {cell} on axis {axis + 1} of `{each.name}`: {words}")
    return {path: tuple(words) for path, words in found.items()}


def _interval(field: tuple[int, int] | None) -> str:
    return "none" if field is None else f"{field[0]} to {field[1]}"


def _shapes(graph: Graph) -> dict[str, Shape]:
    return {each.name: each.shape for each in graph.inputs}


def _sums(counts: Iterable[Counts], peak_cells: int) -> Sums:
    listed = list(counts)
    return Sums(sum(each.params for each in listed), sum(each.buffers for each in listed),
                sum(each.macs for each in listed), peak_cells)


def _peak(graph: Graph) -> int:
    """The most numbers alive at once: the bytes, at one for each."""
    return timeline(graph, bytes_of(graph, 1, "int8")).peak


def _weighed(graph: Graph, progress: Progress) -> Progress:
    """Steps as work: a layer's multiply-adds, and something for each of its weights and output cells."""
    done = [0]
    for node in graph.nodes:
        numbers = sum(map(prod, (node.facts.shape, *node.facts.weights.values())))
        done.append(done[-1] + node.facts.macs + 4 * numbers)
    return lambda number, total, path: progress(done[number], done[-1], path)
