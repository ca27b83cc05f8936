"""Which layer of one network is which of the other.

Equal layers in equal order are the same network, whatever its blocks. Otherwise the trees are aligned, not the texts:
the children of two scopes are matched by keys from strict to loose, each level only in the gaps of the one before;
matched scopes are entered; a scope without a partner is dissolved, and its children are matched in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc.compare.arguments import differences
from cnncalc.compare.moves import relocate
from cnncalc.compare.myers import Run, common
from cnncalc.compare.tree import Keys, Tree, identity, tree_of
from cnncalc.graph import Graph


class Alignment(NamedTuple):
    """The layers that stand for each other, by number, in the first network's order.

    `same` tells for each pair that kind and arguments are equal. `moved` holds pairs of items (layers or scopes, as
    the trees number them) whose order changed. Trees are there only where something had to be searched.
    """

    pairs: tuple[tuple[int, int], ...]
    same: tuple[bool, ...]
    moved: tuple[tuple[int, int], ...]
    trees: tuple[Tree, Tree] | None


def align(a: Graph, b: Graph, keys: Keys, left: list[int], right: list[int]) -> Alignment:
    """Align two networks whose layers have the keys `left` and `right`."""
    if _equal(a, b, left, right):
        count = range(len(left))
        return Alignment(tuple(zip(count, count, strict=True)), (True,) * len(left), (), None)
    first, second = tree_of(a, keys, left), tree_of(b, keys, right)
    search = Search(first, second, len(a.nodes), len(b.nodes))
    search.run()
    relocate(search)
    pairs = tuple([(i, j) for i, j in enumerate(search.partner) if j >= 0])
    same = tuple([left[i] == right[j] for i, j in pairs])
    return Alignment(pairs, same, tuple(search.moved), (first, second))


def _equal(a: Graph, b: Graph, left: list[int], right: list[int]) -> bool:
    """The same layers from the same sources, in the same order; `padding: half` and the number that it means agree."""
    if len(left) != len(right) or len(a.inputs) != len(b.inputs):
        return False
    if any(one.inputs != two.inputs or one.shares != two.shares for one, two in zip(a.nodes, b.nodes, strict=True)):
        return False
    if left == right:
        return True
    return all(x == y or (one.layer.kind == two.layer.kind and not differences(a, one, b, two))
               for x, y, one, two in zip(left, right, a.nodes, b.nodes, strict=True))


def later(a: Graph, b: Graph, left: list[int], right: list[int]) -> bool:
    """Whether `a` comes second in an order that depends on nothing but the two networks."""
    if len(left) != len(right):
        return len(left) > len(right)
    for x, y, one, two in zip(left, right, a.nodes, b.nodes, strict=True):
        if x != y or one.path != two.path or one.inputs != two.inputs or one.shares != two.shares:
            ours, theirs = ((node.path, repr(identity(node.layer)), node.inputs,
                             -1 if node.shares is None else node.shares) for node in (one, two))
            return ours > theirs
    return False


def _exact(tree: Tree, items: list[int], side: int) -> list[Any]:
    return [(tree.keys[item], tree.names[item]) if tree.names[item] else tree.keys[item] for item in items]


def _content(tree: Tree, items: list[int], side: int) -> list[Any]:
    return [tree.keys[item] for item in items]


def _name(tree: Tree, items: list[int], side: int) -> list[Any]:
    return [tree.names[item] or side for item in items]


def _end(tree: Tree, items: list[int], side: int) -> list[Any]:
    """A repeated block is known by its last repetition: the first one strides, or reads other channels."""
    return [(tree.kinds[item], tree.keys[below[-1]]) if len(below := tree.children.get(item, [])) > 1 else side
            for item in items]


def _kind(tree: Tree, items: list[int], side: int) -> list[Any]:
    return [tree.kinds[item] for item in items]


def _block(tree: Tree, items: list[int], side: int) -> list[Any]:
    return [kind if (kind := tree.kinds[item])[-1] == "/" != kind else side for item in items]


LEVELS: tuple[Callable[[Tree, list[int], int], list[Any]], ...] = (_exact, _content, _name, _end, _kind)
"""Keys from strict to loose. What has none (no written name, no parts) gets the side's number, which equals nothing."""


