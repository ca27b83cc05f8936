"""Batch normalisation folded into the layer before it."""

from __future__ import annotations

from cnncalc import analyze, load, loads
from cnncalc.analysis.fold import fold_batch_norm


def kinds(text: str) -> list[str]:
    return [node.layer.kind for node in fold_batch_norm(loads("input: [4, 8, 8]\n" + text)).nodes]


def test_resnet50_has_none_left() -> None:
    folded = fold_batch_norm(load("resnet50"))
    totals = analyze(folded).totals
    assert all(node.layer.kind != "batch_norm" for node in folded.nodes)
    # onnx-tool printed 25,530,472 for the exported graph: 53,120 affine parameters go, 26,560 biases come
    assert (totals.params, totals.buffers, totals.macs) == (25_530_472, 0, 4_089_184_256)


def test_the_layer_before_has_a_bias_then() -> None:
    graph = fold_batch_norm(loads("input: [4, 8, 8]\nlayers: [{conv: 6, kernel: 3, bias: false}, batch_norm, relu]"))
    assert [(node.path, node.inputs) for node in graph.nodes] == [("conv1", (0,)), ("relu1", (1,))]
    assert graph.nodes[0].facts.weights["bias"] == (6,)
    assert graph.nodes[0].layer.resolved(((4, 8, 8),))["bias"] is True
    assert [graph.label(output.tensor) for output in graph.outputs] == ["relu1"]


def test_a_depthwise_a_transposed_and_a_linear_layer_fold() -> None:
    assert kinds("layers:\n- [{depthwise_conv: 3}, batch_norm, {conv_transpose: 4, kernel: 2}, batch_norm]\n"
                 "- [flatten, {linear: 5}, batch_norm]\n") == ["depthwise_conv", "conv_transpose", "flatten", "linear"]


def test_what_cannot_fold_stays() -> None:
    # before the convolution; read by another layer; statistics of the input; shared weights; tokens
    assert kinds("layers: [batch_norm, {conv: 4, kernel: 1}]") == ["batch_norm", "conv"]
    assert kinds("layers: [{conv: 4, kernel: 1, name: a}, batch_norm, {add, from: [a, prev]}]") == [
        "conv", "batch_norm", "add"]
    assert kinds("layers: [{conv: 4, kernel: 1}, {batch_norm, track_running_stats: false}]") == ["conv", "batch_norm"]
    assert kinds("layers: [{conv: 4, kernel: 1, name: a}, batch_norm, {conv: 4, kernel: 1, share: a}]") == [
        "conv", "batch_norm", "conv"]
    assert kinds("layers: [{reshape: [64, 4]}, {linear: 3}, batch_norm]") == ["reshape", "linear", "batch_norm"]
    assert kinds("layers: [{conv: 4, kernel: 1, name: a}, {batch_norm, name: b}]\noutputs: [a, b]") == [
        "conv", "batch_norm"]


def test_references_follow() -> None:
    graph = fold_batch_norm(loads(
        "input: [4, 8, 8]\nlayers:\n- {conv: 4, kernel: 1}\n- {batch_norm, name: norm}\n- {max_pool: 2, name: pool}\n"
        "- {upsample, like: norm}\n- {add, from: [norm, prev]}\n"))
    assert [node.inputs for node in graph.nodes] == [(0,), (1,), (2, 1), (1, 3)]
    assert graph.nodes[2].layer.resolved(((4, 4, 4), (4, 8, 8)))["like"] == "conv1"
