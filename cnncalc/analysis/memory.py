"""A network's memory in one record: activations over time, in the file's order or a better one, and training."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.analysis import Analysis
from cnncalc.analysis.lifetime import Timeline, bytes_of, timeline
from cnncalc.analysis.training import Training, training


class Memory(NamedTuple):
    """Memory of a network under an analysis and its settings.

    `given` is the peak in the file's order, in bytes; `timeline` is that order's, or the best one's that was found;
    `exact` says that no order has a lower peak (None: not looked for). `training` is None for whole-number weights.
    """

    analysis: Analysis
    timeline: Timeline
    given: int
    exact: bool | None
    training: Training | None


def memory(analysis: Analysis, *, best_order: bool = False) -> Memory:
    """The memory of a network; with `best_order` its layers may run in another order. Raises `Fault`."""
    graph, settings = analysis.graph, analysis.settings
    sizes = bytes_of(graph, analysis.batch, analysis.dtype)
    found = timeline(graph, sizes, in_place=settings.in_place)
    given, exact = found.peak, None
    if best_order:
        from cnncalc.analysis.reorder import reorder

        found, exact = reorder(graph, sizes, in_place=settings.in_place)
    trained = None
    if not analysis.weight_dtype.startswith("int"):
        trained = training(graph, batch=analysis.batch, dtype=analysis.dtype, weight_dtype=analysis.weight_dtype,
                           optimizer=settings.optimizer, freeze=settings.freeze)
    return Memory(analysis, found, given, exact, trained)
