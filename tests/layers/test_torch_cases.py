"""About 500 layers that were run in PyTorch: shapes, parameters, buffers, multiply-adds, and what it refuses."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cnncalc.errors import Fault

from .torch_args import Unsayable, run, translate

DATA = Path(__file__).parent.parent / "data" / "layers.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in DATA.read_text().splitlines()]

# The language means more than PyTorch here: `same` has TensorFlow's rule for any stride.
WIDER = {"padding same with stride > 1"}

# What the language cannot say, and why; a new entry needs a reason as good as these.
SKIPPED = {
    ("Flatten", "the batch axis cannot be touched", "accepted"): 2,
    ("Softmax", "the batch axis cannot be touched", "accepted"): 1,
    ("MultiheadAttention", "no argument for add_bias_kv", "accepted"): 1,
    ("Conv3d", "input channels are inferred", "rejected"): 1,
    ("BatchNorm2d", "input channels are inferred", "rejected"): 1,
    ("ConvTranspose2d", "no argument for padding_mode", "rejected"): 1,
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
        return  # counted below
    if "error" in case:
        assert isinstance(got, Fault) or case["why"] in WIDER, (case, got)
        return
    assert not isinstance(got, Fault), (case, got.message)
    shape, params, buffers, macs = got
    assert (shape, params, buffers) == (case["output_shape"], case["params"], case.get("buffers", 0)), case
    assert macs == case["macs"] if "macs" in case else True, case


def test_nothing_is_left_out_silently() -> None:
    skipped = Counter((case["op"], str(got), "rejected" if "error" in case else "accepted")
                      for case in CASES if isinstance(got := _try(case), Unsayable))
    assert skipped == SKIPPED
    assert len(CASES) == 498
