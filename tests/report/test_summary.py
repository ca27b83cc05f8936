"""Summaries as they look: golden texts that a person has read, and what must hold of every one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnncalc import analyze, load, loads
from cnncalc.errors import Fault
from cnncalc.report import comparison, summary, table
from cnncalc.report.columns import as_tree, columns
from cnncalc.report.text import Screen, ascii_text, bar, percent, printable, short, size_of

GOLDEN = Path(__file__).parent / "golden"


def options(analysis, names=None, **more) -> summary.Options:
    return summary.Options(columns(names, analysis), **more)


def screen(width: int, unicode: bool = True) -> Screen:
    return Screen(terminal=True, color=False, width=width, unicode=unicode)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_alexnet_on_a_terminal(width: int, golden) -> None:
    analysis = analyze(load("alexnet"))
    golden(GOLDEN / f"alexnet_{width}.txt", table.summary(analysis, options(analysis), screen(width)))


def test_resnet18_as_a_tree(golden) -> None:
    analysis = analyze(load("resnet18"))
    golden(GOLDEN / "resnet18_100.txt", table.summary(analysis, options(analysis, depth=3), screen(100)))


def test_alexnet_in_a_pipe(golden) -> None:
    analysis = analyze(load("alexnet"))
    golden(GOLDEN / "alexnet_plain.txt", summary.plain(analysis, options(analysis)))


def test_a_comparison(golden) -> None:
    analyses = [analyze(load(name)) for name in ("alexnet", "vgg16", "resnet50", "mobilenet_v2")]
    golden(GOLDEN / "comparison_plain.txt", comparison.plain(analyses, None))
    golden(GOLDEN / "comparison_60.txt", table.compare(analyses, None, screen(60)))


@pytest.mark.parametrize("width", range(40, 201, 7))
def test_no_number_is_ever_cut(width: int) -> None:
    analysis = analyze(load("resnet18"))
    drawn = table.summary(analysis, options(analysis), screen(width))
    assert max(map(len, drawn.splitlines())) <= width
    assert "…" not in drawn


def test_the_last_columns_are_dropped_first() -> None:
    analysis = analyze(load("alexnet"))
    heads = [table.summary(analysis, options(analysis), screen(width)).splitlines()[2].split() for width in (60, 80)]
    assert heads == [["Layer", "Kind", "Output", "Params"], ["Layer", "Kind", "Output", "Params", "FLOPs", "Share"]]


def test_a_scope_that_holds_one_thing_shares_its_line() -> None:
    analysis = analyze(loads("input: [3, 8, 8]\nblocks:\n  b(): [relu]\n  c(): [relu, tanh]\nlayers:\n"
                             "- {b, name: x}\n- {layers: [{c, name: d}], name: y}\n"))
    rows = as_tree(analysis, summary.rows_of(analysis, options(analysis)))
    assert [(row.depth, row.label) for row in rows] == [(0, "x.relu1"), (0, "y.d"), (1, "relu1"), (1, "tanh1")]


def test_depth_sums_what_can_be_summed() -> None:
    analysis = analyze(load("resnet50"))
    rows = {row.path: row for row in summary.rows_of(analysis, options(analysis, ["params", "output"], depth=1))}
    # 2048·512 + 2·512 twice over is layer4's 1×1s; the sum of layer4 is torchvision's 14,964,736.
    assert rows["layer4"].values["params"] == 14_964_736
    assert rows["layer4"].output == "2048×7×7"
    assert sum(row.values["params"] for row in rows.values()) == 25_557_032


def test_sort_and_top() -> None:
    analysis = analyze(load("alexnet"))
    rows = summary.rows_of(analysis, options(analysis, ["flops"], sort="params", top=3))
    assert [row.path for row in rows] == ["fc6", "fc7", "fc8"]


def test_json_is_the_contract() -> None:
    data = json.loads(summary.to_json(summary.as_json(analyze(load("resnet50"), batch=2))))
    assert data["schema"] == "cnncalc.summary/1"
    assert (data["totals"]["params"], data["totals"]["buffers"]) == (25_557_032, 53_120)
    assert data["totals"]["macs"] == 2 * 4_089_184_256
    assert data["spec"]["variant"] == "resnet50"
    first = data["layers"][0]
    assert (first["path"], first["kind"], first["from"], first["output"]) == (
        "stem.conv1", "conv", ["input"], [64, 112, 112])
    assert first["args"]["padding"] == 3
    assert {"path": "layer1.0", "block": "bottleneck", "repetition": 0} in data["scopes"]
    assert data["outputs"] == {"fc": [1000]}


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(Fault) as caught:
        columns(["parms"], analyze(load("lenet5")))
    assert caught.value.help == "did you mean `params`?"


def test_foreign_text_is_shown_escaped() -> None:
    analysis = analyze(loads('name: "a\\x1b[31m\\u202e[/b]"\ninput: [1]\nlayers: [relu]\n'))
    assert summary.title(analysis) == "a\\x1b[31m\\u202e[/b]"
    assert "[/b]" in table.summary(analysis, options(analysis), screen(80))


def test_ascii_screens_get_ascii() -> None:
    analysis = analyze(load("alexnet"))
    drawn = ascii_text(table.summary(analysis, options(analysis), screen(120, unicode=False)))
    assert drawn.isascii()
    assert "conv 11x11 s4" in drawn


def test_how_numbers_are_written() -> None:
    assert [short(value) for value in (0, 999, 1000, 10_965_224, 724_406_816, 15_470_264_320)] == [
        "0", "999", "1 k", "11 M", "724 M", "15.5 G"]
    assert [size_of(value) for value in (0, 1023, 1024, 243_860_896, 10**12)] == ["0 B", "1023 B", "1 KiB", "233 MiB",
                                                                                  "931 GiB"]
    assert (percent(1, 3), percent(0, 0)) == ("33.3%", "-")
    assert (bar(1, 2, 4), bar(1, 16, 4), bar(0, 1, 4), bar(1, 2, 4, unicode=False)) == ("██", "▎", "", "##")
    assert printable("a\tb\x00\x85") == "a\\x09b\\x00\\x85"
