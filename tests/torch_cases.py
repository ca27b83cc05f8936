"""PyTorch's single-layer cases (tests/data/layers*.jsonl) in the words of our language.

`translate` maps one case to a kind, its arguments, the input shape without the batch and the weights by PyTorch's
names; it raises `Untranslatable`, with the reason, for what the language deliberately cannot say.
"""

import json
import re
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

Args = dict[str, Any]
DATA = [Path(__file__).parent / "data" / name for name in ("layers.jsonl", "layers_unusual.jsonl")]


class Case(NamedTuple):
    """One layer: shapes are without the batch, weights are {name: nested lists}."""

    kind: str
    args: Args
    shape: tuple[int, ...]
    weights: dict[str, Any]


class Untranslatable(Exception):
    """Why a case has no counterpart in the language."""


def read() -> Iterator[dict[str, Any]]:
    """All cases, those that PyTorch rejects included."""
    for path in DATA:
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def described(raw: dict[str, Any]) -> str:
    """A case in a line: what is said of it when it is left out."""
    args = ", ".join(f"{name}={value}" for name, value in raw["args"].items())
    return f"{raw['op']}({args}) on {raw['input_shape']}"


def nest(flat: list[Any], shape: list[int]) -> Any:
    """A flat list as nested lists."""
    for size in reversed(shape[1:]):
        flat = [flat[start : start + size] for start in range(0, len(flat), size)]
    return flat


def renamed(args: Args, names: dict[str, str], dropped: tuple[str, ...] = ()) -> Args:
    """Arguments under our names; those not listed keep theirs."""
    return {names.get(name, name): value for name, value in args.items() if name not in dropped}


def channels_are_what_comes_in(raw: dict[str, Any], name: str) -> None:
    if raw["args"][name] != raw["input_shape"][1]:
        raise Untranslatable("the number of channels is what comes in, so it cannot contradict it")


def conv(raw: dict[str, Any]) -> Args:
    channels_are_what_comes_in(raw, "in_channels")
    if raw["args"].get("padding") == "same" and "error" in raw:
        raise Untranslatable("PyTorch refuses `same` with a stride; here it is TensorFlow's")
    if raw["args"].get("padding_mode", "zeros") != "zeros":
        raise Untranslatable("padding other than zeros is a `pad` layer of its own")
    return renamed(raw["args"], {"out_channels": "out", "kernel_size": "kernel"}, ("in_channels", "padding_mode"))


def pool(raw: dict[str, Any]) -> Args:
    return renamed(raw["args"], {"kernel_size": "kernel", "norm_type": "norm"}, ("return_indices",))


def adaptive(raw: dict[str, Any]) -> Args:
    size = raw["args"]["output_size"]
    kept = [("keep" if one is None else one) for one in size] if isinstance(size, list) else size
    return {"size": "keep" if kept is None else kept}


def linear(raw: dict[str, Any]) -> Args:
    if raw["args"]["in_features"] != raw["input_shape"][-1]:
        raise Untranslatable("the number of features is what comes in, so it cannot contradict it")
    args = renamed(raw["args"], {"out_features": "out"}, ("in_features",))
    return args | ({"axis": "last"} if len(raw["input_shape"]) > 3 else {})


def upsample(raw: dict[str, Any]) -> Args:
    args = renamed(raw["args"], {"scale_factor": "factor"}, ("recompute_scale_factor",))
    if raw["args"].get("recompute_scale_factor") and "factor" not in args:
        raise Untranslatable("there is no recompute_scale_factor: a size that follows from a factor is written as `size`")
    words = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}
    axes = {"linear": 1, "bilinear": 2, "trilinear": 3}.get(args.get("mode", ""))
    if axes not in (None, len(raw["input_shape"]) - 2):
        raise Untranslatable("the mode's name follows the number of axes here, so it cannot contradict it")
    if raw["args"].get("recompute_scale_factor") and raw.get("output_shape"):
        args = {name: value for name, value in args.items() if name != "factor"} | {"size": raw["output_shape"][2:]}
    return args | ({"mode": words.get(args["mode"], args["mode"])} if "mode" in args else {})


