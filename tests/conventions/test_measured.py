"""What other counters really printed, reproduced to the last digit: single layers, and whole networks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnncalc import analyze, load, loads
from cnncalc.analysis.fold import fold_batch_norm
from cnncalc.graph import Graph

HERE = Path(__file__).parent
LAYERS = [json.loads(line) for line in (HERE / "layers-measured.jsonl").read_text().splitlines()]
NETWORKS = json.loads((HERE / "networks-measured.json").read_text())["totals"]

SPECS = {"alexnet": "alexnet_torchvision", "unet": str(HERE / "unet.yaml"), "odds": str(HERE / "odds.yaml")}
"""Networks whose spec is called differently."""


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: case["name"])
def test_layer(case: dict) -> None:
    marks = 'x-functional: ["**"]\n' if case["functional"] else ""
    graph = loads(case["spec"] + marks)
    assert {tool: analyze(graph, convention=tool).totals.flops for tool in case["totals"]} == case["totals"]


def network(name: str) -> Graph:
    chosen = {"aux": "false"} if name == "inception_v3" else {}
    return load(SPECS.get(name, name), set=chosen)


@pytest.mark.parametrize("name", NETWORKS)
def test_network(name: str) -> None:
    graph = network(name)
    folded = fold_batch_norm(graph)
    found = {tool: analyze(folded if tool == "onnx-tool" else graph, convention=tool).totals.flops
             for tool in NETWORKS[name]}
    assert found == NETWORKS[name]


@pytest.mark.parametrize(("convention", "total"), [
    # from the rules as read in the tools' sources (convnet-burden cannot run here), and the paper's own count
    ("paper", 4_089_184_256), ("flops2", 2 * 4_089_184_256), ("macs+bias", 4_089_185_256),
    ("convnet-burden", 4_115_628_008), ("onnx-tool", 4_450_761_704),
])
def test_resnet50_by_rule(convention: str, total: int) -> None:
    assert analyze(load("resnet50"), convention=convention).totals.flops == total


@pytest.mark.parametrize(("convention", "plain", "depthwise"), [
    # ConvTranspose2d(64, 32, 4, 2, 1) and its depthwise form on 16×16: what each tool makes of them, by its rule
    ("paper", 8_388_608, 262_144), ("fvcore", 8_388_608, 262_144), ("thop-ultralytics", 8_388_608, 262_144),
    ("torch", 16_777_216, 524_288), ("ptflops", 8_421_376, 327_680), ("torchinfo", 33_587_200, 1_114_112),
    ("thop", 33_554_432, 1_048_576), ("torchprofile", 33_554_432, 1_048_576), ("onnx-tool", 16_809_984, 1_114_112),
    ("calflops-macs", 8_388_608, 0),
])
def test_transposed_convolution(convention: str, plain: int, depthwise: int) -> None:
    step = "input: [64, 16, 16]\nlayers:\n- {conv_transpose: %d, kernel: 4, stride: 2, padding: 1, groups: %d}\n"
    found = [analyze(loads(step % case), convention=convention).totals.flops for case in ((32, 1), (64, 64))]
    assert found == [plain, depthwise]
