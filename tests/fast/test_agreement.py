"""The fast kernels against the plain ones: the same cells, counts and refusals, on cases and on random layers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.reference import KERNELS, Measured, SmallNumbers, Step, Stopped, Tensor, execute, from_nested, sample
from cnncalc.reference.fast import FAST
from tests.reference.test_run import REFUSED
from tests.reference.test_torch import REJECTED, RUN, identify, pooled, skip_untranslatable
from tests.torch_cases import batch, translate


def both(step: Step, inputs: Any, weights: Any = None) -> tuple[Measured, Measured]:
    plain, fast = (
        execute([step], inputs, SmallNumbers(), weights=weights, kernels=kernels).steps[step.path]
        for kernels in (KERNELS, FAST)
    )
    return plain, fast


def same(plain: Measured, fast: Measured) -> None:
    """Everything but what was recomputed; positions of maxima too, where there are some."""
    assert fast.unequal == 0
    assert plain.tensor is not None
    assert fast.tensor is not None
    assert list(fast.tensor.cells) == list(plain.tensor.cells)
    if plain.tensor.switches is not None and fast.tensor.switches is not None:
        assert list(fast.tensor.switches.positions) == list(plain.tensor.switches.positions)
    without = {"tensor": None, "rechecked": 0}
    assert replace(fast, **without) == replace(plain, **without)


def agree(kind: str, args: dict[str, Any], *shapes: tuple[int, ...], seed: int = 0) -> Measured:
    inputs = {f"x{number}": sample(shape, f"{seed}/{number}") for number, shape in enumerate(shapes)}
    plain, fast = both(Step("layer", kind, args, tuple(inputs)), inputs)
    same(plain, fast)
    return fast


@pytest.mark.parametrize("case", [case for case in RUN if "input" in case[1]], ids=identify)
def test_the_cases_that_pytorch_ran(case: Any) -> None:
    """With PyTorch's own numbers for weights and inputs, whole or not; they are reduced before the layer."""
    raw = case[1]
    skip_untranslatable(raw)
    translated = translate(raw)
    x = from_nested(batch(raw, raw["input"], raw["input_shape"])[0])
    inputs = {"input": x, **pooled(raw, 0, x)}
    weights = {"layer": translated.weights} if raw.get("params_values") or raw.get("buffers_values") else None
    same(*both(Step("layer", translated.kind, translated.args, tuple(inputs)), inputs, weights))


RING = ("Conv", "Linear")
EXACT = [(number, raw) for number, raw in RUN if raw["op"].startswith(RING) and raw["exact"] and "output" in raw]


@pytest.mark.parametrize("case", EXACT, ids=identify)
def test_pytorchs_whole_numbers_reduced(case: Any) -> None:
    """Sums of products commute with the reduction: the values are PyTorch's modulo 7, not only the plain kernel's."""
    raw = case[1]
    skip_untranslatable(raw)
    translated = translate(raw)
    weights = {"layer": translated.weights}
    for x, expected in zip(
        batch(raw, raw["input"], raw["input_shape"]), batch(raw, raw["output"], raw["output_shape"]), strict=True
    ):
        step = Step("layer", translated.kind, translated.args, ("input",))
        fast = execute([step], {"input": x}, SmallNumbers(), weights=weights, kernels=FAST).steps["layer"]
        assert fast.tensor is not None
        assert list(fast.tensor.cells) == [(cell + 3) % 7 - 3 for cell in from_nested(expected).cells]


def test_there_are_such_cases() -> None:
    assert len(EXACT) > 50


@pytest.mark.parametrize("case", REJECTED, ids=identify)
def test_what_is_rejected_is_rejected_in_the_same_words(case: Any) -> None:
    skip_untranslatable(case[1])
    translated = translate(case[1])
    refused_alike(Step("layer", translated.kind, translated.args, ("x",)), translated.shape)


@pytest.mark.parametrize(("kind", "args", "shape", "words"), REFUSED, ids=str)
def test_refused_in_the_same_words(kind: str, args: dict[str, Any], shape: tuple[int, ...], words: str) -> None:
    refused_alike(Step("layer", kind, args, ("x",)), shape)


def refused_alike(step: Step, shape: tuple[int, ...]) -> None:
    said = []
    for kernels in (KERNELS, FAST):
        with pytest.raises(Stopped) as caught:
            execute([step], {"x": sample(shape, "x")}, SmallNumbers(), kernels=kernels)
        said.append(str(caught.value))
    assert said[0] == said[1]


Test = Callable[..., None]


def law(*strategies: st.SearchStrategy[Any], examples: int = 60) -> Callable[[Test], Test]:
    return lambda test: settings(max_examples=examples, deadline=None, derandomize=True)(given(*strategies)(test))


