"""Diffs as they look: golden texts that a person has read, and what must hold of every one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnncalc import __version__, analyze, diff, load, loads
from cnncalc.report import diff as report
from cnncalc.report import diff_json, diff_markdown, diff_table
from cnncalc.report.diff import Options
from cnncalc.report.summary import to_json
from cnncalc.report.text import Screen
from tests.compare.networks import flat, spec

GOLDEN = Path(__file__).parent / "golden"

PAIRS = {
    "depth": ("resnet", "resnet@resnet101"),
    "stride": ("resnet", "resnet_stride_on_1x1"),
    "squeeze_excite": ("resnet", "resnet_se"),
    "same": ("resnet", "resnet"),
}


def pair(name: str):
    return diff(*map(spec, PAIRS[name]))


def ten_thousand():
    steps = [f"{{conv: {8 + number % 7}, kernel: {1 + 2 * (number % 2)}, padding: half}}" for number in range(10_000)]
    return diff(flat(*steps), flat(*steps[:5_000], "{conv: 9, kernel: 1}", *steps[5_000:]))


def renamed():
    text = "input: [3, 8, 8]\nblocks:\n  stage(out):\n  - {conv: $out, kernel: 3}\n  - relu\nlayers:\n"
    return diff(loads(text + "- {stage: 8, name: stem}\n- {conv: 4, kernel: 1}\n", label="a.yaml"),
                loads(text + "- {stage: 8, name: entry}\n- {conv: 4, kernel: 1}\n", label="b.yaml"))


def rewired():
    head = "{conv: 8, kernel: 1, name: x}", "{conv: 8, kernel: 3, padding: 1, name: y}"
    return diff(flat(*head, "{add, from: [x, prev]}", "relu", "{conv: 8, kernel: 1, name: z}"),
                flat(*head, "{add, from: [y, prev]}", "gelu", "{conv: 8, kernel: 1, name: z, share: x}"))


@pytest.mark.parametrize("name", PAIRS)
def test_plain(name: str, golden) -> None:
    golden(GOLDEN / f"{name}.txt", report.plain(pair(name), Options()))


@pytest.mark.parametrize("make", [ten_thousand, renamed, rewired])
def test_plain_of_small_ones(make, golden) -> None:
    golden(GOLDEN / f"{make.__name__}.txt", report.plain(make(), Options()))


@pytest.mark.parametrize("name", ["depth", "stride"])
def test_markdown(name: str, golden) -> None:
    golden(GOLDEN / f"{name}.md", diff_markdown.render(pair(name), Options()))


def test_json(golden) -> None:
    data = diff_json.as_json(rewired())
    assert data["tool"]["version"] == __version__
    golden(GOLDEN / "rewired.json", to_json({**data, "tool": {**data["tool"], "version": "0"}}))


def test_all_layers(golden) -> None:
    golden(GOLDEN / "rewired_all.txt", report.plain(rewired(), Options(all=True)))


def test_the_depth_in_numbers() -> None:
    text = report.plain(pair("depth"), Options())
    # torchvision: 44,549,160 − 25,557,032 parameters; 17 blocks of 218,365,952 multiply-adds.
    for words in ("layer3 gained 17 blocks", "+18,992,128 params", "+3,712,221,184 FLOPs"):
        assert words in text
    assert len(text.splitlines()) < 25


@pytest.mark.parametrize("name", PAIRS)
def test_a_terminal_says_the_same_in_eighty_columns(name: str) -> None:
    text = report.plain(pair(name), Options())
    assert max(map(len, text.splitlines())) <= 80
    lines = diff_table.table(pair(name), Options(), Screen(True, False, 80)).splitlines()
    assert [line.rstrip() for line in lines] == text.splitlines()
    assert "\x1b[32m+ layer3.{6..22}" in diff_table.table(pair("depth"), Options(), Screen(True, True, 80))


def test_a_narrow_screen() -> None:
    text = diff_table.table(pair("depth"), Options(width=40), Screen(True, False, 40))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 40
    assert "Params\n  25,557,032 → 44,549,160 · +18,992,128\n  +74.3%\n" in "".join(
        f"{line.rstrip()}\n" for line in text.splitlines())


def test_order_by_a_metric() -> None:
    found = pair("stride")
    assert report.rows(found, Options(by="flops"))[0].path == "layer{2..4}.0.main.conv_bn1.conv1"
    depths = diff(spec("resnet"), loads(spec("resnet").text.text.replace("[3, 4, 6, 3]", "[4, 5, 7, 4]")))
    assert [fold.path for fold in report.rows(depths, Options(by="params"))] == [
        "layer4.3", "layer3.6", "layer2.4", "layer1.3"]
    assert [fold.path for fold in report.rows(depths, Options())] == ["layer1.3", "layer2.4", "layer3.6", "layer4.3"]


def test_json_speaks_of_every_layer() -> None:
    data = diff_json.as_json(pair("depth"))
    assert data["schema"] == "cnncalc.diff/1"
    assert len(data["alignment"]) == 345
    assert sum(new is None for _, new in data["alignment"]) == 0
    assert sum(old is None for old, _ in data["alignment"]) == 170
    assert data["totals"]["flops"] == {"old": 4_089_184_256, "new": 7_801_405_440, "delta": 3_712_221_184,
                                       "percent": pytest.approx(90.78, abs=0.01)}
    assert {change["fold"] for change in data["changes"]} == {0}
    assert json.loads(to_json(data)) == data


def test_percentages() -> None:
    assert report.percentage(1000, 1500) == "+50.0%"
    assert report.percentage(1000, 0) == "−100.0%"
    assert report.percentage(10**9, 10**9 + 1) == "+<0.1%"
    assert report.percentage(0, 5) == ""
    assert report.percentage(5, 5) == ""


def test_the_unit_stands_beside_the_flops() -> None:
    graph = flat("{conv: 8, kernel: 1}")
    for name in ("paper", "flops2"):
        found = diff(analyze(graph, convention=name), analyze(graph, convention=name))
        assert f"FLOPs: {name}: 1 FLOP = 1 {found.b.convention.unit}" in report.plain(found, Options())


def test_arguments_that_are_called_like_what_the_network_itself_has() -> None:
    text = report.plain(diff(flat("{adaptive_avg_pool: 4}"), flat("{adaptive_avg_pool: 3}")), Options())
    assert "size 4 → 3" in text
    text = report.plain(diff(flat("relu"), flat("relu", input="[8, 20, 20]")), Options())
    assert "~ input\n    8×16×16 → 8×20×20\n" in text


def test_foreign_words_stay_text() -> None:
    hostile = 'name: "<b>@team</b> | [x](http://y) \\e[31m"\ninput: [3, 8, 8]\nlayers:\n- relu\n'
    found = diff(loads(hostile, label="a\x1b[2J.yaml"), loads(hostile.replace("relu", "gelu"), label="b|<i>.yaml"))
    assert "\x1b" not in report.plain(found, Options())
    text = diff_markdown.render(found, Options())
    assert text.startswith("<!-- cnncalc-diff -->\n")
    assert "<b>" not in text
    assert " @team" not in text.replace("\\@", "")
    assert "\x1b" not in text


def test_a_long_comment_is_cut_before_github_refuses_it() -> None:
    def network(kernel: int):
        names = (f"{'x' * (n % 60)}_{'y' * (60 - n % 60)}_{n}" for n in range(2_000))
        return flat(*(f"{{conv: {8 + n}, kernel: {kernel}, padding: half, name: {name}}}"
                      for n, name in enumerate(names)), input="[8, 3, 3]")

    text = diff_markdown.render(diff(network(1), network(3)), Options(all=True))
    assert "<details><summary>2000 rows</summary>" in text
    assert "… and 1" in text
    assert len(text) < 65_536
    deep = [f"{{conv: 8, kernel: KERNEL, padding: half, name: {'.'.join(['z' * 90] * 30)}.n{n}}}" for n in range(50)]
    one, two = (flat(*(step.replace("KERNEL", str(kernel + 2 * (n % 9))) for n, step in enumerate(deep)))
                for kernel in (1, 3))
    assert len(diff_markdown.render(diff(one, two), Options(all=True))) < 65_536


def test_the_same_repetition_in_sibling_blocks_is_one_line() -> None:
    blocks = "unit(out):\n- {conv: $out, kernel: 1}\n- relu\nstage(out, depth):\n- {unit: $out, repeat: $depth}"
    old, new = ([f"{{stage: [{out}, {depth}], name: {name}}}" for out, name in ((8, "a"), (9, "b"))] for depth in (2, 3))
    text = report.plain(diff(flat(*old, blocks=blocks), flat(*new, blocks=blocks)), Options())
    assert "+ {a,b}.unit1.2 (2 blocks)  unit, 2 layers each\n" in text
    # Without a block around them they are two stages, and each says what it gained.
    old, new = ([f"{{unit: {out}, repeat: {depth}, name: {name}}}" for out, name in ((8, "a"), (9, "b"))]
                for depth in (2, 3))
    text = report.plain(diff(flat(*old, blocks=blocks), flat(*new, blocks=blocks)), Options())
    assert "+ a.2  unit, 2 layers\n" in text
    assert "+ b.2  unit, 2 layers\n" in text


def test_the_same_renaming_in_many_places_is_one_line() -> None:
    blocks = "unit(out):\n- add: {MAIN: [{conv: $out, kernel: 1}, relu], skip}"
    steps = [f"{{unit: 8, repeat: {n}}}" for n in (2, 3, 2)]
    text = report.plain(diff(flat(*steps, blocks=blocks.replace("MAIN", "main")),
                             flat(*steps, blocks=blocks.replace("MAIN", "body"))), Options())
    assert "no change in the network\n\n= unit*.*.main is now unit*.*.body (14 layers)\n" in text


def test_many_sources_show_those_that_differ() -> None:
    head = [f"{{conv: 8, kernel: {2 * n + 1}, padding: half, from: input, name: b{n}}}" for n in range(5)]
    one, two = (flat(*head, f"{{concat, from: [{', '.join(names)}]}}") for names in (
        ("b0", "b1", "b2", "b3", "b4"), ("b0", "b1", "b3", "b2", "b4")))
    assert "from […, b2, b3, b4] → […, b3, b2, b4]" in report.plain(diff(one, two), Options())


def test_the_hyperparameters_behind_many_changes() -> None:
    found = diff(load("mobilenet_v2"), load("mobilenet_v2@mobilenet_v2_050"))
    text = report.plain(found, Options())
    assert "51 layers changed: −43.8% params, −67.7% FLOPs\nhyperparameter: width 1 → 0.5\n\n" in text
    assert "<br>\nhyperparameter: width 1 → 0.5\n" in diff_markdown.render(found, Options())
    assert diff_json.as_json(found)["hyperparameters"] == {"width": {"old": 1, "new": 0.5}}
    several = report.plain(diff(load("resnet18"), load("resnet34", set={"classes": 10})), Options())
    assert "hyperparameters: depths [2, 2, 2, 2] → [3, 4, 6, 3] · classes 1000 → 10\n" in several
    # Without a change there is nothing to explain, and between specs of other hyperparameters no pair to compare.
    assert "hyperparameter" not in report.plain(diff(load("resnet"), load("resnet50")), Options())
    assert "hyperparameter" not in report.plain(diff(load("alexnet"), load("alexnet_torchvision")), Options())
