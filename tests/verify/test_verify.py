"""What a verification says: rows, totals, the size it ran at, declared layers, layers that cannot be run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnncalc import load, loads, verify
from cnncalc.errors import Fault
from cnncalc.report import verify as report
from cnncalc.report.summary import to_json
from cnncalc.report.text import Screen

from .faults import MISTAKES, changed

GOLDEN = Path(__file__).parent / "golden"
NET = """
name: three kinds of row
input: [3, 9, 8]
layers:
- {conv: 4, kernel: 3, padding: half}
- batch_norm
- {custom: [4, 2, 2], params: 5, macs: 7}
- {max_pool: 2}
- flatten
"""


def mistaken(name: str) -> Any:
    return next(mistake for mistake in MISTAKES if mistake.name == name).inject()


def test_lenet_at_full_size() -> None:
    found = verify(load("lenet5"))
    assert found.agree
    assert found.inputs == {"input": (1, 32, 32)}
    # LeCun et al. 1998 with full connections in C3: 61,706 parameters; the sums by hand are in the summary's tests
    # at the peak conv1's 6·28·28 numbers and as many from its tanh
    assert found.measured == (61_706, 0, 416_520, 2 * 6 * 28 * 28)


def test_rows_and_totals() -> None:
    found = verify(loads(NET))
    conv, norm, custom, *rest = found.rows
    # 4·3·3·3 weights and 4 biases; 9·8 positions, 108 products each
    assert conv.predicted == conv.measured == ((4, 9, 8), 112, 0, 7776)
    assert norm.measured == ((4, 9, 8), 8, 8, 0)
    assert custom.declared
    assert (custom.measured, custom.agree) == (None, None)
    assert custom.predicted == ((4, 2, 2), 5, 0, 7)
    assert [row.agree for row in rest] == [True, True]
    # without the declared layer; at the peak batch_norm's 4·9·8 numbers and its input's
    assert found.predicted == found.measured == (120, 8, 7776, 576)
    assert found.agree


def test_in_a_pipe(golden: Any) -> None:
    golden(GOLDEN / "agrees.txt", report.plain(verify(loads(NET))))
    with mistaken("bias counted as a multiply-add"):
        golden(GOLDEN / "differs.txt", report.plain(verify(loads(NET))))
        golden(GOLDEN / "several.txt", report.plain_several([verify(load("lenet5")), verify(loads(NET))]))


@pytest.mark.parametrize("width", [60, 100])
def test_on_a_terminal(width: int, golden: Any) -> None:
    with mistaken("bias counted as a multiply-add"):
        found = verify(loads(NET))
    golden(GOLDEN / f"differs_{width}.txt", report.table([found], Screen(True, False, width)))


def test_differing_rows_come_first() -> None:
    with mistaken("running statistics counted as parameters"):
        found = verify(loads(NET))
    assert not found.agree
    first, second = report.layers(found)[1:3]
    assert first[:3] == ["✗", "batch_norm1", "batch_norm"]
    assert first[4:6] == ["16 ≠ 8", "0 ≠ 8"]
    assert second[0] == "✓"
    assert report.verdict(found).startswith("1 of 4 layers differ; ")
    assert report.verdict(found).endswith("; 1 declared, never verified")


def test_where_nothing_is_verified_there_is_no_tick() -> None:
    found = verify(loads("input: [3, 9]\nlayers: [{custom: [4], params: 5, macs: 7}]\n"))
    assert [row[0] for row in report.overview([found, verify(loads(NET))])] == ["", "·", "✓"]
    assert report.verdict(found) == "0 layers as predicted; 1 declared, never verified"


def test_json() -> None:
    with mistaken("bias counted as a multiply-add"):
        data = json.loads(to_json(report.as_json(verify(loads(NET)))))
    assert data["schema"] == "cnncalc.verify/1"
    assert data["agree"] is False
    assert data["layers"][0] == {
        "path": "conv1", "kind": "conv",
        "predicted": {"output": [4, 9, 8], "params": 112, "buffers": 0, "macs": 7776 + 288},
        "measured": {"output": [4, 9, 8], "params": 112, "buffers": 0, "macs": 7776}, "agree": False}
    assert data["layers"][2]["declared"] is True
    assert data["layers"][2]["measured"] is None
    assert data["totals"]["measured"] == {"params": 120, "buffers": 8, "macs": 7776, "peak_cells": 576}
    assert [layer["agree"] for layer in data["layers"]] == [False, True, None, True, True]


def test_the_peak() -> None:
    """A result lives to the end, a tensor that lends its size does not, an input that nobody reads never."""
    found = verify(loads("""
