"""Every network of the zoo equals what was published for it: its framework's own count, torchvision's metadata, its
paper. Where a published number differs, the reason stands beside the case.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from math import floor
from pathlib import Path
from typing import Any

import pytest

from cnncalc import Analysis, analyze, load
from cnncalc.catalog import networks
from cnncalc.spec.locate import bundled
from tests.zoo.papers import PAPERS

HERE = Path(__file__).parent
PUBLISHED: dict[str, dict[str, Any]] = json.loads((HERE / "published.json").read_text())["models"]
FRAMEWORKS: dict[str, dict[str, Any]] = json.loads((HERE / "frameworks.json").read_text())

OUT_OF_SCOPE = {
    "fasterrcnn_mobilenet_v3_large_320_fpn", "fasterrcnn_mobilenet_v3_large_fpn", "fasterrcnn_resnet50_fpn",
    "fasterrcnn_resnet50_fpn_v2", "keypointrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn_v2",
    "fcos_resnet50_fpn", "ssdlite320_mobilenet_v3_large",
}
"""Published, and not in the zoo: all but the last two need regions of interest, which depend on the data."""

RENAMED = {"alexnet": "alexnet_torchvision"}
"""`alexnet` is the network of 2012; torchvision's is the author's later one."""

CHOICES: dict[str, dict[str, Any]] = {
    # The published work is that of evaluation, in which the auxiliary head does not run; the parameters include it.
    "inception_v3": {"set": {"aux": False}},
    # torchvision evaluates B2 at 288; the paper's size, and the spec's, is 260.
    "efficientnet_b2": {"input": "3x288x288"},
}
"""How a network is asked for its published work, where that is not how it stands in the zoo."""

ATTENTION = {
    "mobilevit_xxs": 4 * (2 * 2 * 256**2 * 64 + 4 * 2 * 64**2 * 80 + 3 * 2 * 16**2 * 96),
    "mobilevit_xs": 4 * (2 * 2 * 256**2 * 96 + 4 * 2 * 64**2 * 120 + 3 * 2 * 16**2 * 144),
    "mobilevit_s": 4 * (2 * 2 * 256**2 * 144 + 4 * 2 * 64**2 * 192 + 3 * 2 * 16**2 * 240),
}
"""Products of two activations, 2·T²·F in each attention of T tokens and F features, on which no hook can hang."""

OTHER_LAYERS = {
    "retinanet_resnet50_fpn_v2": "layers with shared weights have none of their own here",
    **dict.fromkeys(ATTENTION, "an attention is one layer here, and the four sequences are not a batch"),
}
"""Networks whose layers cannot be compared one by one with the framework's."""


def test_every_published_model_is_there() -> None:
    assert len(PUBLISHED) == 90
    for name in PUBLISHED.keys() - OUT_OF_SCOPE:
        load(RENAMED.get(name, name))


@pytest.mark.parametrize("name", sorted(PUBLISHED.keys() - OUT_OF_SCOPE))
def test_torchvision_metadata(name: str) -> None:
    """Parameters to the last digit; work, in 10^9 multiply-adds, within its three digits."""
    spec, expected = RENAMED.get(name, name), PUBLISHED[name]
    assert analyze(load(spec)).totals.params == expected["params"]
    macs = analyze(load(spec, **CHOICES.get(name, {}))).totals.macs
    assert f"{macs / 1e9:.3f}" == f"{expected['gmacs']:.3f}"


@pytest.mark.parametrize("name", sorted(FRAMEWORKS))
def test_framework_counts(name: str) -> None:
    """Parameters, running statistics and work to the last digit, and the layers one by one."""
    expected = FRAMEWORKS[name]
    whole = analyze(load(name)).totals
    assert (whole.params, whole.buffers) == (expected["params"], expected["buffers"])
    found = analyze(load(name, **{"input": "x".join(map(str, expected["input"])), **CHOICES.get(name, {})}))
    assert found.totals.macs == expected["macs"] + ATTENTION.get(name, 0)
    if name not in OTHER_LAYERS:
        assert (sum(row.macs > 0 for row in found.layers), digest(found)) == (expected["layers"], expected["digest"])


@pytest.mark.parametrize("name", sorted(FRAMEWORKS))
def test_framework_norms(name: str) -> None:
    """Every normalisation adds the framework's `eps`, which no count shows and values depend on."""
    found = Counter(f"{node.layer.kind} {node.layer.eps:g}" for node in load(name).nodes  # type: ignore[attr-defined]
                    if node.layer.kind in ("batch_norm", "layer_norm", "group_norm") and node.shares is None)
    assert found == FRAMEWORKS[name]["norms"]