def norm(raw: dict[str, Any]) -> Args:
    channels_are_what_comes_in(raw, "num_channels" if raw["op"] == "GroupNorm" else "num_features")
    if (
        raw["op"].startswith("BatchNorm")
        and not raw["args"].get("track_running_stats", True)
        and raw["input_shape"][0] > 1
    ):
        raise Untranslatable("the statistics of a batch of several items are not a function of one item")
    return renamed(raw["args"], {"num_groups": "groups"}, ("num_features", "num_channels", "momentum"))


def layer_norm(raw: dict[str, Any]) -> Args:
    shape = raw["args"]["normalized_shape"]
    sizes = shape if isinstance(shape, list) else [shape]
    if sizes != raw["input_shape"][-len(sizes) :]:
        raise Untranslatable("the sizes to normalise over are those that come in, so they cannot contradict them")
    names = {"normalized_shape": "axes", "elementwise_affine": "affine"}
    return renamed(raw["args"], names) | {"axes": len(shape) if isinstance(shape, list) else "last"}


def pad(raw: dict[str, Any]) -> Args:
    amounts, axes = raw["args"]["padding"], len(raw["input_shape"]) - 2
    if isinstance(amounts, list) and len(amounts) != 2 * axes:
        raise Untranslatable("amounts come in pairs, one for each axis, so none can be missing")
    if isinstance(amounts, list):  # PyTorch lists the last axis first
        amounts = [amounts[2 * axis : 2 * axis + 2] for axis in reversed(range(axes))]
    modes = {"Reflection": "reflect", "Replication": "replicate", "Circular": "circular"}
    mode = next((ours for word, ours in modes.items() if raw["op"].startswith(word)), "constant")
    value = {"value": raw["args"]["value"]} if "value" in raw["args"] else {}
    return {"amounts": amounts, "mode": mode, **value}


def max_unpool(raw: dict[str, Any]) -> Args:
    """The size of the planes; the positions in them, which a pool hands over, are the case's `indices`."""
    if "output_shape" not in raw:
        raise Untranslatable("sizes come from the pool that is undone, so they cannot contradict it")
    return {"pool": "pool", "size": raw["output_shape"][2:]}


def attention(raw: dict[str, Any]) -> Args:
    if unknown := set(raw["args"]) - {"embed_dim", "num_heads", "bias", "batch_first", "dropout"}:
        raise Untranslatable(f"attention has no {', '.join(sorted(unknown))}")
    if raw["args"]["embed_dim"] != raw["input_shape"][-1] and "divisible" not in raw.get("error", ""):
        raise Untranslatable("the number of features is what comes in, so it cannot contradict it")
    return {"heads": raw["args"]["num_heads"]} | renamed(
        raw["args"], {}, ("embed_dim", "num_heads", "batch_first", "dropout")
    )


def along_axis(raw: dict[str, Any]) -> Args:
    axis, rank = raw["args"]["dim"], len(raw["input_shape"])
    if axis % rank == 0:
        raise Untranslatable("axis 0 is the batch, which cannot be touched")
    return {"axis": axis}


def flatten(raw: dict[str, Any]) -> Args:
    args = renamed(raw["args"], {"start_dim": "start", "end_dim": "end"})
    if args.get("start", 1) % len(raw["input_shape"]) == 0 and "error" not in raw:
        raise Untranslatable("axis 0 is the batch, which cannot be touched")
    return args


def plain(raw: dict[str, Any]) -> Args:
    return renamed(raw["args"], RENAMED.get(raw["op"], {}), ("inplace",))


RENAMED = {
    "LeakyReLU": {"negative_slope": "slope"},
    "Hardtanh": {"min_val": "min", "max_val": "max"},
    "PReLU": {"num_parameters": "count"},
    "PixelShuffle": {"upscale_factor": "factor"},
    "PixelUnshuffle": {"downscale_factor": "factor"},
}

