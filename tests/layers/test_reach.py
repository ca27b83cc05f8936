"""Reach against brute force: which input cells an output cell depends on, found by looking, on one axis."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest

from cnncalc.layers.base import Referent
from cnncalc.layers.window import Reach

from .torch_args import make

Cells = set[int]


def interval(reach: Reach, output: int, n: int) -> Cells:
    """The ends, cut to the input, of what output cell `output` depends on."""
    turn, phase = divmod(output, reach.period)
    span = reach.span(phase)
    if span is None:
        return set()
    first, last = max(span[0] + turn * reach.step, 0), min(span[1] + turn * reach.step, n - 1)
    return {first, last} if first <= last else set()


def ends(cells: Cells, n: int) -> Cells:
    inside = {cell for cell in cells if 0 <= cell < n}
    return {min(inside), max(inside)} if inside else set()


def check(kind: str, raw: dict[str, Any], n: int, looked: Callable[[int], Cells]) -> None:
    facts = make(kind, **raw).facts(((1, n),))
    reach = facts.reach[0][0]
    for output in range(facts.shape[1]):
        assert interval(reach, output, n) == ends(looked(output), n), (kind, raw, n, output)


RANDOM = random.Random(7)
WINDOWS = [(k, s, d, p, n) for k in (1, 2, 3, 4) for s in (1, 2, 3) for d in (1, 2) for p in (0, 1, 2) for n in (9, 14)]


@pytest.mark.parametrize(("k", "s", "d", "p", "n"), RANDOM.sample(WINDOWS, 60))
def test_windows(k: int, s: int, d: int, p: int, n: int) -> None:
    # Holes count as read: a window that begins outside the input is cut to the border, not to its first cell inside.
    raw = {"out": 1, "kernel": k, "stride": s, "dilation": d, "padding": p}
    check("conv", raw, n, lambda i: set(range(i * s - p, i * s - p + (k - 1) * d + 1)))
    stamps = {cell: {cell * s + offset * d - p for offset in range(k)} for cell in range(-20, n + 20)}

    def stamped(output: int) -> Cells:
        cells = [cell for cell, places in stamps.items() if output in places]
        return set(range(cells[0], cells[-1] + 1)) if cells else set()
    check("conv_transpose", raw, n, stamped)


def test_pools() -> None:
    for n in range(4, 15):
        check("max_pool", {"kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True}, n,
              lambda i: set(range(2 * i - 1, 2 * i + 2)))
        check("blur_pool", {"kernel": 3, "stride": 2}, n, lambda i: set(range(2 * i, 2 * i + 3)))
        check("global_avg_pool", {}, n, lambda i, n=n: set(range(n)))  # type: ignore[misc]
        for o in range(1, 18):
            check("adaptive_avg_pool", {"size": o}, n,
                  lambda i, n=n, o=o: set(range(i * n // o, ceil(Fraction((i + 1) * n, o)))))  # type: ignore[misc]


def weights(mode: str, at: Fraction) -> Cells:
    """The cells that interpolation at this place reads with a weight that is not zero."""
    low = floor(at)
    if mode.startswith("nearest") or at == low:
        return {low}
    return {low, low + 1}


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear"])
@pytest.mark.parametrize("n", [1, 2, 5, 6, 9, 16])
def test_upsample(mode: str, n: int) -> None:
    for o in (1, 2, 3, 4, 7, 10, 12, 18, 27, 32):
        for raw in ({"size": o}, *([{"factor": o // n}] if o % n == 0 else [])):
            def looked(i: int, o: int = o) -> Cells:
                scale = Fraction(n, o)
                if mode == "nearest":
                    return weights(mode, i * scale)
                if mode == "nearest-exact":
                    return weights(mode, (i + Fraction(1, 2)) * scale)
                return weights(mode, max((i + Fraction(1, 2)) * scale - Fraction(1, 2), Fraction(0)))
            check("upsample", {**raw, "mode": mode}, n, looked)
    for o in (3, 5, 9, 17):
        if mode == "linear" and n > 1 and (o - 1) % (n - 1) == 0:
            check("upsample", {"size": o, "mode": mode, "align_corners": True}, n,
                  lambda i, o=o: weights(mode, Fraction(i * (n - 1), o - 1)))  # type: ignore[misc]


def test_upsample_patterns_are_short() -> None:
    for factor, mode, period, step in ((2, "linear", 2, 1), (3, "nearest", 3, 1), (0.5, "linear", 1, 2),
                                       (8, "cubic", 8, 1)):
        reach = make("upsample", factor=factor, mode=mode).facts(((1, 24, 24),)).reach[0][0]
        assert (reach.period, reach.step) == (period, step)
    assert make("upsample", factor=2, mode="cubic").facts(((1, 9, 9),)).reach[0][0].span(0) == (-2, 1)
    assert make("upsample", factor=1.1).facts(((1, 5, 3),)).reach[0][0].period == 1  # 5 cells: PyTorch copies
    exact = make("upsample", factor=1.1, mode="nearest-exact").facts(((1, 9),)).reach[0][0]
    assert [exact.span(i)[0] for i in range(9)] == [0, 1, 2, 3, 4, 5, 5, 6, 7]     # floor((i + ½)/1.1): no copy


@pytest.mark.parametrize(("factor", "shape", "cells"), [
    (2.3, (1, 2, 9), [0, 0, 1, 1]), (2.3, (1, 2), [0, 0, 0, 1]), (2.3, (1, 2, 900), [0, 0, 0, 1]),
    (1.19, (1, 5, 3), [0, 1, 2, 3, 4]), (1.19, (1, 5), [0, 0, 1, 2, 3]), (1.19, (1, 5, 3, 5), [0, 0, 1, 2, 3]),
])
def test_upsample_has_shortcuts_in_small_planes(factor: float, shape: tuple[int, ...], cells: list[int]) -> None:
    """Rows that PyTorch's nearest neighbours come from: it doubles and copies two short axes whatever the factor."""
    facts = make("upsample", factor=factor).facts((shape,))
    reach = facts.reach[0][0]
    assert facts.shape[1] == len(cells)
    seen = [i // reach.period * reach.step + reach.span(i % reach.period)[0] for i in range(len(cells))]
    assert seen == cells


def test_blocks_and_parts() -> None:
    check("unpool", {"factor": 3}, 5, lambda i: {i // 3} if i % 3 == 0 else set())
    check("zero_insert", {"stride": 3}, 5, lambda i: {i // 3} if i % 3 == 0 else set())
    check("pad", {"amounts": [[2, -1]]}, 6, lambda i: {i - 2})
    check("crop", {"size": 2}, 7, lambda i: {i + 2})
    check("slice", {"range": [3, "end"], "axis": 2}, 7, lambda i: {i + 3})
    check("chunk", {"index": 1, "of": 3, "axis": -1}, 9, lambda i: {i + 3})
    check("select", {"indices": [5, 0, 2], "axis": 2}, 7, lambda i: {[5, 0, 2][i]})
    check("relu", {}, 4, lambda i: {i})
    check("softmax", {"axis": 2}, 4, lambda i: {0, 3})
    check("softmax", {}, 4, lambda i: {i})
    check("mean", {"axis": 2, "keep": True}, 4, lambda i: {0, 3})
    check("instance_norm", {}, 4, lambda i: {0, 3})
    check("instance_norm", {"track_running_stats": True}, 4, lambda i: {i})
    check("batch_norm", {}, 4, lambda i: {i})
    check("linear", {"out": 9}, 4, lambda i: {0, 3})


def spans(kind: str, *shapes: tuple[int, ...], **raw: Any) -> list[list[tuple[int, int, Any]]]:
    return [[(cells.period, cells.step, cells.span(0)) for cells in axes]
            for axes in make(kind, **raw).facts(shapes).reach]


SAME = (1, 1, (0, 0))


def test_several_inputs() -> None:
    assert spans("concat", (4, 2), (3, 2)) == [[SAME], [SAME]]
    assert spans("concat", (4, 2), (4, 3), (4, 1), axis=2) == [[SAME], [(1, 1, (-2, -2))], [(1, 1, (-5, -5))]]
    assert spans("mul", (4, 2, 5), (4, 1, 5), broadcast=True) == [[SAME, SAME], [(1, 0, (0, 0)), SAME]]
    assert spans("matmul", (4, 2), (2, 5)) == [[(1, 0, (0, 1))], [SAME]]
    assert spans("matmul", (3, 4, 2), (3, 5, 2), transpose=True) == \
        [[SAME, (1, 0, (0, 1))], [(1, 0, (0, 4)), (1, 0, (0, 1))]]
    assert spans("attention", (3, 5, 8), heads=2) == [[(1, 0, (0, 4)), (1, 0, (0, 7))]]
    assert spans("parameter", (4, 2), shape=[2, 3]) == [[]]


def test_axes_that_move_are_read_whole() -> None:
    assert spans("reshape", (4, 2, 3), shape=[2, 4, 3]) == [[(1, 0, (0, 5)), (1, 0, (0, 5))]]
    assert spans("reshape", (4, 2, 3), shape=[4, -1, 3]) == [[SAME, SAME]]
    assert spans("flatten", (4, 2, 3), start=2) == [[(1, 0, (0, 5))]]
    assert spans("permute", (4, 2, 3), order=[1, 3, 2]) == [[(1, 0, (0, 1)), (1, 0, (0, 2))]]
    assert spans("permute", (4, 2, 3), order=[2, 1, 3]) == [[(1, 0, (0, 1)), SAME]]
    assert spans("layer_norm", (4, 2, 3)) == [[SAME, (1, 0, (0, 2))]]
    assert spans("layer_norm", (4, 2, 3), axes="channels") == [[SAME, SAME]]


def test_pixel_shuffles() -> None:
    shuffled = make("pixel_shuffle", factor=3).facts(((9, 4, 4),)).reach[0][1]
    assert [interval(shuffled, i, 4) for i in range(12)] == [{i // 3} for i in range(12)]
    gathered = make("pixel_unshuffle", factor=2).facts(((1, 6, 6),)).reach[0][0]
    assert [interval(gathered, i, 6) for i in range(3)] == [{0, 1}, {2, 3}, {4, 5}]


def test_max_unpool_reads_every_window_over_a_cell() -> None:
    pool = make("max_pool", kernel=3, stride=2, padding=1)
    seen = Referent("pool", pool.facts(((1, 9),)).shape, pool, ((1, 9),))
    values, indices = make("max_unpool", pool=seen).facts((seen.shape, seen.shape)).reach
    assert values == indices
    for i in range(9):
        assert interval(values[0], i, 5) == ends({j for j in range(5) if 2 * j - 1 <= i <= 2 * j + 1}, 5)