def digest(analysis: Analysis) -> str:
    """A hash of all layers that multiply, as `count_frameworks.py` makes it of the framework's."""
    rows = sorted(f"{'x'.join(map(str, row.output))} {row.params} {row.macs}" for row in analysis.layers if row.macs)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


@pytest.mark.parametrize(("spec", "params", "macs", "source"), PAPERS, ids=[row[0] for row in PAPERS])
def test_papers(spec: str, params: int | str | None, macs: int | str | None, source: str) -> None:
    totals = analyze(load(spec)).totals
    assert agrees(totals.params, params), source
    assert agrees(totals.macs, macs), source


def agrees(found: int, published: int | str | None) -> bool:
    """Whether a number is the published one, or rounds (after `~`: is cut off) to it."""
    if not isinstance(published, str):
        return published in (None, found)
    digits = published.strip("~MGi")
    scaled = found / {"M": 10**6, "G": 10**9, "Gi": 2**30}[published.lstrip("~.0123456789")]
    places = len(digits.partition(".")[2])
    if published.startswith("~"):
        scaled = floor(scaled * 10**places) / 10**places
    return f"{scaled:.{places}f}" == digits


def test_nothing_goes_unchecked() -> None:
    """Parameters and multiply-adds of every network are compared with a number from elsewhere."""
    checked = {RENAMED.get(name, name) for name in PUBLISHED} | FRAMEWORKS.keys()
    params = checked | {spec for spec, number, _, _ in PAPERS if number is not None}
    macs = checked | {spec for spec, _, number, _ in PAPERS if number is not None}
    for network in networks(bundled()):
        names = {network.short} | ({network.spec} if network.default else set())
        assert names & params, network.label
        assert names & macs, network.label


def test_agreement_can_fail() -> None:
    assert agrees(5_182_508, "5.2M")
    assert not agrees(5_132_508, "5.2M")
    assert agrees(14_339_048, "~14.33M")
    assert not agrees(14_339_048, "14.33M")
    assert agrees(4_283_537_072, "3.99Gi")
    assert not agrees(4_283_537_072, "3.99G")
    assert not agrees(7, 8)


@pytest.mark.parametrize(("name", "widths", "params", "macs"), [
    ("x_400mf", [32, 64, 160, 384], "5.2M", "0.4G"), ("x_800mf", None, "7.3M", "0.8G"),
    ("x_1_6gf", None, "9.2M", "1.6G"), ("x_3_2gf", None, "15.3M", "3.2G"), ("x_8gf", None, "39.6M", "8.0G"),
    ("x_16gf", None, "54.3M", "15.9G"), ("x_32gf", None, "107.8M", "31.7G"),
    ("y_400mf", None, "4.3M", "0.4G"), ("y_800mf", [64, 128, 320, 768], "6.3M", "0.8G"),
    ("y_1_6gf", None, "11.2M", "1.6G"), ("y_3_2gf", None, "19.4M", "3.2G"),
    ("y_8gf", [168, 448, 896, 2016], "39.2M", "8.0G"), ("y_16gf", None, "83.6M", "15.9G"),
    ("y_32gf", None, "145.0M", "32.3G"),
])
def test_regnet_as_in_the_paper(name: str, widths: list[int] | None, params: str, macs: str) -> None:
    """Radosavovic et al. 2020, figures 16 and 17. Three of torchvision's are wider: it rounds widths to groups its own
    way.
    """
    totals = analyze(load(f"regnet_{name}", set={"w": widths} if widths else {})).totals
    assert agrees(totals.params, params)
    assert agrees(totals.macs, macs)


@pytest.mark.parametrize(("name", "params", "macs"), [
    ("mobilenet_v2_140", "6.06M", "582M"), ("mobilenet_v2", "3.47M", "~300M"), ("mobilenet_v2_075", "2.61M", "209M"),
    ("mobilenet_v2_050", "1.95M", "97M"), ("mobilenet_v2_035", "1.66M", "59M"),
])
def test_mobilenet_v2_of_its_authors(name: str, params: str, macs: str) -> None:
    """The authors' table of checkpoints (slim, mobilenet): parameters without those of the batch normalisation, which
    is folded there. 300.8 M multiply-adds are cut off to 300.
    """
    analysis = analyze(load(name))
    assert agrees(analysis.totals.params - sum(row.params for row in analysis.layers if row.kind == "batch_norm"), params)
    assert agrees(analysis.totals.macs, macs)


