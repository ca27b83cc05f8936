"""Diffs as data: schema `cnncalc.diff/1`, with the alignment; several: `cnncalc.diffs/1`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc import __version__
from cnncalc.analysis import Analysis
from cnncalc.analysis.metrics import Value
from cnncalc.compare import Diff
from cnncalc.compare.changes import Change, Place
from cnncalc.compare.fold import folds
from cnncalc.compare.renames import renames
from cnncalc.compare.settings import settings
from cnncalc.report.diff import TOTALS, total_of, verdict
from cnncalc.report.diff_columns import Measure, measures, sides

if TYPE_CHECKING:
    from cnncalc.compare.revisions import Entry


def as_json(diff: Diff, columns: Sequence[str] = ()) -> dict[str, Any]:
    """One diff. Changes are single ones; those of one `fold` are the same change in several places.

    The metrics in `columns` are among the totals, and `metrics` of every change and effect.

    `alignment` holds, for every layer of either side, its path before and after, null where it is not.
    """
    groups = folds(diff)
    places = {id(change): number for number, fold in enumerate(groups) for change in fold.changes}
    found, measured = renames(diff), measures(diff, columns)
    return {
        "schema": "cnncalc.diff/1",
        "tool": {"name": "cnncalc", "version": __version__},
        "a": _spec(diff.a),
        "b": _spec(diff.b),
        "batch": diff.b.batch,
        "convention": diff.b.convention.name,
        "flops_unit": diff.b.convention.unit,
        "same": diff.same,
        "verdict": verdict(diff, groups),
        "hyperparameters": {each.name: {"old": _listed(each.old), "new": _listed(each.new)}
                            for each in settings(diff.a.graph, diff.b.graph)},
        "changes": [{**_change(change, places[id(change)]),
                     **_metrics(measured, [sides((change,), each) for each in measured])}
                    for change in diff.changes],
        "effects": [{**_effect(diff, i, j),
                     **_metrics(measured, [(each.before[i], each.after[j]) for each in measured])}
                    for i, j in diff.affected],
        "renames": [{"old": old, "new": new, "layers": count} for old, new, count in found.names],
        "totals": {**_totals(diff), **{each.column.name: values(each.old, each.new) for each in measured}},
        "alignment": list(_alignment(diff)),
    }


def _metrics(measured: Sequence[Measure], sides: Sequence[tuple[Value, Value]]) -> dict[str, Any]:
    """What was asked for, of one change."""
    found = {each.column.name: values(*pair) for each, pair in zip(measured, sides, strict=True)}
    return {"metrics": found} if found else {}


def compare(entries: tuple[Entry, ...], base: str, columns: Sequence[str] = ()) -> dict[str, Any]:
    """Several diffs: every network that changed, came or went, or whose text alone changed (`same`)."""
    return {"schema": "cnncalc.diffs/1", "tool": {"name": "cnncalc", "version": __version__}, "base": base,
            "networks": [{"label": entry.label, "status": entry.status, "note": entry.note or None,
                          "diff": None if entry.diff is None else as_json(entry.diff, columns),
                          "totals": None if entry.analysis is None else entry.analysis.totals._asdict()}
                         for entry in entries]}


def _spec(analysis: Analysis) -> dict[str, Any]:
    graph = analysis.graph
    return {"name": graph.header.name, "label": graph.text.label, "variant": graph.variant,
            "set": dict(graph.overrides)}


def _change(change: Change, fold: int) -> dict[str, Any]:
    return {"action": change.action, "fold": fold, "old": _place(change.old), "new": _place(change.new),
            "arguments": {each.name: {"old": _listed(each.old), "new": _listed(each.new)}
                          for each in change.arguments},
            "delta": {name: (getattr(change.new.cost, name) if change.new else 0)
                      - (getattr(change.old.cost, name) if change.old else 0)
                      for name in ("params", "buffers", "macs", "flops")}}


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"path": place.path, "kind": place.kind, "layers": place.layers, "output": list(place.output),
            **place.cost._asdict()}


def _effect(diff: Diff, i: int, j: int) -> dict[str, Any]:
    one, two = diff.a.layers[i], diff.b.layers[j]
    return {"old": one.path, "new": two.path, "output": {"old": list(one.output), "new": list(two.output)},
            "delta": {"params": two.params - one.params, "buffers": two.buffers - one.buffers,
                      "macs": two.macs - one.macs, "flops": two.flops - one.flops}}


def _totals(diff: Diff) -> dict[str, Any]:
    return {"layers": values(len(diff.a.layers), len(diff.b.layers)),
            **{name: values(total_of(diff.a, name), total_of(diff.b, name)) for name in TOTALS}}


def values(old: Value, new: Value) -> dict[str, Any]:
    """A metric before and after; axes are lists, and have no difference."""
    numbers = isinstance(old, int | float) and isinstance(new, int | float)
    delta = new - old if numbers else None  # type: ignore[operator]
    return {"old": _listed(old), "new": _listed(new), "delta": delta,
            "percent": 100 * delta / old if delta is not None and old else None}  # type: ignore[operator]


def _alignment(diff: Diff) -> Iterator[Sequence[str | None]]:
    before, after = diff.a.layers, diff.b.layers
    ours, theirs = {i for i, _ in diff.pairs}, {j for _, j in diff.pairs}
    yield from ([before[i].path, after[j].path] for i, j in diff.pairs)
    yield from ([before[i].path, None] for i in range(len(before)) if i not in ours)
    yield from ([None, after[j].path] for j in range(len(after)) if j not in theirs)


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
