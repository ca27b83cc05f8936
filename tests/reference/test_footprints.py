"""Receptive fields: published ones, small ones worked out by hand, and one axis at a time against the whole tensor."""

from collections.abc import Mapping
from typing import Any

import pytest

from cnncalc.reference import KERNELS, Interval, PositionSets, SmallNumbers, Step, Tensor, execute, footprints, sample
from cnncalc.reference.footprints import NOTHING, ON_THREAD, WHOLE, Shares, interval
from cnncalc.reference.tensor import groups


def chain(*layers: tuple[str, dict[str, Any]]) -> list[Step]:
    names = ["input", *(f"s{number}" for number in range(len(layers)))]
    return [Step(names[n + 1], kind, args, (names[n],)) for n, (kind, args) in enumerate(layers)]


def last(steps: list[Step], shape: tuple[int, ...]) -> tuple[Any, ...]:
    shapes = execute(steps, {"input": sample(shape, "x")}, SmallNumbers()).shapes
    return footprints(steps, shapes, "input")[steps[-1].path]


@pytest.mark.parametrize(
    ("layers", "size", "expected"),
    [
        # Two 3-wide windows see 5 cells; the border cuts off what lies outside.
        ([("conv", {"out": 2, "kernel": 3, "padding": 1})] * 2, 6, [(0, 2), (0, 3), (0, 4), (1, 5), (2, 5), (3, 5)]),
        # Stride 2, then 3 wide: 3 + 2·2 = 7 cells, 2 apart.
        (
            [("conv", {"out": 1, "kernel": 3, "stride": 2}), ("conv", {"out": 1, "kernel": 3})],
            11,
            [(0, 6), (2, 8), (4, 10)],
        ),
        # Holes of a dilated kernel lie inside the interval.
        ([("conv", {"out": 1, "kernel": 3, "dilation": 2})], 6, [(0, 4), (1, 5)]),
        # A causal convolution sees nothing of the future.
        ([("pad", {"amounts": [[2, 0]]}), ("conv", {"out": 1, "kernel": 3})], 4, [(0, 0), (0, 1), (0, 2), (1, 3)]),
        # A transposed convolution whose stamps do not touch leaves a gap.
        ([("conv_transpose", {"out": 1, "kernel": 2, "stride": 3})], 2, [(0, 0), (0, 0), None, (1, 1), (1, 1)]),
        ([("max_pool", {"kernel": 2}), ("upsample", {"factor": 2})], 4, [(0, 1), (0, 1), (2, 3), (2, 3)]),
        # The first cell lies before the centre of the input's first: it is that cell, with no share of the second.
        ([("upsample", {"factor": 2, "mode": "linear"})], 3, [(0, 0), (0, 1), (0, 1), (1, 2), (1, 2), (2, 2)]),
        ([("flatten", {"start": 2})], 3, [(0, 0), (1, 1), (2, 2)]),
        ([("adaptive_avg_pool", {"size": 3})], 5, [(0, 1), (1, 3), (3, 4)]),
        ([("zero_insert", {"stride": 2})], 2, [(0, 0), None, (1, 1)]),
        ([("parameter", {"shape": [1, 2]})], 3, [None, None]),
        ([("instance_norm", {})], 3, [(0, 2)] * 3),
        ([("reshape", {"shape": [2, 2]})], 4, [(0, 3)] * 2),
        # What stays in its place is as it was; what is moved counts as depending on everything.
        (
            [("unsqueeze", {"axis": -1}), ("permute", {"order": [1, 2, 3]}), ("squeeze", {"axis": 3})],
            2,
            [(0, 0), (1, 1)],
        ),
        ([("permute", {"order": [2, 1]}), ("permute", {"order": [2, 1]})], 2, [(0, 1), (0, 1)]),
        ([("global_avg_pool", {})], 4, [(0, 3)]),
    ],
)
def test_by_hand(layers: list[tuple[str, dict[str, Any]]], size: int, expected: list[Interval | None]) -> None:
    assert last(chain(*layers), (1, size)) == (tuple(expected),)


def test_max_unpool_depends_on_the_windows_of_its_pool() -> None:
    steps = [
        Step("pool", "max_pool", {"kernel": 2}, ("input",)),
        Step("back", "max_unpool", {"pool": "pool"}, ("pool", "pool")),
    ]
    assert last(steps, (1, 5)) == (((0, 1), (0, 1), (2, 3), (2, 3), None),)


def test_each_input_has_its_own_footprints() -> None:
    steps = [Step("sum", "add", {}, ("a", "b")), Step("conv", "conv", {"out": 1, "kernel": 3}, ("sum",))]
    steps.append(Step("both", "concat", {"axis": 2}, ("conv", "a")))
    shapes = {"a": (1, 4), "b": (1, 4), "sum": (1, 4), "conv": (1, 2), "both": (1, 6)}
    assert footprints(steps, shapes, "b")["both"] == (((0, 2), (1, 3), None, None, None, None),)


