"""Batch normalisation folded into the layer before it, as inference engines and exporters do.

With a running mean and deviation the normalisation is a factor and a constant per channel: the factor goes into the
weights, the constant into a bias.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Facts, Layer, Referent
from cnncalc.layers.conv import Conv, ConvTranspose, DepthwiseConv
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import BatchNorm


def fold_batch_norm(graph: Graph) -> Graph:
    """The same network without the batch normalisations that fold; the layer before each has a bias.

    One folds where it has running statistics and follows a convolution or fully connected layer on the channels that
    nothing else reads, whose weights no other layer uses. Paths stay as they are.
    """
    uses = _uses(graph)
    folded = {node.inputs[0]: number for number, node in enumerate(graph.nodes) if _folds(graph, node, uses)}
    gone = set(folded.values())
    start = len(graph.inputs)
    moved = {number: number for number in range(start)}
    nodes: list[Node] = []
    renamed: dict[str, str] = {}
    for number, node in enumerate(graph.nodes):
        if number in gone:
            moved[start + number] = moved[node.inputs[0]]
            renamed[node.path] = graph.label(node.inputs[0])
            continue
        moved[start + number] = start + len(nodes)
        layer = _told(node.layer, renamed)
        biased = start + number in folded
        nodes.append(node._replace(
            layer=_with(layer, bias=True) if biased else layer, facts=_biased(node.facts) if biased else node.facts,
            written={**node.written, "bias": True} if biased else node.written,
            inputs=tuple(moved[tensor] for tensor in node.inputs),
            shares=None if node.shares is None else moved[node.shares]))
    outputs = tuple(output._replace(tensor=moved[output.tensor]) for output in graph.outputs)
    return graph._replace(nodes=tuple(nodes), outputs=outputs)


def _uses(graph: Graph) -> Counter[int]:
    """How often every tensor is read, as an input, as a result, or for its layer's weights."""
    uses = Counter(tensor for node in graph.nodes for tensor in node.inputs)
    uses.update(output.tensor for output in graph.outputs)
    uses.update(node.shares for node in graph.nodes if node.shares is not None)
    return uses


def _folds(graph: Graph, node: Node, uses: Counter[int]) -> bool:
    layer = node.layer
    if not isinstance(layer, BatchNorm) or not layer.track_running_stats or node.shares is not None:
        return False
    before = graph.node(node.inputs[0])
    if before is None or before.shares is not None or uses[node.inputs[0]] != 1:
        return False
    if isinstance(before.layer, Linear):
        return len(before.facts.shape) == 1
    return isinstance(before.layer, Conv | DepthwiseConv | ConvTranspose)


def _biased(facts: Facts) -> Facts:
    return facts._replace(weights={**facts.weights, "bias": facts.shape[:1]})


def _with(layer: Layer, **changes: Any) -> Layer:
    return type(layer)(**{**vars(layer), **changes})


def _told(layer: Layer, renamed: dict[str, str]) -> Layer:
    """The layer, with the tensors that its arguments name under their new paths."""
    changes = {name: value._replace(path=renamed[value.path]) for name, value in vars(layer).items()
               if isinstance(value, Referent) and value.path in renamed}
    return _with(layer, **changes) if changes else layer

