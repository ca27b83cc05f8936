"""How receptive fields are explained: every equation is true, and its number is the one that the column shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc import analyze, load, loads
from cnncalc.analysis import Analysis
from cnncalc.analysis.receptive import receptive_fields
from cnncalc.explain.layer import Explanation, explain
from cnncalc.explain.working import Equation, Row
from cnncalc.report.explain import as_json, markdown, plain
from cnncalc.spec.locate import bundled_files
from tests.explain.test_working import value_of
from tests.networks import random_graph, small


def check(analysis: Analysis, found: Explanation) -> int:
    """Every equation of a layer's sections on its field against all layers' fields; how many there were."""
    graph = analysis.graph
    fields = [dict(zip([node.path for node in graph.nodes], receptive_fields(graph, source), strict=True))
              for source in range(len(graph.inputs))]
    count = 0
    for section in found.sections[3:]:
        for line in section.lines:
            path = line.paths[-1] if isinstance(line, Row) else found.row.path
            for cell in line.cells if isinstance(line, Row) else [line]:
                if not isinstance(cell, Equation) or cell.of not in ("field", "stride", "offset"):
                    continue
                assert value_of(cell.expression) == cell.value, cell
                name = "extent" if cell.of == "field" else cell.of
                for axis in cell.axes:
                    here = [each[path][axis] for each in fields if axis < len(each[path])]
                    assert cell.value in [getattr(each, name) for each in here if each], (path, cell)
                    count += 1
    return count


@pytest.mark.parametrize("name", [Path(file).stem for file in bundled_files()])
def test_the_way_to_the_results_of_bundled_networks(name: str) -> None:
    graph = small(name)
    analysis = analyze(graph)
    paths = [graph.label(output.tensor) for output in graph.outputs[:2]]
    middle = graph.nodes[len(graph.nodes) // 2].path
    assert sum(check(analysis, found) for found in explain(analysis, [*paths, middle])) > 2


@pytest.mark.parametrize("name", ["resnet50", "unet", "inception_v3", "segnet", "shufflenet_v2"])
def test_every_layers_own_step(name: str) -> None:
    graph = load(name)
    analysis = analyze(graph)
    before = 0
    for found in explain(analysis)[:80]:
        before += check(analysis, found)
    assert before > 10


def test_random_networks() -> None:
    counts = []
    for graph in filter(None, map(random_graph, range(200))):
        analysis = analyze(graph)
        for found in (*explain(analysis), *explain(analysis, [node.path for node in graph.nodes])):
            counts.append(check(analysis, found))
    assert sum(counts) > 5000


def told(text: str, *wanted: str, source: bool = False) -> str:
    """What is printed of the receptive field."""
    analysis = analyze(loads(text) if source else load(text))
    return plain(explain(analysis, wanted), analysis).partition("Receptive field")[2]


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_resnet50_as_worked_out_by_hand() -> None:
    # The stem 7 at stride 2, the pool 7 + 2·2 = 11 at 4, three 3×3s 11 + 3·2·4 = 35, and so on to 427 (He et al. as
    # torchvision has it); a repeated block is one line.
    page = lines(told("resnet50", "layer4.2.relu1"))
    assert "input 1 1 0" in page
    assert "stem.conv1 conv 7×7 s2 p3 1 + (7 - 1)·1 = 7 1·2 = 2 0 - 3·1 = -3" in page
    assert "max_pool1 max_pool 3×3 s2 p1 7 + (3 - 1)·2 = 11 2·2 = 4 -3 - 1·2 = -5" in page
    assert ("layer3.{1..5}.main.conv_bn2.conv1 (5 layers) conv 3×3 p1 107 + 5·(3 - 1)·16 = 267 16·1 = 16 "
            "-53 - 5·1·16 = -133") in page
    assert "layer4.{1,2}.main.conv_bn2.conv1 (2 layers) conv 3×3 p1 299 + 2·(3 - 1)·32 = 427 32·1 = 32 " \
           "-149 - 2·1·32 = -213" in page
    assert ("a cell depends on 427×427 cells of the input at most, more than there are (224×224); cell 0's begin at "
            "-213, each next one's 32 further on") in page
    assert "where branches meet, the way goes on through the one with the largest field" in page
    assert len(page) < 20


def test_he_et_al_and_vgg() -> None:
    assert " = 483 " in told("resnet_caffe", "res5.2.relu1")
    assert " = 212 " in told("vgg16", "stage5.max_pool1")


def test_a_global_layer() -> None:
    page = lines(told("resnet50", "fc"))
    assert page[1] == "every cell depends on the whole input, 224×224"
    assert page[-1] == "global_avg_pool1 global_avg_pool 224 (the whole input)"


def test_where_stride_and_offset_vary() -> None:
    page = lines(told("unet", "dec2.double_conv1.layers1.0.conv1"))
    # The widest cell of a 3×3 on fields that do not move evenly: from input cell 0 to 203.
    assert page[-1] == ("dec2.double_conv1.layers1.0.conv1 conv 3×3 203 - 0 + 1 = 204 varies varies "
                        "cell 6, from cells 6 to 8")
    assert "where stride and offset vary, r is last - first + 1 of the output cell with the largest field" in page


def test_axes_that_differ_have_a_way_each() -> None:
    page = told("inception_v3", "e2.concat1")
    assert page.startswith(" (height)\n")
    height, _, width = page.partition("Receptive field (width)")
    assert "c1.b77.column{1,2}.conv_bn1.conv1 (2 layers)" in height
    assert "c1.b77.row{1,2}.conv_bn1.conv1 (2 layers)" in width
    assert height.rstrip().endswith("1,247 + (3 - 1)·32 = 1,311  32·1 = 32  -586 - 1·32 = -618")


UNEVEN = """input: [1, 16]
layers:
- add:
    ahead: [{conv: 1, kernel: 3, padding: [[0, 2]]}]
    behind: [{conv: 1, kernel: 3, padding: [[2, 0]]}]
