"""Every single layer that PyTorch ran, as a text in the language: analyzer and executor agree, and with PyTorch."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from cnncalc import loads, verify
from cnncalc.errors import SpecError
from tests.random_specs import flow
from tests.reference.test_torch import LEFT_OUT, ONLY_FOR_THE_EXECUTOR
from tests.torch_cases import Untranslatable, described, read, translate, without_axes

CASES = list(read())


def spec(raw: dict[str, Any]) -> str:
    """The case as a network."""
    if raw["op"].startswith("MaxUnpool"):
        return unpooled(raw)
    case = translate(raw)
    return f"input: {list(case.shape)}\nlayers: [{flow({case.kind: None, **case.args})}]\n"


def unpooled(raw: dict[str, Any]) -> str:
    """A pool that saw the size which comes out, and its inverse; a size that PyTorch refuses is asked for instead."""
    names = {"kernel_size": "kernel", "stride": "stride", "padding": "padding"}
    pool = {names[name]: value for name, value in raw["args"].items() if value is not None}
    if "error" in raw:  # all such cases have a kernel of 2 and a stride of 2
        seen, size = [2 * n for n in raw["input_shape"][2:]], {"size": raw["output_size"]}
    else:
        seen, size = raw["output_shape"][2:], {}
    steps = [{"max_pool": None, **pool, "name": "p"}, {"max_unpool": "p", **size}]
    return f"input: {[raw['input_shape'][1], *seen]}\nlayers: {flow(steps)}\n"


@pytest.mark.parametrize("number", range(len(CASES)))
def test_case(number: int) -> None:
    raw = CASES[number]
    try:
        text = spec(raw)
    except Untranslatable as reason:
        pytest.skip(f"{described(raw)}: {reason}")
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
            left_out[without_axes(raw["op"]), str(reason)] += 1
    assert left_out == {key: count for key, count in LEFT_OUT.items() if key not in ONLY_FOR_THE_EXECUTOR}
