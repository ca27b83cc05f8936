"""Conventions as data: the bundled files, texts of the user's own, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnncalc import Fault, SpecError, analyze, load, loads
from cnncalc.analysis.conventions import BUNDLED, PAPER, bundled, convention_of
from cnncalc.analysis.conventions.formula import LETTERS
from cnncalc.analysis.conventions.quantities import QUANTITIES
from cnncalc.analysis.conventions.standings import standings, waterfall
from cnncalc.errors import Source
from cnncalc.explain.layer import explain
from cnncalc.report import explain as explain_report
from cnncalc.report.columns import flops_unit

NET = """
input: [4, 10, 12]
layers:
- {conv: 6, kernel: [3, 5], stride: 2, groups: 2, name: conv}
- {max_pool: 2, name: pool}
- softmax
"""


def own(text: str) -> Source:
    return Source("mine.yaml", text)


def counted(formula: str, layer: str, batch: int = 1) -> int:
    kind = loads(NET).nodes[[node.path for node in loads(NET).nodes].index(layer)].layer.kind
    text = f"unit: step\nformulas: {{{kind}: {formula}}}\nothers: 0\nreason: only this kind\n"
    return analyze(loads(NET), convention=own(text), batch=batch)[layer].flops


@pytest.mark.parametrize(("formula", "layer", "value"), [
    # the convolution gives 6 × (10-3)//2+1 = 4 × (12-5)//2+1 = 4: 96 cells of 2·3·5 = 30 products each
    ("M", "conv", 2880), ("$M", "conv", 2880), ("I", "conv", 480), ("O", "conv", 96), ("K", "conv", 15),
    ("S", "conv", 4), ("G", "conv", 2), ("C1", "conv", 4), ("C2", "conv", 6), ("B", "conv", 96),
    ("P", "conv", 6 * 2 * 15 + 6), ("N", "conv", 1), ("2*M + B", "conv", 2 * 2880 + 96),
    ("M if $bias else 0", "conv", 2880), ("$groups", "conv", 2), ("0.5*M", "conv", 1440),
    # the pool gives 6 × 2 × 2; its stride is its kernel
    ("O*K", "pool", 96), ("S", "pool", 4), ("$cells", "pool", 96), ("B", "pool", 0), ("P", "pool", 0),
    # softmax over the 6 channels of 2 × 2 cells
    ("R", "softmax1", 4), ("3*I - R", "softmax1", 3 * 24 - 4),
])
def test_quantities(formula: str, layer: str, value: int) -> None:
    assert counted(formula, layer) == value


@pytest.mark.parametrize("formula", ["M", "I", "O", "B", "N", "R"])
def test_the_batch_multiplies_work(formula: str) -> None:
    layer = "softmax1" if formula == "R" else "conv"
    assert counted(formula, layer, batch=8) == 8 * counted(formula, layer)


def test_every_letter_is_a_quantity() -> None:
    assert set(LETTERS) <= set(QUANTITIES)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_files_say_who_counts_so(name: str) -> None:
    found = bundled(name)
    assert found.name == name
    assert all((found.unit, found.about, found.version, found.source, found.reason, found.rules))


def test_the_default_equals_its_file() -> None:
    graph = load("lenet5")
    assert PAPER.unit == bundled("paper").unit
    assert list(PAPER.flops(graph, 3)) == list(bundled("paper").flops(graph, 3))


def test_the_default_reads_no_file() -> None:
    code = ("import sys, cnncalc.analysis as a; a.convention_of('paper'); "
            "print([m for m in sys.modules if 'conventions.' in m or m == 'yaml'])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_macs_and_flops_agree_under_paper() -> None:
    for name in ("alexnet", "resnet50", "unet"):
        totals = analyze(load(name), batch=2).totals
        assert totals.macs == totals.flops


@pytest.mark.parametrize(("text", "code", "words"), [
    ("unit: x\nformulas: {conv: M/7}\nothers: error\n", "bad-convention", "mine.yaml"),
    ("unit: x\nformulas: {conv: M - 2*M}\nothers: error\n", "bad-convention", "mine.yaml"),
    ("unit: x\nformulas: {conv: M/0}\nothers: error\n", "bad-convention", "division by zero"),
    ("unit: x\nformulas: {conv: M}\nothers: error\nreason: never seen\n", "uncounted", "`pool`"),
    ("unit: x\nformulas: {conv: M, max_pool: error, softmax: 0}\nothers: error\n", "uncounted", "`pool`"),
])
def test_a_number_that_cannot_be_is_refused(text: str, code: str, words: str) -> None:
    with pytest.raises(Fault) as raised:
        analyze(loads(NET), convention=own(text))
    fault = raised.value
    assert fault.code == code
    assert words in f"{fault.message} {fault.detail} {fault.help}"


@pytest.mark.parametrize(("text", "codes"), [
    ("[]", ["bad-convention"]),
    ("formulas: {conv: M}\nothers: error\n", ["missing-key"]),
    ("unit: x\nformulas: {conv: M}\n", ["missing-key"]),
    ("unit: x\nformulas: {conv: M}\nothers: 0\n", ["missing-key"]),
    ("unit: x\nformulas: {conv: M}\nothers: 1\n", ["bad-convention"]),
    ("unit: x\nformulas: {conw: M}\nothers: error\n", ["unknown-kind"]),
    ("unit: x\nformulas: {conv: Q}\nothers: error\n", ["bad-convention"]),
    ("unit: x\nformulas: {conv: $Q}\nothers: error\n", ["unknown-name"]),
    ("unit: x\nformulas: {conv: 2*Q}\nothers: error\n", ["bad-expression"]),
    ("unit: x\nformulas: {conv: [M]}\nothers: error\n", ["bad-convention"]),
    ("unit: x\nformulas: {upsample: {by: mod, linear: M}}\nothers: error\n", ["unknown-argument"]),
    ("unit: x\nformulas: {'conv, linear': M, linear: M}\nothers: error\n", ["duplicate-key"]),
    ("unit: x\nformula: {conv: M}\nothers: error\n", ["unknown-key", "bad-convention"]),
])
def test_a_text_that_is_no_convention(text: str, codes: list[str]) -> None:
    with pytest.raises(SpecError) as raised:
        convention_of(own(text))
    assert [each.code for each in raised.value.diagnostics] == codes
    assert all(each.source.label == "mine.yaml" for each in raised.value.diagnostics)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(Fault, match="there is no convention `fvcor`") as raised:
        analyze(loads(NET), convention="fvcor")
    assert raised.value.help == "did you mean `fvcore`?"


@pytest.mark.parametrize(("start", "end"), [("paper", "calflops"), ("thop", "torchinfo"), ("onnx-tool", "fvcore")])
def test_a_waterfall_adds_up(start: str, end: str) -> None:
    graph = load("mobilenet_v2")
    found = waterfall(graph, convention_of(start), convention_of(end), batch=2)
    assert found.start_total == analyze(graph, convention=start, batch=2).totals.flops
    assert found.end_total == analyze(graph, convention=end, batch=2).totals.flops
    assert found.start_total + sum(step.change for step in found.steps) == found.end_total
    assert {step.kind for step in found.steps} == {node.layer.kind for node in graph.nodes}


def test_a_convention_without_a_number_says_so_beside_the_others() -> None:
    graph = loads("input: [3, 8, 8]\nlayers:\n- {lrn: 5}\n")
    row = next(row for row in standings(graph).rows if row.convention.name == "onnx-tool")
    assert row.total is None
    assert "`lrn1`" in row.problem
    assert [row.convention.name for row in standings(graph).rows] == list(BUNDLED)


def test_the_words_of_a_convention_are_foreign_words() -> None:
    text = 'name: "\\e[2Jmine"\nunit: "\\e[31mx\\n::error::y"\nformulas: {conv: M}\nothers: 0\nreason: "\\e[2Jfree"\n'
    analysis = analyze(load("lenet5"), convention=Source("c.yaml", text))
    for shown in (flops_unit(analysis), explain_report.plain(explain(analysis), analysis),
                  explain_report.markdown(explain(analysis), analysis)):
        assert "1 FLOP = 1" in shown
        assert "\x1b" not in shown
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
