"""Every single layer that PyTorch ran gives PyTorch's values, and costs what PyTorch's costs."""

from collections import Counter
from typing import Any

import pytest

from cnncalc.reference import Numbers, SmallNumbers, Step, Tensor, execute, from_nested, sample
from cnncalc.reference.tensor import Switches
from tests.torch_cases import Untranslatable, batch, described, read, translate, without_axes

CASES = [(number, raw) for number, raw in enumerate(read(), start=1)]
RUN = [(number, raw) for number, raw in CASES if "error" not in raw]
REJECTED = [(number, raw) for number, raw in CASES if "error" in raw]

# The executor gets a pool's result, and not the pool; a network that asks for such a size is in tests/verify.
ONLY_FOR_THE_EXECUTOR = {
    ("MaxUnpool", "sizes come from the pool that is undone, so they cannot contradict it"): 1
}
CHANNELS = "the number of channels is what comes in, so it cannot contradict it"
FEATURES = "the number of features is what comes in, so it cannot contradict it"
BATCH = "axis 0 is the batch, which cannot be touched"
PAIRS = "amounts come in pairs, one for each axis, so none can be missing"
SAME = "PyTorch refuses `same` with a stride; here it is TensorFlow's"

# What the language cannot say, so that nothing is left out silently: (op without its axes, reason) -> cases.
LEFT_OUT = {
    ("Flatten", BATCH): 2,
    ("Softmax", BATCH): 1,
    ("MultiheadAttention", "attention has no add_bias_kv"): 1,
    ("MultiheadAttention", "attention has no kdim"): 4,
    ("MultiheadAttention", FEATURES): 2,
    ("Linear", FEATURES): 1,
    ("LayerNorm", "the sizes to normalise over are those that come in, so they cannot contradict them"): 2,
    ("BatchNorm", CHANNELS): 5,
    ("Conv", CHANNELS): 4,
    ("ConvTranspose", CHANNELS): 4,
    ("Conv", SAME): 8,
    ("ConvTranspose", "padding other than zeros is a `pad` layer of its own"): 1,
    **{(f"{mode}Pad", PAIRS): 3 for mode in ("Circular", "Constant", "Reflection", "Replication", "Zero")},
    ("Upsample", "the mode's name follows the number of axes here, so it cannot contradict it"): 3,
    ("Upsample", "there is no recompute_scale_factor: a size that follows from a factor is written as `size`"): 2,
    **ONLY_FOR_THE_EXECUTOR,
}


def identify(case: Any) -> str:
    return f"line{case[0]}-{case[1]['op']}"


def pooled(raw: dict[str, Any], item: int, x: Tensor) -> dict[str, Tensor]:
    """MaxUnpool's cases bring the positions of the maxima: a pool's result that has just these."""
    if "indices" not in raw:
        return {}
    size = len(x.cells)
    positions = [(spot,) for spot in raw["indices"][item * size : (item + 1) * size]]
    return {"pool": Tensor(x.shape, x.cells, Switches(tuple(raw["output_shape"][2:]), positions))}


def run(raw: dict[str, Any], item: int, x: Any, arithmetic: Numbers | SmallNumbers, *, weights: bool) -> Any:
    case = translate(raw)
    tensor = from_nested(x)
    inputs = {"input": tensor, **pooled(raw, item, tensor)}
    step = Step("layer", case.kind, case.args, tuple(inputs))
    given = {"layer": case.weights} if weights else None
    return execute([step], inputs, arithmetic, weights=given).steps["layer"]


def skip_untranslatable(raw: dict[str, Any]) -> None:
    try:
        translate(raw)
    except Untranslatable as reason:
        pytest.skip(f"{described(raw)}: {reason}")


@pytest.mark.parametrize("case", RUN, ids=identify)
def test_values(case: tuple[int, dict[str, Any]]) -> None:
    raw = case[1]
    skip_untranslatable(raw)
    if "output" not in raw:
        pytest.skip(f"{described(raw)}: it brings no values, only counts")
    outputs = batch(raw, raw["output"], raw["output_shape"])
    for item, (x, expected) in enumerate(zip(batch(raw, raw["input"], raw["input_shape"]), outputs, strict=True)):
        result, wanted = run(raw, item, x, Numbers(), weights=True).tensor, from_nested(expected)
        assert result.shape == wanted.shape
        if raw["exact"]:
            assert result.cells == wanted.cells
        else:
            assert result.cells == pytest.approx(wanted.cells, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("case", RUN, ids=identify)
def test_counts(case: tuple[int, dict[str, Any]]) -> None:
    raw = case[1]
    skip_untranslatable(raw)
    items = raw["input_shape"][0]
    small = sample(tuple(raw["input_shape"][1:]), "input")
    inputs = {"input": small, **pooled(raw, 0, small)}
    translated = translate(raw)
    measured = execute([Step("layer", translated.kind, translated.args, tuple(inputs))], inputs, SmallNumbers()).steps[
        "layer"
    ]
    assert measured.shape == tuple(raw["output_shape"][1:])
    assert measured.parameters == raw["params"]
    assert measured.buffers == raw.get("buffers", 0)
    if raw["op"] != "MultiheadAttention":  # its line holds parameters only
        assert measured.multiply_adds * items == raw.get("macs", 0)


@pytest.mark.parametrize("case", REJECTED, ids=identify)
def test_what_pytorch_rejects_is_rejected(case: tuple[int, dict[str, Any]]) -> None:
    raw = case[1]
    skip_untranslatable(raw)
    translated = translate(raw)
    step = Step("layer", translated.kind, translated.args, ("input",))
    with pytest.raises(ValueError, match=r"^layer \("):
        execute([step], {"input": sample(tuple(raw["input_shape"][1:]), "input")}, SmallNumbers())


def test_nothing_is_left_out_silently() -> None:
    left_out: Counter[tuple[str, str]] = Counter()
    for _, raw in CASES:
        try:
            translate(raw)
        except Untranslatable as reason:
            left_out[without_axes(raw["op"]), str(reason)] += 1
    assert left_out == LEFT_OUT
