"""Layers that were run in PyTorch: shapes, parameters, buffers, multiply-adds, and what it refuses."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from cnncalc.errors import Fault
from tests.torch_cases import described, read, without_axes

from .torch_args import Unsayable, run, translate

CASES = list(read())

# The language means more than PyTorch here, and why.
WIDER = {"padding same with stride > 1": "`same` has TensorFlow's rule, for any stride"}

# What the language cannot say, and why; a new entry needs a reason as good as these.
SKIPPED = {
    ("Flatten", "the batch axis cannot be touched", "accepted"): 2,
    ("Softmax", "the batch axis cannot be touched", "accepted"): 1,
    ("MultiheadAttention", "no argument for add_bias_kv", "accepted"): 1,
    ("MultiheadAttention", "no argument for kdim", "accepted"): 2,
    ("MultiheadAttention", "no argument for kdim", "rejected"): 2,
    ("BatchNorm", "input channels are inferred", "rejected"): 5,
    ("Conv", "input channels are inferred", "rejected"): 4,
    ("ConvTranspose", "input channels are inferred", "rejected"): 4,
    ("LayerNorm", "input features are inferred", "rejected"): 2,
    ("Linear", "input features are inferred", "rejected"): 1,
    ("ConvTranspose", "no argument for padding_mode", "rejected"): 1,
    **{(f"{mode}Pad", "amounts come in pairs, one for each axis, so none can be missing", "rejected"): 3
       for mode in ("Circular", "Constant", "Reflection", "Replication", "Zero")},
    ("Upsample", "no argument for recompute_scale_factor", "rejected"): 2,
    ("Upsample", "the rank decides between linear, bilinear and trilinear", "rejected"): 3,
}


def _try(case: dict[str, Any]) -> tuple[list[int], int, int, int] | Fault | Unsayable:
    try:
        return run(translate(case["op"], case["args"], case["input_shape"], case.get("output_size")))
    except (Fault, Unsayable) as refusal:
        return refusal


@pytest.mark.parametrize("number", range(len(CASES)))
def test_case(number: int) -> None:
    case, got = CASES[number], _try(CASES[number])
    if isinstance(got, Unsayable):
        pytest.skip(f"{described(case)}: {got}")
    if case.get("why") in WIDER:
        assert not isinstance(got, Fault), (case, got.message)
        pytest.skip(f"{described(case)}: refused by PyTorch, and accepted here: {WIDER[case['why']]}")
    if "error" in case:
        assert isinstance(got, Fault), (case, got)
        return
    assert not isinstance(got, Fault), (case, got.message)
    shape, params, buffers, macs = got
    assert (shape, params, buffers) == (case["output_shape"], case["params"], case.get("buffers", 0)), case
    assert macs == case["macs"] if "macs" in case else True, case


def test_nothing_is_left_out_silently() -> None:
    skipped = Counter((without_axes(case["op"]), str(got), "rejected" if "error" in case else "accepted")
                      for case in CASES if isinstance(got := _try(case), Unsayable))
    assert skipped == SKIPPED
    assert len(CASES) == 498 + 443
