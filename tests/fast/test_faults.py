"""A count that could not come out wrong would prove nothing: faults put into the fast kernels, and what shows them."""

from array import array
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cnncalc.reference import Measured, SmallNumbers, Step, Stopped, Tensor, execute, sample
from cnncalc.reference.fast import FAST, conv, dense, lanes, recheck, sums, transpose
from cnncalc.reference.fast.lanes import Lanes
from cnncalc.reference.weights import Parameter

CONV = Step("layer", "conv", {"out": 4, "kernel": 3, "padding": 1}, ("x",))
DEPTHWISE = Step("layer", "depthwise_conv", {"kernel": 3, "padding": 1}, ("x",))
UP = Step("layer", "conv_transpose", {"out": 4, "kernel": 2, "stride": 2}, ("x",))
LINEAR = Step("layer", "linear", {"out": 4, "axis": "last"}, ("x",))


def measured(step: Step) -> Measured:
    return execute([step], {"x": sample((3, 10, 12), "x")}, SmallNumbers(), kernels=FAST).steps["layer"]


@pytest.fixture(autouse=True)
def every_cell_is_recomputed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck, "SHARE", 1)


@pytest.mark.parametrize(
    ("step", "multiply_adds", "cells"),
    [
        (CONV, 12960, 480),  # 4·10·12 outputs, 3·3·3 each
        (DEPTHWISE, 3240, 360),  # 3·10·12 outputs, 3·3 each
        (UP, 5760, 1920),  # 3·10·12 inputs, stamps of 4·2·2; 4·20·24 outputs
        (LINEAR, 1440, 120),  # 3·10 tokens, 4 outputs of 12 each
    ],
)
def test_without_a_fault(step: Step, multiply_adds: int, cells: int) -> None:
    found = measured(step)
    assert (found.multiply_adds, found.rechecked, found.unequal) == (multiply_adds, cells, 0)


def test_multiply_adds_of_padding_are_counted_apart() -> None:
    """Of 3·3·10·12 taps of a channel 8·10 + 2·(8·2) + … lie inside: 28 of 30 rows' and 34 of 36 columns' taps."""
    assert measured(CONV).padding == 4 * 3 * (30 * 36 - 28 * 34)


Seen = Callable[..., Iterator[bytes]]


def without_the_last_offset(seen: Seen) -> Seen:
    """Every channel lacks the kernel's last position; the weights of what follows slide into its place."""

    def fault(padded: bytes, grid: Any, block: Any, channels: range) -> Iterator[bytes]:
        for number, cells in enumerate(seen(padded, grid, block, channels)):
            if number % 9 < 8:
                yield cells

    return fault


def without_the_last_channel(seen: Seen) -> Seen:
    return lambda padded, grid, block, channels: seen(padded, grid, block, channels[:-1])


@pytest.mark.parametrize(
    ("fault", "missing"),
    [
        (without_the_last_offset, 4 * 10 * 12 * 3),  # one of nine products in each of three channels
        (without_the_last_channel, 4 * 10 * 12 * 9),
    ],
)
def test_a_plane_left_out_of_a_convolution(fault: Any, missing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv, "seen", fault(conv.seen))
    found = measured(CONV)
    assert found.multiply_adds == 12960 - missing
    assert found.unequal == 480  # for each cell other multiply-adds were counted than the plain kernel needs


def test_a_tap_left_out_of_a_transposed_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first tap of every output channel has no weights."""
    rows = transpose.rows_of_taps
    monkeypatch.setattr(
        transpose, "rows_of_taps", lambda *args: [row if n % 4 else [] for n, row in enumerate(rows(*args))]
    )
    found = measured(UP)
    assert found.multiply_adds == 5760 * 3 // 4
    assert found.unequal > 0


def test_a_feature_left_out_of_a_linear_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = dense.columns
    monkeypatch.setattr(dense, "columns", lambda *args: list(columns(*args))[:-1])
    found = measured(LINEAR)
    assert found.multiply_adds == 1440 * 11 // 12
    assert found.unequal == 120


def test_weights_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sums.rows_of
    monkeypatch.setattr(conv, "rows_of", lambda weight, some: [row[1:] for row in rows(weight, some)])
    found = measured(CONV)
    assert found.multiply_adds == 12960 * 26 // 27
    assert found.unequal == 480


def test_weights_that_nobody_asked_for_are_no_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recomputed does not count as asked for: the last input of a linear layer is left out here."""
    block = Parameter.block
    monkeypatch.setattr(Parameter, "block", lambda self, start, stop: block(self, start, stop - 1)[:] + array("b", [0]))
    found = measured(LINEAR)
    assert found.parameters == 4 * 12 + 4 - 2  # one of the weights, and one of the biases


def test_wrong_values_with_right_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A padding that is not zero costs as much; only the cells that see it show it."""
    monkeypatch.setattr(conv, "ZERO", lanes.ZERO + 1)
    found = measured(CONV)
    assert found.multiply_adds == 12960
    assert 0 < found.unequal <= 4 * (10 * 12 - 8 * 10)


def test_lanes_that_are_too_narrow_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """3·81 products of 3 and 2 are 1458, and a byte holds −128 to 127: the last lane runs over the end."""
    wide = Lanes.holding
    monkeypatch.setattr(Lanes, "holding", lambda bound, cells: wide(1, cells))
    step = Step("layer", "conv", {"out": 1, "kernel": 9, "bias": False}, ("x",))
    weights = {"layer": {"weight": [[[[2] * 9] * 9] * 3]}}
    with pytest.raises(Stopped, match="too big"):
        execute([step], {"x": Tensor((3, 10, 12), [3] * 360)}, SmallNumbers(), kernels=FAST, weights=weights)


def test_one_cell_in_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck, "SHARE", 100)
    assert measured(UP).rechecked == 19  # of 1920
    assert measured(LINEAR).rechecked == 1  # of 120
    assert measured(CONV) == measured(CONV)
