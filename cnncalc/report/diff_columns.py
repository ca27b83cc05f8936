"""Any metric in a diff: what it was and is, in every change and in total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

from cnncalc.analysis.metrics import Metric, Number, Value, Values, metric
from cnncalc.compare import Diff
from cnncalc.compare.changes import Change, Place, owned
from cnncalc.compare.fold import Fold
from cnncalc.report.columns import Column
from cnncalc.report.text import number, percentage, printable


class Measure(NamedTuple):
    """A metric on both sides: per layer, and of the whole network."""

    metric: Metric
    column: Column
    before: Values
    after: Values
    old: Value
    new: Value


def measures(diff: Diff, names: Sequence[str]) -> tuple[Measure, ...]:
    """Metrics by name (`weights@int8`) of both networks. Raises `Fault`."""
    found = []
    for name in names:
        wanted = metric(name)
        before, after = wanted.layers(diff.a), wanted.layers(diff.b)
        found.append(Measure(wanted, Column(name, wanted.title, wanted), before, after, wanted.total(diff.a, before),
                             wanted.total(diff.b, after)))
    return tuple(found)


def sides(changes: Sequence[Change], each: Measure) -> tuple[Value, Value]:
    """A metric of what changed, before and after, as a scope has it.

    None where there was or is nothing. Layers that other changes speak of do not count in what moved.
    """
    return (_joined(each, each.before, [change.old for change in changes]),
            _joined(each, each.after, [change.new for change in changes]))


def _joined(each: Measure, values: Values, places: Sequence[Place | None]) -> Value:
    start: Value = 0 if each.metric.additive else None
    return reduce(each.metric.joined, (values[index] for place in places if place is not None for index in place.own),
                  start)


def change_words(fold: Fold, measured: Sequence[Measure]) -> list[str]:
    """What a change does to the metrics; nothing of those that it leaves alone."""
    items = []
    for each in measured:
        change, share = _change(fold, each)
        if change:
            name = each.column.name
            text = f"{change} {name}" if each.metric.additive else f"{name} {change}"
            items.append(f"{text} ({share})" if share else text)
    return items


def change_cells(fold: Fold, measured: Sequence[Measure]) -> tuple[str, ...]:
    """The same, a cell per metric."""
    texts = (_change(fold, each) for each in measured)
    return tuple((f"{change} ({share})" if share else change) or "0" for change, share in texts)


def _change(fold: Fold, each: Measure) -> tuple[str, str]:
    """What a change does to a metric, and the percentage of it; empty where there is nothing to say.

    What a scope has from its last layer, several places do not have together: the first of them stands there.
    """
    if not each.metric.last:
        return _changed(fold.changes, each)
    texts = [text for text in dict.fromkeys(_changed((change,), each)[0] for change in fold.changes) if text]
    return (texts[0] + ", …" * (len(texts) > 1) if texts else ""), ""


def _changed(changes: Sequence[Change], each: Measure) -> tuple[str, str]:
    old, new = sides(changes, each)
    cell = each.column.cell
    if old == new:
        return "", ""
    if each.metric.additive:
        return difference(each.column, old, new), percentage_of(old, new) if new else ""
    if changes[0].old is None or changes[0].new is None:
        return cell(new if changes[0].old is None else old), ""
    before, after = cell(old), cell(new)
    return (f"{before} → {after}" if before != after else ""), ""  # 1 on two axes and 1 on three read the same


def weight(fold: Fold, each: Measure) -> float:
    """By how much a change moves a metric: the larger of its axes."""
    old, new = (value if isinstance(value, tuple) else (value,) for value in sides(fold.changes, each))
    return max(abs((after or 0) - (before or 0)) for before, after in zip(old, new, strict=False))


def total_rows(measured: Sequence[Measure]) -> Iterator[tuple[str, ...]]:
    """The totals: name, before, after, change, percent."""
    for each in measured:
        cell = each.column.cell
        yield each.column.title, cell(each.old), cell(each.new), difference(each.column, each.old, each.new), \
            percentage_of(each.old, each.new)


def elsewhere(diff: Diff, measured: Sequence[Measure]) -> Iterator[str]:
    """In how many layers that no change speaks of a metric has another value."""
    shown = owned(change.new for change in diff.changes)
    for each in measured:
        count = sum(each.before[i] != each.after[j] for i, j in diff.pairs if j not in shown)
        if count:
            more = sum(new - old for i, j in diff.pairs if j not in shown and each.metric.additive and
                       isinstance(old := each.before[i], int | float) and isinstance(new := each.after[j], int | float))
            cost = f": {difference(each.column, 0, more)}" if each.metric.additive else ""
            yield f"{each.column.name} of {number(count)} other layer{'s' * (count != 1)} differs{cost}"


def formats(diff: Diff, measured: Sequence[Measure]) -> Iterator[str]:
    """In which number formats and on what device, as far as the metrics ask, and what a time is not."""
    units = {each.metric.unit for each in measured}
    if units & {"bytes", "ratio", "seconds"} or any(each.column.name == "bops" for each in measured):
        words = diff.b.dtype + (f", weights {diff.b.weight_dtype}" if diff.b.weight_dtype != diff.b.dtype else "")
        device = diff.b.settings.device
        yield f"numbers as {words} unless named" + (f" · on {printable(device.name)}" if device else "")
    if "seconds" in units:
        from cnncalc.analysis.roofline import CAVEAT

        yield f"time: {CAVEAT}"


def difference(column: Column, old: Value, new: Value) -> str:
    """A difference with its sign, per axis where there are axes; empty where it is no number."""
    if old == new:
        return "0"
    if isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        parts = [_signed(column, *pair) for pair in zip(old, new, strict=True)]
        return parts[0] if len(set(parts)) == 1 else "×".join(parts) if all(parts) else ""
    if isinstance(old, tuple) or isinstance(new, tuple):
        return ""
    return _signed(column, old, new)


def _signed(column: Column, old: Number | None, new: Number | None) -> str:
    if old is None or new is None:
        return ""
    return "0" if old == new else f"{'+' if new > old else '−'}{column.cell(abs(new - old))}"


def percentage_of(old: Value, new: Value) -> str:
    """A difference in percent of the old number; empty where there is not one number."""
    one, other = (value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value for value in (old, new))
    if one is None or other is None or isinstance(one, tuple) or isinstance(other, tuple):
        return ""
    return percentage(one, other)
