"""Running a network: what is measured, what is kept, what is shared, and what is refused in which words."""

from typing import Any

import pytest

from cnncalc.reference import KERNELS, Numbers, SmallNumbers, Step, Tensor, execute, from_nested, sample, to_nested

CONV = Step("conv", "conv", {"out": 4, "kernel": 3, "padding": "half"}, ("x",))
X = {"x": sample((3, 5, 6), "x")}


def verify(*steps: Step, inputs: Any = X, **more: Any) -> Any:
    return execute(steps, inputs, SmallNumbers(), **more).steps


def values(kind: str, args: dict[str, Any], *inputs: Any, weights: Any = None) -> Any:
    names = {f"x{number}": nested for number, nested in enumerate(inputs)}
    step = Step("layer", kind, args, tuple(names))
    given = None if weights is None else {"layer": weights}
    return to_nested(execute([step], names, Numbers(), weights=given).steps["layer"].tensor)  # type: ignore[arg-type]


def test_a_convolution_measured() -> None:
    measured = verify(CONV)["conv"]
    assert measured.shape == (4, 5, 6)
    assert measured.multiply_adds == 3240  # 4·5·6 outputs, 3·3·3 each; the biases are no multiply-adds
    assert measured.operations == {"add": 120}  # one bias for each output
    assert measured.parameters == 112  # 4·3·3·3 weights and 4 biases
    assert (measured.buffers, measured.verified) == (0, True)


def test_a_transposed_convolution_is_counted_by_its_input() -> None:
    step = Step("up", "conv_transpose", {"out": 2, "kernel": 4, "stride": 2, "padding": 1, "bias": False}, ("x",))
    assert verify(step)["up"].shape == (2, 10, 12)
    assert verify(step)["up"].multiply_adds == 2880  # 3·5·6 inputs, a stamp of 2·4·4 for each, the cropped part too


@pytest.mark.parametrize(
    ("kind", "args", "shape", "multiply_adds", "parameters"),
    [
        ("linear", {"out": 7}, (5,), 35, 42),
        ("linear", {"out": 7, "bias": False}, (2, 5), 70, 35),
        ("attention", {"heads": 2}, (3, 4), 264, 80),  # 4·3·4² + 2·3²·4; 4·4² + 4·4
        ("attention", {"heads": 2, "bias": False}, (2, 3, 4), 528, 64),  # two sequences
        ("batch_norm", {}, (3, 2, 2), 0, 6),
        ("scale", {"bias": True}, (3, 2, 2), 0, 6),
        ("layer_norm", {"axes": "channels"}, (3, 2, 2), 0, 6),
        ("prelu", {"count": 3}, (3, 2, 2), 0, 3),
        ("l2_norm", {}, (3, 2, 2), 0, 3),
        ("parameter", {"shape": [1, 4]}, (3, 2, 2), 0, 4),
        ("avg_pool", {"kernel": 2}, (3, 2, 2), 0, 0),
        ("upsample", {"factor": 2, "mode": "linear"}, (3, 2, 2), 0, 0),
        ("depthwise_conv", {"kernel": 2, "multiplier": 2, "bias": False}, (3, 2, 2), 24, 24),
    ],
)
def test_costs(kind: str, args: dict[str, Any], shape: tuple[int, ...], multiply_adds: int, parameters: int) -> None:
    measured = verify(Step("layer", kind, args, ("x",)), inputs={"x": sample(shape, "x")})["layer"]
    assert (measured.multiply_adds, measured.parameters) == (multiply_adds, parameters)


