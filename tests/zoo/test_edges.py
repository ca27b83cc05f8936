"""Edges of networks where a wrong reading would give the right totals: absent steps, order of merges, repetition,
sharing. Expected edges are the papers' and the frameworks', read by eye.
"""

from __future__ import annotations

from functools import cache

import pytest

from cnncalc import Graph, load


@cache
def network(spec: str) -> Graph:
    return load(spec)


def sources(spec: str, path: str) -> list[str]:
    """What the layer at a path takes, in order."""
    graph = network(spec)
    node = next(node for node in graph.nodes if node.path == path)
    return [graph.label(tensor) for tensor in node.inputs]


def paths(spec: str, below: str) -> list[str]:
    """The layers of a scope, named from it."""
    return [node.path.removeprefix(below + ".") for node in network(spec).nodes if node.path.startswith(below + ".")]


EDGES: list[tuple[str, str, list[str]]] = [
    # the skip is the identity, then a projection, then again the identity
    ("resnet18", "layer1.0.add1", ["layer1.0.main.conv_bn2.batch_norm1", "max_pool1"]),
    ("resnet18", "layer2.0.add1", ["layer2.0.main.conv_bn2.batch_norm1", "layer2.0.skip.conv_bn1.batch_norm1"]),
    ("resnet18", "layer2.1.add1", ["layer2.1.main.conv_bn2.batch_norm1", "layer2.0.relu1"]),
    # projected although the stride is 1, because the channels differ
    ("resnet50", "layer1.0.add1", ["layer1.0.main.conv_bn3.batch_norm1", "layer1.0.skip.conv_bn1.batch_norm1"]),
    ("resnet50", "layer1.1.add1", ["layer1.1.main.conv_bn3.batch_norm1", "layer1.0.relu1"]),
    # the paper: the cropped skip first; padded, nothing is cropped
    ("unet", "dec4.concat1", ["dec4.cropped", "dec4.up"]),
    ("unet", "dec4.cropped", ["enc4.double_conv1.layers1.1.relu1", "dec4.up"]),
    ("padded", "dec4.concat1", ["enc4.double_conv1.layers1.1.relu1", "dec4.up"]),
    ("densenet121", "dense1.0.concat1", ["max_pool1", "dense1.0.conv2"]),
    ("densenet121", "dense1.1.concat1", ["dense1.0.concat1", "dense1.1.conv2"]),
    ("googlenet", "i3a.concat1", ["i3a.b1.conv_relu1.relu1", "i3a.b3.conv_relu2.relu1", "i3a.b5.conv_relu2.relu1",
                                  "i3a.pool.conv_relu1.relu1"]),
    # torchvision's InceptionC; the auxiliary head starts at the last one
    ("inception_v3", "c4.concat1", ["c4.b1.conv_bn1.relu1", "c4.b7.column1.conv_bn1.relu1",
                                    "c4.b77.row2.conv_bn1.relu1", "c4.pool.pool1.conv_bn1.relu1"]),
    ("inception_v3", "aux.avg_pool1", ["c4.concat1"]),
    ("inception_v3", "d1.b3.conv_bn1.conv1", ["c4.concat1"]),
    # a unit of stride 2 gives everything to both branches, one of stride 1 a half to each
    ("shufflenet_v2_x1_0", "stage2.0.left.layers1.depthwise_bn1.depthwise_conv1", ["max_pool1"]),
    ("shufflenet_v2_x1_0", "stage2.0.right.conv_bn1.conv1", ["max_pool1"]),
    ("shufflenet_v2_x1_0", "stage2.1.concat1", ["stage2.1.left.chunk1", "stage2.1.right.conv_bn2.relu1"]),
    ("shufflenet_v2_x1_0", "stage2.1.left.chunk1", ["stage2.0.channel_shuffle1"]),
    ("shufflenet_v2_x1_0", "stage2.1.right.conv_bn1.conv1", ["stage2.1.right.chunk1"]),
    # the identity branch is missing where the shape changes
    ("repvgg_a0", "stage1.0.add1", ["stage1.0.b3.batch_norm1", "stage1.0.b1.batch_norm1"]),
    ("repvgg_a0", "stage1.1.add1", ["stage1.1.b3.batch_norm1", "stage1.1.b1.batch_norm1", "stage1.1.b0.batch_norm1"]),
    # a row of the exchange: down twice, down once, itself, up once
    ("hrnet_w18", "s4.0.b2.add1", ["s4.0.b2.add1.0.down1.conv_bn1.batch_norm1",
                                   "s4.0.b2.add1.1.down1.conv_bn1.batch_norm1", "s4.0.x.2.3.relu1",
                                   "s4.0.b2.add1.3.up1.upsample1"]),
    ("hrnet_w18", "s4.0.b2.add1.0.down1.cbr1.0.conv_bn1.conv1", ["s4.0.x.0.3.relu1"]),
    ("hrnet_w18", "s4.0.b2.add1.3.up1.conv_bn1.conv1", ["s4.0.x.3.3.relu1"]),
    ("hrnet_w18", "s4.0.x.3.0.add1", ["s4.0.x.3.0.main.conv_bn1.batch_norm1", "b3.cbr1.relu1"]),
    ("hrnet_w18", "s4.1.x.3.0.add1", ["s4.1.x.3.0.main.conv_bn1.batch_norm1", "s4.0.b3.relu1"]),
    # the last root of a tree of two: its own units, the tree's pooled input, what the first tree gave
    ("dla34", "level3.layers2.tree2.layers1.root1.concat1",
     ["level3.layers2.tree2.layers1.x2.relu2", "level3.layers2.tree2.layers1.x1.relu2", "level3.bottom",
      "level3.layers2.x1.layers1.root1.relu1"]),
    ("dla34", "level3.layers2.tree2.layers1.x1.add1", ["level3.layers2.tree2.layers1.x1.conv_bn2.batch_norm1",
                                                      "level3.layers2.x1.layers1.root1.relu1"]),
    ("dla34", "level2.layers1.x1.add1", ["level2.layers1.x1.conv_bn2.batch_norm1",
                                         "level2.layers1.shortcut.batch_norm1"]),
    ("unetpp", "x04.concat1", ["x00.layers1.1.relu1", "x01.double_conv1.layers1.1.relu1",
                               "x02.double_conv1.layers1.1.relu1", "x03.double_conv1.layers1.1.relu1", "x04.below"]),
    ("unetpp", "x04.below", ["x13.double_conv1.layers1.1.relu1"]),
    # an unpooling reads the indices of its own pool
    ("segnet", "max_unpool2", ["decode5.2.relu1", "pool4.max_pool1"]),
    ("deconvnet", "max_unpool1", ["deconv_fc6.relu1", "pool5"]),
    ("retinanet_resnet50_fpn", "p6", ["p5"]),
    ("retinanet_resnet50_fpn_v2", "p6", ["c5.2.relu1"]),
    ("squeezenet1_0", "pool3.max_pool1", ["fire4.concat1"]),
    ("squeezenet1_0", "pool5.max_pool1", ["fire8.concat1"]),
    ("squeezenet1_1", "pool2.max_pool1", ["fire3.concat1"]),
    ("squeezenet1_1", "pool4.max_pool1", ["fire5.concat1"]),
    ("fcn8s", "fuse4.score1.conv1", ["pool4.pool1.max_pool1"]),
    ("fcn8s", "fuse3.score1.conv1", ["pool3.pool1.max_pool1"]),
    ("vovnet39", "stage2.0.concat1", ["conv_bn3.relu1", *(f"stage2.0.x.{number}.relu1" for number in range(5))]),
    # the gate multiplies the unit's own tensor
    ("seresnet50", "layer1.0.main.squeeze_excite1.mul1", ["layer1.0.main.conv_bn3.batch_norm1",
                                                          "layer1.0.main.squeeze_excite1.sigmoid1"]),
    ("lraspp_mobilenet_v3_large", "lraspp1.conv1", ["low.conv_bn3.identity1"]),
]


