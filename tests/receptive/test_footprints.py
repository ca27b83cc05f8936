"""The analyzer's intervals against what the executor's kernels touch, cell by cell."""

from pathlib import Path

import pytest

from cnncalc.analysis.receptive import clipped, receptive_fields
from cnncalc.execution import steps_of
from cnncalc.graph import Graph
from cnncalc.reference import footprints
from cnncalc.spec.locate import bundled_files
from tests.networks import random_graph, small


def check(graph: Graph) -> int:
    """Compare every cell of every layer; how many layers there were."""
    shapes = {**{each.name: each.shape for each in graph.inputs},
              **{node.path: node.facts.shape for node in graph.nodes}}
    for source, each in enumerate(graph.inputs):
        found, expected = clipped(graph, source), footprints(steps_of(graph), shapes, each.name)
        for node in graph.nodes:
            assert found[node.path] == expected[node.path], (node.path, node.layer)
        # Ignoring the border never makes a field smaller.
        for node, axes in zip(graph.nodes, receptive_fields(graph, source), strict=True):
            for cells, axis in zip(found[node.path], axes, strict=False):
                widest = max((cell[1] - cell[0] + 1 for cell in cells if cell), default=0)
                assert widest <= (axis.extent if axis else 0), node.path
    return len(graph.nodes)


@pytest.mark.parametrize("name", [Path(file).stem for file in bundled_files()])
def test_bundled_networks(name: str) -> None:
    check(small(name))


def test_random_networks() -> None:
    layers = [check(graph) for graph in map(random_graph, range(300)) if graph]
    assert sum(layers) > 1000
