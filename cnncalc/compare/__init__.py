"""Two networks to what changed between them, and what that costs."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.analysis import Analysis, analyze
from cnncalc.compare.align import align, later
from cnncalc.compare.changes import Change, Ranks, changes_of, layer_place
from cnncalc.compare.tree import Keys
from cnncalc.errors import Fault
from cnncalc.graph import Graph


class Diff(NamedTuple):
    """Everything that changed from `a` to `b`.

    `pairs` says which layer is which, by number. `changes` are the causes, in the order of the networks: empty means
    that the networks are the same, whatever their blocks and names. `affected` are the pairs of layers that are the
    same and only have another size or cost.
    """

    a: Analysis
    b: Analysis
    pairs: tuple[tuple[int, int], ...]
    changes: tuple[Change, ...]
    affected: tuple[tuple[int, int], ...]

    @property
    def same(self) -> bool:
        """No change in the network."""
        return not self.changes

    def mirrored(self) -> Diff:
        """The diff from `b` to `a`."""
        return Diff(self.b, self.a, tuple(sorted((j, i) for i, j in self.pairs)),
                    tuple(sorted((change.mirrored() for change in self.changes), key=lambda change: change.position)),
                    tuple(sorted((j, i) for i, j in self.affected)))

    def everything(self) -> list[Change]:
        """The changes with every other layer in its place: `affected` ones and `unchanged` ones."""
        ranks = Ranks(self.pairs)
        shown = {change.new.node for change in self.changes if change.action == "changed" and change.new is not None}
        affected = set(self.affected)
        rest = [Change("affected" if (i, j) in affected else "unchanged", layer_place(self.a, i),
                       layer_place(self.b, j), (), ranks.of_pair(i, j)) for i, j in self.pairs if j not in shown]
        return sorted((*self.changes, *rest), key=lambda change: change.position)


def diff(a: Graph | Analysis, b: Graph | Analysis) -> Diff:
    """Compare two networks; graphs are counted with the defaults of `analyze`.

    The search always runs the same way round, so that `diff(a, b)` is `diff(b, a)` mirrored.

    Raises:
        Fault: the numbers were counted under different conventions or batch sizes.
    """
    first = analyze(a) if isinstance(a, Graph) else a
    second = analyze(b) if isinstance(b, Graph) else b
    _comparable(first, second)
    keys = Keys()
    left, right = keys.layers(first.graph), keys.layers(second.graph)
    if later(first.graph, second.graph, left, right):
        return _found(second, first, keys, right, left).mirrored()
    return _found(first, second, keys, left, right)


def _found(a: Analysis, b: Analysis, keys: Keys, left: list[int], right: list[int]) -> Diff:
    alignment = align(a.graph, b.graph, keys, left, right)
    changes, affected = changes_of(a, b, alignment)
    return Diff(a, b, alignment.pairs, changes, affected)


def _comparable(a: Analysis, b: Analysis) -> None:
    """Numbers that were counted differently are not subtracted. Raises `Fault`."""
    if (a.convention.name, a.convention.label, a.convention.unit) != (
            b.convention.name, b.convention.label, b.convention.unit):
        raise Fault(f"FLOPs of the conventions `{a.convention.name}` and `{b.convention.name}` cannot be subtracted",
                    code="not-comparable", detail=f"1 FLOP is 1 {a.convention.unit} in one, 1 {b.convention.unit} in "
                    "the other", help="count both networks under one convention")
    if a.batch != b.batch:
        raise Fault(f"numbers for batches of {a.batch} and {b.batch} cannot be subtracted", code="not-comparable",
                    help="count both networks for one batch size")
