"""What a formula may see of a layer, by name.

The letters are DESIGN's. The words beyond them are what some tools see and a list of layers does not say. Everything
is for the whole batch. A formula also sees the layer's own arguments by name where they are numbers or `true`/`false`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Layer, Shape
from cnncalc.layers.pool import Bins
from cnncalc.layers.window import extent, pad_pairs, spread


class Scene(NamedTuple):
    """One layer in its network, as the formulas look at it."""

    node: Node
    inputs: tuple[Shape, ...]
    batch: int
    functional: bool

    @property
    def layer(self) -> Layer:
        """The layer."""
        return self.node.layer

    def sizes(self, argument: str, otherwise: int = 1) -> tuple[int, ...]:
        """An argument with one number per spatial axis; `otherwise` for layers that lack it."""
        value = getattr(self.layer, argument, None)
        return spread(otherwise if value is None else value, len(self.inputs[0]) - 1, argument)


def scene(graph: Graph, node: Node, batch: int, functional: bool) -> Scene:
    """A layer with its input shapes."""
    return Scene(node, graph.input_shapes(node), batch, functional)


def _work(at: Scene) -> int:
    return at.node.facts.macs * at.batch


def _cells_in(at: Scene) -> int:
    """Of all tensors that are joined; of the first one where the others only lend their size or indices."""
    return at.batch * sum(map(prod, at.inputs if at.layer.merges else at.inputs[:1]))


def _cells_out(at: Scene) -> int:
    return at.batch * prod(at.node.facts.shape)


def _kernel(at: Scene) -> int:
    if at.layer.kind.startswith("global_"):
        return prod(at.inputs[0][1:])
    weight = at.node.facts.weights.get("weight", ())
    return prod(at.sizes("kernel")) if "kernel" in at.layer.fields else prod(weight[2:])


def _stride(at: Scene) -> int:
    if "stride" not in at.layer.fields:
        return 1
    given = getattr(at.layer, "stride", None)
    return prod(at.sizes("kernel" if given is None else "stride"))


def _groups(at: Scene) -> int:
    if at.layer.kind == "depthwise_conv":
        return at.inputs[0][0]
    groups: int = getattr(at.layer, "groups", 1)
    return groups


_LAST = ("linear", "attention", "matmul")
"""Kinds whose channels are the last axis."""


def _channels_in(at: Scene) -> int:
    return at.inputs[0][-1] if at.layer.kind in _LAST else at.inputs[0][0]


def _channels_out(at: Scene) -> int:
    shape = at.node.facts.shape
    return shape[-1] if at.layer.kind in _LAST else shape[0]


def _rows(at: Scene) -> int:
    return at.batch * prod(at.inputs[0]) // _row_length(at)


def _row_length(at: Scene) -> int:
    """How many cells are normalised (or multiplied) together; a whole item for kinds without such an axis."""
    shape, layer = at.inputs[0], at.layer
    if layer.kind in _LAST:
        return shape[-1]
    if layer.kind == "group_norm":
        return prod(shape) // _groups(at)
    if layer.kind == "instance_norm":
        return prod(shape[1:])
    if layer.kind == "l2_norm":
        return shape[0]
    axes = getattr(layer, "axes", None)
    if layer.kind == "layer_norm" and axes != "all":
        count = 1 if axes == "last" else axes
        return prod(shape[-count:]) if isinstance(count, int) else shape[0]
    if layer.kind in ("softmax", "log_softmax"):
        axis: int = getattr(layer, "axis", 1)
        return shape[axis - 1 if axis > 0 else axis]
    return prod(shape)


def _biases(at: Scene) -> int:
    """One per output cell of a product; attention adds to its three inner projections too."""
    weights = at.node.facts.weights
    if at.layer.kind == "attention":
        return 4 * _cells_out(at) if "in_proj_bias" in weights else 0
    return _cells_out(at) if "bias" in weights and at.node.facts.macs else 0


def _parameters(at: Scene) -> int:
    return sum(map(prod, at.node.facts.weights.values()))


def _window_cells(at: Scene) -> int:
    """Padding counts as `count_include_pad` says; what hangs over beyond it never does."""
    shape, out = at.inputs[0], at.node.facts.shape
    if at.layer.kind.startswith("global_"):
        return _cells_in(at)
    if at.layer.kind.startswith("adaptive_"):
        ends = [sum(_length(Bins(n, o), i) for i in range(o)) if n != o else o
                for n, o in zip(shape[1:], out[1:], strict=True)]
        return at.batch * shape[0] * prod(ends)
    kernel = at.sizes("kernel")
    stride = kernel if getattr(at.layer, "stride", None) is None else at.sizes("stride")
    pads = pad_pairs(getattr(at.layer, "padding", 0), shape[1:], kernel, stride, (1,) * len(kernel))
    include = getattr(at.layer, "count_include_pad", True)
    total = at.batch * shape[0]
    for n, o, k, s, (p0, p1) in zip(shape[1:], out[1:], kernel, stride, pads, strict=True):
        low, high = (-p0, n + p1) if include else (0, n)
        total *= sum(max(min(i * s - p0 + k, high) - max(i * s - p0, low), 0) for i in range(o))
    return total


def _length(bins: Bins, cell: int) -> int:
    first, last = bins.span(cell)
    return last - first + 1


def _conv_cells(at: Scene) -> int:
    """Positions alone, without channels: what a convolution with these arguments would give."""
    sizes = at.inputs[0][1:]
    kernel, stride, dilation = at.sizes("kernel"), at.sizes("stride"), at.sizes("dilation")
    pads = pad_pairs(getattr(at.layer, "padding", 0), sizes, kernel, stride, dilation)
    return at.batch * prod((n + p0 + p1 - extent(k, d)) // s + 1 for n, (p0, p1), k, d, s in
                           zip(sizes, pads, kernel, dilation, stride, strict=True))


class Quantity(NamedTuple):
    """A name that formulas may use, and what it stands for."""

    of: Callable[[Scene], Any]
    help: str


QUANTITIES: dict[str, Quantity] = {
    "M": Quantity(_work, "multiply-adds"),
    "I": Quantity(_cells_in, "elements in"),
    "O": Quantity(_cells_out, "elements out"),
    "K": Quantity(_kernel, "kernel volume"),
    "S": Quantity(_stride, "stride volume"),
    "G": Quantity(_groups, "groups"),
    "C1": Quantity(_channels_in, "channels in"),
    "C2": Quantity(_channels_out, "channels out"),
    "R": Quantity(_rows, "rows: elements divided by the length of the normalised (or multiplied) axis"),
    "B": Quantity(_biases, "bias elements added"),
    "P": Quantity(_parameters, "parameters, also where they are shared"),
    "N": Quantity(lambda at: at.batch, "batch"),
    "functional": Quantity(lambda at: at.functional, "true where the published code calls a function, not a module "
                                                     "(`x-functional` in the spec)"),
    "tensors": Quantity(lambda at: len(at.inputs), "tensors in"),
    "axes": Quantity(lambda at: len(at.inputs[0]) - 1, "spatial axes of the input"),
    "cells": Quantity(_window_cells, "input cells of all windows of a pool, added up"),
    "conv_cells": Quantity(_conv_cells, "positions that a convolution with these arguments would give"),
}
"""Name: how it is computed for a layer."""
