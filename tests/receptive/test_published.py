"""Receptive fields that papers give, at the layers that they name."""

import pytest

from cnncalc import load
from cnncalc.analysis.receptive import Receptive, receptive_fields


@pytest.mark.parametrize(("spec", "path", "extent", "stride", "offset"), [
    # Araujo, Norris and Sim 2019 (Distill), "Computing Receptive Fields of Convolutional Neural Networks": receptive
    # field, effective stride, effective padding (the offset, with its sign turned).
    ("alexnet", "pool5.max_pool1", 195, 32, -64),  # 11, 19, 51, 67, 99, 131, 163, 195
    ("vgg16", "stage5.max_pool1", 212, 32, -90),
    ("inception_v3", "e2.concat1", 1311, 32, -618),
    ("resnet_caffe", "res5.2.relu1", 483, 32, -239),  # He et al.: the stride on the 1×1
    # torchvision's ResNet-50, the stride on the 3×3. Stem 7 (stride 2), pool 7+2·2 = 11 (stride 4), layer1 11+3·2·4 =
    # 35, layer2 35+2·4+3·2·8 = 91, layer3 91+2·8+5·2·16 = 267, layer4 267+2·16+2·2·32 = 427.
    ("resnet50", "layer1.2.relu1", 35, 4, -17),
    ("resnet50", "layer2.3.relu1", 91, 8, -45),
    ("resnet50", "layer3.5.relu1", 267, 16, -133),
    ("resnet50", "layer4.2.relu1", 427, 32, -213),
    ("mobilenet_v1", "separable5.1.relu2", 315, 32, None),  # Araujo et al. pad as TensorFlow does: another offset
])
def test_published(spec: str, path: str, extent: int, stride: int, offset: int | None) -> None:
    graph = load(spec)
    fields = {node.path: field for node, field in zip(graph.nodes, receptive_fields(graph), strict=True)}
    found = fields[path][0]
    assert found is not None
    assert (found.extent, found.stride, found.whole) == (extent, stride, False)
    assert offset is None or found.offset == offset
    assert fields[path][0] == fields[path][1]


def test_unet_sees_204_pixels_at_its_output() -> None:
    # Unpadded, with crops. Down: 5, 14, 32, 68, and 140 at the bottom, 16 pixels apart. Up, from one output pixel: two
    # 3×3s ask for 5 cells; a run of L cells comes from at most L//2 + 1 of an up-convolution's cells, so for 3; with
    # two 3×3s more 7, from 4; 8, from 5; 9, from 5 cells at the bottom: 140 + 4·16 = 204.
    graph = load("unet")
    field = receptive_fields(graph)[-1]
    assert [axis and (axis.extent, axis.stride) for axis in field] == [(204, None), (204, None)]


def test_after_global_pooling_it_is_the_whole_input() -> None:
    graph = load("resnet50")
    assert receptive_fields(graph)[-1] == (Receptive(224, 0, 0, True),) * 2