@pytest.mark.parametrize(("name", "millions", "billions"), [
    ("a0", 8.30, 1.4), ("a1", 12.78, 2.4), ("a2", 25.49, 5.1), ("b0", 14.33, 3.1), ("b1", 51.82, 11.8),
    ("b2", 80.31, 18.4), ("b3", 110.96, 26.2),
])
def test_repvgg_deployed(name: str, millions: float, billions: float) -> None:
    """Ding et al. 2021, tables 3 and 4: parameters cut off after two digits, work rounded or cut off after one."""
    totals = analyze(load(f"repvgg_{name}", set={"deploy": True})).totals
    assert floor(totals.params / 1e4) / 100 == millions
    assert abs(totals.macs / 1e9 - billions) < 0.1


def test_yolov3_weights_file() -> None:
    """The authors' yolov3.weights has 248,007,048 bytes: 20 of header, and 4 for every parameter and statistic."""
    totals = analyze(load("yolov3")).totals
    assert 20 + 4 * (totals.params + totals.buffers) == 248_007_048


def test_darknet53_weights_file() -> None:
    """The authors' darknet53.conv.74, without the last layer, has 162,482,580 bytes."""
    analysis = analyze(load("darknet53"))
    numbers = analysis.totals.params - analysis["fc"].params + analysis.totals.buffers
    assert 20 + 4 * numbers == 162_482_580


def test_nin_caffemodel() -> None:
    """The authors' page of the ImageNet model: a snapshot of 29 MB."""
    assert f"{4 * analyze(load('nin_imagenet')).totals.params / 2**20:.0f}" == "29"


@pytest.mark.parametrize(("name", "count"), [
    ("vgg16", 138_357_544), ("vgg19", 143_667_240), ("xception", 22_910_480), ("mobilenet_v1", 4_253_864),
    ("mobilenet_v2", 3_538_984), ("densenet121", 8_062_504), ("densenet169", 14_307_880), ("densenet201", 20_242_984),
])
def test_keras_counts(name: str, count: int) -> None:
    """Keras's table of applications (2018) counts the running statistics among the parameters."""
    totals = analyze(load(name)).totals
    assert totals.params + totals.buffers == count


def test_keras_inception_v3() -> None:
    """Keras: 23,851,784, without the auxiliary head, and its batch normalisations do not scale (half of `2C`)."""
    analysis = analyze(load("inception_v3", set={"aux": False}))
    scales = sum(row.params for row in analysis.layers if row.kind == "batch_norm") // 2
    assert analysis.totals.params + analysis.totals.buffers - scales == 23_851_784


def test_lenet5_connections() -> None:
    """The 340,908 connections of LeCun et al. 1998: products and biases, five per subsampled unit; no output biases."""
    analysis = analyze(load("lenet5_1998"))
    biases = 6 * 28 * 28 + 16 * 10 * 10 + 120 + 84
    assert analysis.totals.macs + biases + 5 * (6 * 14 * 14 + 16 * 5 * 5) == 340_908


def test_lenet1_connections() -> None:
    """The paper's 98,442 connections: every window's products and its bias, and the subsampling's five per unit."""
    rows = {row.path: row for row in analyze(load("lenet1")).layers}
    h1, output = rows["h1"], rows["output"]
    h3 = [row for path, row in rows.items() if path.startswith("maps.") and row.kind == "conv"]
    biases = 4 * 24 * 24 + 12 * 8 * 8 + 10
    assert (h1.macs, sum(row.macs for row in h3), output.macs) == (57_600, 32_000, 1_920)
    assert h1.macs + sum(row.macs for row in h3) + output.macs + biases + 5 * (4 * 12 * 12 + 12 * 4 * 4) == 98_442


def test_vnet_receptive_fields() -> None:
    """Milletari et al. 2016, table 1: the left path's 5, 22, 72, 172, 372.

    The right path's 476, 528, 546, 551 are sums of windows; the largest extent of an output cell, which is meant here,
    is a multiple of the lowest level's 16 cells beyond its 372.
    """
    from cnncalc.analysis.metrics import metric

    analysis = analyze(load("vnet"))
    fields = dict(zip((row.path for row in analysis.layers), metric("receptive_field").layers(analysis), strict=True))
    ends = [f"{stage}.act{number}.prelu1" for stage, number in
            (("left2", 2), ("left3", 2), ("left4", 2), ("bottom", 2))]
    assert [fields["left1.prelu1"], *(fields[path] for path in ends)] == [
        (size,) * 3 for size in (5, 22, 72, 172, 372)]
    assert (fields["output"][0] - 372) % 16 == 0
