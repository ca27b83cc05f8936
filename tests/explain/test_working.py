"""Every equation that is printed is evaluated by the project's own arithmetic, and is the analyzer's number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnncalc import Fault, analyze, load, loads
from cnncalc.analysis import Analysis
from cnncalc.analysis.conventions import BUNDLED
from cnncalc.explain.layer import Explanation, explain
from cnncalc.explain.working import Equation, written
from cnncalc.layers import KINDS
from cnncalc.report.explain import as_json, ascii_working, markdown, plain
from cnncalc.spec.expression import Expression, evaluate, parse

HERE = Path(__file__).parent
KINDS_NET = str(HERE / "kinds.yaml")
NETWORKS = [KINDS_NET, "alexnet", "alexnet_notes", "lenet5", "resnet50", "googlenet", "unet", "densenet121", "segnet",
            "mobilenet_v3_large", "convnext_tiny", "shufflenet_v2", "squeezenet1_0"]


def value_of(text: str) -> object:
    parsed = parse(text)
    return evaluate(parsed, lambda parts: pytest.fail(f"{parts} is no number")) if isinstance(parsed, Expression) \
        else parsed


def equations(found: Explanation) -> list[Equation]:
    return [line for section in found.sections for _, line in section.equations()]


def analyzed(name: str, **options) -> Analysis:
    return analyze(load(name), **options)


def check(found: Explanation) -> None:
    row = found.row
    numbers = {"params": row.params, "buffers": row.buffers, "macs": row.macs, "flops": row.flops}
    for each in equations(found):
        assert value_of(each.expression) == each.value, each
        if each.of == "size":
            assert {row.output[axis] for axis in each.axes} == {each.value}
        elif each.of in numbers:
            assert each.value == numbers[each.of], each
        else:
            assert each.of in ("part", "field", "stride", "offset")  # of fields: test_fields.py


@pytest.mark.parametrize("name", NETWORKS)
def test_every_equation_is_true(name: str) -> None:
    for found in explain(analyzed(name)):
        check(found)


@pytest.mark.parametrize("convention", [name for name in BUNDLED if name not in ("onnx-tool", "convnet-burden")])
def test_every_equation_is_true_under_a_convention_and_a_batch(convention: str) -> None:
    analysis = analyzed("unet", convention=convention, batch=3)
    for found in explain(analysis):
        check(found)
        told = [each for each in equations(found) if each.of in ("flops", "macs")]
        assert bool(told) or not found.row.flops


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_left_unexplained(name: str) -> None:
    for found in explain(analyzed(name)):
        row, told = found.row, equations(found)
        axes = {axis for each in told if each.of == "size" for axis in each.axes}
        if axes:
            assert axes == set(range(len(row.output))), row.path
        else:
            assert row.output == max((each.shape for each in found.inputs), key=lambda shape: (len(shape), shape))
        for of, number in (("params", row.params), ("buffers", row.buffers), ("macs", row.macs)):
            assert (number == 0) or of in {each.of for each in told}, (row.path, of)


def test_every_kind_is_among_these_networks() -> None:
    seen = {row.kind for name in NETWORKS for row in analyzed(name).layers}
    assert {kind.kind for kind in KINDS} - seen == set()


_PRINTED = re.compile(r"  (\S.*) = ([\d,]+)$", re.MULTILINE)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_printed_can_be_evaluated(name: str) -> None:
    analysis = analyzed(name)
    text = ascii_working(plain(explain(analysis), analysis))
    count = 0
    for left, right in _PRINTED.findall(text):
        numbers = left.split(" = ")[-1].split("  ")[-1]
        if re.fullmatch(r"[-\d,.+*/() floorceil]+", numbers):
            count += 1
            assert value_of(numbers.replace(",", "")) == int(right.replace(",", "")), f"{left} = {right}"
    assert count > len(analysis.layers) // 4


def test_conv1_of_alexnet() -> None:
    analysis = analyzed("alexnet")
    text = plain(explain(analysis, ["conv1"]), analysis)
    assert "(n - k + 2p)/s + 1 = (227 - 11 + 2·0)/4 + 1 = 55" in text
    assert "S²·C1 = 11·11·3 = 363" in text
    assert "S²·C1·C2 = 11·11·3·96 = 34,848" in text
    assert "34,848 + 96 = 34,944" in text
    assert "W·H·S²·C1·C2 = 55·55·11·11·3·96 = 105,415,200" in text
    assert "alexnet.yaml:" in text


def test_the_floor_is_shown_where_it_bites() -> None:
    analysis = analyzed("resnet50")
    text = plain(explain(analysis, ["stem.conv1"]), analysis)
    # (224 + 6 - 7)/2 = 111.5
    assert "⌊(224 - 7 + 2·3)/2⌋ + 1 = 112" in text
    assert "223/2 is 111 with 1 left over" in text


def test_both_views_of_a_transposed_convolution() -> None:
    analysis = analyze(loads("input: [2, 5, 5]\nlayers:\n- {conv_transpose: 3, kernel: 4, stride: 2, padding: 1}\n"))
    (found,) = explain(analysis)
    told = {each.what: each.value for each in equations(found)}
    # 25 stamps of 16·2·3; as a convolution 9×9 with zeros, padded by 2, gives 10×10 cells of 16·2·3
    assert (told["stamps"], told["FLOPs"]) == (25, 25 * 96)
    assert (told["with zeros"], told["padding before"], told["its FLOPs"]) == (9, 2, 100 * 96)
    assert "4 times the work" in plain([found], analysis)


def test_where_a_layer_sits() -> None:
    analysis = analyzed("resnet50")
    (found,) = explain(analysis, ["layer2.0.main.conv_bn2.conv1"])
    assert [(each.path, each.shape) for each in found.inputs] == [("layer2.0.main.relu1", (128, 56, 56))]
    assert found.readers == ("layer2.0.main.conv_bn2.batch_norm1",)
    assert [(scope.block, scope.path) for scope in found.chain] == [
        ("bottleneck", "layer2.0"), ("conv_bn", "layer2.0.main.conv_bn2")]


def test_a_scope_and_a_pattern_mean_their_layers() -> None:
    analysis = analyzed("resnet50")
    assert [each.row.path for each in explain(analysis, ["stem"])] == ["stem.conv1", "stem.batch_norm1"]
    assert len(explain(analysis, ["**.batch_norm1"])) == 53
    with pytest.raises(Fault, match="there is no layer `conv99`"):
        explain(analysis, ["conv99"])


def test_shared_weights_are_explained_where_they_are_first_used() -> None:
    analysis = analyze(loads("input: [4, 8, 8]\nlayers:\n- {conv: 4, kernel: 3, padding: 1, repeat: 2, share: true}\n"))
    for found in explain(analysis):
        check(found)


@pytest.mark.parametrize(("expression", "text"), [
    ("floor((227 - 11 + 2*0)/4) + 1", "⌊(227 - 11 + 2·0)/4⌋ + 1"), ("34848 + 96", "34,848 + 96"),
    ("ceil(7/2)*1000", "⌈7/2⌉·1,000"), ("floor(10*1.5)", "⌊10·1.5⌋"), ("123", "123"),
])
def test_written_by_hand(expression: str, text: str) -> None:
    assert written(expression) == text


def test_golden_pages(golden) -> None:
    notes = analyzed("alexnet_notes")
    golden(HERE / "alexnet_notes.md", markdown(explain(notes), notes))
    kinds = analyzed(KINDS_NET)
    kinds = kinds._replace(graph=kinds.graph._replace(text=kinds.graph.text._replace(label="kinds.yaml")))
    golden(HERE / "kinds.txt", plain(explain(kinds), kinds))


def test_json_has_the_same_equations() -> None:
    analysis = analyzed("alexnet")
    data = as_json(explain(analysis, ["conv1"]), analysis)
    texts = [each["text"] for each in data["layers"][0]["equations"]]
    assert texts[1] == "(n - k + 2p)/s + 1 = (227 - 11 + 2·0)/4 + 1 = 55"
    assert data["layers"][0]["equations"][1]["expression"] == "(227 - 11 + 2*0)/4 + 1"
