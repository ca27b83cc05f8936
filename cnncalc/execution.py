"""The bridge from a graph to the executor: layers as plain data, values in and out. Only here the two meet.

The executor gets names, kinds, arguments as written and inputs; no shape, weight or count of the analyzer.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, Protocol

from cnncalc.errors import Fault, did_you_mean
from cnncalc.graph import Graph
from cnncalc.layers.base import Shape
from cnncalc.layers.window import times
from cnncalc.reference import (
    KERNELS,
    Arithmetic,
    GivenWeights,
    Kernel,
    Nested,
    Numbers,
    Progress,
    Reach,
    Record,
    Step,
    Tensor,
    execute,
    footprints,
    from_nested,
    sample,
    to_nested,
)

MOST_CELLS = 2**28
"""Numbers in one tensor; more would not fit into the memory of an ordinary machine (8 bytes each, several alive)."""


def steps_of(graph: Graph) -> list[Step]:
    """The layers as the executor takes them: arguments as the user wrote them, evaluated, without defaults."""
    return [Step(node.path, node.layer.kind, node.written, tuple(map(graph.label, node.inputs)),
                 None if node.shares is None else graph.label(node.shares)) for node in graph.nodes]


def results(graph: Graph) -> tuple[str, ...]:
    """The layers, or inputs, whose tensors are the network's outputs."""
    return tuple(graph.label(output.tensor) for output in graph.outputs)


def execute_graph(graph: Graph, inputs: Mapping[str, Tensor], arithmetic: Arithmetic, *,
                  weights: GivenWeights | None = None, seed: int = 0, keep: tuple[str, ...] = (),
                  progress: Progress | None = None, kernels: Mapping[str, Kernel] = KERNELS) -> Record:
    """Run all layers and measure them; tensors of the paths in `keep` stay in the record.

    Raises:
        Fault: a tensor is too large to be made.
        Stopped: the executor cannot run a layer.
    """
    for node in graph.nodes:
        _refuse_large(node.path, {"output": node.facts.shape, **node.facts.weights})
    return execute(steps_of(graph), inputs, arithmetic, weights=weights, seed=seed, keep=keep, progress=progress,
                   kernels=kernels)


def _refuse_large(name: str, shapes: Mapping[str, Shape]) -> None:
    what, shape = max(shapes.items(), key=lambda item: prod(item[1]))
    if prod(shape) > MOST_CELLS:
        raise Fault(f"`{name}` is too large to be run: its {what} is {times(shape)}", code="too-large",
                    help=f"at most {MOST_CELLS:,} numbers each; `--quick` or `--input` runs at a smaller size")


def samples(graph: Graph, seed: int) -> dict[str, Tensor]:
    """Small whole numbers for every input. Raises `Fault` for one that is too large."""
    for each in graph.inputs:
        _refuse_large(each.name, {"shape": each.shape})
    return {each.name: sample(each.shape, f"{seed}/{each.name}") for each in graph.inputs}


def fields_of(graph: Graph, record: Record, source: str) -> dict[str, tuple[Reach, ...]]:
    """What every cell was seen to depend on in a network input, by path: first and last input cell, per axis and cell.

    The kernels run on sets of positions, at the shapes that were measured.

    Raises:
        ValueError: a layer's kernel gives another size on positions than it gave on numbers.
    """
    return footprints(steps_of(graph), record.shapes, source)


class Listed(Protocol):
    """An array or tensor of another library, which can say its numbers as nested lists."""

    def tolist(self) -> Any: ...


Values = Nested | Listed


def run(graph: Graph, inputs: Mapping[str, Values] | None = None,
        weights: Mapping[str, Mapping[str, Values]] | None = None, *, seed: int = 0) -> dict[str, Nested]:
    """Compute a network's outputs, by name, for one item.

    Args:
        graph: the network.
        inputs: nested lists by input name, channels first, without the batch.
        weights: {path: {name: nested lists}}, with PyTorch's names and layouts (`weight`: out × in/groups × kernel…).
        seed: what is not given is made of it: whole numbers from -2 to 2.

    Whole numbers stay exact as long as a layer allows it. In place of nested lists, arrays and tensors will do:
    whatever has a method `tolist`.

    Raises:
        Fault: shapes that do not fit, names that the network does not have, numbers that cannot be computed with, and
            a declared layer, for nobody knows what it computes.
    """
    for node in graph.nodes:
        if node.layer.declared:
            raise Fault(f"`{node.path}` is declared and not defined, so its values cannot be computed",
                        help="`verify` runs the rest of the network")
    tensors = samples(graph, seed) | _given(graph, {} if inputs is None else inputs)
    given = _weights(graph, {} if weights is None else weights)
    paths = results(graph)
    try:
        record = execute_graph(graph, tensors, Numbers(), weights=given, seed=seed, keep=paths)
    except Fault:
        raise
    except ValueError as error:
        raise Fault(str(error)) from error
    tensors |= {path: step.tensor for path, step in record.steps.items() if step.tensor is not None}
    return {output.name: to_nested(tensors[path]) for output, path in zip(graph.outputs, paths, strict=True)}


def _weights(graph: Graph, weights: Mapping[str, Mapping[str, Values]]) -> GivenWeights:
    """Plain lists, by the paths of layers."""
    if not isinstance(weights, Mapping) or not all(isinstance(each, Mapping) for each in weights.values()):
        raise Fault("`weights` must be {path: {name: nested lists}}")
    paths = {node.path for node in graph.nodes}
    for path in weights:
        if path not in paths:
            raise Fault(f"weights were given for `{path}`, which is no layer of the network", code="unknown-layer",
                        help=did_you_mean(str(path), paths))
    return {path: {name: _listed(values) for name, values in each.items()} for path, each in weights.items()}


def _listed(values: Values) -> Nested:
    nested: Nested = values.tolist() if hasattr(values, "tolist") else values
    return nested


def _given(graph: Graph, inputs: Mapping[str, Values]) -> dict[str, Tensor]:
    shapes = {each.name: each.shape for each in graph.inputs}
    if not isinstance(inputs, Mapping):
        raise Fault("`inputs` must be nested lists by input name", help=f"write {{{next(iter(shapes))!r}: …}}")
    tensors = {}
    for name, nested in inputs.items():
        if name not in shapes:
            raise Fault(f"the network has no input `{name}`", code="unknown-input",
                        help=did_you_mean(name, shapes, "its inputs are " + ", ".join(shapes)))
        try:
            tensors[name] = from_nested(_listed(nested))
        except ValueError as error:
            raise Fault(f"the input `{name}` cannot be read: {error}") from error
        if tensors[name].shape != shapes[name]:
            raise Fault(f"the input `{name}` must be {times(shapes[name])}", code="shape-mismatch",
                        detail=f"{times(tensors[name].shape)} was given", help="or load the network with `input=`")
    return tensors