class Search:
    """One alignment in the making: `partner` holds for every layer of the first network its number in the second."""

    def __init__(self, a: Tree, b: Tree, layers_a: int, layers_b: int) -> None:
        self.a, self.b = a, b
        self.layers_a, self.layers_b = layers_a, layers_b
        self.partner = [-1] * layers_a
        self.taken = [False] * layers_b
        self.moved: list[tuple[int, int]] = []
        self.work = [(a.children[layers_a], b.children[layers_b])]

    def run(self) -> None:
        """Match lists of items until none is left."""
        while self.work:
            xs, ys = self.work.pop()
            runs = self.levels(xs, ys)
            crossed = self.crossings(xs, ys, runs)
            self.moved += crossed
            for x, y in crossed:
                self.meet(x, y)
            self.settle(xs, ys, runs, {x for x, _ in crossed}, {y for _, y in crossed})

    def levels(self, xs: list[int], ys: list[int]) -> list[Run]:
        """The items that match, each level in the gaps of the one before."""
        runs: list[Run] = []
        for level in LEVELS:
            finer: list[Run] = []
            i = j = 0
            for x, y, n in (*runs, (len(xs), len(ys), 0)):
                if x > i and y > j:
                    finer += self.gap(level, xs, ys, (i, x), (j, y))
                if n:
                    finer.append((x, y, n))
                i, j = x + n, y + n
            runs = finer
        return runs

    def gap(self, level: Any, xs: list[int], ys: list[int], at_a: tuple[int, int], at_b: tuple[int, int]) -> list[Run]:
        """The matches of one level in a gap. Where nothing has a name, the second level would repeat the first."""
        left, right = xs[slice(*at_a)], ys[slice(*at_b)]
        if (level is _content or level is _name) and not (any(self.a.names[item] for item in left)
                                                          or any(self.b.names[item] for item in right)):
            return []
        if level is _end and (max(left) < self.layers_a or max(right) < self.layers_b
                              or _kind(self.a, left, -1) == _kind(self.b, right, -2)):
            return []  # no scopes; or as many of the same in a row, which stand for each other
        found = common(level(self.a, left, -1), level(self.b, right, -2))
        return [(at_a[0] + x, at_b[0] + y, n) for x, y, n in found]

    def crossings(self, xs: list[int], ys: list[int], runs: list[Run]) -> list[tuple[int, int]]:
        """What is left over on both sides and known by its name, end or block: in another order, as branches may be."""
        left, right = self.rest(xs, [run[::2] for run in runs]), self.rest(ys, [run[1:] for run in runs])
        found: list[tuple[int, int]] = []
        for level in (_name, _end, _block):
            if not left or not right:
                break
            ours, theirs = _once(level(self.a, left, -1), left), _once(level(self.b, right, -2), right)
            met = [(x, theirs[key]) for key, x in ours.items() if key in theirs]
            left, right = _without(left, {x for x, _ in met}), _without(right, {y for _, y in met})
            found += met
        return found

    @staticmethod
    def rest(items: list[int], runs: list[Any]) -> list[int]:
        """The items outside runs of start and length."""
        result, end = [], 0
        for start, length in runs:
            result += items[end:start]
            end = start + length
        return result + items[end:]

    def settle(self, xs: list[int], ys: list[int], runs: list[Run], gone_a: set[int], gone_b: set[int]) -> None:
        """Keep what is certain (scopes, written names); where a scope found no partner between two such, try again.

        Layers without a name are matched anew there: an activation looks like any other.
        """
        certain = [(x + step, y + step) for x, y, n in runs for step in range(n)
                   if xs[x + step] >= self.layers_a or self.a.names[xs[x + step]]]
        i = j = at = 0
        for x, y in (*certain, (len(xs), len(ys))):
            inside = []
            while at < len(runs) and runs[at][0] < x:
                start, other, n = runs[at]
                first, last = max(start, i), min(start + n, x)
                if last > first:
                    inside.append((first - i, other + first - start - j, last - first))
                if start + n > x:
                    break
                at += 1
            if x > i or y > j:
                self.segment(xs[i:x], ys[j:y], inside, gone_a, gone_b)
            if x < len(xs):
                self.meet(xs[x], ys[y])
            i, j = x + 1, y + 1

    def segment(self, xs: list[int], ys: list[int], runs: list[Run], gone_a: set[int], gone_b: set[int]) -> None:
        """The items between two certain matches."""
        left: set[int] = set()
        right: set[int] = set()
        i = j = 0
        for x, y, n in (*runs, (len(xs), len(ys), 0)):
            lone = [item for item in xs[i:x] if item not in gone_a]
            other = [item for item in ys[j:y] if item not in gone_b]
            if lone and other:
                left |= {item for item in lone if item >= self.layers_a}
                right |= {item for item in other if item >= self.layers_b}
            i, j = x + n, y + n
        if left or right:
            self.work.append((_dissolved(self.a, xs, left, gone_a), _dissolved(self.b, ys, right, gone_b)))
            return
        i = j = 0
        for x, y, n in (*runs, (len(xs), len(ys), 0)):
            lone = [item for item in xs[i:x] if item not in gone_a]
            other = [item for item in ys[j:y] if item not in gone_b]
            if len(lone) == len(other):
                # As many came as went, at one place: they were replaced.
                for item, twin in zip(lone, other, strict=True):
                    self.meet(item, twin)
            for item, twin in zip(xs[x:x + n], ys[y:y + n], strict=True):
                self.partner[item] = twin
                self.taken[twin] = True
            i, j = x + n, y + n

    def meet(self, x: int, y: int) -> None:
        """Two items are partners: equal ones layer by layer, two scopes by their children."""
        if x < self.layers_a and y < self.layers_b:
            self.partner[x] = y
            self.taken[y] = True
        elif self.a.keys[x] == self.b.keys[y]:
            for one, two in zip(self.a.layers[x], self.b.layers[y], strict=True):
                self.partner[one] = two
                self.taken[two] = True
        else:
            self.work.append((self.a.children[x], self.b.children[y]))


def _without(items: list[int], met: set[int]) -> list[int]:
    return [item for item in items if item not in met] if met else items


def _once(keys: list[Any], items: list[int]) -> dict[Any, int]:
    """The items whose key no other of them has."""
    counts = Counter(keys)
    return {key: item for key, item in zip(keys, items, strict=True) if counts[key] == 1}


def _dissolved(tree: Tree, items: list[int], scopes: set[int], gone: set[int]) -> list[int]:
    """The list with the children of some scopes in their place, and without the items that are matched already."""
    result: list[int] = []
    for item in items:
        if item in scopes:
            result += tree.children[item]
        elif item not in gone:
            result.append(item)
    return result
