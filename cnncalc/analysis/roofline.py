"""Bytes moved, arithmetic intensity, and the roofline: what limits a layer on a device (Williams et al. 2009).

A layer is taken on its own: it reads each of its inputs and its weights once and writes its output once; a kind that
cuts a part out reads that part; kinds that only rename axes (and dropout, in evaluation) move nothing. Its time is at
least its multiply-adds over the device's peak rate, and at least its bytes over the device's bandwidth.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from cnncalc.analysis.devices import Device
from cnncalc.analysis.dtypes import BITS, tensor_bytes
from cnncalc.analysis.lifetime import VIEWS, bytes_of, timeline
from cnncalc.analysis.reads import reads
from cnncalc.graph import Graph

CUTS = frozenset({"crop", "slice", "chunk", "select"})

CAVEAT = ("a bound, not a forecast: layer by layer, at peak rates, every tensor moved once, all but multiply-adds "
          "free; layers that a compiler fuses move less, real kernels take longer")


class Bound(NamedTuple):
    """The least time of a layer in seconds, and what sets it; `free` where it does and moves nothing."""

    seconds: float
    by: str


class Fit(NamedTuple):
    """What a network needs on a device, in bytes, and whether the device has it."""

    weights: int
    activations: int
    fits: bool


def moved(graph: Graph, batch: int, dtype: str, weight_dtype: str) -> list[int]:
    """Bytes that each layer reads and writes, for a whole batch."""
    sizes = bytes_of(graph, batch, dtype)
    result = []
    for number, node in enumerate(graph.nodes):
        out = sizes[len(graph.inputs) + number]
        if node.layer.kind in VIEWS:
            result.append(0)
        elif node.layer.kind in CUTS:
            result.append(2 * out)
        else:
            weights = sum(tensor_bytes(prod(shape), weight_dtype)
                          for shape in (*node.facts.weights.values(), *node.facts.buffers.values()))
            result.append(sum(sizes[tensor] for tensor in reads(node)) + out + weights)
    return result


def bounds(graph: Graph, device: Device, batch: int, dtype: str, weight_dtype: str) -> list[Bound]:
    """The least time of every layer. Raises `Fault` where the device has no rate for the activations' format."""
    rate = device.rate(dtype)
    result = []
    for node, size in zip(graph.nodes, moved(graph, batch, dtype, weight_dtype), strict=True):
        compute, memory = 2 * node.facts.macs * batch / rate, size / device.bandwidth
        result.append(Bound(max(compute, memory), "free" if compute == memory == 0 else
                            "compute" if compute >= memory else "memory"))
    return result


def fit(graph: Graph, device: Device, batch: int, dtype: str, weight_dtype: str, in_place: bool = False) -> Fit:
    """Whether weights and peak activations find room on a device."""
    weights = sum(tensor_bytes(prod(shape), weight_dtype) for node in graph.nodes if node.shares is None
                  for shape in (*node.facts.weights.values(), *node.facts.buffers.values()))
    peak = timeline(graph, bytes_of(graph, batch, dtype), in_place=in_place).peak
    if device.storage is None:
        return Fit(weights, peak, weights + peak <= device.memory)
    return Fit(weights, peak, weights <= device.storage and peak <= device.memory)


def bit_operations(macs: int, dtype: str, weight_dtype: str) -> int:
    """BOPs: bits of a weight times bits of an activation, for every multiply-add (Baskin et al. 2018, without sums)."""
    return macs * BITS[dtype] * BITS[weight_dtype]
