"""Counting conventions: what one FLOP is, per kind of layer."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.errors import Fault, did_you_mean
from cnncalc.graph import Graph, Node


class Convention(NamedTuple):
    """A way to count work; `unit` says what one of its FLOPs is."""

    name: str
    unit: str

    def flops(self, graph: Graph, node: Node, batch: int) -> int:
        """The FLOPs of one layer for a whole batch."""
        return node.facts.macs * batch


PAPER = Convention("paper", "multiply-add")


def convention_of(name: str) -> Convention:
    """A convention by name. Raises `Fault`."""
    if name != "paper":
        raise Fault(f"there is no convention `{name}`", help=did_you_mean(name, ["paper"], "there is `paper`"))
    return PAPER
