"""Long chains of layers whose arguments name the layer before them: no stack is as deep as a network is long."""

from __future__ import annotations

import pytest

from cnncalc import analyze, diff, loads
from cnncalc.errors import Source
from cnncalc.execution import steps_of
from cnncalc.report.flat import flat
from cnncalc.spec.expand import build

LAYERS = 2_000


@pytest.mark.parametrize("step", ["crop, like: prev", "upsample, like: prev", "max_unpool: p"])
def test_a_chain(step: str) -> None:
    text = ("input: [3, 8, 8]\nlayers:\n- {conv: 4, kernel: 1, name: before}\n- {max_pool: 1, name: p}\n"
            + f"- {{{step}}}\n" * LAYERS)
    graph = loads(text)
    assert len(graph.nodes) == LAYERS + 2
    assert analyze(graph).totals.params == 16
    assert diff(graph, loads(text.replace("conv: 4", "conv: 5"))).changes
    assert [node.facts.shape for node in build(Source("flat", flat(graph))).nodes] == [
        node.facts.shape for node in graph.nodes]
    assert len(steps_of(graph)) == LAYERS + 2
