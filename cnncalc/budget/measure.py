"""A network's numbers for budgets: every metric, for the whole network and for every layer and scope, computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from cnncalc.analysis import DEFAULTS, Analysis, Settings, analyze
from cnncalc.analysis.conventions import Convention
from cnncalc.analysis.metrics import Value, metric
from cnncalc.graph import Graph
from cnncalc.layers.base import Shape
from cnncalc.patterns import matches

_Key = tuple[str, str, str]
"""A metric and a convention, which its name and its file tell."""


class Conditions(NamedTuple):
    """Under what a network is measured."""

    batch: int = 1
    dtype: str = "float32"
    settings: Settings = DEFAULTS


class Measured:
    """One network, measured on demand. `flops` depend on a convention, so every question names one."""

    def __init__(self, graph: Graph, conditions: Conditions) -> None:
        self.graph = graph
        self.conditions = conditions
        self._analyses: dict[tuple[str, str], Analysis] = {}
        self._layers: dict[_Key, list[Value]] = {}
        self._places: dict[_Key, dict[str, Value]] = {}
        self._members: dict[str, list[int]] | None = None
        self._outputs: dict[str, Shape] | None = None
        self._matching: dict[str, list[str]] = {}

    @property
    def members(self) -> Mapping[str, Sequence[int]]:
        """By path of every scope and layer, scopes before what is in them: the numbers of the layers there."""
        if self._members is None:
            found: dict[str, list[int]] = {}
            for number, node in enumerate(self.graph.nodes):
                for path in (*_above(node.path), node.path):
                    found.setdefault(path, []).append(number)
            self._members = {**found, **{path: [] for path in self.graph.scopes if path not in found}}
        return self._members

    def matching(self, pattern: str) -> Sequence[str]:
        """The paths of the layers and scopes that a pattern means."""
        if pattern not in self._matching:
            self._matching[pattern] = [path for path in self.members if matches(pattern, path)] if "*" in pattern else (
                [pattern] if pattern in self.members else [])
        return self._matching[pattern]

    def analysis(self, convention: Convention) -> Analysis:
        """The network's costs under a convention."""
        key = (convention.name, convention.label)
        if key not in self._analyses:
            self._analyses[key] = analyze(self.graph, **self.conditions._asdict(), convention=convention)
        return self._analyses[key]

    def layers(self, name: str, convention: Convention) -> list[Value]:
        """A metric of every layer, in the network's order."""
        key = (name, convention.name, convention.label)
        if key not in self._layers:
            self._layers[key] = list(metric(name).layers(self.analysis(convention)))
        return self._layers[key]

    def network(self, name: str, convention: Convention) -> Value:
        """A metric of the whole network."""
        return metric(name).total(self.analysis(convention), self.layers(name, convention))

    def places(self, name: str, convention: Convention) -> Mapping[str, Value]:
        """A metric by path: a layer's own, or what a scope's layers have together."""
        key = (name, convention.name, convention.label)
        if key not in self._places:
            wanted = metric(name)
            found: dict[str, Value] = dict.fromkeys(self.members, 0 if wanted.additive else None)
            for node, value in zip(self.graph.nodes, self.layers(name, convention), strict=True):
                found[node.path] = value
                for above in _above(node.path):
                    found[above] = wanted.joined(found[above], value)
            self._places[key] = found
        return self._places[key]

    def outputs(self) -> Mapping[str, Shape]:
        """The output shape by path; of a scope its last layer's."""
        if self._outputs is None:
            nodes = self.graph.nodes
            self._outputs = {path: nodes[numbers[-1]].facts.shape for path, numbers in self.members.items() if numbers}
        return self._outputs


def upper(value: Value) -> Fraction | int | None:
    """A value as one number against a maximum: the largest of its axes."""
    found = _numbers(value)
    return max(found) if found else None


def lower(value: Value) -> Fraction | int | None:
    """A value as one number against a minimum: the smallest of its axes."""
    found = _numbers(value)
    return min(found) if found else None


def _numbers(value: Value) -> list[Fraction | int]:
    """The exact numbers of a value: one, one per axis, or none."""
    several = value if isinstance(value, tuple) else (value,)
    return [each if isinstance(each, int) else Fraction(each) for each in several if each is not None]


def _above(path: str) -> list[str]:
    """The scopes that a path stands in, outermost first."""
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]