def test_lenet5_costs_what_is_published() -> None:
    """LeCun et al. 1998, with every map of the third layer connected to every map of the second."""
    layers: list[tuple[str, dict[str, Any]]] = [
        ("conv", {"out": 6, "kernel": 5}),
        ("tanh", {}),
        ("avg_pool", {"kernel": 2}),
        ("conv", {"out": 16, "kernel": 5}),
        ("tanh", {}),
        ("avg_pool", {"kernel": 2}),
        ("conv", {"out": 120, "kernel": 5}),
        ("flatten", {}),
        ("linear", {"out": 84}),
        ("linear", {"out": 10}),
    ]
    names = ["x", *(f"layer{number}" for number in range(len(layers)))]
    steps = [Step(names[n + 1], kind, args, (names[n],)) for n, (kind, args) in enumerate(layers)]
    measured = list(verify(*steps, inputs={"x": sample((1, 32, 32), "x")}).values())
    assert measured[-1].shape == (10,)
    assert sum(step.parameters for step in measured) == 61706  # 156 + 2416 + 48120 + 10164 + 850
    # 6·28·28·25 + 16·10·10·6·25 + 120·16·25 + 84·120 + 10·84
    assert sum(step.multiply_adds for step in measured) == 416520


def test_matmul_multiplies_two_activations() -> None:
    inputs = {"a": sample((2, 3, 4), "a"), "b": sample((2, 5, 4), "b")}
    measured = verify(Step("m", "matmul", {"transpose": True}, ("a", "b")), inputs=inputs)["m"]
    assert (measured.shape, measured.multiply_adds) == ((2, 3, 5), 120)  # 2·3·5 cells, 4 each


def test_running_statistics_are_buffers() -> None:
    measured = verify(Step("bn", "batch_norm", {}, ("x",)))["bn"]
    assert (measured.parameters, measured.buffers) == (6, 6)


def test_a_sharing_step_works_again_and_has_no_parameters_of_its_own() -> None:
    steps = verify(
        CONV, CONV._replace(path="again", shares="conv"), CONV._replace(path="third", shares="again"), keep=X
    )
    assert [step.parameters for step in steps.values()] == [112, 0, 0]
    assert [step.multiply_adds for step in steps.values()] == [3240] * 3


def test_shared_weights_are_the_same_numbers() -> None:
    record = verify(
        CONV, CONV._replace(path="again", shares="conv"), CONV._replace(path="own"), keep=["conv", "again", "own"]
    )
    assert record["conv"].tensor == record["again"].tensor
    assert record["conv"].tensor != record["own"].tensor


def test_runs_repeat_and_seeds_differ() -> None:
    assert verify(CONV) == verify(CONV)
    assert verify(CONV) != verify(CONV, seed=1)


def test_only_what_is_asked_for_is_kept() -> None:
    steps = [CONV, Step("relu", "relu", {}, ("conv",))]
    assert [step.tensor is None for step in verify(*steps).values()] == [True, False]
    assert [step.tensor is None for step in verify(*steps, keep=["conv"]).values()] == [False, True]


def test_values_stay_small_whole_numbers_between_layers() -> None:
    steps = [CONV, Step("exp", "softmax", {}, ("conv",)), Step("pool", "avg_pool", {"kernel": 2}, ("exp",))]
    for step in verify(*steps, keep=["conv", "exp", "pool"]).values():
        assert set(step.tensor.cells) <= {-3, -2, -1, 0, 1, 2, 3}


def test_a_declared_layer_is_not_run() -> None:
    measured = verify(Step("own", "custom", {"output": [2, 3], "params": 9, "macs": 99}, ("x",)))["own"]
    assert (measured.shape, measured.verified, measured.parameters, measured.multiply_adds) == ((2, 3), False, 0, 0)


def test_progress_and_a_table_laid_over_the_kernels() -> None:
    seen: list[tuple[int, int, str]] = []
    record = execute(
        [CONV],
        X,
        SmallNumbers(),
        progress=lambda *step: seen.append(step),
        kernels={**KERNELS, "conv": lambda layer, x, **args: Tensor((1,), [5])},
    )
    assert seen == [(0, 1, "conv")]
    assert record.shapes == {"x": (3, 5, 6), "conv": (1,)}


def test_numbers_that_overflow_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"layer \(lp_pool\): the numbers cannot be computed with"):
        values("lp_pool", {"kernel": 1}, [[1e300]])