inputs: {unread: [1, 9, 9], x: [1, 8, 8]}
layers:
- {conv: 2, kernel: 1, from: x, name: big}
- {max_pool: 4, name: small}
- {conv: 1, kernel: 1, from: x}
- {upsample, like: big, from: small, name: up}
outputs: [small, up]
"""))
    # In cells: x 64, big 128, small 8, conv1 64, up 128. Alive: x+big, x+big+small, x+small+conv1, small+up.
    assert found.predicted.peak_cells == found.measured.peak_cells == 64 + 128 + 8
    assert found.run.peak == "small"
    with mistaken("results go after their last use"):
        found = verify(loads("input: [4]\nlayers: [{relu, name: a}, relu, relu]\noutputs: [a, prev]\n"))
    assert (found.predicted.peak_cells, found.measured.peak_cells) == (8, 12)
    assert not found.agree
    assert report.verdict(found) == "3 layers as predicted, but not the totals"


def test_what_cannot_be_run_is_a_difference() -> None:
    """A refused step, and those behind it, which are not run; the analyzer is made to accept too much."""
    with changed("", ["max_pool"], lambda layer, x, facts: facts._replace(shape=(4, 4, 4))).inject():
        found = verify(loads("input: [4, 8, 8]\nlayers: [{max_pool: 3}, {crop: 3}, relu]\n"))
    assert [row.agree for row in found.rows] == [False, False, False]
    assert found.rows[0].measured == ((4, 2, 2), 0, 0, 0)
    assert found.rows[1].measured is None
    assert found.rows[1].problem == "cannot crop 2×2 to 3×3, which is larger"
    assert found.rows[2].problem == "not run, because `crop1` failed"
    assert not found.agree


def test_receptive_fields() -> None:
    text = "input: [1, 9, 8]\nlayers: [{conv: 2, kernel: [3, 5], padding: half}, {max_pool: 2}]\n"
    assert verify(loads(text), receptive_field=True).agree
    with changed("", ["max_pool"], lambda layer, x, facts: facts._replace(
            reach=(tuple(each._replace(extent=3) for each in facts.reach[0]),))).inject():
        assert verify(loads(text)).agree
        found = verify(loads(text), receptive_field=True)
    assert not found.agree
    assert found.rows[1].fields == ("cell 0 on axis 2 of `input`: 0 to 3 ≠ 0 to 2",
                                    "cell 0 on axis 3 of `input`: 0 to 4 ≠ 0 to 3")


def test_too_large_to_be_run() -> None:
    with pytest.raises(Fault, match="`input` is too large to be run: its shape is 1×100000×100000"):
        verify(loads("input: [1, 100000, 100000]\nlayers: [relu]\n"))
    with pytest.raises(Fault, match="`linear1` is too large to be run: its weight is 100000×100000"):
        verify(loads("input: [100000]\nlayers: [{linear: 100000}]\n"))


def test_progress_counts_work() -> None:
    seen: list[tuple[int, int, str]] = []
    verify(loads(NET), progress=lambda *news: seen.append(news))
    assert [path for _, _, path in seen] == ["conv1", "batch_norm1", "custom1", "max_pool1", "flatten1"]
    done = [done for done, _, _ in seen]
    assert done[0] == 0
    assert done == sorted(set(done))
    assert done[-1] < seen[0][1]
    assert len({total for _, total, _ in seen}) == 1


def test_the_same_seed_gives_the_same_run() -> None:
    graph = loads(NET)
    assert verify(graph, seed=3) == verify(graph, seed=3)
