"""Small networks for the language's tests: a text in, its edges out."""

from __future__ import annotations

from typing import Any

from cnncalc import Graph, SpecError, loads


def net(layers: str, head: str = "input: [3, 8, 8]", **choice: Any) -> Graph:
    """The graph of a list of steps, one per line, below `head`."""
    return loads(head + "\nlayers:\n" + layers, label="net.yaml", **choice)


def edges(graph: Graph) -> list[str]:
    """Every layer as `path <- sources`, in order: what equal totals do not prove."""
    return [f"{node.path} <- {' '.join(graph.label(source) for source in node.inputs)}" for node in graph.nodes]


def codes(layers: str, head: str = "input: [3, 8, 8]", **choice: Any) -> list[str]:
    """The codes of the diagnostics that a network ends in."""
    try:
        return [warning.code for warning in net(layers, head, **choice).warnings]
    except SpecError as error:
        return [each.code for each in error.diagnostics]
