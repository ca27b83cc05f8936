"""The bridge from a graph to the executor: layers as plain data, values in and out. Only here the two meet.

The executor gets names, kinds, arguments as written and inputs; no shape, weight or count of the analyzer.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from cnncalc.errors import Fault, did_you_mean
from cnncalc.graph import Graph
from cnncalc.layers.window import times
from cnncalc.reference import (
    KERNELS,
    Arithmetic,
    GivenWeights,
    Kernel,
    Nested,
    Numbers,
    Progress,
    Record,
    Step,
    Tensor,
    execute,
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


def execute_graph(graph: Graph, inputs: Mapping[str, Tensor], arithmetic: Arithmetic, *,
                  weights: GivenWeights | None = None, seed: int = 0, keep: tuple[str, ...] = (),
                  progress: Progress | None = None, kernels: Mapping[str, Kernel] = KERNELS) -> Record:
    """Run all layers and measure them; tensors of the paths in `keep` stay in the record.

    Raises:
        Fault: a tensor is too large to be made.
        Stopped: the executor cannot run a layer.
    """
    for node in graph.nodes:
        shapes = {"output": node.facts.shape, **node.facts.weights}
        what, shape = max(shapes.items(), key=lambda item: prod(item[1]))
        if prod(shape) > MOST_CELLS:
            raise Fault(f"`{node.path}` is too large to be run: its {what} is {times(shape)}", code="too-large",
                        help=f"at most {MOST_CELLS:,} numbers each; `--quick` or `--input` runs at a smaller size")
    return execute(steps_of(graph), inputs, arithmetic, weights=weights, seed=seed, keep=keep, progress=progress,
                   kernels=kernels)


def samples(graph: Graph, seed: int = 0) -> dict[str, Tensor]:
    """Small whole numbers for every input."""
    return {each.name: sample(each.shape, f"{seed}/{each.name}") for each in graph.inputs}


def run(graph: Graph, inputs: Mapping[str, Nested] | None = None, weights: GivenWeights | None = None, *,
        seed: int = 0) -> dict[str, Nested]:
    """Compute a network's outputs, by name, for one item.

    Args:
        graph: the network.
        inputs: nested lists by input name, channels first, without the batch.
        weights: {path: {name: nested lists}}, with PyTorch's names and layouts (`weight`: out × in/groups × kernel…).
        seed: what is not given is made of it: whole numbers from -2 to 2.

    Whole numbers stay exact as long as a layer allows it.

    Raises:
        Fault: shapes that do not fit, names that the network does not have, numbers that cannot be computed with.
    """
    tensors = {**samples(graph, seed), **_given(graph, inputs or {})}
    paths = tuple(node.path for output in graph.outputs if (node := graph.node(output.tensor)) is not None)
    try:
        record = execute_graph(graph, tensors, Numbers(), weights=weights, seed=seed, keep=paths)
    except Fault:
        raise
    except ValueError as error:
        raise Fault(str(error)) from error
    made = {**tensors, **{path: record.steps[path].tensor for path in paths}}
    return {output.name: to_nested(tensor) for output in graph.outputs
            if (tensor := made[graph.label(output.tensor)]) is not None}


def _given(graph: Graph, inputs: Mapping[str, Nested]) -> dict[str, Tensor]:
    shapes = {each.name: each.shape for each in graph.inputs}
    tensors = {}
    for name, nested in inputs.items():
        if name not in shapes:
            raise Fault(f"the network has no input `{name}`", code="unknown-input",
                        help=did_you_mean(name, shapes, "its inputs are " + ", ".join(shapes)))
        try:
            tensors[name] = from_nested(nested)
        except ValueError as error:
            raise Fault(f"the input `{name}` cannot be read: {error}") from error
        if tensors[name].shape != shapes[name]:
            raise Fault(f"the input `{name}` must be {times(shapes[name])}", code="shape-mismatch",
                        detail=f"{times(tensors[name].shape)} was given", help="or load the network with `input=`")
    return tensors