# torch.nn class name without its trailing 1d, 2d or 3d -> kind, and how its arguments are said
OPS: dict[str, tuple[str, Callable[[dict[str, Any]], Args]]] = {
    "Conv": ("conv", conv),
    "ConvTranspose": ("conv_transpose", conv),
    "Linear": ("linear", linear),
    "MaxPool": ("max_pool", pool),
    "AvgPool": ("avg_pool", pool),
    "LPPool": ("lp_pool", pool),
    "AdaptiveAvgPool": ("adaptive_avg_pool", adaptive),
    "AdaptiveMaxPool": ("adaptive_max_pool", adaptive),
    "MaxUnpool": ("max_unpool", max_unpool),
    "Upsample": ("upsample", upsample),
    "BatchNorm": ("batch_norm", norm),
    "InstanceNorm": ("instance_norm", norm),
    "GroupNorm": ("group_norm", norm),
    "LayerNorm": ("layer_norm", layer_norm),
    "LocalResponseNorm": ("lrn", plain),
    "ZeroPad": ("pad", pad),
    "ConstantPad": ("pad", pad),
    "ReflectionPad": ("pad", pad),
    "ReplicationPad": ("pad", pad),
    "CircularPad": ("pad", pad),
    "MultiheadAttention": ("attention", attention),
    "Softmax": ("softmax", along_axis),
    "LogSoftmax": ("log_softmax", along_axis),
    "Flatten": ("flatten", flatten),
    "ChannelShuffle": ("channel_shuffle", plain),
    "PixelShuffle": ("pixel_shuffle", plain),
    "PixelUnshuffle": ("pixel_unshuffle", plain),
    "PReLU": ("prelu", plain),
    "ReLU": ("relu", plain),
    "ReLU6": ("relu6", plain),
    "LeakyReLU": ("leaky_relu", plain),
    "ELU": ("elu", plain),
    "CELU": ("celu", plain),
    "SELU": ("selu", plain),
    "GELU": ("gelu", plain),
    "SiLU": ("silu", plain),
    "Mish": ("mish", plain),
    "Softplus": ("softplus", plain),
    "Softsign": ("softsign", plain),
    "Sigmoid": ("sigmoid", plain),
    "Hardsigmoid": ("hard_sigmoid", plain),
    "Hardswish": ("hard_swish", plain),
    "Hardtanh": ("hard_tanh", plain),
    "Tanh": ("tanh", plain),
    "Dropout": ("dropout", plain),
    "Identity": ("identity", plain),
}


def without_axes(op: str) -> str:
    """Conv2d -> Conv."""
    return re.sub(r"\dd$", "", op)


def shapes(raw: dict[str, Any]) -> dict[str, list[int]]:
    """Shapes of the weights, by PyTorch's layouts, from the constructor's arguments."""
    args, axes = raw["args"], len(raw["input_shape"]) - 2
    name = without_axes(raw["op"])
    if name in ("Conv", "ConvTranspose"):
        kernel = args["kernel_size"]
        kernel = kernel * axes if isinstance(kernel, list) and len(kernel) == 1 < axes else kernel
        first, second = args["out_channels"], args["in_channels"]
        if name == "ConvTranspose":
            first, second = second, first
        return {
            "weight": [
                first,
                second // args.get("groups", 1),
                *(kernel if isinstance(kernel, list) else [kernel] * axes),
            ]
        }
    if name == "Linear":
        return {"weight": [args["out_features"], args["in_features"]]}
    if name == "LayerNorm" and isinstance(args["normalized_shape"], list):
        return {"weight": args["normalized_shape"], "bias": args["normalized_shape"]}
    return {}


def translate(raw: dict[str, Any]) -> Case:
    """One case in our words."""
    if 0 in raw.get("output_shape", ()):
        raise Untranslatable("an axis of size 0 is an error here")
    kind, arguments = OPS[without_axes(raw["op"])]
    values = {**raw.get("params_values", {}), **raw.get("buffers_values", {})}
    layouts = shapes(raw) if values else {}
    weights = {
        name: nest(flat, layouts.get(name, [len(flat)]))
        for name, flat in values.items()
        if name != "num_batches_tracked"
    }
    return Case(kind, arguments(raw), tuple(raw["input_shape"][1:]), weights)


def batch(raw: dict[str, Any], flat: list[Any], shape: list[int]) -> list[Any]:
    """The items of a batch as nested lists."""
    items = raw["input_shape"][0]
    size = prod(shape[1:])
    return [nest(flat[item * size : (item + 1) * size], list(shape[1:])) for item in range(items)]