- {conv: 1, kernel: 3, dilation: 4}
"""


def test_fields_that_meet_without_one_that_covers_all() -> None:
    # Cell 0 sees cells 0 to 2 one way, -2 to 0 the other: five; the dilated window adds 4·2.
    page = lines(told(UNEVEN, "conv1", source=True))
    assert "add1 add max(2, 0) - min(0, -2) + 1 = 5 1 -2 2 fields meet" in page
    assert "conv1 conv 3 d4 5 + 4·(3 - 1)·1 = 13 1·1 = 1 -2 - 0·1 = -2" in page
    assert any("a dilated one adds d·(k - 1)·j" in line for line in page)


def test_a_step_of_its_own_where_more_than_one_layer_is_told() -> None:
    page = lines(told("resnet50", "stem"))
    assert page[1:4] == ["field r r + (k - 1)·j = 1 + (7 - 1)·1 = 7", "stride j j·s = 1·2 = 2",
                         "offset o o - p·j = 0 - 3·1 = -3"]
    assert "Receptive" not in told("resnet50", "layer1.0.main.relu*")


def test_inputs() -> None:
    two = "inputs: {left: [1, 8, 8], right: [1, 8, 8]}\nlayers:\n- {conv: 1, kernel: 5, from: right, name: wide}\n" \
          "- {conv: 1, kernel: 3, from: left, padding: [[0, 0], [1, 1]]}\n- {crop: [4, 4]}\n- {add, from: [wide, prev]}\n"
    assert told(two, "add1", source=True).startswith(" in right\n  a cell depends on 5×5 cells")
    flat = analyze(loads("input: [8]\nlayers: [{linear: 2}]\n"))
    assert "Receptive field" not in plain(explain(flat, ["linear1"]), flat)
    constant = "input: [1, 8]\nlayers:\n- {parameter: [1, 8]}\n- relu\n"
    assert "no cell depends on an input's place" in told(constant, "relu1", source=True)


def test_a_field_that_cannot_be_listed_does_not_stop_the_rest() -> None:
    text = "input: [1, 1000000000000]\nlayers:\n- {concat: [[], [relu]], axis: 2, name: both}\n"
    page = told(text, "both", source=True)
    assert "not listed: the receptive field has no pattern here" in page
    assert "Receptive" not in told(text, source=True)


def test_json_and_markdown_have_the_way() -> None:
    analysis = analyze(load("resnet50"))
    found = explain(analysis, ["layer1.0.main.conv_bn2.conv1"])
    equations = {each["what"]: each for each in as_json(found, analysis)["layers"][0]["equations"]}
    assert equations["field of max_pool1"] == {"what": "field of max_pool1", "text": "7 + (3 - 1)·2 = 11",
                                               "expression": "7 + (3 - 1)*2", "value": 11, "of": "field"}
    assert "| max_pool1 | max_pool 3×3 s2 p1 | 7 + (3 - 1)·2 = 11 | 2·2 = 4 | -3 - 1·2 = -5 |" in \
        markdown(found, analysis)