def test_vgg16_and_alexnet_see_what_is_published() -> None:
    """Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks": 212 and 195 cells."""
    conv, pool = ("conv", {"out": 1, "kernel": 3, "padding": 1}), ("max_pool", {"kernel": 2})
    vgg = chain(*[conv, conv, pool] * 2, *[conv, conv, conv, pool] * 3)
    assert widest(vgg, 512) == 212
    large = ("max_pool", {"kernel": 3, "stride": 2})
    alexnet = chain(
        ("conv", {"out": 1, "kernel": 11, "stride": 4}), large, ("conv", {"out": 1, "kernel": 5, "padding": 2})
    )
    alexnet = chain(*[(step.kind, step.args) for step in alexnet], large, conv, conv, conv, large)  # type: ignore[misc]
    assert widest(alexnet, 512) == 195


def widest(steps: list[Step], size: int) -> int:
    return max(end - start + 1 for start, end in last(steps, (1, size))[0])


WHOLE_TENSOR: list[tuple[str, dict[str, Any]]] = [
    ("conv", {"out": 2, "kernel": [3, 2], "stride": [1, 2], "padding": [[1, 0], [0, 2]], "dilation": [2, 1]}),
    ("conv", {"out": 4, "kernel": 3, "padding": "same", "stride": 2, "groups": 2}),
    ("depthwise_conv", {"kernel": [1, 3], "padding": "half", "multiplier": 2}),
    ("conv_transpose", {"out": 2, "kernel": [3, 2], "stride": [2, 3], "padding": [1, 0], "output_padding": [1, 2]}),
    ("max_pool", {"kernel": [3, 2], "stride": 2, "padding": [1, 0], "ceil_mode": True}),
    ("avg_pool", {"kernel": 2, "stride": [1, 3]}),
    ("lp_pool", {"kernel": [2, 3], "stride": 1}),
    ("adaptive_max_pool", {"size": [4, "keep"]}),
    ("unpool", {"factor": [2, 3]}),
    ("zero_insert", {"stride": [2, 3]}),
    ("upsample", {"factor": [1.5, 0.7]}),
    ("upsample", {"size": [3, 11], "mode": "linear", "align_corners": True}),
    ("upsample", {"factor": [1.3, 2], "mode": "cubic"}),
    ("blur_pool", {"kernel": 4, "stride": [1, 2]}),
    ("instance_norm", {}),
    ("group_norm", {"groups": 2}),
    ("layer_norm", {"axes": "last"}),
    ("layer_norm", {"axes": 2}),
    ("layer_norm", {"axes": "channels"}),
    ("batch_norm", {}),
    ("lrn", {"size": 3}),
    ("l2_norm", {}),
    ("prelu", {"count": 4}),
    ("gelu", {}),
    ("softmax", {"axis": 2}),
    ("log_softmax", {"axis": -1}),
    ("softmax", {}),
    ("mean", {"axis": 3, "keep": True}),
    ("amax", {"axis": [1, 2], "keep": True}),
    ("pixel_shuffle", {"factor": 2}),
    ("pad", {"amounts": [[1, -1], [0, 2]], "mode": "replicate"}),
    ("pad", {"amounts": 2, "mode": "reflect", "axis": 3}),
    ("pad", {"amounts": 1, "axis": 1}),
    ("upsample", {"factor": [1.1, 2.02]}),
    ("upsample", {"factor": [2.2, 1.1], "mode": "nearest-exact"}),
    ("crop", {"size": [2, 3]}),
    ("slice", {"range": [1, "end"], "axis": 2}),
    ("slice", {"range": [1, 3]}),
    ("chunk", {"index": 1, "of": 2, "axis": -1}),
    ("select", {"indices": [3, 0], "axis": 2}),
    ("channel_shuffle", {"groups": 2}),
]


@pytest.mark.parametrize(("kind", "args"), WHOLE_TENSOR, ids=lambda value: str(value))
@pytest.mark.parametrize("axis", [1, 2])
def test_one_axis_at_a_time_is_what_the_whole_tensor_gives(kind: str, args: Mapping[str, Any], axis: int) -> None:
    shape = (4, 5, 6)
    cells = [1 << index // (6 if axis == 1 else 1) % shape[axis] for index in range(4 * 5 * 6)]
    step = Step("layer", kind, args, ("input",))
    arithmetic = Shares() if kind == "upsample" else PositionSets()
    result = execute([step], {"input": Tensor(shape, list(cells))}, arithmetic).steps["layer"].tensor
    assert result is not None
    expected = [
        interval(union(result.cells[i] for i in members)) for members in groups(result.shape, {0, 1, 2} - {axis})
    ]
    shapes = {"input": shape, "layer": result.shape}
    assert list(footprints([step], shapes, "input")["layer"][axis - 1]) == expected


def union(cells: Any) -> int:
    whole = 0
    for cell in cells:
        whole |= cell
    return whole


def test_a_shape_that_contradicts_is_refused() -> None:
    steps = chain(("max_pool", {"kernel": 2}))
    with pytest.raises(ValueError, match="s0"):
        footprints(steps, {"input": (1, 6), "s0": (1, 4)}, "input")


def test_every_kind_is_followed() -> None:
    assert set(KERNELS) == WHOLE | NOTHING | set(ON_THREAD)
