"""What `verify` says besides the totals, and what it makes of cells that came out otherwise."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import cnncalc
from cnncalc.reference.fast import conv, lanes, recheck
from cnncalc.report.verify import as_json, remarks
from cnncalc.spec.load import loads
from cnncalc.verification import estimate, verify

SPEC = "cnncalc: 1\ninput: [3, 10, 12]\nlayers: [{conv: 4, kernel: 3, padding: 1}]"
SPECS = Path(cnncalc.__file__).parents[1] / "specs"


def test_padding_and_recomputed_cells_are_told() -> None:
    found = verify(loads(SPEC))
    assert found.agree
    # Of 30·36 taps of a channel 28·34 lie inside; 1 % of 4·10·12 outputs.
    assert remarks(found) == ["of these MACs, 1,536 multiply padding zeros", "4 output cells recomputed one by one: all equal"]
    assert as_json(found)["run"] == {
        "padding": 1536, "rechecked": 4, "unequal": 0, "peak": "conv1"}


def test_cells_that_came_out_otherwise_are_no_agreement() -> None:
    """The counts are as predicted; a padding that is not zero is seen by the values only."""
    with patch.object(conv, "ZERO", lanes.ZERO + 1), patch.object(recheck, "SHARE", 1):
        found = verify(loads(SPEC))
    assert found.predicted == found.measured
    assert not found.agree
    assert found.rows[0].problem == f"{found.run.unequal} of 480 recomputed cells came out otherwise"


def test_only_a_long_run_has_an_estimate() -> None:
    """DeconvNet has 32.7 G multiply-adds, AlexNet 0.7 G: two minutes, and seconds."""
    large, small = (loads((SPECS / f"{name}.yaml").read_text(encoding="utf-8")) for name in ("deconvnet", "alexnet"))
    seconds = estimate(large)
    assert seconds is not None
    assert 100 < seconds < 200
    assert estimate(small) is None
    assert estimate(small, slow=True) is not None
