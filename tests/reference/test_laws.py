"""What must hold for every input: laws of the layers that need no expected values."""

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.reference import Numbers, Step, Tensor, execute, sample, to_nested

one = st.just(1)
small = st.integers(1, 3)
seeds = st.integers(0, 10**6)


def law(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A property that must hold for all these; few examples and always the same, for a suite that runs often."""
    return lambda test: settings(max_examples=25, deadline=None, derandomize=True)(given(*strategies)(test))


def layer(kind: str, args: dict[str, Any], *inputs: Tensor, weight: Tensor | None = None) -> Tensor:
    names = {f"x{number}": tensor for number, tensor in enumerate(inputs)}
    given_weights = None if weight is None else {"layer": {"weight": to_nested(weight)}}
    result = execute([Step("layer", kind, args, tuple(names))], names, Numbers(), weights=given_weights)
    tensor = result.steps["layer"].tensor
    assert tensor is not None
    return tensor


def chain(x: Tensor, *layers: tuple[str, dict[str, Any]]) -> Tensor:
    for kind, args in layers:
        x = layer(kind, args, x)
    return x


def numbers(shape: tuple[int, ...], seed: int, name: str) -> Tensor:
    return sample(shape, f"{seed}/{name}")


def dot(left: Tensor, right: Tensor) -> float:
    assert left.shape == right.shape
    return sum(a * b for a, b in zip(left.cells, right.cells, strict=True))


def same(left: Tensor, right: Tensor) -> None:
    assert left.shape == right.shape
    assert left.cells == right.cells


def flipped(weight: Tensor) -> Tensor:
    """A kernel turned round on every spatial axis."""
    spatial = [range(size - 1, -1, -1) for size in weight.shape[2:]]
    return picked(weight, [range(weight.shape[0]), range(weight.shape[1]), *spatial])


def exchanged(weight: Tensor) -> Tensor:
    """First and second axis of a kernel exchanged."""
    area = len(weight.cells) // (weight.shape[0] * weight.shape[1])
    rows = [weight.cells[start : start + area] for start in range(0, len(weight.cells), area)]
    order = [i * weight.shape[1] + o for o in range(weight.shape[1]) for i in range(weight.shape[0])]
    shape = (weight.shape[1], weight.shape[0], *weight.shape[2:])
    return Tensor(shape, [cell for number in order for cell in rows[number]])


def picked(tensor: Tensor, picks: list[range]) -> Tensor:
    nested = to_nested(tensor)

    def at(spot: tuple[int, ...]) -> Any:
        cell: Any = nested
        for index in spot:
            cell = cell[index]
        return cell

    return Tensor(tuple(map(len, picks)), [at(spot) for spot in product(*picks)])


@st.composite
def convolutions(draw: st.DrawFn, groups: st.SearchStrategy[int] = one) -> Any:
    """Arguments of a convolution without bias on 1 to 3 axes, an input that it accepts, its weights, and a seed."""
    axes, parts, seed = draw(small), draw(groups), draw(seeds)
    each = st.lists(small, min_size=axes, max_size=axes)
    args = {
        "out": parts * draw(st.integers(1, 2)),
        "kernel": draw(each),
        "stride": draw(each),
        "padding": draw(st.lists(st.integers(0, 2), min_size=axes, max_size=axes)),
        "dilation": draw(each),
        "groups": parts,
        "bias": False,
    }
    channels = parts * draw(st.integers(1, 2))
    reach = [d * (k - 1) + 1 for k, d in zip(args["kernel"], args["dilation"], strict=True)]
    sizes = [max(1, e - 2 * p) + draw(st.integers(0, 3)) for e, p in zip(reach, args["padding"], strict=True)]
    x = numbers((channels, *sizes), seed, "x")
    weight = numbers((args["out"], channels // parts, *args["kernel"]), seed, "weight")
    return args, x, weight, seed


@law(convolutions(), st.integers(-3, 3))
def test_convolution_is_linear(case: Any, factor: int) -> None:
    args, x, weight, seed = case
    other = numbers(x.shape, seed, "other")
    mixed = Tensor(x.shape, [a + factor * b for a, b in zip(x.cells, other.cells, strict=True)])
    left, right = layer("conv", args, x, weight=weight), layer("conv", args, other, weight=weight)
    expected = Tensor(left.shape, [a + factor * b for a, b in zip(left.cells, right.cells, strict=True)])
    same(layer("conv", args, mixed, weight=weight), expected)


@law(convolutions(), st.integers(1, 2))
def test_convolution_moves_with_its_input(case: Any, steps: int) -> None:
    """Cells put before the input, a whole number of strides, move the output by so many cells."""
    args, narrow, weight, _ = case
    bare = {**args, "padding": 0}
    x = layer("pad", {"amounts": args["padding"]}, narrow)
    moved = layer("pad", {"amounts": [[steps * stride, 0] for stride in args["stride"]], "value": 2}, x)
    before, after = layer("conv", bare, x, weight=weight), layer("conv", bare, moved, weight=weight)
    assert after.sizes == tuple(size + steps for size in before.sizes)
    kept = [range(before.channels), *(range(steps, size) for size in after.sizes)]
    same(before, picked(after, kept))


@law(convolutions(groups=small))
def test_grouped_convolution_is_its_groups_side_by_side(case: Any) -> None:
    args, x, weight, _ = case
    parts = args["groups"]
    inner, outer = x.channels // parts, args["out"] // parts
    single = {**args, "groups": 1, "out": outer}
    results = [
        layer(
            "conv",
            single,
            layer("slice", {"range": [group * inner, (group + 1) * inner]}, x),
            weight=picked(weight, [range(group * outer, (group + 1) * outer), *map(range, weight.shape[1:])]),
        )
        for group in range(parts)
    ]
    same(layer("conv", args, x, weight=weight), results[0] if parts == 1 else layer("concat", {}, *results))


@law(convolutions(), st.integers(1, 2))
def test_depthwise_is_as_many_groups_as_channels(case: Any, multiplier: int) -> None:
    args, x, _, seed = case
    weight = numbers((x.channels * multiplier, 1, *args["kernel"]), seed, "depthwise")
    window = {name: args[name] for name in ("kernel", "stride", "padding", "dilation", "bias")}
    grouped = {**window, "out": x.channels * multiplier, "groups": x.channels}
    same(
        layer("depthwise_conv", {**window, "multiplier": multiplier}, x, weight=weight),
        layer("conv", grouped, x, weight=weight),
    )


@law(convolutions(groups=small))
def test_transposed_convolution_is_the_adjoint(case: Any) -> None:
    """<conv(x), y> = <x, conv_transpose(y)>, with output padding for the cells that the stride skipped."""
    args, x, weight, seed = case
    y = numbers(layer("conv", args, x, weight=weight).shape, seed, "y")
    plain = {**args, "out": x.channels}
    short = [
        n - ((o - 1) * s - 2 * p + d * (k - 1) + 1)
        for n, o, s, p, d, k in zip(
            x.sizes, y.sizes, args["stride"], args["padding"], args["dilation"], args["kernel"], strict=True
        )
    ]
    back = layer("conv_transpose", {**plain, "output_padding": short}, y, weight=weight)
    assert dot(layer("conv", args, x, weight=weight), y) == dot(x, back)


@law(convolutions())
def test_transposed_convolution_is_zeros_between_and_a_flipped_kernel(case: Any) -> None:
    args, x, forward, _ = case
    weight = exchanged(forward)  # in × out, as the transposed layer has it
    spread = [d * (k - 1) for k, d in zip(args["kernel"], args["dilation"], strict=True)]
    border = [min(p, e) for p, e in zip(args["padding"], spread, strict=True)]
    assume(all((n - 1) * s + e >= 2 * p for n, s, p, e in zip(x.sizes, args["stride"], border, spread, strict=True)))
    spaced = chain(
        x,
        ("zero_insert", {"stride": args["stride"]}),
        ("pad", {"amounts": [e - p for e, p in zip(spread, border, strict=True)]}),
    )
    straight = {"out": args["out"], "kernel": args["kernel"], "dilation": args["dilation"], "bias": False}
    same(
        layer("conv_transpose", {**straight, "stride": args["stride"], "padding": border}, x, weight=weight),
        layer("conv", straight, spaced, weight=exchanged(flipped(weight))),
    )


@law(convolutions())
def test_dilation_is_a_kernel_with_zeros_between(case: Any) -> None:
    args, x, weight, _ = case
    holes = [d * (k - 1) + 1 for k, d in zip(args["kernel"], args["dilation"], strict=True)]
    planes = [Tensor((1, *weight.shape[2:]), list(plane)) for plane in chunks(weight)]
    spread = [layer("zero_insert", {"stride": args["dilation"]}, plane) for plane in planes]
    wide = Tensor((*weight.shape[:2], *holes), [cell for plane in spread for cell in plane.cells])
    same(
        layer("conv", args, x, weight=weight),
        layer("conv", {**args, "kernel": holes, "dilation": 1}, x, weight=wide),
    )


def chunks(weight: Tensor) -> list[list[Any]]:
    area = len(weight.cells) // (weight.shape[0] * weight.shape[1])
    return [weight.cells[start : start + area] for start in range(0, len(weight.cells), area)]


boxes = st.lists(st.tuples(st.integers(1, 4), small), min_size=1, max_size=3)


@law(boxes, seeds)
def test_true_convolution_is_correlation_with_the_flipped_kernel(sizes: list[tuple[int, int]], seed: int) -> None:
    """The product of two polynomials in as many variables as there are axes, by its textbook definition."""
    signal = numbers((1, *(n for n, _ in sizes)), seed, "signal")
    kernel = numbers((1, 1, *(k for _, k in sizes)), seed, "kernel")
    full = tuple(n + k - 1 for n, k in sizes)
    product_ = dict.fromkeys(product(*map(range, full)), 0.0)
    for i, a in zip(product(*map(range, signal.sizes)), signal.cells, strict=True):
        for j, b in zip(product(*map(range, kernel.shape[2:])), kernel.cells, strict=True):
            product_[tuple(p + q for p, q in zip(i, j, strict=True))] += a * b
    args = {"out": 1, "kernel": [k for _, k in sizes], "padding": [k - 1 for _, k in sizes], "bias": False}
    same(layer("conv", args, signal, weight=flipped(kernel)), Tensor((1, *full), list(product_.values())))


@law(boxes, small, st.integers(1, 2), st.randoms(use_true_random=False))
def test_unpooling_puts_the_maxima_back(sizes: list[tuple[int, int]], stride: int, channels: int, rng: Any) -> None:
    """Cells that are the largest of some window keep their place and value, and all others become 0."""
    shape = (channels, *(n + k - 1 for n, k in sizes))
    x = Tensor(shape, rng.sample(range(1, prod(shape) + 1), prod(shape)))  # no two alike
    kernel = [k for _, k in sizes]
    steps = [
        Step("pool", "max_pool", {"kernel": kernel, "stride": stride}, ("x",)),
        Step("back", "max_unpool", {"pool": "pool"}, ("pool", "pool")),
    ]
    back = execute(steps, {"x": x}, Numbers()).steps["back"].tensor
    starts = [range(0, n - k + 1, stride) for n, k in zip(shape[1:], kernel, strict=True)]
    values = dict(zip(product(*map(range, shape)), x.cells, strict=True))
    largest = {
        max(
            ((channel, *map(sum, zip(start, tap, strict=True))) for tap in product(*map(range, kernel))),
            key=values.__getitem__,
        )
        for channel in range(channels)
        for start in product(*starts)
    }
    assert back is not None
    same(back, Tensor(shape, [cell if spot in largest else 0 for spot, cell in values.items()]))


@law(small, seeds)
def test_adaptive_pooling_to_the_same_size_changes_nothing(axes: int, seed: int) -> None:
    x = numbers((2, *range(2, 2 + axes)), seed, "x")
    for kind in ("adaptive_avg_pool", "adaptive_max_pool"):
        same(layer(kind, {"size": list(x.sizes)}, x), x)
        same(layer(kind, {"size": "keep"}, x), x)


@law(seeds, small, st.integers(1, 2))
def test_shuffles_go_back(seed: int, factor: int, channels: int) -> None:
    x = numbers((channels, 2 * factor, factor), seed, "x")
    same(chain(x, ("pixel_unshuffle", {"factor": factor}), ("pixel_shuffle", {"factor": factor})), x)
    deep = numbers((factor * 2, 2, 1), seed, "deep")
    same(chain(deep, ("channel_shuffle", {"groups": factor}), ("channel_shuffle", {"groups": 2})), deep)


@law(seeds, st.permutations([1, 2, 3]))
def test_permuting_back_and_parts_together_change_nothing(seed: int, order: list[int]) -> None:
    x = numbers((2, 4, 3), seed, "x")
    back = [order.index(axis) + 1 for axis in (1, 2, 3)]
    same(chain(x, ("permute", {"order": order}), ("permute", {"order": back})), x)
    parts = [layer("chunk", {"index": index, "of": 2, "axis": 2}, x) for index in range(2)]
    same(layer("concat", {"axis": 2}, *parts), x)
    same(layer("concat", {"axis": -1}, *(layer("select", {"indices": i, "axis": 3}, x) for i in range(3))), x)


@law(seeds, st.integers(0, 3), st.integers(0, 3))
def test_negative_padding_undoes_padding(seed: int, before: int, after: int) -> None:
    x = numbers((2, 4, 5), seed, "x")
    for mode in ("constant", "reflect", "replicate", "circular"):
        grown = layer("pad", {"amounts": [[before, after], [after, before]], "mode": mode}, x)
        same(layer("pad", {"amounts": [[-before, -after], [-after, -before]]}, grown), x)
