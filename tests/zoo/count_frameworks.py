"""Counts the networks of torchvision and timm, and the modules beside this file, and writes `frameworks.json`.

Not part of the test run: it needs torch, torchvision and timm. Everything is read off what happens: hooks on every
convolution and linear layer, on the meta device. `digest` is a hash of all these layers (output sizes, parameters,
multiply-adds) in sorted order, so that equal totals of different networks are told apart; `norms` counts the
normalisations by kind and `eps`, which no total shows.

    python tests/zoo/count_frameworks.py         # all
    python tests/zoo/count_frameworks.py own     # the modules alone: torch is enough
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from modules import Waveform, darknet19, nin, nin_imagenet, resnet_caffe, resnet_cifar, zfnet
from modules_dense import DeconvNet, Fcn, UNet, UNet3d, UNetPP, VNet, srcnn
from torch import nn

HERE = Path(__file__).parent
TIMM = {
    "seresnet50": "seresnet50", "seresnet101": "seresnet101", "seresnet152": "seresnet152",
    "seresnext50_32x4d": "seresnext50_32x4d", "xception": "legacy_xception", "mobilenet_v1": "mobilenetv1_100",
    "darknet53": "darknet53", "vovnet39": "vovnet39a", "vovnet57": "vovnet57a",
    **{name: name for name in (
        "dla34", "dla60", "dla102", "repvgg_a0", "repvgg_a1", "repvgg_a2", "repvgg_b0", "repvgg_b1", "repvgg_b2",
        "repvgg_b3", "ghostnet_050", "ghostnet_100", "ghostnet_130", "mobilevit_xxs", "mobilevit_xs", "mobilevit_s",
        "hrnet_w18", "hrnet_w30", "hrnet_w32", "hrnet_w40", "hrnet_w44", "hrnet_w48", "hrnet_w64")},
}
TIMM_SIZES = {"xception": 299, "darknet53": 256, "mobilevit_xxs": 256, "mobilevit_xs": 256, "mobilevit_s": 256}
OWN: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    **{f"fcn{stride}s": (lambda stride=stride: Fcn(stride), (3, 500, 500)) for stride in (32, 16, 8)},
    **{f"resnet{6 * n + 2}": (lambda n=n: resnet_cifar(n), (3, 32, 32)) for n in (3, 5, 7, 9, 18)},
    "resnet50_caffe": (lambda: resnet_caffe(3, 4, 6, 3), (3, 224, 224)),
    "resnet101_caffe": (lambda: resnet_caffe(3, 4, 23, 3), (3, 224, 224)),
    "resnet152_caffe": (lambda: resnet_caffe(3, 8, 36, 3), (3, 224, 224)),
    "m3": (lambda: Waveform(256, [(256, 1)], True), (1, 32000)),
    "m5": (lambda: Waveform(128, [(128, 1), (256, 1), (512, 1)], True), (1, 32000)),
    "m11": (lambda: Waveform(64, [(64, 2), (128, 2), (256, 3), (512, 2)], False), (1, 32000)),
    "m18": (lambda: Waveform(64, [(64, 4), (128, 4), (256, 4), (512, 4)], False), (1, 32000)),
    "vnet": (VNet, (1, 64, 128, 128)),
    "unet": (lambda: UNet(0), (1, 572, 572)),
    "padded": (lambda: UNet(1), (1, 512, 512)),
    "unet3d": (lambda: UNet3d(0), (3, 132, 132, 116)),
    "unet3d_padded": (lambda: UNet3d(1), (3, 128, 128, 64)),
    "unetpp": (UNetPP, (1, 256, 256)),
    "deconvnet": (lambda: DeconvNet(True), (3, 224, 224)),
    "deconvnet_plain": (lambda: DeconvNet(False), (3, 224, 224)),
    "srcnn": (lambda: srcnn(1), (1, 256, 256)),
    "srcnn_935": (lambda: srcnn(3), (1, 256, 256)),
    "srcnn_955": (lambda: srcnn(5), (1, 256, 256)),
    "darknet19": (darknet19, (3, 224, 224)),
    "nin": (nin, (3, 32, 32)),
    "nin_imagenet": (nin_imagenet, (3, 224, 224)),
    "zfnet": (zfnet, (3, 224, 224)),
}


def count(model: nn.Module, shape: tuple[int, ...], source: str,
          run: Callable[..., Any] | None = None) -> dict[str, Any]:
    """Parameters, running statistics and multiply-adds of a module in evaluation, batch 1."""
    rows: list[tuple[str, int, int]] = []

    def note(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        weight = module.weight
        per_cell = weight.shape[1] if isinstance(module, nn.Linear) else weight[0].numel()
        transposed = isinstance(module, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d)
        cells = inputs[0].numel() if transposed else output.numel()
        sizes = "x".join(map(str, output.shape[1:]))
        rows.append((sizes, sum(each.numel() for each in module.parameters()), cells * per_cell))

    for module in model.eval().modules():
        if isinstance(module, nn.Linear | nn.modules.conv._ConvNd):
            module.register_forward_hook(note)
    with torch.no_grad():
        (run or model)(torch.empty((1, *shape), device="meta"))
    text = "\n".join(sorted(f"{sizes} {params} {macs}" for sizes, params, macs in rows))
    return {"source": source, "input": list(shape),
            "params": sum(each.numel() for each in model.parameters()),
            "buffers": sum(each.numel() for name, each in model.named_buffers() if "num_batches" not in name),
            "macs": sum(macs for *_, macs in rows), "layers": len(rows),
            "digest": hashlib.sha256(text.encode()).hexdigest()[:16], "norms": norms(model)}


def norms(model: nn.Module) -> dict[str, int]:
    """How many normalisations there are of each kind and `eps`."""
    kinds = {nn.modules.batchnorm._BatchNorm: "batch_norm", nn.LayerNorm: "layer_norm", nn.GroupNorm: "group_norm"}
    found = [f"{name} {each.eps:g}" for each in model.modules() for kind, name in kinds.items()
             if isinstance(each, kind)]
    return {text: found.count(text) for text in sorted(set(found))}


def on_meta(make: Callable[[], nn.Module]) -> nn.Module:
    """A module without storage; some compute with tensors while they are built, and are moved afterwards."""
    try:
        with torch.device("meta"):
            return make()
    except (NotImplementedError, RuntimeError):
        return make().to("meta")


def torchvision_version() -> str:
    import torchvision

    return "torchvision " + torchvision.__version__.partition("+")[0]


def torchvision_models() -> dict[str, dict[str, Any]]:
    """All whose published metadata has a crop: classification, segmentation (with auxiliary heads), video."""
    from torchvision.models import get_model

    counts = {}
    for name, published in json.loads((HERE / "published.json").read_text())["models"].items():
        if "crop" not in published or published["crop"] is None:
            continue
        options: dict[str, Any] = {"num_classes": published["categories"]}
        if name.startswith(("fcn", "deeplab")):
            options["aux_loss"] = True
        if name.startswith(("fcn", "deeplab", "lraspp")):
            options["weights_backbone"] = None
        if name in ("googlenet", "inception_v3"):
            options.update(init_weights=False, aux_logits=name == "inception_v3")
        size = published["crop"][0]
        shape = (3, 16, size, size) if published["categories"] == 400 else (3, size, size)
        model = on_meta(lambda name=name, options=options: get_model(name, weights=None, **options))
        counts[name] = count(model, shape, torchvision_version())
    counts["alexnet_torchvision"] = counts.pop("alexnet")
    for name, width in (("035", 0.35), ("050", 0.5), ("075", 0.75), ("140", 1.4)):
        model = on_meta(lambda width=width: get_model("mobilenet_v2", weights=None, width_mult=width))
        counts[f"mobilenet_v2_{name}"] = count(model, (3, 224, 224), torchvision_version())
    return counts


def detectors() -> dict[str, dict[str, Any]]:
    """Backbone and heads; the boxes' arithmetic after them multiplies no weights."""
    from torchvision.models import get_model
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

    counts = {}
    backbone = on_meta(lambda: resnet_fpn_backbone(backbone_name="resnet50", weights=None, trainable_layers=5,
                                                   norm_layer=nn.BatchNorm2d))
    counts["fpn"] = count(backbone, (3, 800, 800), torchvision_version())
    for name, model, size, classes in (("ssd300", "ssd300_vgg16", 300, 21), ("ssd300_vgg16", "ssd300_vgg16", 300, 91),
                                       ("retinanet_resnet50_fpn_v2", "retinanet_resnet50_fpn_v2", 800, 91)):
        model = on_meta(lambda model=model, classes=classes: get_model(model, weights=None, weights_backbone=None,
                                                                       num_classes=classes))
        counts[name] = count(model, (3, size, size), torchvision_version(),
                             lambda x, model=model: model.head(list(model.backbone(x).values())))
    return counts


def timm_models() -> dict[str, dict[str, Any]]:
    import timm

    counts = {}
    for name, model in TIMM.items():
        size = TIMM_SIZES.get(name, 224)
        counts[name] = count(on_meta(lambda model=model: timm.create_model(model)), (3, size, size),
                             f"timm {timm.__version__}, {model}")
    for name in ("repvgg_a0", "repvgg_b0"):
        model = timm.utils.reparameterize_model(timm.create_model(name)).to("meta")
        counts[f"{name}_deploy"] = count(model, (3, 224, 224), f"timm {timm.__version__}, {name}, reparameterised")
    return counts


def own_modules() -> dict[str, dict[str, Any]]:
    source = f"torch {torch.__version__.partition('+')[0]}, modules"
    return {name: count(on_meta(make), shape, source) for name, (make, shape) in OWN.items()}


def main(only_own: bool) -> None:
    target = HERE / "frameworks.json"
    counts = json.loads(target.read_text()) if only_own else {**torchvision_models(), **detectors(), **timm_models()}
    counts.update(own_modules())
    rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(counts.items()))
    target.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] == ["own"])
