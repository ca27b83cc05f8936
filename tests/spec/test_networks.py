"""The hard networks that the language was tried on before it was built, against the frameworks' totals.

Their README's table is the expectation: parameters, and multiply-adds of convolutions and linear layers.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnncalc import analyze, load

FOLDER = Path(__file__).parent.parent / "data" / "networks"
ROW = re.compile(r"\| ([\w@.]+) \| \d+ \| ([\d,]+) \| ([\d,]+) ")
TABLE = [match.groups() for match in map(ROW.match, (FOLDER / "README.md").read_text().splitlines()) if match]

ATTENTION = {"mobilevit_xxs": 78_184_448}
"""Products of two activations, which timm's counter leaves out: 2·T²·F per attention of T tokens and F features.

4 pixels of a patch each: 2 layers of 256 tokens, 64 features; 4 of 64 tokens, 80 features; 3 of 16 tokens, 96 features:
4·(2·2·256²·64 + 4·2·64²·80 + 3·2·16²·96) = 78,184,448.
"""


@pytest.mark.parametrize(("spec", "params", "macs"), TABLE, ids=[row[0] for row in TABLE])
def test_totals(spec: str, params: str, macs: str) -> None:
    name, _, variant = spec.partition("@")
    totals = analyze(load(str(FOLDER / f"{name}.yaml"), variant=variant or None)).totals
    extra = ATTENTION.get(spec, 0)
    assert (totals.params, totals.macs) == (int(params.replace(",", "")), int(macs.replace(",", "")) + extra)


def test_the_table_was_read() -> None:
    assert len(TABLE) == 51


def test_two_readings_of_hrnet_are_one_network() -> None:
    """With tuples and without, unrolled by hand: the same layers on the same tensors, identities aside."""

    def edges(name: str) -> list[tuple[str, list[int]]]:
        graph = load(str(FOLDER / f"{name}.yaml"))
        number: dict[int, int] = {0: 0}
        found = []
        for index, node in enumerate(graph.nodes, len(graph.inputs)):
            if node.layer.kind == "identity":
                number[index] = number[node.inputs[0]]
                continue
            number[index] = len(found) + 1
            found.append((repr(node.layer), [number[source] for source in node.inputs]))
        return found

    def canonical(layers: list[tuple[str, list[int]]]) -> list[int]:
        """Every layer as a hash of itself and all above it: independent of the order of the text."""
        seen = {0: hash("input")}
        for index, (layer, sources) in enumerate(layers, 1):
            seen[index] = hash((layer, tuple(seen[source] for source in sources)))
        return sorted(seen.values())

    assert canonical(edges("hrnet")) == canonical(edges("hrnet_v1"))
