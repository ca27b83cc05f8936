"""The memory report as it looks, and what its JSON holds."""

import json
from pathlib import Path

import pytest

from cnncalc import analyze, load, loads
from cnncalc.analysis import Settings
from cnncalc.analysis.memory import memory
from cnncalc.report import memory as report
from cnncalc.report.summary import to_json
from cnncalc.report.text import Screen

GOLDEN = Path(__file__).parent / "golden"

BRANCHES = """name: Branches
input: [10, 4, 4]
layers:
- concat:
    small: [{conv: 50, kernel: 1, name: a}]
    large: [{conv: 100, kernel: 1}, relu, {conv: 10, kernel: 1, name: "a_rather_long_name_of_a_layer_in_a_branch"}]
- {conv: 1, kernel: 1}
"""


def screen(width: int, unicode: bool = True) -> Screen:
    return Screen(terminal=True, color=False, width=width, unicode=unicode)


def test_in_a_pipe(golden) -> None:
    golden(GOLDEN / "lenet5_plain.txt", report.plain(memory(analyze(load("lenet5")))))


def test_in_a_better_order(golden) -> None:
    settings = Settings(in_place=True, optimizer="sgd", weight_dtype="float16")
    found = memory(analyze(loads(BRANCHES), settings=settings), best_order=True)
    golden(GOLDEN / "branches_reordered.txt", report.plain(found))


def test_rolled_up(golden) -> None:
    golden(GOLDEN / "resnet18_depth1.txt", report.plain(memory(analyze(load("resnet18"))), depth=1))


@pytest.mark.parametrize("width", [50, 100])
def test_on_a_terminal(width: int, golden) -> None:
    golden(GOLDEN / f"branches_{width}.txt", report.drawn(memory(analyze(loads(BRANCHES))), None, screen(width)))


def test_on_a_terminal_without_blocks() -> None:
    text = report.drawn(memory(analyze(loads(BRANCHES))), None, screen(100, unicode=False))
    assert "#" in text
    assert "█" not in text


def test_whole_number_weights_are_not_trained() -> None:
    found = memory(analyze(load("lenet5"), settings=Settings(weight_dtype="int8")))
    assert found.training is None
    lines = [" ".join(line.split()) for line in report.plain(found).splitlines()]
    assert "weights 60.3 KiB as int8, running statistics included" in lines  # LeNet-5's 61,706 parameters, a byte each
    assert "training int8 weights cannot be trained" in lines
    assert report.as_json(found)["weights"] == 61_706
    # 2·4704 + 1176 + 2·1600 + 400 + 3·120 + 2·84 + 10 numbers of 4 bytes.
    assert report.as_json(found)["activations"] == 4 * 14_722


def test_json() -> None:
    data = json.loads(to_json(report.as_json(memory(analyze(loads(BRANCHES)), best_order=True))))
    assert data["schema"] == "cnncalc.memory/1"
    assert [step["step"] for step in data["steps"]] == list(range(1, len(data["steps"]) + 1))
    assert data["peak"]["bytes"] == max(step["live"] for step in data["steps"])
    assert data["peak"]["bytes"] == sum(tensor["bytes"] for tensor in data["peak"]["alive"])
    assert data["given_peak"] > data["peak"]["bytes"]
    assert data["exact"] is True
    parts = data["training"]
    assert parts["total"] == parts["weights"] + parts["gradients"] + parts["state"] + parts["saved"]
