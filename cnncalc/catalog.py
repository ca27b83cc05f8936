"""The bundled networks: what each is, how large, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cnncalc.analysis import analyze
from cnncalc.errors import Source
from cnncalc.graph import Graph
from cnncalc.layers.base import Shape
from cnncalc.spec.document import Choice, variants_of
from cnncalc.spec.expand import build


class Network(NamedTuple):
    """A bundled spec under one of its variants; `spec` is what it is called on the command line.

    `default` says that the spec's name alone means it. `inputs` are shapes by name, without the batch; `macs` are
    multiply-adds of one item.
    """

    spec: str
    variant: str | None
    default: bool
    family: str
    year: int | None
    inputs: dict[str, Shape]
    params: int
    macs: int

    @property
    def label(self) -> str:
        """The SPEC that means it."""
        return f"{self.spec}@{self.variant}" if self.variant else self.spec

    @property
    def short(self) -> str:
        """Its shortest SPEC: a variant is found by its own name."""
        return self.variant or self.spec


class Family(NamedTuple):
    """The networks of one family, at least one, in order of year."""

    name: str
    networks: tuple[Network, ...]

    @property
    def years(self) -> list[int]:
        """The first and the last; none where no network says its year."""
        return _ends(each.year for each in self.networks if each.year is not None)

    @property
    def params(self) -> list[int]:
        """The fewest and the most."""
        return _ends(each.params for each in self.networks)

    @property
    def macs(self) -> list[int]:
        """The fewest and the most."""
        return _ends(each.macs for each in self.networks)


def networks(specs: Iterable[tuple[str, Source]]) -> Iterator[Network]:
    """Every network of some specs, given as pairs of a name and a text. Raises `SpecError`.

    A spec is usually one of its own variants: ResNet is ResNet-50. That is one network, under the variant's name.
    """
    for name, source in specs:
        plain = build(source, Choice())
        variants = {variant: build(source, Choice(variant)) for variant in variants_of(source)}
        default = next((variant for variant, graph in variants.items() if _same(graph, plain)), None)
        if default is None:
            yield _network(name, plain, True)
        for variant, graph in variants.items():
            yield _network(name, graph, variant == default)


def families(found: Iterable[Network]) -> list[Family]:
    """Networks by family; the families in order of their first year, then by name."""
    members: dict[str, list[Network]] = {}
    for each in found:
        members.setdefault(each.family, []).append(each)
    grouped = [Family(name, tuple(sorted(those, key=lambda each: each.year or 0))) for name, those in members.items()]
    return sorted(grouped, key=lambda each: (each.years, each.name.lower()))


def _ends(values: Iterable[int]) -> list[int]:
    found = sorted(values)
    return [found[0], found[-1]] if found else []


def _same(graph: Graph, other: Graph) -> bool:
    """Whether two graphs of one text are one network: a variant may repeat the default and set but a budget."""
    return (graph.inputs, graph.nodes, graph.outputs) == (other.inputs, other.nodes, other.outputs)


def _network(spec: str, graph: Graph, default: bool) -> Network:
    totals, header = analyze(graph).totals, graph.header
    return Network(spec, graph.variant, default, header.family or header.name, header.year,
                   {each.name: each.shape for each in graph.inputs}, totals.params, totals.macs)
