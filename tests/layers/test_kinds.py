"""What holds for every kind: names, words for the manual, and frozen values."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnncalc.layers import BY_NAME, KINDS
from cnncalc.layers.base import Layer, Referent

from .torch_args import make

# DESIGN section 2, in its order.
DESIGN = {
    "conv", "depthwise_conv", "conv_transpose", "linear", "max_pool", "avg_pool", "lp_pool", "adaptive_avg_pool",
    "adaptive_max_pool", "global_avg_pool", "global_max_pool", "max_unpool", "unpool", "zero_insert", "upsample",
    "batch_norm", "instance_norm", "group_norm", "layer_norm", "l2_norm", "lrn", "scale", "multiply", "prelu", "relu",
    "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "sigmoid",
    "hard_sigmoid", "hard_swish", "hard_tanh", "tanh", "abs", "softmax", "log_softmax", "dropout", "drop_path",
    "identity", "flatten", "mean", "amax", "parameter", "reshape", "permute", "squeeze", "unsqueeze",
    "channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "pad", "crop", "slice", "chunk", "select", "add", "mul",
    "sub", "max", "concat", "matmul", "blur_pool", "custom", "attention",
}

PRIMARY = {
    "conv": "out", "depthwise_conv": "kernel", "conv_transpose": "out", "linear": "out", "max_pool": "kernel",
    "avg_pool": "kernel", "lp_pool": "kernel", "blur_pool": "kernel", "adaptive_avg_pool": "size",
    "adaptive_max_pool": "size", "max_unpool": "pool", "unpool": "factor", "zero_insert": "stride",
    "upsample": "factor", "group_norm": "groups", "layer_norm": "axes", "lrn": "size", "multiply": "number",
    "prelu": "count", "flatten": "start", "mean": "axis", "amax": "axis", "parameter": "shape", "reshape": "shape",
    "permute": "order", "squeeze": "axis", "unsqueeze": "axis", "channel_shuffle": "groups", "pixel_shuffle": "factor",
    "pixel_unshuffle": "factor", "pad": "amounts", "crop": "size", "slice": "range", "chunk": "index",
    "select": "indices", "custom": "output", "attention": "heads", "leaky_relu": "slope", "elu": "alpha",
    "celu": "alpha", "gelu": "approximate", "softplus": "beta", "softmax": "axis", "log_softmax": "axis",
    "dropout": "p", "drop_path": "p",
}


def test_the_kinds_are_those_of_the_design() -> None:
    assert set(BY_NAME) == DESIGN


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_words_of_a_kind(kind: type[Layer]) -> None:
    assert kind.__doc__
    assert kind.__doc__ is not kind.__mro__[1].__doc__
    assert kind.primary == PRIMARY.get(kind.kind)
    assert kind.primary is None or kind.primary in kind.fields
    for name, field in kind.fields.items():
        assert field.help, name
        assert field.form.words, name
        assert field.form.schema(), name


def test_merges_and_declared() -> None:
    assert {kind.kind for kind in KINDS if kind.merges} == {"add", "mul", "sub", "max", "concat", "matmul"}
    assert {kind.kind for kind in KINDS if kind.declared} == {"custom"}


def test_layers_are_values() -> None:
    conv = make("conv", out=8, kernel=[3, 5])
    assert conv == make("conv", kernel=[3, 5], out=8)
    assert hash(conv) == hash(make("conv", kernel=[3, 5], out=8))
    assert conv != make("conv", out=8, kernel=3)
    assert make("softmax") != make("log_softmax")
    with pytest.raises(AttributeError, match="frozen"):
        conv.out = 9  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="conv needs out"):
        BY_NAME["conv"](kernel=3)
    with pytest.raises(TypeError, match="relu has no argument slope"):
        BY_NAME["relu"](slope=1)


def test_defaults_pass_their_own_forms() -> None:
    for kind in KINDS:
        for name, field in kind.fields.items():
            if isinstance(field.default, int | float | str):
                assert field.form.read(field.default) == field.default, (kind.kind, name)


POOL = make("max_pool", kernel=3, stride=2, padding="same")
SEEN = Referent("pool1", (8, 4, 4), POOL, ((8, 7, 8),))


@pytest.mark.parametrize(("kind", "raw", "shape", "expected"), [
    ("max_pool", {"kernel": 3, "padding": "half"}, (1, 9, 9), {"stride": 3, "padding": 1, "kernel": 3}),
    ("max_pool", {"kernel": 2, "stride": 2, "padding": "same"}, (1, 5, 4), {"padding": ((0, 1), (0, 0))}),
    ("conv", {"out": 4, "kernel": 3, "stride": 2, "padding": "same"}, (1, 8, 8), {"padding": ((0, 1), (0, 1))}),
    ("blur_pool", {"kernel": 3}, (1, 9, 9), {"kernel": 3, "stride": 3}),
    ("adaptive_avg_pool", {"size": ["keep", 3]}, (1, 9, 7), {"size": (9, 3)}),
    ("upsample", {"like": SEEN}, (1, 2, 2), {"size": (4, 4), "like": "pool1"}),
    ("crop", {"like": SEEN}, (1, 6, 6), {"size": (4, 4), "like": "pool1"}),
    ("max_unpool", {"pool": SEEN}, (8, 4, 4),
     {"pool": "pool1", "size": (7, 8), "kernel": 3, "stride": 2, "padding": ((1, 1), (0, 1))}),
    ("reshape", {"shape": [4, -1]}, (2, 6), {"shape": (4, 3)}),
])
def test_resolved(kind: str, raw: dict[str, object], shape: tuple[int, ...], expected: dict[str, object]) -> None:
    resolved = make(kind, **raw).resolved((shape,))
    assert {name: resolved[name] for name in expected} == expected


def test_import_stays_light() -> None:
    """No dataclasses, no inspect, no re: they cost more than all kinds together."""
    heavy = {"dataclasses", "inspect", "re", "enum", "fractions", "struct"}
    code = ("import sys, typing; before = set(sys.modules); import cnncalc.layers; "
            f"print(*sorted({heavy} & set(sys.modules) - before))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
