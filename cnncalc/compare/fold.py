"""The same change in sibling places as one: what somebody wrote once in a block shows once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from cnncalc.analysis import Totals
from cnncalc.compare import Diff
from cnncalc.compare.arguments import Argument
from cnncalc.compare.changes import NOTHING, Change, Place
from cnncalc.compare.pattern import pattern
from cnncalc.graph import Graph

_NUMBER = re.compile(r"\d+")


class Fold(NamedTuple):
    """Changes that are one: a single one, or the same in several places. `path` covers all of their paths.

    `noun` is what there are several of: blocks, layers, or blocks in each of which one layer changed (`in blocks`).
    """

    changes: tuple[Change, ...]
    path: str
    noun: str

    @property
    def first(self) -> Change:
        """The change that stands for all."""
        return self.changes[0]

    @property
    def old(self) -> Totals:
        """What all of them cost before."""
        return _sum(change.old for change in self.changes)

    @property
    def new(self) -> Totals:
        """What all of them cost after."""
        return _sum(change.new for change in self.changes)


def _sum(places: Iterable[Place | None]) -> Totals:
    costs = [place.cost for place in places if place is not None]
    return Totals(*map(sum, zip(*costs, strict=True))) if costs else NOTHING


def folds(diff: Diff) -> list[Fold]:
    """The changes of a diff, folded, in the order of the first of each."""
    groups: dict[Any, list[Change]] = {}
    for change in diff.changes:
        groups.setdefault(_signature(diff, change), []).append(change)
    return [Fold(tuple(changes), pattern([change.place.path for change in changes]), _noun(diff, changes))
            for changes in groups.values()]


def _noun(diff: Diff, changes: list[Change]) -> str:
    if changes[0].place.scope:
        return "block" if changes[0].place.kind else "part"
    homes = {_home(diff, change)[0] for change in changes}
    return "in block" if "" not in homes and len(homes) == len(changes) else "layer"


def _graph(diff: Diff, change: Change) -> Graph:
    return diff.b.graph if change.new is not None else diff.a.graph


def _home(diff: Diff, change: Change) -> tuple[str, str]:
    """Path and block of the nearest block instance around a change; empty where there is none."""
    return _around(_graph(diff, change), change.place.path)


def _around(graph: Graph, path: str) -> tuple[str, str]:
    while path:
        path = path.rpartition(".")[0]
        scope = graph.scopes.get(path)
        if scope is not None and scope.block is not None:
            return path, scope.block
    return "", ""


def _signature(diff: Diff, change: Change) -> Any:
    """Equal for changes that are the same: of one sort, at one place of a block or of a numbered row.

    What came or went inside a block is one change whatever its arguments, which mostly depend on the instance.
    """
    home, block = _home(diff, change)
    place = change.place
    parent, _, name = place.path.rpartition(".")
    if name.isdigit() and home == parent:  # a repetition: what is around all of them tells where
        home, block = _around(_graph(diff, change), parent)
    # One stage that gained blocks is not another that did; what a block's own repetition gained is the same in each.
    where: Any = parent if name.isdigit() and not home else (block, _NUMBER.sub("#", place.path[len(home):]))
    kinds = change.old and change.old.kind, change.new and change.new.kind
    what: tuple[Any, ...] = tuple([_written(argument, place.path) for argument in change.arguments])
    if change.action in ("added", "removed") and not home and not place.scope and place.node is not None:
        what = (_graph(diff, change).nodes[place.node].layer,)
    return change.action, kinds, where, what


def _written(argument: Argument, path: str) -> Any:
    """An argument with paths as one would write them in the block: relative, and without numbers."""
    if argument.name not in ("from", "share"):
        return argument
    return (argument.name, *(tuple(_relative(label, path) for label in _labels(value))
                             for value in (argument.old, argument.new)))


def _labels(value: Any) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def _relative(label: str, path: str) -> str:
    ours, theirs = label.split("."), path.split(".")
    same = 0
    while same < min(len(ours), len(theirs)) and ours[same] == theirs[same]:
        same += 1
    return _NUMBER.sub("#", ".".join(ours[same:]))
