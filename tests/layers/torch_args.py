"""Translates a layer case of PyTorch (op, constructor arguments, input shape) into a step of the language."""

from __future__ import annotations

from math import floor, prod
from typing import Any, NamedTuple

from cnncalc.errors import Fault
from cnncalc.layers import BY_NAME
from cnncalc.layers.base import Layer, Referent


class Step(NamedTuple):
    kind: str
    args: dict[str, Any]
    shape: tuple[int, ...]
    batch: int


class Unsayable(Exception):
    """The language cannot express the case; the reason is one of a few, and the tests pin how often each occurs."""


def make(kind: str, **raw: Any) -> Layer:
    """A layer from values as the language has them after evaluation, read by the fields' own forms."""
    cls = BY_NAME[kind]
    values = {}
    for name, value in raw.items():
        if name not in cls.fields:
            raise Fault(f"`{kind}` has no argument `{name}`", code="unknown-argument")
        form = cls.fields[name].form
        values[name] = value if form.reference else form.read(_tuples(value))
    return cls(**values)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def translate(op: str, args: dict[str, Any], shape: list[int], output_size: list[int] | None = None) -> Step:
    """The step, its input shape without the batch, and the batch."""
    name, axes = (op[:-2], int(op[-2])) if op[-2:] in ("1d", "2d", "3d") else (op, None)
    if name not in OPS:
        raise Unsayable(f"no kind for {op}")
    batch, sizes = shape[0], tuple(shape[1:])
    if axes and name != "BatchNorm" and len(shape) == axes + 1:
        batch, sizes = 1, tuple(shape)  # PyTorch takes an input without a batch
    elif axes and len(sizes) - 1 != axes and len(sizes) <= 4 and not (op == "BatchNorm1d" and len(sizes) == 1):
        raise Unsayable("the number of axes follows from the input")
    kind, more = OPS[name](dict(args), sizes, len(shape), output_size)
    return Step(kind, more, sizes, batch)


def _renamed(kind: str, **names: str) -> Any:
    """An op whose arguments only have other names; those that say nothing here are dropped."""
    def convert(args: dict[str, Any], sizes: tuple[int, ...], rank: int, _: Any) -> tuple[str, dict[str, Any]]:
        unknown = set(args) - set(names) - IGNORED
        if unknown:
            raise Unsayable(f"no argument for {', '.join(sorted(unknown))}")
        inferred(args, sizes)
        return kind, {names[name]: value for name, value in args.items() if name in names}
    return convert


IGNORED = {"in_channels", "in_features", "num_features", "num_channels", "embed_dim", "inplace", "momentum"}


def inferred(args: dict[str, Any], sizes: tuple[int, ...]) -> None:
    """Input sizes are never written in the language, so a wrong one cannot be."""
    for name in ("in_channels", "num_features", "num_channels"):
        if name in args and args[name] != sizes[0]:
            raise Unsayable("input channels are inferred")
    for name in ("in_features", "embed_dim"):
        if name in args and args[name] != sizes[-1]:
            raise Unsayable("input features are inferred")


WINDOW = {"kernel_size": "kernel", "stride": "stride", "padding": "padding", "dilation": "dilation"}
SLIDE = {**WINDOW, "out_channels": "out", "groups": "groups", "bias": "bias", "output_padding": "output_padding"}


def _conv(kind: str) -> Any:
    plain = _renamed(kind, **SLIDE)

    def convert(args: dict[str, Any], *rest: Any) -> tuple[str, dict[str, Any]]:
        if args.get("padding_mode", "zeros") == "zeros":
            args.pop("padding_mode", None)
        return plain(args, *rest)  # type: ignore[no-any-return]
    return convert


def _pool(kind: str, **names: str) -> Any:
    plain = _renamed(kind, **WINDOW, ceil_mode="ceil_mode", **names)

    def convert(args: dict[str, Any], *rest: Any) -> tuple[str, dict[str, Any]]:
        step, more = plain(args, *rest)
        # PyTorch's pools take a list of one number for every axis.
        return step, {key: value[0] if isinstance(value, list) and len(value) == 1 else value
                      for key, value in more.items() if value is not None}
    return convert


def _adaptive(kind: str) -> Any:
    def convert(args: dict[str, Any], sizes: tuple[int, ...], rank: int, _: Any) -> tuple[str, dict[str, Any]]:
        size = args["output_size"]
        if isinstance(size, list):
            return kind, {"size": ["keep" if n is None else n for n in size]}
        return kind, {"size": "keep" if size is None else size}
    return convert


