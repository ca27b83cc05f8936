"""Edges of the formulas, worked out by hand."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from cnncalc.layers import BY_NAME
from cnncalc.layers.base import Facts, Referent, Shape

from .torch_args import make


def facts(kind: str, *shapes: Shape, **raw: Any) -> Facts:
    return make(kind, **raw).facts(shapes)


SHAPES: list[tuple[str, dict[str, Any], Shape, Shape]] = [
    # conv: (n + p0 + p1 - e)//s + 1
    ("conv", {"out": 16, "kernel": 3}, (3, 32, 32), (16, 30, 30)),
    ("conv", {"out": 4, "kernel": 3, "stride": 2, "padding": 1, "dilation": 2}, (3, 11), (4, 5)),   # (11+2-5)//2 + 1
    ("conv", {"out": 4, "kernel": [1, 2, 3]}, (2, 5, 5, 5), (4, 5, 4, 3)),
    ("conv", {"out": 4, "kernel": [3, 5], "padding": "half"}, (1, 8, 9), (4, 8, 9)),
    ("conv", {"out": 4, "kernel": 4, "stride": 3, "padding": "same"}, (1, 7, 9), (4, 3, 3)),        # ceil(n/3)
    ("conv", {"out": 4, "kernel": 4, "stride": 3, "padding": "same_lower"}, (1, 7, 9), (4, 3, 3)),
    ("conv", {"out": 4, "kernel": 1, "stride": 3, "padding": "same"}, (1, 7), (4, 3)),              # never negative
    ("conv", {"out": 4, "kernel": 3, "padding": [[2, 0], [0, 1]]}, (1, 5, 5), (4, 5, 4)),
    ("depthwise_conv", {"kernel": 3, "multiplier": 2, "padding": "half"}, (5, 6, 6), (10, 6, 6)),
    # transposed: (n-1)s - p0 - p1 + e + output_padding
    ("conv_transpose", {"out": 4, "kernel": 4, "stride": 2, "padding": 1}, (8, 7, 7), (4, 14, 14)),
    ("conv_transpose", {"out": 4, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}, (8, 7), (4, 14)),
    ("conv_transpose", {"out": 4, "kernel": 3, "dilation": 3, "output_padding": 2}, (8, 4), (4, 12)),    # 3 + 7 + 2
    # ceil_mode: the last window is dropped where it would start in the padding at the end
    ("max_pool", {"kernel": 3, "stride": 2}, (1, 6, 6), (1, 2, 2)),
    ("max_pool", {"kernel": 3, "stride": 2, "ceil_mode": True}, (1, 6, 6), (1, 3, 3)),              # ceil(3/2) + 1
    ("max_pool", {"kernel": 2, "stride": 2, "padding": 1, "ceil_mode": True}, (1, 4), (1, 3)),
    ("max_pool", {"kernel": 2, "stride": 2, "padding": 1, "ceil_mode": True}, (1, 3), (1, 2)),      # 3: 4 >= 3 + 1
    ("max_pool", {"kernel": 1, "stride": 4, "ceil_mode": True}, (1, 5), (1, 2)),
    ("max_pool", {"kernel": 1, "stride": 4, "ceil_mode": True}, (1, 4), (1, 1)),                    # 2: 4 >= 4
    ("max_pool", {"kernel": 3, "dilation": 2, "padding": 1}, (1, 9), (1, 3)),                       # (9+2-5)//3 + 1
    ("max_pool", {"kernel": 2, "padding": "same"}, (1, 5, 5), (1, 3, 3)),
    ("avg_pool", {"kernel": 3, "stride": 1, "padding": 1}, (2, 4, 5), (2, 4, 5)),
    ("lp_pool", {"kernel": 2, "ceil_mode": True}, (2, 5, 5), (2, 3, 3)),
    ("blur_pool", {"kernel": 3, "stride": 2}, (2, 9, 9), (2, 4, 4)),
    ("adaptive_avg_pool", {"size": [2, "keep"]}, (2, 9, 7), (2, 2, 7)),
    ("adaptive_max_pool", {"size": 12}, (2, 9), (2, 12)),
    ("global_max_pool", {}, (2, 9, 7, 5), (2, 1, 1, 1)),
    # floor(n·factor) in doubles: 10·1.1 is 11.000000000000002, 100·0.29 is 28.999999999999996
    ("upsample", {"factor": 1.1}, (1, 10), (1, 11)),
    ("upsample", {"factor": 0.29}, (1, 100), (1, 28)),
    ("upsample", {"factor": [2, 0.5], "mode": "cubic"}, (1, 5, 5), (1, 10, 2)),
    ("upsample", {"size": 7, "mode": "linear", "align_corners": True}, (1, 5, 5, 5), (1, 7, 7, 7)),
    ("unpool", {"factor": [2, 3]}, (1, 5, 5), (1, 10, 15)),
    ("zero_insert", {"stride": 3}, (1, 5), (1, 13)),                                                # 4·3 + 1
    ("flatten", {}, (4, 3, 2), (24,)),
    ("flatten", {"start": 2}, (4, 3, 2), (4, 6)),
    ("flatten", {"start": -3, "end": 2}, (4, 3, 2), (12, 2)),
    ("flatten", {}, (4,), (4,)),
    ("mean", {"axis": [2, 3]}, (4, 3, 2), (4,)),
    ("mean", {"axis": 1}, (4, 3, 2), (3, 2)),
    ("amax", {"axis": -1, "keep": True}, (4, 3, 2), (4, 3, 1)),
    ("reshape", {"shape": [2, -1, 3]}, (4, 3, 2), (2, 4, 3)),
    ("permute", {"order": [2, 3, 1]}, (4, 3, 2), (3, 2, 4)),
    ("permute", {"order": [-1, 1, 2]}, (4, 3, 2), (2, 4, 3)),
    ("squeeze", {"axis": [2, 3]}, (4, 1, 1), (4,)),
    ("unsqueeze", {"axis": 1}, (4, 3), (1, 4, 3)),
    ("unsqueeze", {"axis": -1}, (4, 3), (4, 3, 1)),
    ("unsqueeze", {"axis": 2}, (4, 3), (4, 1, 3)),
    ("channel_shuffle", {"groups": 2}, (4, 3), (4, 3)),
    ("pixel_shuffle", {"factor": 3}, (18, 2, 5), (2, 6, 15)),
    ("pixel_unshuffle", {"factor": 2}, (3, 4, 6), (12, 2, 3)),
    ("pad", {"amounts": 1}, (3, 4, 4), (3, 6, 6)),
    ("pad", {"amounts": [[2, 0]]}, (3, 4), (3, 6)),
    ("pad", {"amounts": [[-1, 0], [0, 3]], "mode": "replicate"}, (3, 4, 4), (3, 3, 7)),
    ("pad", {"amounts": [[0, 5]], "axis": 1}, (3, 4, 4), (8, 4, 4)),
    ("pad", {"amounts": 3, "mode": "reflect"}, (3, 4), (3, 10)),
    ("pad", {"amounts": 4, "mode": "circular"}, (3, 4), (3, 12)),
    ("crop", {"size": [2, 3]}, (3, 5, 5), (3, 2, 3)),
    ("slice", {"range": [1, "end"]}, (3, 5), (2, 5)),
    ("slice", {"range": [0, 2], "axis": -1}, (3, 5), (3, 2)),
    ("chunk", {"index": 1, "of": 2}, (6, 5), (3, 5)),
    ("select", {"indices": [4, 0, 0], "axis": 2}, (3, 5), (3, 3)),
    ("select", {"indices": 2}, (3, 5), (1, 5)),
    ("custom", {"output": [7, 2], "params": 5, "macs": 9}, (3, 5), (7, 2)),
    ("parameter", {"shape": [1, 64]}, (3, 5), (1, 64)),
    ("prelu", {"count": 3}, (3,), (3,)),
    ("lrn", {"size": 5}, (3, 5), (3, 5)),
    ("linear", {"out": 9}, (4, 6), (4, 9)),
    ("linear", {"out": 9, "axis": "last"}, (4, 5, 6), (4, 5, 9)),
    ("attention", {"heads": 2}, (3, 4, 6), (3, 4, 6)),
]


@pytest.mark.parametrize(("kind", "raw", "shape", "expected"), SHAPES)
def test_shape(kind: str, raw: dict[str, Any], shape: Shape, expected: Shape) -> None:
    found = facts(kind, shape, **raw)
    assert found.shape == expected
    assert len(found.reach) == 1
    assert len(found.reach[0]) == (0 if kind == "parameter" else len(expected) - 1)


COSTS: list[tuple[str, dict[str, Any], Shape, dict[str, Shape], int]] = [
    ("conv", {"out": 16, "kernel": 3}, (3, 32, 32),
     {"weight": (16, 3, 3, 3), "bias": (16,)}, 388_800),                    # 16·30·30 outputs, 3·3·3 each
    ("conv", {"out": 6, "kernel": [3, 1], "groups": 3, "bias": False}, (9, 5, 4),
     {"weight": (6, 3, 3, 1)}, 648),                                        # 6·3·4 outputs, 3·3 each
    ("depthwise_conv", {"kernel": 3, "multiplier": 2}, (4, 5), {"weight": (8, 1, 3), "bias": (8,)}, 72),   # 8·3·3
    ("conv_transpose", {"out": 4, "kernel": 4, "stride": 2, "padding": 1, "groups": 2}, (8, 7, 7),
     {"weight": (8, 2, 4, 4), "bias": (4,)}, 12_544),                       # 8·7·7 inputs, 2·4·4 each
    ("linear", {"out": 10}, (512,), {"weight": (10, 512), "bias": (10,)}, 5_120),
    ("linear", {"out": 10, "bias": False}, (7, 16), {"weight": (10, 16)}, 1_120),                          # 7·10·16
    ("attention", {"heads": 4}, (5, 8),
     {"in_proj_weight": (24, 8), "in_proj_bias": (24,), "out_proj.weight": (8, 8), "out_proj.bias": (8,)},
     1_680),                                                                # 4·5·64 + 2·25·8
    ("attention", {"heads": 1, "bias": False}, (3, 5, 8),
     {"in_proj_weight": (24, 8), "out_proj.weight": (8, 8)}, 5_040),        # three such sequences
    ("batch_norm", {}, (6, 2, 2), {"weight": (6,), "bias": (6,)}, 0),
    ("batch_norm", {"affine": False}, (6,), {}, 0),
    ("instance_norm", {}, (6, 2, 2), {}, 0),
    ("instance_norm", {"affine": True}, (6, 2), {"weight": (6,), "bias": (6,)}, 0),
    ("group_norm", {"groups": 3}, (6,), {"weight": (6,), "bias": (6,)}, 0),
    ("layer_norm", {}, (6, 2, 4), {"weight": (4,), "bias": (4,)}, 0),
    ("layer_norm", {"axes": "channels", "bias": False}, (6, 2, 4), {"weight": (6,)}, 0),
    ("layer_norm", {"axes": "all"}, (6, 2, 4), {"weight": (6, 2, 4), "bias": (6, 2, 4)}, 0),
    ("layer_norm", {"axes": 2}, (6, 2, 4), {"weight": (2, 4), "bias": (2, 4)}, 0),
    ("layer_norm", {"affine": False}, (6, 2, 4), {}, 0),
    ("l2_norm", {}, (6, 2, 4), {"weight": (6,)}, 0),
    ("l2_norm", {"affine": False}, (6, 2, 4), {}, 0),
    ("scale", {}, (6, 2, 4), {"weight": (6,)}, 0),
    ("scale", {"bias": True}, (6, 2, 4), {"weight": (6,), "bias": (6,)}, 0),
    ("prelu", {}, (6, 2, 4), {"weight": (1,)}, 0),
    ("parameter", {"shape": [1, 6]}, (3,), {"weight": (1, 6)}, 0),
    ("custom", {"output": [5], "params": 12, "macs": 34}, (3,), {"weight": (12,)}, 34),
    ("custom", {"output": [5]}, (3,), {}, 0),
]


@pytest.mark.parametrize(("kind", "raw", "shape", "weights", "macs"), COSTS)
def test_cost(kind: str, raw: dict[str, Any], shape: Shape, weights: dict[str, Shape], macs: int) -> None:
    found = facts(kind, shape, **raw)
    assert (dict(found.weights), found.macs) == (weights, macs)


def test_buffers_are_the_running_statistics() -> None:
    both = {"running_mean": (6,), "running_var": (6,)}
    assert facts("batch_norm", (6, 2)).buffers == both
    assert facts("batch_norm", (6, 2), track_running_stats=False).buffers == {}
    assert facts("instance_norm", (6, 2)).buffers == {}
    assert facts("instance_norm", (6, 1), track_running_stats=True).buffers == both


def test_same_padding_puts_the_odd_cell_at_the_end() -> None:
    # n 8, e 3, s 2: 4 outputs need (4-1)·2 + 3 - 8 = 1 cell
    assert make("conv", out=1, kernel=3, stride=2, padding="same").resolved(((1, 8),))["padding"] == ((0, 1),)
    assert make("conv", out=1, kernel=3, stride=2, padding="same_lower").resolved(((1, 8),))["padding"] == ((1, 0),)
    assert make("max_pool", kernel=3, dilation=2, stride=1, padding="half").resolved(((1, 8),))["padding"] == 2


MERGES: list[tuple[str, dict[str, Any], tuple[Shape, ...], Shape, int]] = [
    ("add", {}, ((4, 2, 2), (4, 2, 2), (4, 2, 2)), (4, 2, 2), 0),
    ("add", {}, ((4, 2, 2),), (4, 2, 2), 0),
    ("mul", {"broadcast": True}, ((4, 2, 3), (4, 1, 1)), (4, 2, 3), 0),
    ("sub", {"broadcast": True}, ((1, 3), (4, 1)), (4, 3), 0),
    ("max", {}, ((4,), (4,)), (4,), 0),
    ("concat", {}, ((4, 2), (3, 2), (1, 2)), (8, 2), 0),
    ("concat", {"axis": -1}, ((4, 2), (4, 5)), (4, 7), 0),
    ("matmul", {}, ((4, 2), (2, 5)), (4, 5), 40),                                   # 4·5 outputs, 2 each
    ("matmul", {"transpose": True}, ((3, 4, 2), (3, 5, 2)), (3, 4, 5), 120),        # 3·4·5 outputs, 2 each
    ("matmul", {}, ((3, 6, 4, 2), (3, 6, 2, 5)), (3, 6, 4, 5), 720),
]


@pytest.mark.parametrize(("kind", "raw", "shapes", "expected", "macs"), MERGES)
def test_merge(kind: str, raw: dict[str, Any], shapes: tuple[Shape, ...], expected: Shape, macs: int) -> None:
    found = facts(kind, *shapes, **raw)
    assert (found.shape, dict(found.weights), found.macs) == (expected, {}, macs)
    assert [len(cells) for cells in found.reach] == [len(expected) - 1] * len(shapes)


def test_references() -> None:
    low = Referent("low", (9, 6, 5), None, ())
    for kind, shape in (("upsample", (4, 3, 3)), ("crop", (4, 8, 8))):
        found = facts(kind, shape, low.shape, like=low)
        assert found.shape == (4, 6, 5)
        assert found.reach[1] == ()
    pool = make("max_pool", kernel=2, ceil_mode=True)
    seen = Referent("pool", pool.facts(((8, 7, 5),)).shape, pool, ((8, 7, 5),))
    assert facts("max_unpool", (8, 4, 3), (8, 4, 3), pool=seen).shape == (8, 7, 5)
    assert facts("max_unpool", (8, 4, 3), (8, 4, 3), pool=seen, size=[9, 5]).shape == (8, 9, 5)   # 8 ± 1, 6 ± 1


HUGE = 10**12
HOSTILE: list[tuple[str, dict[str, Any], Shape]] = [
    ("conv", {"out": HUGE, "kernel": HUGE, "stride": HUGE, "padding": HUGE, "dilation": HUGE}, (HUGE, HUGE * HUGE)),
    ("conv_transpose", {"out": HUGE, "kernel": HUGE, "stride": HUGE, "dilation": 7}, (1, HUGE)),
    ("max_pool", {"kernel": HUGE, "stride": HUGE, "ceil_mode": True}, (1, 3 * HUGE)),
    ("adaptive_avg_pool", {"size": HUGE - 1}, (1, HUGE, HUGE)),
    ("upsample", {"factor": HUGE, "mode": "linear"}, (1, HUGE)),
    ("upsample", {"size": HUGE - 1, "mode": "linear", "align_corners": True}, (1, HUGE)),
    ("zero_insert", {"stride": HUGE}, (1, HUGE)),
    ("unpool", {"factor": HUGE}, (1, HUGE)),
    ("pixel_shuffle", {"factor": HUGE}, (HUGE * HUGE, HUGE, HUGE)),
    ("pad", {"amounts": HUGE}, (1, HUGE)),
    ("slice", {"range": [1, HUGE], "axis": 2}, (1, HUGE)),
    ("select", {"indices": [HUGE - 1], "axis": 2}, (1, HUGE)),
    ("lrn", {"size": HUGE}, (1, HUGE)),
    ("reshape", {"shape": [-1, 2]}, (HUGE, HUGE)),
]


def test_hostile_sizes_cost_nothing() -> None:
    started = time.perf_counter()
    for kind, raw, shape in HOSTILE:
        for cells in facts(kind, shape, **raw).reach[0]:
            assert cells.period > 0
            for phase in itertools.islice(range(cells.period), 3):
                cells.span(phase)
    assert time.perf_counter() - started < 1


def test_every_kind_has_a_case_here() -> None:
    tried = {row[0] for row in [*SHAPES, *COSTS, *MERGES]} | {"max_unpool"}
    plain = {name for name, kind in BY_NAME.items() if kind.facts.__qualname__ in ("Pointwise.facts", "Softmax.facts")}
    assert set(BY_NAME) - tried - plain <= {"global_avg_pool", "celu", "hard_tanh"}
