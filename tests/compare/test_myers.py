"""The common subsequence: as long as the one that the textbook's table finds, and bounded in what it costs."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cnncalc.compare.myers import common

keys = st.lists(st.integers(0, 4), max_size=14)


def longest(xs: list[int], ys: list[int]) -> int:
    """Length of a longest common subsequence, by the quadratic table."""
    row = [0] * (len(ys) + 1)
    for x in xs:
        before = row
        row = [0]
        for index, y in enumerate(ys):
            row.append(before[index] + 1 if x == y else max(row[-1], before[index + 1]))
    return row[-1]


@given(keys, keys)
def test_runs_are_common_rising_and_as_long_as_can_be(xs: list[int], ys: list[int]) -> None:
    runs = common(xs, ys)
    for x, y, n in runs:
        assert n > 0
        assert xs[x:x + n] == ys[y:y + n]
    for (x, y, n), (after, other, _) in pairwise(runs):
        assert x + n <= after
        assert y + n <= other
    assert sum(n for _, _, n in runs) == longest(xs, ys)


def test_common_ends_are_found_even_where_the_middle_needs_too_many_edits() -> None:
    xs, ys = [9, *[0, 1] * 20, 8], [9, *[1] * 20, *[0] * 20, 8]
    assert common(xs, ys, limit=3) == [(0, 0, 1), (41, 41, 1)]


def test_keys_of_one_side_cost_no_edits() -> None:
    # 5,000 of 10,000 keys differ, and the limit is never met: they cannot match and are left out.
    xs = [index if index % 2 else -1 for index in range(10_000)]
    ys = [-index - 2 if index % 2 else -1 for index in range(10_000)]
    assert sum(n for _, _, n in common(xs, ys)) == 5_000


def test_hopeless_lists_are_given_up_soon() -> None:
    xs, ys = [0, 1] * 20_000, [*[0] * 20_000, *[1] * 20_000]
    start = time.process_time()
    common(xs, ys)
    assert time.process_time() - start < 30  # the quadratic table would have 1.6 milliards of cells