def _unpool(args: dict[str, Any], sizes: tuple[int, ...], rank: int, size: Any) -> tuple[str, dict[str, Any]]:
    """Undoes a pool over an input of the default size, which every such pool can have seen."""
    window = {WINDOW[name]: value for name, value in args.items()}
    window = {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in window.items()}
    kernel = _each(window["kernel"], len(sizes) - 1)
    stride = _each(window.get("stride") or kernel, len(sizes) - 1)
    padding = _each(window.get("padding", 0), len(sizes) - 1)
    seen = (sizes[0], *((n - 1) * s - 2 * p + k for n, k, s, p in zip(sizes[1:], kernel, stride, padding, strict=True)))
    if window.get("stride", 0) is None:
        del window["stride"]
    pool = make("max_pool", **window)
    more = {"pool": Referent("pool", pool.facts((seen,)).shape, pool, (seen,))}
    return "max_unpool", {**more, **({"size": size[-len(kernel):]} if size is not None else {})}


def _each(value: Any, axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)


def _linear(args: dict[str, Any], sizes: tuple[int, ...], *rest: Any) -> tuple[str, dict[str, Any]]:
    kind, more = _renamed("linear", out_features="out", bias="bias")(args, sizes, *rest)
    return kind, {**more, "axis": "last"} if len(sizes) > 2 else more


def _attention(args: dict[str, Any], sizes: tuple[int, ...], rank: int, _: Any) -> tuple[str, dict[str, Any]]:
    for name in ("add_bias_kv", "add_zero_attn", "kdim", "vdim"):
        if args.pop(name, None):
            raise Unsayable(f"no argument for {name}")
    # Without `batch_first` the axes are tokens, batch, features: the shape and the parameters say the same.
    if args["embed_dim"] != sizes[-1] and args["num_heads"] > 0 and sizes[-1] % args["num_heads"] == 0:
        raise Unsayable("input features are inferred")
    return "attention", {"heads": args["num_heads"], **({"bias": args["bias"]} if "bias" in args else {})}


def _axis(value: int, rank: int) -> int:
    if value in (0, -rank):
        raise Unsayable("the batch axis cannot be touched")
    return value


def _softmax(kind: str) -> Any:
    return lambda args, sizes, rank, _: (kind, {"axis": _axis(args["dim"], rank)})


def _flatten(args: dict[str, Any], sizes: tuple[int, ...], rank: int, _: Any) -> tuple[str, dict[str, Any]]:
    start, end = args.get("start_dim", 1), args.get("end_dim", -1)
    return "flatten", {"start": _axis(start, rank), "end": _axis(end, rank)}


def _layer_norm(args: dict[str, Any], sizes: tuple[int, ...], rank: int, _: Any) -> tuple[str, dict[str, Any]]:
    wanted = _each(args.pop("normalized_shape"), 1)
    if wanted != sizes[-len(wanted):]:
        raise Unsayable("input features are inferred")
    return _renamed("layer_norm", elementwise_affine="affine", bias="bias", eps="eps", axes="axes")(
        {**args, "axes": len(wanted) if len(wanted) > 1 else "last"}, sizes, rank, None)  # type: ignore[no-any-return]


def _pad(mode: str) -> Any:
    def convert(args: dict[str, Any], sizes: tuple[int, ...], rank: int, _: Any) -> tuple[str, dict[str, Any]]:
        amounts = args["padding"]
        if isinstance(amounts, list) and len(amounts) != 2 * (rank - 2):
            raise Unsayable("amounts come in pairs, one for each axis, so none can be missing")
        if isinstance(amounts, list):  # PyTorch begins with the last axis
            amounts = [[a, b] for a, b in zip(amounts[::2], amounts[1::2], strict=True)][::-1]
        return "pad", {"amounts": amounts, "mode": mode, **({"value": args["value"]} if "value" in args else {})}
    return convert


RANK_OF_MODE = {"linear": 1, "bilinear": 2, "trilinear": 3}
MODES = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}


