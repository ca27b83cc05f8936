"""Graph to costs: exact integers per layer, and their totals.

`analyze` counts what every report shows. Other passes (memory, receptive field, …) are functions of an `Analysis` in
modules of their own; `metrics` is the list of all quantities by name.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.analysis.conventions import Convention, convention_of
from cnncalc.analysis.dtypes import BITS
from cnncalc.errors import Fault, Source, did_you_mean
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Shape

if TYPE_CHECKING:
    from cnncalc.analysis.devices import Device


class LayerCost(NamedTuple):
    """One layer's numbers. `params` and `buffers` are 0 where the weights are another layer's.

    `output` is without the batch; `macs` and `flops` are for the whole batch, `flops` under the analysis's convention.
    """

    node: Node
    output: Shape
    params: int
    buffers: int
    macs: int
    flops: int

    @property
    def path(self) -> str:
        """Where the layer stands."""
        return self.node.path

    @property
    def kind(self) -> str:
        """Its kind's name."""
        return self.node.layer.kind


class Totals(NamedTuple):
    """Sums over the network; `params` are trainable numbers, `buffers` running statistics."""

    params: int
    buffers: int
    macs: int
    flops: int


class Settings(NamedTuple):
    """What some metrics ask beside batch, number format and convention.

    `weight_dtype` is the number format of weights (that of the activations if None); `optimizer` and `freeze` (patterns
    of layers and scopes that are not trained) concern training; with `in_place` elementwise layers write over their
    input; `device` is what times are bounded for.
    """

    weight_dtype: str | None = None
    optimizer: str = "adam"
    freeze: tuple[str, ...] = ()
    in_place: bool = False
    device: Device | None = None


DEFAULTS = Settings()


class Analysis(NamedTuple):
    """A network's costs under a batch size, a number format and a counting convention."""

    graph: Graph
    batch: int
    dtype: str
    convention: Convention
    layers: tuple[LayerCost, ...]
    totals: Totals
    settings: Settings = DEFAULTS

    @property
    def weight_dtype(self) -> str:
        """The number format of weights."""
        return self.settings.weight_dtype or self.dtype

    def __getitem__(self, path: str) -> LayerCost:  # type: ignore[override]
        """The layer at a path. Raises `KeyError`."""
        for row in self.layers:
            if row.node.path == path:
                return row
        raise KeyError(path)


def analyze(graph: Graph, *, batch: int = 1, dtype: str = "float32",
            convention: str | Source | Convention = "paper", settings: Settings = DEFAULTS) -> Analysis:
    """Count a network. The batch multiplies activations and work, never weights.

    Raises:
        Fault: an unknown number format or convention, or a batch below 1.
    """
    if batch < 1:
        raise Fault(f"the batch is a whole number of at least 1, not `{batch}`")
    for each in (dtype, settings.weight_dtype or dtype):
        if each not in BITS:
            raise Fault(f"there is no number format `{each[:60]}`",
                        help=did_you_mean(each, BITS, "one of " + ", ".join(BITS)))
    rule = convention_of(convention)
    known: dict[int, tuple[int, int]] = {}
    rows = []
    counted = rule.flops(graph, batch)
    params = buffers = macs = flops = 0
    for node, work_here in zip(graph.nodes, counted, strict=True):
        facts = node.facts
        sizes = known.get(id(facts))
        if sizes is None:
            sizes = known[id(facts)] = (sum(map(prod, facts.weights.values())), sum(map(prod, facts.buffers.values())))
        own = sizes if node.shares is None else (0, 0)
        work = facts.macs * batch
        rows.append(LayerCost(node, facts.shape, own[0], own[1], work, work_here))
        params += own[0]
        buffers += own[1]
        macs += work
        flops += work_here
    return Analysis(graph, batch, dtype, rule, tuple(rows), Totals(params, buffers, macs, flops), settings)