@pytest.mark.parametrize(("spec", "path", "expected"), EDGES, ids=[f"{spec}:{path}" for spec, path, _ in EDGES])
def test_edge(spec: str, path: str, expected: list[str]) -> None:
    assert sources(spec, path) == expected


def test_mobilenet_v2_adds_only_where_the_shape_stays() -> None:
    """Table 2: 17 blocks in 7 rows; an `add` in all but the first of a row; no expansion in the first row."""
    adds = [node.path for node in network("mobilenet_v2").nodes if node.layer.kind == "add"]
    assert adds == [f"bottleneck{row}.{number}.add1" for row, depth in ((2, 2), (3, 3), (4, 4), (5, 3), (6, 3))
                    for number in range(1, depth)]
    assert paths("mobilenet_v2", "bottleneck1") == [
        "conv_bn2.conv1", "conv_bn2.batch_norm1", "relu62", "conv_bn3.conv1", "conv_bn3.batch_norm1"]


def test_efficientnet_v2_stages() -> None:
    """Table 4: 6 stages of S, of which 3 are fused; M has one stage more."""
    def depths(spec: str) -> list[int]:
        found: dict[str, int] = {}
        for path in network(spec).scopes:
            stage, dot, number = path.partition(".")
            if dot and number.isdigit():
                found[stage] = int(number) + 1
        return list(found.values())

    assert depths("efficientnet_v2_s") == [2, 4, 4, 6, 9, 15]
    assert depths("efficientnet_v2_m") == [3, 5, 5, 7, 14, 18, 5]


