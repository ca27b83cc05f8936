"""`explain` and `conventions` on the command line: networks, layers, kinds, codes, files of such names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnncalc.cli import run
from cnncalc.cli.exits import guarded
from cnncalc.layers import BY_NAME, KINDS

MINE = "unit: operation of mine\nformulas: {conv: 2*M, linear: M}\nothers: 0\nreason: free here\n"


def said(capsys, *arguments: str) -> str:
    assert run(list(arguments)) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("kind", BY_NAME)
def test_every_kind_has_a_page(kind: str, capsys) -> None:
    page = said(capsys, "explain", kind)
    assert page.startswith(f"{kind}: ")
    for name, field in BY_NAME[kind].fields.items():
        assert name in page
        assert field.help in page
        assert field.form.words in page


def test_without_a_subject_everything_is_listed(capsys) -> None:
    page = said(capsys, "explain")
    assert all(f"  {kind.kind} " in page for kind in KINDS)
    assert "  shape-mismatch\n" in page


def test_a_page_says_what_its_letters_mean(capsys) -> None:
    page = said(capsys, "explain", "conv")
    assert "Here n is the input's size, k the window, s the stride, d the dilation, e = d(k - 1) + 1, p0 and p1" in page
    assert "W·H the input's cells" in said(capsys, "explain", "conv_transpose")
    assert "\nHere" not in said(capsys, "explain", "matmul")


@pytest.mark.parametrize(("word", "near"), [
    ("convv", "conv"), ("Conv2d", "conv"), ("shape-mismatchh", "shape-mismatch"), ("alexnett", "alexnet"),
])
def test_what_is_not_there_is_sought_among_all_that_can_be_explained(word: str, near: str, capsys) -> None:
    assert guarded(lambda: run(["explain", word])) == 2
    assert f"there is no network, kind or code `{word}`\n  = help: did you mean `{near}`?" in capsys.readouterr().err


def test_a_page_has_no_format(capsys) -> None:
    assert guarded(lambda: run(["explain", "conv", "--format", "json"])) == 2
    assert "a page of the manual has no format `json`" in capsys.readouterr().err


def test_a_file_named_like_a_kind(capsys, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conv").write_text("input: [3, 8, 8]\nlayers: [{conv: 8, kernel: 3, name: mine}]\n")
    assert said(capsys, "explain", "conv").startswith("conv: Convolution")
    assert "mine: conv 3×3" in said(capsys, "explain", "./conv")
    assert "mine: conv 3×3" in said(capsys, "explain", "conv", "mine")


def test_a_layer(capsys) -> None:
    page = said(capsys, "explain", "alexnet", "conv1")
    for number in ("= 55", "= 34,944", "= 105,415,200"):
        assert number in page


def test_markdown_and_json(capsys) -> None:
    assert said(capsys, "explain", "alexnet_notes", "--format", "markdown").startswith("# AlexNet (lecture notes)\n")
    data = json.loads(said(capsys, "explain", "alexnet", "conv1", "--format", "json"))
    assert data["schema"] == "cnncalc.explain/1"


def test_ascii_where_the_screen_has_no_more(capsys, monkeypatch) -> None:
    monkeypatch.setattr("cnncalc.cli.output._holds", lambda stream, text: text.isascii())
    page = said(capsys, "explain", "resnet50", "stem.conv1")
    assert page.isascii()
    assert "floor((224 - 7 + 2*3)/2) + 1 = 112" in page


def test_conventions_side_by_side(capsys) -> None:
    page = said(capsys, "conventions", "resnet50")
    for name, total in {"paper": "4,089,184,256", "fvcore": "4,111,512,576", "thop": "4,133,742,592",
                        "torchprofile": "4,100,300,288", "torch": "8,178,368,512", "torchinfo": "4,089,238,376",
                        "ptflops": "4,132,436,968", "ptflops-aten": "4,089,185,256",
                        "calflops": "8,211,108,352"}.items():
        assert any(line.split()[:2] == [name, total] for line in page.splitlines())
    data = json.loads(said(capsys, "conventions", "resnet50", "--format", "json"))
    assert data["schema"] == "cnncalc.conventions/1"
    assert data["conventions"][0] == {"convention": "paper", "unit": "multiply-add", "total": 4_089_184_256}


def test_folded_for_onnx_tool(capsys) -> None:
    page = said(capsys, "conventions", "resnet50", "--fold-batch-norm", "--convention", "onnx-tool")
    assert "4,117,342,184" in page
    assert "batch normalisation folded" in page


@pytest.mark.parametrize("format", ["plain", "markdown", "json"])
def test_a_waterfall_in_every_format(format: str, capsys) -> None:
    page = said(capsys, "conventions", "resnet50", "--from", "paper", "--to", "calflops", "--format", format)
    assert "22227968" in page.replace(",", "")
    assert "8211108352" in page.replace(",", "")


def test_a_convention_of_ones_own(capsys, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(MINE)
    page = said(capsys, "conventions", "lenet5", "--convention", "mine.yaml")
    # 2·(117,600 + 240,000 + 48,000) for the convolutions C1, C3 and C5, 10,080 + 840 for the linear layers
    assert "822,120" in page
    assert "operation of mine" in said(capsys, "summarize", "lenet5", "--convention", "mine.yaml")
    assert "operation of mine" in said(capsys, "explain", "lenet5", "--convention", "mine.yaml")
    assert "operation of mine" in said(capsys, "conventions", "lenet5", "--from", "paper", "--to", "mine.yaml")


def test_one_end_of_a_waterfall_is_refused(capsys) -> None:
    assert guarded(lambda: run(["conventions", "lenet5", "--from", "paper"])) == 2
    assert "needs both ends" in capsys.readouterr().err