def _upsample(args: dict[str, Any], sizes: tuple[int, ...], rank: int, _: Any) -> tuple[str, dict[str, Any]]:
    mode = args.get("mode", "nearest")
    if RANK_OF_MODE.get(mode, len(sizes) - 1) != len(sizes) - 1:
        raise Unsayable("the rank decides between linear, bilinear and trilinear")
    more: dict[str, Any] = {"mode": MODES.get(mode, mode)}
    factor = args.get("scale_factor")
    if args.get("recompute_scale_factor") and args.get("size") is not None:
        raise Unsayable("no argument for recompute_scale_factor")
    if args.get("recompute_scale_factor") and factor is not None and args.get("size") is None:
        factors = factor if isinstance(factor, list) else [factor] * (len(sizes) - 1)
        more["size"] = [floor(n * f) for n, f in zip(sizes[1:], factors, strict=True)]
        return "upsample", {**more, **_corners(args)}
    for name, value in (("factor", factor), ("size", args.get("size"))):
        if value is not None:
            more[name] = value
    return "upsample", {**more, **_corners(args)}


def _corners(args: dict[str, Any]) -> dict[str, Any]:
    return {} if args.get("align_corners") is None else {"align_corners": args["align_corners"]}


OPS: dict[str, Any] = {
    "Conv": _conv("conv"), "ConvTranspose": _conv("conv_transpose"), "Linear": _linear,
    "MaxPool": _pool("max_pool"), "LPPool": _pool("lp_pool", norm_type="norm"),
    "AvgPool": _pool("avg_pool", count_include_pad="count_include_pad", divisor_override="divisor_override"),
    "AdaptiveAvgPool": _adaptive("adaptive_avg_pool"), "AdaptiveMaxPool": _adaptive("adaptive_max_pool"),
    "MaxUnpool": _unpool, "Upsample": _upsample, "Flatten": _flatten, "MultiheadAttention": _attention,
    "BatchNorm": _renamed("batch_norm", affine="affine", eps="eps", track_running_stats="track_running_stats"),
    "InstanceNorm": _renamed("instance_norm", affine="affine", eps="eps", track_running_stats="track_running_stats"),
    "GroupNorm": _renamed("group_norm", num_groups="groups", affine="affine", eps="eps"), "LayerNorm": _layer_norm,
    "LocalResponseNorm": _renamed("lrn", size="size", alpha="alpha", beta="beta", k="k"),
    "ZeroPad": _pad("constant"), "ConstantPad": _pad("constant"), "ReflectionPad": _pad("reflect"),
    "ReplicationPad": _pad("replicate"), "CircularPad": _pad("circular"),
    "PixelShuffle": _renamed("pixel_shuffle", upscale_factor="factor"),
    "PixelUnshuffle": _renamed("pixel_unshuffle", downscale_factor="factor"),
    "ChannelShuffle": _renamed("channel_shuffle", groups="groups"), "PReLU": _renamed("prelu", num_parameters="count"),
    "Softmax": _softmax("softmax"), "LogSoftmax": _softmax("log_softmax"),
    "ReLU": _renamed("relu"), "ReLU6": _renamed("relu6"), "LeakyReLU": _renamed("leaky_relu", negative_slope="slope"),
    "ELU": _renamed("elu", alpha="alpha"), "CELU": _renamed("celu", alpha="alpha"), "SELU": _renamed("selu"),
    "GELU": _renamed("gelu", approximate="approximate"), "SiLU": _renamed("silu"), "Mish": _renamed("mish"),
    "Softplus": _renamed("softplus", beta="beta", threshold="threshold"), "Softsign": _renamed("softsign"),
    "Sigmoid": _renamed("sigmoid"), "Hardsigmoid": _renamed("hard_sigmoid"), "Hardswish": _renamed("hard_swish"),
    "Hardtanh": _renamed("hard_tanh", min_val="min", max_val="max"), "Tanh": _renamed("tanh"),
    "Dropout": _renamed("dropout", p="p"), "Identity": _renamed("identity"),
}


def run(step: Step) -> tuple[list[int], int, int, int]:
    """Output shape, parameters, buffers and multiply-adds of the whole batch."""
    facts = make(step.kind, **step.args).facts(inputs_of(step))
    return ([step.batch, *facts.shape], sum(map(prod, facts.weights.values())), sum(map(prod, facts.buffers.values())),
            step.batch * facts.macs)


def inputs_of(step: Step) -> tuple[tuple[int, ...], ...]:
    pool = step.args.get("pool")
    return (step.shape, pool.shape) if pool else (step.shape,)
