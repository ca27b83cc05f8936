"""Activation memory over time: which tensors are alive at every step, and when they take the most bytes.

A tensor lives from the step that makes it until its last reader (one that only takes its size, like `upsample` with
`like`, reads nothing); at a step its inputs and its output are alive together. Network inputs count from the start
until their last use (never, without one), results until the end. A tensor that nobody reads and that is no result
lives during its own step. Weights are not in it.

With `in_place` an elementwise step, or one that only renames axes (`IN_PLACE`), writes over an input of its own size
that nothing else needs any more, so the two count once. Network inputs and results are never written over.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import NamedTuple

from cnncalc.analysis.dtypes import tensor_bytes
from cnncalc.analysis.reads import reads
from cnncalc.graph import Graph

VIEWS = frozenset({"identity", "dropout", "drop_path", "flatten", "reshape", "squeeze", "unsqueeze"})
"""Kinds that need not touch a value in evaluation: the output is the input under another shape."""

IN_PLACE = VIEWS | frozenset({
    "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "sigmoid",
    "hard_sigmoid", "hard_swish", "hard_tanh", "tanh", "abs", "prelu", "multiply", "scale", "batch_norm",
    "add", "mul", "sub", "max",
})
"""Kinds whose output cell needs no other cell of that input, so that it can be written over it."""


class Life(NamedTuple):
    """The steps, in execution order and counted from 0, during which a tensor is alive; both included."""

    first: int
    last: int


class Timeline(NamedTuple):
    """Activation memory of a network in one execution order.

    `order` holds node numbers; `live` the bytes alive at every step of it; `lives` and `sizes` (bytes) are by tensor
    id. The peak is reached first at step `step`, while the tensors `alive` (ids) are there.
    """

    graph: Graph
    order: tuple[int, ...]
    live: tuple[int, ...]
    lives: tuple[Life, ...]
    sizes: tuple[int, ...]
    peak: int
    step: int
    alive: tuple[int, ...]


def timeline(graph: Graph, sizes: Sequence[int], order: Sequence[int] | None = None, *,
             in_place: bool = False) -> Timeline:
    """Activation memory step by step; `sizes` are the tensors' bytes by id, `order` the nodes' (file order if None)."""
    order = range(len(graph.nodes)) if order is None else order
    lives = lifetimes(graph, order, in_place)
    changes = [0] * (len(order) + 1)
    for life, size in zip(lives, sizes, strict=True):
        if life.first <= life.last:
            changes[life.first] += size
            changes[life.last + 1] -= size
    live = tuple(accumulate(changes[:-1]))
    peak = max(live, default=0)
    step = live.index(peak) if live else 0
    alive = tuple(tensor for tensor, life in enumerate(lives) if life.first <= step <= life.last)
    return Timeline(graph, tuple(order), live, lives, tuple(sizes), peak, step, alive)


def bytes_of(graph: Graph, batch: int, dtype: str) -> list[int]:
    """Bytes of every tensor by id, for the whole batch."""
    shapes = [each.shape for each in graph.inputs] + [node.facts.shape for node in graph.nodes]
    return [tensor_bytes(prod(shape) * batch, dtype) for shape in shapes]


def lifetimes(graph: Graph, order: Sequence[int], in_place: bool) -> tuple[Life, ...]:
    """Every tensor's life by id. One whose storage goes to an in-place step ends before that step."""
    inputs, end = len(graph.inputs), len(order) - 1
    first = [0] * (inputs + len(order))
    last = [-1] * (inputs + len(order))
    for step, number in enumerate(order):
        first[inputs + number] = last[inputs + number] = step
    for step, number in enumerate(order):
        for tensor in reads(graph.nodes[number]):
            last[tensor] = step
    results = {output.tensor for output in graph.outputs}
    if in_place:
        for step, number in enumerate(order):
            heirs = [tensor for tensor in may_inherit(graph, number, results) if last[tensor] == step]
            if heirs:
                last[heirs[0]] = step - 1
    for tensor in results:
        last[tensor] = max(end, 0)
    return tuple(map(Life, first, last))


def may_inherit(graph: Graph, number: int, results: set[int]) -> list[int]:
    """The inputs that node `number` may write over, if nothing needs them later: of its output's size, no results."""
    node = graph.nodes[number]
    if node.layer.kind not in IN_PLACE:
        return []
    size = prod(node.facts.shape)
    return [tensor for tensor in reads(node)
            if tensor >= len(graph.inputs) and tensor not in results and prod(graph.shape(tensor)) == size]
