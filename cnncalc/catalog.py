"""The bundled networks: what each is, how large, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cnncalc.analysis import analyze
from cnncalc.errors import Source
from cnncalc.layers.base import Shape
from cnncalc.spec.document import Choice, variants_of
from cnncalc.spec.expand import build


class Network(NamedTuple):
    """A bundled spec under one of its variants; `spec` is what it is called on the command line.

    `inputs` are shapes by name, without the batch; `macs` are multiply-adds of one item.
    """

    spec: str
    variant: str | None
    title: str
    family: str
    year: int | None
    inputs: dict[str, Shape]
    params: int
    macs: int

    @property
    def label(self) -> str:
        """The SPEC that means it."""
        return f"{self.spec}@{self.variant}" if self.variant else self.spec


def networks(specs: Iterable[tuple[str, Source]]) -> Iterator[Network]:
    """Every network of some specs, given as pairs of a name and a text. Raises `SpecError`."""
    for name, source in specs:
        for variant in (None, *variants_of(source)):
            graph = build(source, Choice(variant))
            totals = analyze(graph).totals
            header = graph.header
            yield Network(name, variant, header.name, header.family or header.name, header.year,
                          {each.name: each.shape for each in graph.inputs}, totals.params, totals.macs)