small = st.integers(1, 3)
seeds = st.integers(0, 10**6)


@st.composite
def layers(draw: st.DrawFn, transposed: bool) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Arguments of a convolution on 1 to 3 axes, and the shape of an input that it accepts."""
    axes, groups = draw(small), draw(small)
    kernel = [draw(st.integers(1, 4 if axes < 3 else 2)) for _ in range(axes)]
    dilation = [draw(st.integers(1, 2)) for _ in range(axes)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    sizes = [draw(st.integers(r, r + 5)) for r in reach]
    numbers: list[Any] = [draw(st.integers(0, (r - 1) // 2)) for r in reach]
    forms = [0, numbers[0] if len(set(numbers)) == 1 else numbers]
    if not transposed:
        pairs = [[draw(st.integers(0, 2)), draw(st.integers(0, 2))] for _ in range(axes)]
        forms += [pairs, "same", "same_lower", "valid", *(["half"] if all(r % 2 for r in reach) else [])]
    args = {
        "out": groups * draw(small),
        "kernel": kernel,
        "stride": [draw(small) for _ in range(axes)],
        "padding": draw(st.sampled_from(forms)),
        "dilation": dilation,
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    return args, (groups * draw(small), *sizes)


@law(layers(transposed=False), seeds)
def test_convolutions(layer: tuple[dict[str, Any], tuple[int, ...]], seed: int) -> None:
    agree("conv", *layer, seed=seed)


@law(layers(transposed=True), seeds)
def test_transposed_convolutions(layer: tuple[dict[str, Any], tuple[int, ...]], seed: int) -> None:
    agree("conv_transpose", *layer, seed=seed)


@law(layers(transposed=False), small, seeds)
def test_depthwise_convolutions(layer: tuple[dict[str, Any], tuple[int, ...]], multiplier: int, seed: int) -> None:
    args = {name: value for name, value in layer[0].items() if name not in ("out", "groups")}
    agree("depthwise_conv", {**args, "multiplier": multiplier}, layer[1], seed=seed)


@law(st.lists(st.integers(1, 9), max_size=2), st.integers(1, 40), st.integers(1, 40), st.booleans(), seeds)
def test_linear_layers(leading: list[int], width: int, out: int, bias: bool, seed: int) -> None:
    agree("linear", {"out": out, "bias": bias, "axis": "last"}, (*leading, width), seed=seed)


@law(st.lists(small, max_size=1), st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.booleans(), seeds)
def test_products(leading: list[int], height: int, inner: int, width: int, transpose: bool, seed: int) -> None:
    second = (width, inner) if transpose else (inner, width)
    agree("matmul", {"transpose": transpose}, (*leading, height, inner), (*leading, *second), seed=seed)


@law(st.lists(small, max_size=1), st.integers(1, 6), small, small, st.booleans(), seeds, examples=30)
def test_attention(leading: list[int], tokens: int, heads: int, width: int, bias: bool, seed: int) -> None:
    agree("attention", {"heads": heads, "bias": bias}, (*leading, tokens, heads * width), seed=seed)


@law(small, st.lists(st.integers(3, 7), min_size=1, max_size=3), st.integers(1, 3), small, st.booleans(), seeds)
def test_pools(channels: int, sizes: list[int], kernel: int, stride: int, ceil: bool, seed: int) -> None:
    shape, padding = (channels, *sizes), kernel // 2
    common = {"kernel": kernel, "stride": stride, "ceil_mode": ceil}
    agree("max_pool", {**common, "padding": padding, "dilation": 1 + (min(sizes) > 5)}, shape, seed=seed)
    agree("avg_pool", {**common, "padding": padding, "count_include_pad": ceil}, shape, seed=seed)
    agree("lp_pool", common, shape, seed=seed)
    agree("adaptive_max_pool", {"size": kernel}, shape, seed=seed)
    agree("adaptive_avg_pool", {"size": kernel}, shape, seed=seed)


CELLWISE: list[tuple[str, dict[str, Any]]] = [
    *((kind, {}) for kind in ("relu", "gelu", "sigmoid", "hard_swish", "dropout", "identity", "scale", "l2_norm")),
    *((kind, {}) for kind in ("batch_norm", "instance_norm", "softmax", "log_softmax", "layer_norm")),
    *((kind, {}) for kind in ("global_avg_pool", "global_max_pool", "flatten")),
    ("batch_norm", {"affine": False}),
    ("batch_norm", {"track_running_stats": False}),
    ("instance_norm", {"affine": True}),
    ("instance_norm", {"track_running_stats": True}),
    ("group_norm", {"groups": 2}),
    ("group_norm", {"groups": 1, "affine": False}),
    ("layer_norm", {"axes": "channels", "bias": False}),
    ("layer_norm", {"axes": "all"}),
    ("layer_norm", {"axes": 2, "affine": False}),
    ("prelu", {"count": 4}),
    ("prelu", {}),
    ("scale", {"bias": True}),
    ("multiply", {"number": 0.5}),
    ("lrn", {"size": 3}),
    ("softmax", {"axis": -1}),
    ("log_softmax", {"axis": 2}),
    ("mean", {"axis": [2, -1]}),
    ("mean", {"axis": 1, "keep": True}),
    ("amax", {"axis": [1, 3]}),
    ("permute", {"order": [2, 3, 1]}),
    ("permute", {"order": [2, 1, 3]}),
    ("channel_shuffle", {"groups": 2}),
    ("pixel_shuffle", {"factor": 2}),
    ("pixel_unshuffle", {"factor": 2}),
    ("pad", {"amounts": [[1, 2], [0, 3]], "value": 5}),
    ("pad", {"amounts": 2, "mode": "reflect"}),
    ("pad", {"amounts": 1, "mode": "circular"}),
    ("pad", {"amounts": [-1, -2]}),
    ("pad", {"amounts": [[2, 1]], "axis": 3, "mode": "replicate"}),
    ("crop", {"size": [2, 3]}),
    ("slice", {"range": [1, 3]}),
    ("chunk", {"index": 1, "of": 2, "axis": -1}),
    ("select", {"indices": [3, 0, 0], "axis": 3}),
    ("unpool", {"factor": [2, 3]}),
    ("zero_insert", {"stride": [3, 2]}),
    ("upsample", {"factor": 2}),
    ("upsample", {"size": [5, 9], "mode": "linear", "align_corners": True}),
    ("upsample", {"factor": 1.5, "mode": "cubic"}),
    ("blur_pool", {"kernel": 3, "stride": 1}),
    ("parameter", {"shape": [2, 3]}),
    ("custom", {"output": [2, 3]}),
]


@pytest.mark.parametrize(("kind", "args"), CELLWISE, ids=str)
def test_everything_else(kind: str, args: dict[str, Any]) -> None:
    agree(kind, args, (4, 4, 6))


@pytest.mark.parametrize("kind", ["add", "mul", "sub", "max"])
def test_merges(kind: str) -> None:
    agree(kind, {}, (3, 4, 5), (3, 4, 5), (3, 4, 5))
    agree(kind, {"broadcast": True}, (3, 4, 5), (3, 1, 1))
    agree(kind, {"broadcast": True}, (1, 4, 1), (3, 1, 5))


def test_joining() -> None:
    agree("concat", {}, (3, 4, 5), (2, 4, 5))
    agree("concat", {"axis": -1}, (3, 4, 5), (3, 4, 2), (3, 4, 1))


def test_unpooling_by_the_positions_of_a_fast_pool() -> None:
    steps = [Step("pool", "max_pool", {"kernel": 2}, ("x",)), Step("up", "max_unpool", {"pool": "p"}, ("pool", "pool"))]
    plain, fast = (
        execute(steps, {"x": sample((3, 6, 8), "x")}, SmallNumbers(), kernels=kernels) for kernels in (KERNELS, FAST)
    )
    same(plain.steps["up"], fast.steps["up"])


def test_blocks_are_cut_where_a_row_is_long_or_rows_are_many() -> None:
    agree("conv", {"out": 1, "kernel": 3, "stride": 2, "padding": 1}, (1, 2600))
    agree("conv", {"out": 1, "kernel": 2}, (1, 41, 53))
    agree("linear", {"out": 300}, (7,))
    agree("linear", {"out": 2, "axis": "last"}, (1100, 3))


def test_lanes_grow_with_the_sums() -> None:
    """3 × 40,000 × 40 products exceed 16 bits; weights that are given may be any whole numbers."""
    weights = {"layer": {"weight": [[[40000]] * 40]}}
    step = Step("layer", "conv", {"out": 1, "kernel": 1, "bias": False}, ("x",))
    same(*both(step, {"x": Tensor((40, 3), [3, -3, 1] * 40)}, weights))
    agree("conv", {"out": 2, "kernel": 1}, (6000, 3))


def test_only_small_numbers() -> None:
    from cnncalc.reference import Numbers

    with pytest.raises(TypeError, match="SmallNumbers"):
        execute([Step("r", "relu", {}, ("x",))], {"x": sample((1, 2), "x")}, Numbers(), kernels=FAST)
