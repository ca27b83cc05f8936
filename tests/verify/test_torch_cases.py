"""Every single layer that PyTorch ran, as a text in the language: analyzer and executor agree, and with PyTorch."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from cnncalc import loads, verify
from cnncalc.errors import SpecError
from tests.random_specs import flow
from tests.reference.test_torch import LEFT_OUT
from tests.torch_cases import Untranslatable, read, translate

CASES = list(read())


def spec(raw: dict[str, Any]) -> str:
    """The case as a network. What a pool hands over to its inverse comes from such a pool."""
    case = translate(raw)
    if case.kind != "max_unpool":
        return f"input: {list(case.shape)}\nlayers: [{flow({case.kind: None, **case.args})}]\n"
    names = {"kernel_size": "kernel", "stride": "stride", "padding": "padding"}
    pool = {names[name]: value for name, value in raw["args"].items() if value is not None}
    seen = [case.shape[0], *case.args["size"]]
    return f"input: {seen}\nlayers: [{flow({'max_pool': None, **pool, 'name': 'p'})}, {{max_unpool: p}}]\n"


@pytest.mark.parametrize("number", range(len(CASES)))
def test_case(number: int) -> None:
    raw = CASES[number]
    try:
        text = spec(raw)
    except Untranslatable:
        return  # counted below
    if "error" in raw:
        with pytest.raises(SpecError):
            loads(text)
        return
    found = verify(loads(text), receptive_field=True)
    row = found.rows[-1]
    assert found.agree, text
    assert row.measured is not None
    assert row.measured.output == tuple(raw["output_shape"][1:])
    assert (row.measured.params, row.measured.buffers) == (raw["params"], raw.get("buffers", 0))
    if "macs" in raw:
        assert row.measured.macs * raw["input_shape"][0] == raw["macs"]


def test_nothing_is_left_out_silently() -> None:
    left_out: Counter[tuple[str, str]] = Counter()
    for raw in CASES:
        try:
            spec(raw)
        except Untranslatable as reason:
            left_out[raw["op"], str(reason)] += 1
    assert left_out == LEFT_OUT