def test_deeplab_dilates_from_the_second_block_on() -> None:
    """torchvision's `replace_stride_with_dilation`: the first block of a stage keeps the rate before it."""
    graph = network("deeplabv3_resnet50")
    rates = {node.path: node.layer.dilation for node in graph.nodes  # type: ignore[attr-defined]
             if node.layer.kind == "conv" and ".main.conv_bn2." in node.path}
    assert [rates[f"{path}.main.conv_bn2.conv1"] for path in (
        "layer2.0", "layer3.0", "layer3.1", "layer3.5", "layer4.0", "layer4.1", "layer4.2")] == [1, 1, 2, 2, 2, 4, 4]
    assert sources("deeplabv3_resnet50", "aux.fcn1.conv_bn1.conv1") == ["layer3.5.relu1"]


def test_retinanet_heads_share_their_weights() -> None:
    """Five levels, two heads of five convolutions: the first level's have weights, the others' are those."""
    graph = network("retinanet_resnet50_fpn")
    heads = [node for node in graph.nodes if node.path.startswith(("class.", "box.")) and node.layer.kind == "conv"]
    assert len(heads) == 50
    for node in heads:
        head, level, rest = node.path.split(".", 2)
        donor = None if node.shares is None else graph.label(node.shares)
        assert donor == (None if level == "0" else f"{head}.0.{rest}")


def test_alexnet_conv1_and_the_lecture_notes_sizes() -> None:
    from cnncalc import analyze

    conv1 = analyze(network("alexnet"))["conv1"]
    assert (conv1.output, conv1.params, conv1.flops) == ((96, 55, 55), 34_944, 105_415_200)
    notes = analyze(network("alexnet_notes"))
    sizes = {row.path: row.output for row in notes.layers if row.kind != "relu"}
    assert sizes == {
        "conv1": (96, 55, 55), "conv2": (256, 55, 55), "pool2": (256, 27, 27), "conv3": (384, 27, 27),
        "pool3": (384, 13, 13), "conv4": (384, 13, 13), "conv5": (256, 13, 13), "pool5": (256, 6, 6),
        "flatten1": (9216,), "fc6": (4096,), "fc7": (4096,), "fc8": (1000,)}


def test_unet_sizes() -> None:
    """Figure 1: 572 → 388; 188 is the smallest that fits. Unpadded 100 ends at the bottom, padded at a skip."""
    from cnncalc import SpecError

    assert network("unet").shape(network("unet").outputs[0].tensor) == (2, 388, 388)
    assert load("unet", input="1x188x188").outputs[0].name == "output"
    with pytest.raises(SpecError) as caught:
        load("unet", input="1x100x100")
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.chain[0].path) == ("empty-output", "bottom")
    with pytest.raises(SpecError) as caught:
        load("padded", input="1x100x100")
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.chain[-1].path) == ("shape-mismatch", "dec3")
    assert "256×25×25" in problem.detail
    assert "256×24×24" in problem.detail


def test_unet3d_sizes() -> None:
    """Çiçek et al. 2016, section 2: 132×132×116 voxels become 44×44×28."""
    graph = network("unet3d")
    assert graph.shape(graph.outputs[0].tensor) == (3, 44, 44, 28)
