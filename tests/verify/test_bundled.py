"""The bundled networks are as predicted at the quick size: the small ones always, all of them with `--every-spec`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc import load
from cnncalc.report.verify import plain
from cnncalc.spec.locate import bundled_files
from cnncalc.spec.smallest import smallest
from cnncalc.verification import verify

SMALL = 12_000_000
"""Multiply-adds that take the fast kernels less than a second."""


@pytest.mark.parametrize("path", bundled_files(), ids=lambda path: Path(path).stem)
def test_as_predicted(path: str, request: pytest.FixtureRequest) -> None:
    graph = load(path)
    if not request.config.getoption("--every-spec"):
        # A cheap bound first: most networks are too large at their own size to be searched in vain.
        if sum(node.facts.macs for node in graph.nodes) > 100 * SMALL:
            pytest.skip("large; see --every-spec")
        if sum(node.facts.macs for node in smallest(graph).nodes) > SMALL:
            pytest.skip("large; see --every-spec")
    found = verify(graph, quick=True)
    assert found.agree, plain(found)
