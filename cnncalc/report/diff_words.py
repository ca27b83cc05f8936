"""Sentences of a diff: what was turned, where a layer moved, what an argument was, what is not shown."""

from __future__ import annotations

from typing import Any

from cnncalc.compare import Diff
from cnncalc.compare.arguments import Argument
from cnncalc.compare.changes import Change, Place, owned
from cnncalc.compare.settings import settings
from cnncalc.graph import Graph
from cnncalc.layers.forms import show
from cnncalc.layers.window import times
from cnncalc.report.text import number, printable, signed


def turned(diff: Diff) -> list[str]:
    """Hyperparameters before and after, where those differ: the one cause of many changes."""
    if diff.same:
        return []
    found = [f"{printable(each.name)} {_value(each.old)} → {_value(each.new)}"
             for each in settings(diff.a.graph, diff.b.graph)]
    return [f"hyperparameter{'s' * (len(found) > 1)}: {found[0]}", *found[1:]] if found else []


def moved_words(diff: Diff, change: Change) -> str:
    """From where to where: the path if it is another, else what it read and reads, else the order of branches."""
    assert change.old is not None
    assert change.new is not None
    if change.old.path != change.new.path:
        return f"moved from {change.old.path}"
    before, after = (_source(side.graph, place) for side, place in ((diff.a, change.old), (diff.b, change.new)))
    return f"moved: reads {before} → {after}" if before != after else "moved: in another order"


def _source(graph: Graph, place: Place) -> str:
    first = graph.nodes[(place.node or 0) - place.layers + 1]
    return printable(graph.label(first.inputs[0])) if first.inputs else "nothing"


def argument_words(argument: Argument, change: Change) -> str:
    """An argument before and after; of sources only those that differ, as one writes them from where the layer is."""
    name, old, new = argument
    if name == "kind":
        return f"{old} → {new}"
    if name == "shape" and change.place.node is None:
        return f"{times(old)} → {times(new)}"
    if name == "from":
        old, new = (_sources(these, those, place) for these, those, place in (
            (old, new, change.old or change.place), (new, old, change.place)))
        return f"from {old} → {new}"
    return f"{name} {_value(old)} → {_value(new)}"


def _sources(these: tuple[str, ...], those: tuple[str, ...], place: Place) -> str:
    """Paths relative to where a layer stands; `…` for several before or after that are the same on both sides."""
    head = tail = 0
    least = min(len(these), len(those))
    while head < least and these[head] == those[head]:
        head += 1
    while tail < least - head and these[-1 - tail] == those[-1 - tail]:
        tail += 1
    head, tail = (count if count > 1 else 0 for count in (head, tail))
    home = place.path.rpartition(".")[0] + "."
    shown = [printable(path.removeprefix(home)) for path in these[head:len(these) - tail]]
    shown = ["…"] * (head > 0) + shown + ["…"] * (tail > 0)
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def _value(value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    return printable(show(value)) if value is not None else "none"


def hidden_words(diff: Diff) -> str:
    """How many layers are not shown: unchanged ones, and those that only cost more or less."""
    shown = owned(change.new for change in diff.changes)
    affected = [(i, j) for i, j in diff.affected if j not in shown]
    unchanged = sum(j not in shown for _, j in diff.pairs) - len(affected)
    parts = [f"{number(unchanged)} layer{'s' * (unchanged != 1)} unchanged"] if unchanged else []
    if affected:
        costs = _effects(diff, affected)
        thing = "" if unchanged else f" layer{'s' * (len(affected) != 1)}"
        parts.append(f"{number(len(affected))}{thing} only affected{': ' if costs else ''}{costs}")
    return ", ".join(parts)


def _effects(diff: Diff, affected: list[tuple[int, int]]) -> str:
    """What the layers that are only affected cost more or less."""
    items = []
    for name, word in (("params", "params"), ("flops", "FLOPs")):
        change = sum(getattr(diff.b.layers[j], name) - getattr(diff.a.layers[i], name) for i, j in affected)
        if change:
            items.append(f"{signed(change)} {word}")
    return ", ".join(items)
