"""What left one place of a network and stands at another as it was: moves, found when all else has its partner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncalc.compare.tree import Tree

if TYPE_CHECKING:
    from cnncalc.compare.align import Search


def relocate(search: Search) -> None:
    """Match what is left over, and left over as a whole elsewhere: scopes first, then layers."""
    if not all(search.taken) and min(search.partner, default=0) < 0:
        _scopes(search)
        _layers(search)


def _scopes(search: Search) -> None:
    """Scopes of at least two layers, largest first, wherever they went.

    Not where the scope around either place has both lost and gained such a block: it was changed there instead.
    """
    a, b = search.a, search.b
    gained = _idle(b, search.taken)
    lost = _idle(a, [partner >= 0 for partner in search.partner])
    homes = {_home(a, x) for x in lost} & {_home(b, y) for y in gained}
    waiting: dict[int, list[int]] = {}
    for y in gained:
        waiting.setdefault(b.keys[y], []).append(y)
    for x in sorted(lost, key=lambda x: (-len(a.layers[x]), x)):
        if search.partner[a.layers[x][0]] >= 0:
            continue
        home = _home(a, x)
        free = [y for y in waiting.get(a.keys[x], ()) if not search.taken[b.layers[y][0]]
                and (home == (there := _home(b, y)) or (home not in homes and there not in homes))]
        if free:
            y = next((y for y in free if b.names[y] == a.names[x]), free[0])
            search.moved.append((x, y))
            search.meet(x, y)


def _layers(search: Search) -> None:
    """Layers within one scope that holds no other like them: an activation looks like any other."""
    gained = _singular(search.b, search.taken)
    for key, x in _singular(search.a, [partner >= 0 for partner in search.partner]).items():
        if key in gained:
            search.moved.append((x, gained[key]))
            search.meet(x, gained[key])


def _idle(tree: Tree, matched: Sequence[bool]) -> list[int]:
    """The scopes of at least two layers of which none has a partner; the network itself is none of them."""
    return [item for item in range(len(matched) + 1, len(tree.paths))
            if len(tree.layers[item]) > 1 and not any(matched[leaf] for leaf in tree.layers[item])]


def _home(tree: Tree, item: int) -> tuple[str, str]:
    """Where an item stands, and what it is."""
    return tree.paths[tree.parents[item]], tree.kinds[item]


def _singular(tree: Tree, matched: Sequence[bool]) -> dict[tuple[str, int], int]:
    """Layers without a partner that are the only ones of their key in their scope, by its path and the key.

    A scope of several layers that came or went as a whole holds none: nothing moved within it.
    """
    root = len(matched)
    lone = [leaf for leaf, partner in enumerate(matched) if not partner]
    counts = {scope: Counter(tree.keys[item] for item in tree.children[scope])
              for scope in {tree.parents[leaf] for leaf in lone}
              if scope == root or len(tree.layers[scope]) == 1 or any(matched[leaf] for leaf in tree.layers[scope])}
    return {(_home(tree, leaf)[0], tree.keys[leaf]): leaf for leaf in lone
            if tree.parents[leaf] in counts and counts[tree.parents[leaf]][tree.keys[leaf]] == 1}