def test_whole_numbers_stay_whole() -> None:
    assert values("avg_pool", {"kernel": 2}, [[1, 3, 1, 2]]) == [[2, 1.5]]
    assert isinstance(values("avg_pool", {"kernel": 2}, [[1, 3]])[0][0], int)
    assert isinstance(values("max_pool", {"kernel": 2}, [[1, 3]])[0][0], int)


def test_nested_lists_there_and_back() -> None:
    nested = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert to_nested(from_nested(nested)) == nested
    for ragged in ([[1, 2], [3]], [[1], 2], [1, [2]], [], [["a"]], [[1], [[2]]]):
        with pytest.raises(ValueError, match="nested lists"):
            from_nested(ragged)  # type: ignore[arg-type]


def test_a_list_that_holds_itself_has_no_end() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="the nested lists are over 16 deep"):
        from_nested(endless)


def test_roots_that_do_not_exist_are_not_a_number() -> None:
    """As in PyTorch: LocalResponseNorm(1, k=-5, beta=0.5) and BatchNorm1d with a variance of -1."""
    assert str(values("lrn", {"size": 1, "k": -5, "beta": 0.5}, [[1]])) == "[[nan]]"
    assert str(values("batch_norm", {"affine": False}, [[1]], weights={"running_var": [-1]})) == "[[nan]]"


def test_padding_in_all_its_spellings() -> None:
    ones, x = {"weight": [[[1, 1]]]}, [[1, 2, 3]]
    conv = {"out": 1, "kernel": 2, "bias": False}
    assert values("conv", {**conv, "padding": "valid"}, x, weights=ones) == [[3, 5]]
    assert values("conv", {**conv, "padding": "same"}, x, weights=ones) == [[3, 5, 3]]
    assert values("conv", {**conv, "padding": "same_lower"}, x, weights=ones) == [[1, 3, 5]]
    assert values("conv", {**conv, "padding": [1]}, x, weights=ones) == [[1, 3, 5, 3]]
    assert values("conv", {**conv, "padding": [[0, 2]]}, x, weights=ones) == [[3, 5, 3, 0]]
    assert values("conv", {**conv, "padding": "half", "dilation": 2}, x, weights=ones) == [[2, 4, 2]]
    assert values("conv", {**conv, "padding": "same", "stride": 2}, x, weights=ones) == [[3, 3]]


def test_blur_pool_by_hand() -> None:
    # 1/4, 1/2, 1/4 over 1 2 3, then over 3 4 9; the step is the kernel unless given
    assert values("blur_pool", {"kernel": 3, "stride": 2}, [[1, 2, 3, 4, 9]]) == [[2, 5]]
    assert values("blur_pool", {"kernel": 3}, [[1, 2, 3, 4, 9]]) == [[2]]


def test_a_size_may_miss_a_whole_number_by_a_billionth() -> None:
    step = Step("layer", "conv", {"out": 10 * 0.3, "kernel": 3 * 1.0000000001}, ("x",))
    assert verify(step)["layer"].shape == (3, 3, 4)


def test_several_axes_are_squeezed() -> None:
    assert values("squeeze", {"axis": [1, -1]}, [[[5], [6]]]) == [5, 6]


def test_a_mean_over_three_axes_is_no_larger_than_its_input() -> None:
    for kind in ("avg_pool", "lp_pool"):  # PyTorch: "input image … smaller than kernel size"
        with pytest.raises(ValueError, match="3×3×3 is larger than the input, which is 2×4×4"):
            verify(Step("layer", kind, {"kernel": 3}, ("x",)), inputs={"x": sample((1, 2, 4, 4), "x")})


def test_slices() -> None:
    x = [[1, 2, 3], [4, 5, 6]]
    assert values("slice", {"range": [1, "end"]}, x) == [[4, 5, 6]]
    assert values("slice", {"range": [0, 2], "axis": -1}, x) == [[1, 2], [4, 5]]
    assert values("select", {"indices": [2, 0], "axis": 2}, x) == [[3, 1], [6, 4]]


