"""Every refusal of the layers once, word for word; the last test finds those that are missing here."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import cnncalc.layers
from cnncalc.errors import Fault
from cnncalc.layers.base import Referent, Shape
from cnncalc.layers.forms import Reference

from .torch_args import make

CONV = make("conv", out=4, kernel=3)
POOL = make("max_pool", kernel=2)
FROM_POOL = Referent("down.pool", (4, 4, 4), POOL, ((4, 8, 8),))
FROM_CONV = Referent("conv1", (4, 4, 4), CONV, ((4, 6, 6),))
FROM_INPUT = Referent("input", (4, 4), None, ())

Row = tuple[str, dict[str, Any], tuple[Shape, ...], str, str, str]

REFUSALS: list[Row] = [
    ("conv", {"out": 4, "kernel": 3}, ((3,),), "wrong-rank",
     "`conv` needs an input with 1, 2 or 3 spatial axes", "it has no spatial axis: 3"),
    ("conv", {"out": 4, "kernel": 3}, ((3, 1, 2, 3, 4),), "wrong-rank",
     "`conv` needs an input with 1, 2 or 3 spatial axes", "it has 4: 3×1×2×3×4"),
    ("conv", {"out": 4, "kernel": [3, 3]}, ((3, 9),), "wrong-rank",
     "`kernel` has 2 entries and the input has 1 spatial axis", ""),
    ("conv", {"out": 4, "kernel": 3, "padding": [1]}, ((3, 9, 9),), "wrong-rank",
     "`padding` has 1 entry and the input has 2 spatial axes", ""),
    ("conv", {"out": 4, "kernel": 4, "padding": "half"}, ((3, 9),), "bad-value",
     "`padding: half` needs an odd window, and this one covers 4 cells", ""),
    ("conv", {"out": 4, "kernel": 7}, ((3, 5, 9),), "empty-output",
     "`conv` would give an output of -1×3", "the input is 5×9"),
    ("conv", {"out": 4, "kernel": 1, "groups": 2}, ((3, 5),), "groups",
     "2 groups do not divide 3 input channels", "3 channels in, 4 out"),
    ("conv", {"out": 3, "kernel": 1, "groups": 2}, ((4, 5),), "groups",
     "2 groups do not divide 3 output channels", "4 channels in, 3 out"),
    ("conv", {"out": 4, "kernel": "wide"}, ((3, 5),), "bad-value",
     "expects a whole number of at least 1, or one per axis, not `wide`", ""),
    ("conv", {"out": 11.25, "kernel": 3}, ((3, 5),), "bad-value",
     "expects a whole number of at least 1, not `11.25`", ""),
    ("conv", {"out": 4, "kernel": 3, "bias": 1}, ((3, 5),), "bad-value", "expects `true` or `false`, not `1`", ""),
    ("conv", {"out": 4, "kernel": 3, "padding": "sane"}, ((3, 5),), "bad-value",
     "expects `half` or `same` or `same_lower` or `valid`, not `sane`", ""),
    ("conv", {"out": 4, "kernel": 3, "stride": 0}, ((3, 5),), "bad-value",
     "expects a whole number of at least 1, or one per axis, not `0`", ""),
    ("conv_transpose", {"out": 4, "kernel": 3, "output_padding": 1}, ((3, 5),), "bad-value",
     "`output_padding` must be smaller than the stride or the dilation, and 1 is not", "stride 1, dilation 1"),
    ("conv_transpose", {"out": 4, "kernel": 3, "padding": "same"}, ((3, 5),), "bad-value",
     "a transposed convolution has no `same` padding", ""),
    ("linear", {"out": 4}, ((8, 1, 1),), "wrong-rank",
     "`linear` needs one or two axes: features, or tokens and features", "the input is 8×1×1"),
    ("matmul", {}, ((2, 3), (3, 4), (4, 5)), "needs-tensors", "`matmul` needs two tensors and gets 3", ""),
    ("matmul", {}, ((2, 3), (1, 3, 4)), "wrong-rank",
     "`matmul` needs two tensors with the same number of axes, at least two", "input 1 is 2×3, input 2 is 1×3×4"),
    ("matmul", {}, ((2, 3), (4, 3)), "shape-mismatch",
     "`matmul` needs axis -1 of the first tensor to equal axis -2 of the second", "input 1 is 2×3, input 2 is 4×3"),
    ("attention", {"heads": 2}, ((8,),), "wrong-rank", "`attention` needs tokens and features", "the input is 8"),
    ("attention", {"heads": 3}, ((5, 8),), "groups", "3 heads do not divide 8 features", "the input is 5×8"),
    ("max_pool", {"kernel": 2, "padding": 2}, ((1, 5),), "bad-value",
     "`padding` must not exceed half the kernel, 1, and is 2", "the kernel is 2"),
    ("max_pool", {"kernel": 3, "dilation": 2, "padding": 2}, ((1, 9),), "bad-value",
     # half the kernel, not of the cells that it covers
     "`padding` must not exceed half the kernel, 1, and is 2", "the kernel is 3"),
    ("avg_pool", {"kernel": 2, "divisor_override": 0}, ((1, 5),), "bad-value", "`divisor_override` must not be 0", ""),
    ("avg_pool", {"kernel": 3, "padding": 1}, ((1, 5, 5, 2),), "empty-output",
     "`avg_pool` over three axes needs an input as large as the kernel", "the input is 5×5×2, the kernel 3"),
    ("lp_pool", {"kernel": 2, "norm": 0}, ((1, 5),), "bad-value", "`norm` must not be 0", ""),
    ("adaptive_avg_pool", {"size": 0}, ((1, 5),), "bad-value",
     "expects a size of at least 1, `keep`, or one of them per axis, not `0`", ""),
    ("adaptive_avg_pool", {"size": [1, 2]}, ((1, 5),), "wrong-rank",
     "`size` has 2 entries and the input has 1 spatial axis", ""),
    ("upsample", {"factor": 2, "mode": "cubic"}, ((1, 5),), "wrong-rank", "mode `cubic` needs two spatial axes",
     "the input is 1×5"),
    ("upsample", {"factor": 2, "mode": "bilinear"}, ((1, 5),), "bad-value",
     "expects `nearest` or `linear` or `cubic` or `nearest-exact`, not `bilinear`", ""),
    ("upsample", {"factor": 2, "align_corners": False}, ((1, 5),), "bad-value",
     "`align_corners` means nothing in mode `nearest`", ""),
    ("upsample", {}, ((1, 5),), "bad-value", "`upsample` needs one of a factor, `size` and `like`", ""),
    ("upsample", {"factor": 2, "size": 4}, ((1, 5),), "bad-value",
     "`upsample` needs one of a factor, `size` and `like`, not several of them", ""),
    ("upsample", {"size": 4, "like": FROM_CONV}, ((1, 5, 5),), "bad-value",
     "`upsample` needs one of a factor, `size` and `like`, not several of them", ""),
    ("upsample", {"factor": [2, 2]}, ((1, 5),), "wrong-rank",
     "`factor` has 2 entries and the input has 1 spatial axis", ""),
    ("upsample", {"factor": 0.1}, ((1, 5),), "empty-output", "`upsample` would give an output of 0", "the input is 5"),
    ("upsample", {"factor": -1}, ((1, 5),), "empty-output", "`upsample` would give an output of -5", "the input is 5"),
    ("upsample", {"factor": "two"}, ((1, 5),), "bad-value",
     "expects a number or a list, each item a number, not `two`", ""),
    ("upsample", {"like": FROM_INPUT}, ((1, 5, 5),), "wrong-rank",
     "`upsample` needs a tensor with 2 spatial axes in `like`", "`input` is 4×4"),
    ("max_unpool", {"pool": FROM_CONV}, ((4, 4, 4),), "bad-value", "`max_unpool` needs a `max_pool` to undo",
     "`conv1` is `conv`"),
    ("max_unpool", {"pool": FROM_INPUT}, ((4, 4),), "bad-value", "`max_unpool` needs a `max_pool` to undo",
     "`input` is none"),
    ("max_unpool", {"pool": FROM_POOL}, ((4, 8, 8),), "shape-mismatch",
     "`max_unpool` needs the shape that its pool gave", "the input is 4×8×8, `down.pool` gave 4×4×4"),
    ("max_unpool", {"pool": FROM_POOL, "size": [8, 10]}, ((4, 4, 4),), "bad-value",
     "`size` must be within 7 to 9, and is 10", "the pool has stride 2"),
    ("batch_norm", {}, ((1, 2, 3, 4, 5),), "wrong-rank", "`batch_norm` needs channels with at most 3 spatial axes",
     "the input is 1×2×3×4×5"),
    ("instance_norm", {}, ((3, 1, 1),), "bad-value",
     "`instance_norm` needs more than one value per channel: one value is its own mean", "the input is 3×1×1"),
    ("batch_norm", {"eps": 0, "track_running_stats": False}, ((3, 4),), "bad-value",
     "`eps` of `batch_norm` must be positive, or 0 with running statistics, and is 0", ""),
    ("group_norm", {"groups": 2}, ((3, 4),), "groups", "2 groups do not divide 3 channels", "the input is 3×4"),
    ("layer_norm", {"axes": 3}, ((3, 4),), "wrong-rank", "`layer_norm` cannot take the last 3 axes",
     "the input is 3×4"),
    ("lrn", {"size": 5}, ((3,),), "wrong-rank", "`lrn` needs channels and at least one spatial axis", "the input is 3"),
    ("prelu", {"count": 2}, ((3, 4),), "shape-mismatch", "`prelu` needs 1 slope or one per channel, 3, not 2",
     "the input is 3×4"),
    ("celu", {"alpha": 0}, ((3,),), "bad-value", "`alpha` of `celu` must not be 0", ""),
    ("hard_tanh", {"min": 1}, ((3,),), "bad-value", "`max` must be greater than `min`", "min 1, max 1.0"),
    ("dropout", {"p": 1.5}, ((3,),), "bad-value", "expects a number of at least 0 and at most 1, not `1.5`", ""),
    ("softmax", {"axis": 0}, ((3,),), "bad-value", "axis 0 is the batch and cannot be touched", ""),
    ("softmax", {"axis": -3}, ((3, 4),), "bad-value", "axis 0 is the batch and cannot be touched", "axis -3 of 3×4"),
    ("softmax", {"axis": 3}, ((3, 4),), "wrong-rank", "`softmax` has no axis 3 to work on",
     "the input is 3×4: its axes are 1 to 2"),
    ("flatten", {"start": 3, "end": 2}, ((3, 4, 5),), "bad-value", "`flatten` starts after its end",
     "axes 3 to 2 of 3×4×5"),
    ("mean", {"axis": [1, -2]}, ((3, 4),), "bad-value", "an axis is named twice", "axes 1, -2 of 3×4"),
    ("mean", {"axis": 1}, ((3,),), "wrong-rank", "`mean` would leave no axis but the batch", "the input is 3"),
    ("reshape", {"shape": [0]}, ((3,),), "bad-value",
     "expects a size, or -1 for the one that follows from the others, not `0`", ""),
    ("reshape", {"shape": [-1, -1]}, ((3,),), "bad-value", "only one size of `reshape` can follow from the others",
     "2 sizes are -1"),
    ("reshape", {"shape": [2, -1]}, ((3, 5),), "shape-mismatch", "`reshape` cannot make 2×? of 3×5",
     "the input has 15 cells, the sizes multiply to 2"),
    ("permute", {"order": [1, 2]}, ((3, 4, 5),), "wrong-rank", "`permute` needs every axis exactly once",
     "the input is 3×4×5: its axes are 1 to 3"),
    ("squeeze", {"axis": 1}, ((3, 4),), "shape-mismatch", "`squeeze` removes axes of size 1, and axis 1 has 3",
     "the input is 3×4"),
    ("channel_shuffle", {"groups": 2}, ((4,),), "wrong-rank",
     "`channel_shuffle` needs channels and at least one spatial axis", "the input is 4"),
    ("channel_shuffle", {"groups": 2}, ((3, 4),), "groups", "2 groups do not divide 3 channels", "the input is 3×4"),
    ("pixel_shuffle", {"factor": 2}, ((4, 4),), "wrong-rank", "`pixel_shuffle` needs channels and two spatial axes",
     "the input is 4×4"),
    ("pixel_shuffle", {"factor": 2}, ((6, 4, 4),), "shape-mismatch",
     "`pixel_shuffle` needs channels that 2² divides, and 6 are not", "the input is 6×4×4"),
    ("pixel_unshuffle", {"factor": 2}, ((6, 4, 5),), "shape-mismatch", "`pixel_unshuffle` needs sizes that 2 divides",
     "the input is 6×4×5"),
    ("pad", {"amounts": "half"}, ((1, 5),), "bad-value",
     "expects a number, or a number or a pair `[before, after]` per axis, not `half`", ""),
    ("pad", {"amounts": [1, 2]}, ((1, 5),), "wrong-rank", "`amounts` has 2 entries for one axis", ""),
    ("pad", {"amounts": [1, 2]}, ((1, 5, 5, 5),), "wrong-rank",
     "`amounts` has 2 entries and the input has 3 spatial axes", ""),
    ("pad", {"amounts": 1, "axis": 1, "mode": "reflect"}, ((1, 5),), "bad-value",
     "mode `reflect` pads spatial axes, not the channels", ""),
    ("pad", {"amounts": 5, "mode": "reflect"}, ((1, 5),), "bad-value",
     "mode `reflect` pads at most 4 cells here, not 5", "axis 2 of 1×5"),
    ("pad", {"amounts": 6, "mode": "circular"}, ((1, 5),), "bad-value",
     "mode `circular` pads at most 5 cells here, not 6", "axis 2 of 1×5"),
    ("pad", {"amounts": [[-6, 3]]}, ((1, 5),), "empty-output", "`pad` would take away more cells than there are",
     "axis 2 of 1×5"),
    ("pad", {"amounts": [[-2, -3]]}, ((1, 5),), "empty-output", "`pad` would give an output of 1×0",
     "the input is 1×5"),
    ("crop", {}, ((1, 5),), "bad-value", "`crop` needs `size` or `like`", ""),
    ("crop", {"size": 6}, ((1, 5),), "shape-mismatch", "`crop` cannot make the input larger", "5 to 6"),
    ("slice", {"range": [3]}, ((4,),), "bad-value",
     "expects `[start, stop]`, counted from 0; `end` is after the last, not `[3]`", ""),
    ("slice", {"range": [-2, "end"]}, ((4,),), "bad-value",
     "expects a whole number of at least 0 or `end`, not `-2`", ""),
    ("slice", {"range": [1, 2, 3]}, ((4,),), "bad-value",
     "expects `[start, stop]`, counted from 0; `end` is after the last, not `[1, 2, 3]`", ""),
    ("slice", {"range": [3, 3]}, ((4,),), "empty-output", "`slice` keeps nothing", "3 to 3 of 4"),
    ("slice", {"range": [3, 5]}, ((4,),), "bad-value", "`slice` ends at 5, and axis 1 has 4", "the input is 4"),
    ("chunk", {"index": 0, "of": 2}, ((3, 4),), "groups", "2 chunks do not divide 3 on axis 1", "the input is 3×4"),
    ("chunk", {"index": 2, "of": 2}, ((4, 4),), "bad-value", "chunk 2 does not exist: they are 0 to 1", ""),
    ("select", {"indices": [0, 4]}, ((4, 4),), "bad-value", "`select` takes 4, and axis 1 has 0 to 3",
     "the input is 4×4"),
    ("add", {}, (), "needs-tensors", "`add` has nothing to join", ""),
    ("add", {}, ((4, 4), (4,)), "shape-mismatch", "`add` needs tensors with the same number of axes",
     "input 1 is 4×4, input 2 is 4"),
    ("add", {}, ((128, 28, 28), (128, 28, 28), (64, 56, 56)), "shape-mismatch", "`add` needs equal shapes",
     "input 1 is 128×28×28, input 3 is 64×56×56"),
    ("mul", {"broadcast": True}, ((4, 2), (4, 3)), "shape-mismatch",
     "`mul` needs equal shapes, or sizes of 1 to stretch", "input 1 is 4×2, input 2 is 4×3"),
    ("concat", {}, ((4, 4), (4,)), "shape-mismatch", "`concat` needs tensors with the same number of axes",
     "input 1 is 4×4, input 2 is 4"),
    ("concat", {}, ((4, 4), *((4, n) for n in (5, 6, 7, 8, 9))), "shape-mismatch",
     "`concat` needs equal sizes on every axis but axis 1",
     "input 1 is 4×4, input 2 is 4×5, input 3 is 4×6, input 4 is 4×7, and 2 more"),
]


@pytest.mark.parametrize(("kind", "raw", "shapes", "code", "message", "detail"), REFUSALS)
def test_refusal(kind: str, raw: dict[str, Any], shapes: tuple[Shape, ...], code: str, message: str,
                 detail: str) -> None:
    fault = refused(kind, raw, shapes)
    assert (fault.message, fault.code, fault.detail) == (message, code, detail)
    for text in (fault.message, fault.detail, fault.help):
        assert not text.endswith(".")
        assert text[:1] == text[:1].lower()


def refused(kind: str, raw: dict[str, Any], shapes: tuple[Shape, ...]) -> Fault:
    with pytest.raises(Fault) as caught:
        make(kind, **raw).facts(shapes)
    return caught.value


@pytest.mark.parametrize(("kind", "raw", "shapes", "help"), [
    ("add", {}, ((4, 2, 2), (4, 1, 1)), "write `broadcast: true` to stretch the axes of size 1"),
    ("matmul", {}, ((2, 3), (4, 3)), "write `transpose: true`"),
    ("upsample", {"factor": 2, "mode": "bilinear"}, ((1, 5, 5),), "did you mean `linear`?"),
    ("linear", {"out": 4}, ((8, 1, 1),),
     "`flatten` first, or write `axis: last` to work on the last axis at every place"),
    ("group_norm", {"groups": 4}, ((6, 4),), "use 2, or another divisor of 6"),
])
def test_help(kind: str, raw: dict[str, Any], shapes: tuple[Shape, ...], help: str) -> None:
    assert refused(kind, raw, shapes).help == help


def test_no_refusal_is_missing_here() -> None:
    seen: set[tuple[str, int]] = set()
    for kind, raw, shapes, *_ in REFUSALS:
        trace = refused(kind, raw, shapes).__traceback__
        while trace is not None:
            seen.add((Path(trace.tb_frame.f_code.co_filename).name, trace.tb_lineno))
            trace = trace.tb_next
    with pytest.raises(Fault, match="expects the name of an earlier step, not `3`"):
        Reference().read(3)
    missing = []
    for path in sorted(Path(cnncalc.layers.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and node.exc is not None and "Fault" in ast.dump(node.exc):
                lines = range(node.lineno, (node.end_lineno or 0) + 1)
                missing += [] if any((path.name, line) in seen for line in lines) else [f"{path.name}:{node.lineno}"]
    assert not missing
