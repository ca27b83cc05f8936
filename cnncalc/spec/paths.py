"""Where steps stand: path prefixes, and the automatic names below them."""

from __future__ import annotations

from collections.abc import Iterable, Set

from cnncalc.spec.scope import Entry
from cnncalc.spec.source import Tree
from cnncalc.spec.steps import written_names


class Prefix:
    """One place that steps stand in: a block instance, a branch, a group, a repetition, or the top level.

    Automatic names are kind + counter, counted per prefix over the steps as written, and keep off the names that are
    written there; so an insertion renumbers only its neighbours.
    """

    __slots__ = ("_counters", "_keys", "_names", "_used", "entries", "path")

    def __init__(self, path: str, names: Set[str] = frozenset(), keys: Set[str] = frozenset()) -> None:
        self.path = path
        self.entries: dict[str, Entry] = {}
        self._names = names
        self._keys = keys
        self._used: set[str] = set()
        self._counters: dict[str, int] = {}

    def join(self, component: str) -> str:
        """The path of a component here."""
        return f"{self.path}.{component}" if self.path else component

    def number(self, kind: str) -> str:
        """The next automatic name of a kind."""
        count = self._counters.get(kind, 0) + 1
        while (name := f"{kind}{count}") in self._names or name in self._keys or name in self._used:
            count += 1
        self._counters[kind] = count
        return name

    def key(self, key: str) -> str:
        """The path component of a branch: its key, with a counter where that is taken."""
        count = self._counters.get("." + key, 0) + 1
        name = key if count == 1 else f"{key}{count}"
        while name in self._names or name in self._used:
            count += 1
            name = f"{key}{count}"
        self._counters["." + key] = count
        self._used.add(name)
        return name


class Names:
    """The written names below each list of steps, found once per list: blocks are expanded many times."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[set[str], set[str]]] = {}

    def prefix(self, path: str, steps: Tree, taken: Iterable[str] = ()) -> Prefix:
        """A prefix for the pipeline `steps`; automatic names keep off those that are `taken`, too."""
        found = self._found.get(id(steps))
        if found is None:
            names, keys = written_names(steps)
            found = self._found[id(steps)] = names.union(taken), keys
        return Prefix(path, *found)