def test_attention_with_equal_tokens_hands_the_value_through() -> None:
    """Equal tokens get equal weights, whatever the scores: the result is the projected value."""
    eye = [[1, 0], [0, 1]]
    weights = {"in_proj_weight": [[1, 2], [3, 4], [5, 6], [7, 8], *eye], "out_proj.weight": [[2, 0], [0, 3]]}
    result = values("attention", {"heads": 1, "bias": False}, [[1, 5]] * 3, weights=weights)
    assert result == [pytest.approx([2, 15])] * 3


REFUSED: list[tuple[str, dict[str, Any], tuple[int, ...], str]] = [
    ("conv", {"out": 2}, (1, 4), "missing a required argument: 'kernel'"),
    ("conv", {"out": 2, "kernel": 3, "filters": 1}, (1, 4), "unexpected keyword argument 'filters'"),
    ("conv", {"out": 2, "kernel": 5}, (1, 4), "a window of 5 does not fit into 4 cells"),
    ("conv", {"out": 2, "kernel": [3, 3]}, (1, 4), "`kernel` has 2 entries for 1 spatial axes"),
    ("conv", {"out": 2, "kernel": 3}, (4,), "needs channels and 1 to 3 spatial axes"),
    ("conv", {"out": 2, "kernel": 2, "padding": "half"}, (1, 4), "needs an odd kernel"),
    ("conv", {"out": 2, "kernel": 3, "padding": "full"}, (1, 4), "there is no padding `full`"),
    ("conv", {"out": 2, "kernel": 3, "groups": 2}, (3, 4), "3 input channels do not divide into 2 groups"),
    ("conv", {"out": 2.5, "kernel": 3}, (3, 4), "`out` must be a whole number"),
    ("conv", {"out": 2, "kernel": 3, "stride": 0}, (3, 4), "`stride` must be at least 1"),
    ("conv_transpose", {"out": 2, "kernel": 3, "output_padding": 1}, (3, 4), "must be smaller than the stride"),
    ("conv_transpose", {"out": 2, "kernel": 1, "padding": 2}, (3, 4), "leaves nothing"),
    ("linear", {"out": 2}, (3, 4, 4), "`flatten` first"),
    ("max_pool", {"kernel": 2, "padding": 2}, (3, 4), "more than half of the kernel"),
    ("max_unpool", {"pool": "x"}, (3, 4), "missing a required argument: 'pooled'"),
    ("matmul", {}, (3, 4), "missing a required argument: 'right'"),
    ("add", {}, (3, 4), "needs two tensors or more"),
    ("instance_norm", {}, (3, 1), "one cell per channel has no variance"),
    ("batch_norm", {"track_running_stats": False}, (3,), "one cell per channel has no variance"),
    ("batch_norm", {"eps": -0.1}, (3, 4), "`eps` must be positive"),
    ("batch_norm", {}, (3, 1, 2, 1, 2), "at most 3 spatial axes"),
    ("channel_shuffle", {"groups": 3}, (3,), "at least one spatial axis"),
    ("group_norm", {"groups": 2}, (3, 4), "do not divide into 2 groups"),
    ("group_norm", {"groups": 4}, (4, 1), "one cell per group has no variance"),
    ("lrn", {"size": 3}, (4,), "at least one spatial axis"),
    ("hard_tanh", {"min": 2, "max": 2}, (4,), "2 is not greater than 2"),
    ("flatten", {"start": 0}, (3, 4), "axis 0 is the batch"),
    ("mean", {"axis": 3}, (3, 4), "there is no axis 3"),
    ("permute", {"order": [1, 1]}, (3, 4), "no permutation"),
    ("reshape", {"shape": [5, -1]}, (3, 4), "do not fit"),
    ("squeeze", {"axis": 2}, (3, 4), "axis 2 of 3×4 is not of size 1"),
    ("pad", {"amounts": 4, "mode": "reflect"}, (3, 4), "needs more than the 4 cells"),
    ("pad", {"amounts": -2}, (3, 4), "leaves nothing"),
    ("pad", {"amounts": 1}, (3,), "1 to 3 spatial axes"),
    ("pad", {"amounts": 1, "axis": 1, "mode": "reflect"}, (3, 4), "not for the channels"),
    ("pad", {"amounts": [[-3, 2]], "mode": "circular"}, (3, 4), "needs more than the 1 cells that are there"),
    ("crop", {"size": 5}, (3, 4), "which is larger"),
    ("slice", {"range": [2, 2]}, (3, 4), "is no range"),
    ("chunk", {"index": 2, "of": 2}, (4, 4), "they count from 0"),
    ("select", {"indices": [3]}, (3, 4), "do not all lie within"),
    ("upsample", {}, (3, 4), "needs either `size`, or `like`"),
    ("upsample", {"factor": 2, "size": 3}, (3, 4), "one of `factor`, `size` and `like`"),
    ("upsample", {"factor": 0.1}, (3, 4), "leaves nothing"),
    ("upsample", {"factor": 2, "mode": "cubic"}, (3, 4), "works on two spatial axes"),
    ("attention", {"heads": 3}, (3, 4), "do not divide into 3 heads"),
    ("warp", {}, (3, 4), "there is no kind `warp`"),
]


