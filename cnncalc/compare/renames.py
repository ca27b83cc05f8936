"""What only has another name: no change of the network, and worth a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnncalc.compare import Diff
from cnncalc.compare.pattern import pattern
from cnncalc.compare.tree import DIGITS


class Renames(NamedTuple):
    """Paths of blocks or layers with their new names and how many layers they hold; and how many layers besides stand
    under other paths (in other blocks). What the expander numbers anew because of a neighbour is not counted.
    """

    names: tuple[tuple[str, str, int], ...]
    elsewhere: int


def renames(diff: Diff) -> Renames:
    """The renamed of a diff, in the order of the network."""
    names: dict[tuple[str, str], int] = {}
    elsewhere = 0
    before, after = diff.a.graph.nodes, diff.b.graph.nodes
    for i, j in diff.pairs:
        ours, theirs = before[i].path, after[j].path
        if ours == theirs or before[i].layer.kind != after[j].layer.kind:
            continue
        left, right = ours.split("."), theirs.split(".")
        places = [place for place, (one, two) in enumerate(zip(left, right, strict=False)) if one != two]
        if len(left) != len(right):
            elsewhere += 1
        elif len(places) > 1 or left[places[0]].rstrip(DIGITS) != right[places[0]].rstrip(DIGITS):
            written = [place for place in places if left[place].rstrip(DIGITS) != right[place].rstrip(DIGITS)]
            if len(written) == 1:
                end = written[0] + 1
                pair = ".".join(left[:end]), ".".join(right[:end])
                names[pair] = names.get(pair, 0) + 1
            elif written:
                elsewhere += 1
    return Renames(tuple((old, new, count) for (old, new), count in names.items()), elsewhere)


def folded(names: Sequence[tuple[str, str, int]]) -> Iterator[tuple[str, str, int]]:
    """The same renaming in several places as one, under patterns."""
    groups: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for old, new, count in names:
        home, ours = _split(old)
        there, theirs = _split(new)
        key = (ours, theirs) if home == there else (_unnumbered(old), _unnumbered(new))
        groups.setdefault(key, []).append((old, new, count))
    for together in groups.values():
        olds, news, counts = zip(*together, strict=True)
        yield pattern(olds), pattern(news), sum(counts)


def _split(path: str) -> tuple[str, str]:
    """Where something stands, and its name without numbers."""
    home, _, name = path.rpartition(".")
    return home, _unnumbered(name)


def _unnumbered(path: str) -> str:
    return re.sub(r"\d+", "#", path)
