"""Any metric of the list in a diff: totals, changes, layers elsewhere, every format."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cnncalc import analyze, diff
from cnncalc.analysis import Settings
from cnncalc.analysis.devices import device_of
from cnncalc.analysis.metrics import METRICS, total
from cnncalc.report import diff as report
from cnncalc.report import diff_json, diff_markdown, diff_table
from cnncalc.report.diff import Options
from cnncalc.report.text import Screen
from tests.compare.networks import flat, spec
from tests.compare.test_command import cnncalc

ASKED = ("peak_memory", "receptive_field", "stride", "weights@int8", "intensity")


def wider():
    """A first window of 5 cells in place of 3, on 8×16×16: 14×14 before, 12×12 after."""
    rest = "relu", "{max_pool: 2}", "{conv: 4, kernel: 1, name: head}"
    return diff(flat("{conv: 8, kernel: 3}", *rest), flat("{conv: 8, kernel: 5}", *rest))


def shown(found, *names: str, **options) -> list[str]:
    return [" ".join(line.split()) for line in report.plain(found, Options(columns=names, **options)).splitlines()]


def test_totals_and_changes_by_hand() -> None:
    page = shown(wider(), *ASKED)
    # The convolution holds its input, 2048 numbers, and its output, 1568 before and 1152 after: 416·4 bytes less.
    assert "Memory 14.1 KiB 12.5 KiB −1.62 KiB −11.5%" in page
    assert "Field 4 6 +2 +50.0%" in page
    assert "Stride 2 2 0" in page
    assert "Weights int8 620 B 1.61 KiB +1 KiB +165.2%" in page
    assert (8 * 8 * 9 + 8 + 36, 8 * 8 * 25 + 8 + 36) == (620, 1644)
    told = " ".join(page)
    assert "receptive_field 3 → 5" in told
    assert "+1 KiB weights@int8 (+175.3%)" in told  # of the layer's own 584
    assert "stride 1" not in told  # it is the same
    assert "= receptive_field of 3 other layers differs" in page
    assert "numbers as float32 unless named" in page


def test_without_columns_nothing_is_added() -> None:
    assert shown(wider()) == [" ".join(line.split()) for line in report.plain(wider(), Options()).splitlines()]
    assert not any("unless named" in line or "other layer" in line for line in shown(wider()))


def test_what_came_and_what_went() -> None:
    page = shown(diff(flat("relu"), flat("{conv: 8, kernel: 3}", "relu")), "receptive_field", "weights", "offset")
    # 8·8·9 + 8 numbers of 4 bytes; nothing to take a percentage of.
    assert any("receptive_field 3 · +2.28 KiB weights · offset 0" in line for line in page)
    assert "Weights 0 B 2.28 KiB +2.28 KiB" in page
    page = shown(diff(flat("{conv: 8, kernel: 3}", "relu"), flat("relu")), "receptive_field", "weights")
    assert any("receptive_field 3 · −2.28 KiB weights" in line for line in page)


def test_axes_that_differ_and_values_that_vary() -> None:
    found = diff(flat("{conv: 8, kernel: [3, 5]}"), flat("{conv: 8, kernel: [5, 5], stride: [1, 2]}"))
    page = shown(found, "receptive_field", "stride")
    assert "Field 3×5 5 +2×0" in page
    assert "Stride 1 1×2 0×+1" in page
    page = shown(diff(flat("{conv: 8, kernel: 3}"), flat("{conv_transpose: 8, kernel: 3, stride: 2}")), "stride")
    assert "Stride 1 varies" in page


def test_all_and_by() -> None:
    page = shown(wider(), "receptive_field", all=True)
    # Layers that are the same and see more are told, too.
    assert any(line.startswith("= max_pool1") for line in page)
    assert sum("receptive_field" in line for line in page) == 4
    found = diff(spec("resnet"), spec("resnet_se"))
    rows = report.rows(found, Options(by="bops@int4"))
    moved = [abs(fold.new.macs - fold.old.macs) for fold in rows]
    assert moved == sorted(moved, reverse=True)


def test_times_come_with_the_device_and_the_caveat() -> None:
    device = device_of("t4")._replace(name="My \x1b board")
    sides = [analyze(graph, dtype="float16", settings=Settings(weight_dtype="int8", device=device))
             for graph in (flat("relu"), flat("relu", "relu"))]
    page = shown(diff(*sides), "time")
    assert "numbers as float16, weights int8 unless named · on My \\x1b board" in page
    assert any(line.startswith("time: a bound, not a forecast") for line in page)
    # Each relu moves 2·2048 numbers of 2 bytes at 320 GB/s: 8192/320e9 s.
    assert "Time 25.6 ns 51.2 ns +25.6 ns +100.0%" in page


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_in_every_format_and_both_ways(name: str) -> None:
    settings = Settings(device=device_of("t4"))
    one, two = (analyze(spec(each), settings=settings) for each in ("resnet", "resnet_stride_on_1x1"))
    for found in (diff(one, two), diff(two, one), diff(one, one)):
        options = Options(columns=(name,), all=True)
        assert report.plain(found, options)
        assert diff_markdown.render(found, options).count(f"| {name.replace('_', '_')} |") <= 1
        assert diff_table.table(found, options, Screen(True, 80, True, True))
        data = json.loads(json.dumps(diff_json.as_json(found, [name])))
        before, after = (total(side, METRICS[name]) for side in (found.a, found.b))
        assert data["totals"][name]["old"] == (list(before) if isinstance(before, tuple) else before)
        assert data["totals"][name]["new"] == (list(after) if isinstance(after, tuple) else after)
        if METRICS[name].additive:
            # Causes and effects together are the whole difference.
            parts = [*data["changes"], *data["effects"]]
            moved = sum(each["metrics"][name]["delta"] for each in parts if name in each["metrics"])
            untold = {j for _, j in found.pairs} - {j for _, j in found.affected} - {
                change.new.node for change in found.changes if change.new is not None}
            pairs = {j: i for i, j in found.pairs}
            values = METRICS[name].layers(found.a), METRICS[name].layers(found.b)
            rest = sum(values[1][j] - values[0][pairs[j]] for j in untold)
            assert moved + rest == pytest.approx(after - before)


def test_on_the_command_line(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert cnncalc("resnet50", "resnet_caffe", "--columns", "peak_memory,receptive_field,weights@int8") == 0
    out = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    # The Caffe model's first convolution has a bias: 64 numbers more.
    assert "Weights int8 24.4 MiB 24.4 MiB +64 B +<0.1%" in out
    assert cnncalc("resnet50", "resnet101", "--columns", "time", "--device", "a100", "--dtype", "float16") == 0
    assert "numbers as float16 unless named · on NVIDIA A100" in capsys.readouterr().out
    assert cnncalc("resnet50", "resnet101", "--columns", "weight") == 2
    assert "there is no metric `weight`" in capsys.readouterr().err
    assert cnncalc("resnet50", "resnet101", "--columns", "time") == 2
    assert "`time` needs a device" in capsys.readouterr().err


def test_against_a_base(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    text = "input: [3, 8, 8]\nlayers:\n- {conv: 8, kernel: 3}\n"
    (tmp_path / "net.yaml").write_text(text)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "base")):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *command], check=True, cwd=tmp_path)
    (tmp_path / "net.yaml").write_text(text.replace("kernel: 3", "kernel: 5"))
    asked = "--base", "HEAD", "net.yaml", "--columns", "receptive_field,weights", "--dtype", "int8"
    assert cnncalc(*asked) == 0
    # 3·8·9 + 8 bytes, 3·8·25 + 8.
    assert "Weights 224 B 608 B +384 B +171.4%" in " ".join(capsys.readouterr().out.split())
    assert cnncalc(*asked, "--format", "markdown") == 0
    page = capsys.readouterr().out
    assert "| network | what changed | receptive_field | weights |" in page
    assert "+384 B (+171.4%) |" in page
    assert cnncalc(*asked, "--format", "json") == 0
    (network,) = json.loads(capsys.readouterr().out)["networks"]
    assert network["diff"]["changes"][0]["metrics"] == {
        "receptive_field": {"old": [3, 3], "new": [5, 5], "delta": None, "percent": None},
        "weights": {"old": 224, "new": 608, "delta": 384, "percent": 100 * 384 / 224}}


def test_as_much_on_more_axes_is_no_change() -> None:
    found = diff(flat("{conv: 8, kernel: 5}"), flat("{conv: 8, kernel: 3}", input="[8, 16, 16, 16]"))
    page = " ".join(shown(found, "receptive_field", "stride"))
    assert "receptive_field 5 → 3" in page
    assert "stride 1 → 1" not in page  # on two axes before, on three after


def test_a_field_in_several_places_is_the_first_and_more() -> None:
    block = "cut(c):\n- {conv: $c, kernel: 3}\n- %srelu"
    steps = "{cut: 4, name: a1}", "{cut: 4, name: a2}"
    found = diff(flat(*steps, blocks=block % "tanh\n- "), flat(*steps, blocks=block % ""))
    # 3 cells behind the first convolution, 5 behind the second; nothing is the sum or the last of both.
    assert any("- a{1,2}.tanh1 (in 2 blocks) tanh" in line for line in shown(found, "receptive_field"))
    assert any("receptive_field 3, …" in line for line in shown(found, "receptive_field"))
    assert "| 3, … |" in diff_markdown.render(found, Options(columns=("receptive_field",)))
