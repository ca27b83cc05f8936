"""The hyperparameters that differ between two networks of one spec: what somebody turned, where many layers changed."""

from __future__ import annotations

from cnncalc.compare.arguments import Argument
from cnncalc.graph import Graph
from cnncalc.spec.document import Choice, document
from cnncalc.spec.values import plain


def settings(a: Graph, b: Graph) -> tuple[Argument, ...]:
    """Each with both values, in the order of the second spec; none where the two declare different ones."""
    if any("hyperparameters" not in graph.text.text for graph in (a, b)):
        return ()
    ours, theirs = ({name: plain(value) for name, value in document(
        graph.text, Choice(graph.variant, graph.overrides)).hyperparameters.items()} for graph in (a, b))
    if ours.keys() != theirs.keys():
        return ()
    return tuple(Argument(name, ours[name], value) for name, value in theirs.items() if ours[name] != value)
