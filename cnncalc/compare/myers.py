"""The longest common subsequence of two lists of keys, by Myers' O(ND) algorithm.

E. W. Myers, "An O(ND) difference algorithm and its variations", Algorithmica 1 (1986). Time is the length of the lists
times the number of edits, and the edits are limited: never quadratic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Run = tuple[int, int, int]
"""A stretch that both lists hold: where it starts in the first, where in the second, and how long it is."""

LIMIT = 1500
"""Edits after which a comparison gives up: the lists are too different for these keys."""

_Trail = tuple[int, int, int, "_Trail | None"]


def common(xs: Sequence[Any], ys: Sequence[Any], limit: int = LIMIT) -> list[Run]:
    """Equal stretches in rising order that need the fewest edits between them.

    What begins and ends both lists is always found; between, nothing is where more than `limit` edits are needed.
    """
    most = min(len(xs), len(ys))
    head = 0
    while head < most and xs[head] == ys[head]:
        head += 1
    tail, most = 0, most - head
    while tail < most and xs[-1 - tail] == ys[-1 - tail]:
        tail += 1
    runs = [(head + x, head + y, n) for x, y, n in _between(xs[head:len(xs) - tail], ys[head:len(ys) - tail], limit)]
    if head:
        runs.insert(0, (0, 0, head))
    if tail:
        runs.append((len(xs) - tail, len(ys) - tail, tail))
    return runs


def _between(xs: Sequence[Any], ys: Sequence[Any], limit: int) -> list[Run]:
    """The same without common ends. A key that one list lacks cannot match: it is left out, and costs no edits."""
    known, wanted = set(xs), set(ys)
    if known == wanted:
        return _shortest(xs, ys, limit)
    left = [index for index, key in enumerate(xs) if key in wanted]
    right = [index for index, key in enumerate(ys) if key in known]
    if not left:
        return []
    found = _shortest([xs[index] for index in left], [ys[index] for index in right], limit)
    return [run for x, y, n in found for run in _split(left[x:x + n], right[y:y + n])]


def _split(xs: list[int], ys: list[int]) -> list[Run]:
    """Runs of rising places that belong together one by one: a run ends where either side skips something."""
    if xs[-1] - xs[0] == ys[-1] - ys[0] == len(xs) - 1:
        return [(xs[0], ys[0], len(xs))]
    runs, start = [], 0
    for index in range(1, len(xs) + 1):
        if index == len(xs) or xs[index] != xs[index - 1] + 1 or ys[index] != ys[index - 1] + 1:
            runs.append((xs[start], ys[start], index - start))
            start = index
    return runs


def _shortest(xs: Sequence[Any], ys: Sequence[Any], limit: int) -> list[Run]:
    """Myers' greedy search: for every number of edits, the furthest point on each diagonal `x - y`."""
    n, m = len(xs), len(ys)
    ends = {1: 0}
    trails: dict[int, _Trail | None] = {1: None}
    for edits in range(min(n + m, limit) + 1):
        low = edits if edits <= m else 2 * m - edits
        high = edits if edits <= n else 2 * n - edits
        for diagonal in range(-low, high + 1, 2):
            down, right = ends.get(diagonal + 1, -1), ends.get(diagonal - 1, -2) + 1
            if down >= right:
                x, trail = down, trails[diagonal + 1]
            else:
                x, trail = right, trails[diagonal - 1]
            start, y = x, x - diagonal
            while x < n and y < m and xs[x] == ys[y]:
                x += 1
                y += 1
            ends[diagonal] = x
            trails[diagonal] = trail if x == start else (start, start - diagonal, x - start, trail)
            if x >= n and y >= m:
                return _unwound(trails[diagonal])
    return []


def _unwound(trail: _Trail | None) -> list[Run]:
    runs = []
    while trail is not None:
        runs.append(trail[:3])
        trail = trail[3]
    return runs[::-1]
