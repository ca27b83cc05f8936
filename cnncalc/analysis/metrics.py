"""Every quantity of a network that has a name: reports show them as columns, budgets limit them, diffs compare them.

The one list. A new quantity is a new entry here; nothing else has to know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Literal, NamedTuple

from cnncalc.analysis import Analysis
from cnncalc.analysis.dtypes import BITS, tensor_bytes
from cnncalc.errors import Fault, did_you_mean

Unit = Literal["count", "flops", "bytes", "cells"]


class Metric(NamedTuple):
    """A quantity: per layer (in the analysis's order), and for the whole network.

    `total` gets the per-layer values; for most it is their sum. `additive` quantities roll up over scopes.
    """

    name: str
    title: str
    unit: Unit
    help: str
    layers: Callable[[Analysis], Sequence[int]]
    additive: bool = True
    total: Callable[[Analysis, Sequence[int]], int] = lambda analysis, values: sum(values)


def metric(name: str) -> Metric:
    """A metric by name; `weights@int8` is `weights` in another number format. Raises `Fault`."""
    base, at, dtype = name.partition("@")
    found = METRICS.get(base)
    if found is None:
        raise Fault(f"there is no metric `{name[:60]}`", code="unknown-metric",
                    help=did_you_mean(base, METRICS, "the metrics are " + ", ".join(METRICS)))
    if not at:
        return found
    if found.unit != "bytes":
        raise Fault(f"`{base}` has no number format", code="unknown-metric", help=f"write `{base}`")
    if dtype not in BITS:
        raise Fault(f"there is no number format `{dtype[:60]}`", code="unknown-metric",
                    help=did_you_mean(dtype, BITS, "one of " + ", ".join(BITS)))
    return found._replace(name=name, layers=lambda analysis: found.layers(analysis._replace(dtype=dtype)))


def _weights(analysis: Analysis) -> list[int]:
    """Bytes of parameters and running statistics in the analysis's number format."""
    return [0 if row.node.shares is not None else
            sum(tensor_bytes(prod(shape), analysis.dtype)
                for shape in (*row.node.facts.weights.values(), *row.node.facts.buffers.values()))
            for row in analysis.layers]


METRICS: dict[str, Metric] = {each.name: each for each in (
    Metric("params", "Params", "count", "trainable numbers; shared ones count once",
           lambda analysis: [row.params for row in analysis.layers]),
    Metric("buffers", "Buffers", "count", "running statistics of batch normalisation",
           lambda analysis: [row.buffers for row in analysis.layers]),
    Metric("macs", "MACs", "count", "multiply-adds of the whole batch, whatever the convention",
           lambda analysis: [row.macs for row in analysis.layers]),
    Metric("flops", "FLOPs", "flops", "work of the whole batch under the convention",
           lambda analysis: [row.flops for row in analysis.layers]),
    Metric("weights", "Weights", "bytes", "bytes of parameters and buffers in the number format", _weights),
    Metric("activations", "Activations", "count", "numbers in the output of a layer, for the whole batch",
           lambda analysis: [prod(row.output) * analysis.batch for row in analysis.layers]),
)}