@pytest.mark.parametrize(("kind", "args", "shape", "words"), REFUSED, ids=lambda value: str(value))
def test_refused_in_words(kind: str, args: dict[str, Any], shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=r"^layer \(") as caught:
        verify(Step("layer", kind, args, ("x",)), inputs={"x": sample(shape, "x")})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("steps", "weights", "words"),
    [
        ([CONV], {"conv": {"weight": [[[1]]]}}, "`weight` must be 4×3×3×3, and 1×1×1 was given"),
        ([CONV], {"conv": {"gamma": [1]}}, "has no `gamma`"),
        ([CONV], {"cnov": {"weight": [1]}}, "cnov, which is no step"),
        ([CONV, CONV], None, "same path"),
        ([Step("relu", "relu", {}, ("x", "x"))], None, "does not take 2 tensors"),
        ([CONV._replace(inputs=("y",))], None, "neither an earlier step nor an input"),
        ([CONV._replace(shares="other")], None, "which is no earlier step"),
        ([CONV, CONV._replace(path="b", shares="conv")], {"b": {"weight": [1]}}, "give them there"),
        ([CONV, Step("b", "conv", {"out": 4, "kernel": 1}, ("x",), "conv")], None, "but 4×3×1×1 is needed here"),
        ([CONV, Step("b", "batch_norm", {}, ("x",), "conv")], None, "which has no `running_mean`"),
    ],
)
def test_networks_refused_in_words(steps: list[Step], weights: Any, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        verify(*steps, weights=weights)
    assert words in str(caught.value)


def test_a_state_dict_may_count_its_batches() -> None:
    given = {"bn": {"running_mean": [0] * 3, "running_var": [1] * 3, "num_batches_tracked": 7}}
    assert verify(Step("bn", "batch_norm", {"affine": False}, ("x",)), weights=given)["bn"].buffers == 6


KINDS = """
conv depthwise_conv conv_transpose linear max_pool avg_pool lp_pool adaptive_avg_pool adaptive_max_pool
global_avg_pool global_max_pool max_unpool unpool zero_insert upsample batch_norm instance_norm group_norm
layer_norm l2_norm lrn scale multiply prelu relu relu6 leaky_relu elu celu selu gelu silu mish softplus softsign
sigmoid hard_sigmoid hard_swish hard_tanh tanh abs softmax log_softmax dropout drop_path identity flatten mean
amax parameter reshape permute squeeze unsqueeze channel_shuffle pixel_shuffle pixel_unshuffle pad crop slice
chunk select add mul sub max concat matmul blur_pool custom attention
"""


def test_the_kinds_that_can_be_run() -> None:
    assert set(KERNELS) == set(KINDS.split())
