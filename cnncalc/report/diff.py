"""A diff in words: what every format of it says. `lines` is the whole text, a piece of style with each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cnncalc.analysis import Analysis
from cnncalc.analysis.metrics import METRICS
from cnncalc.compare import Diff
from cnncalc.compare.changes import Change
from cnncalc.compare.fold import Fold, folds
from cnncalc.compare.renames import folded, renames
from cnncalc.layers.window import times
from cnncalc.report.columns import Column, brief, flops_unit
from cnncalc.report.diff_columns import (
    Measure,
    change_words,
    elsewhere,
    formats,
    measures,
    total_rows,
    weight,
)
from cnncalc.report.diff_words import argument_words, hidden_words, moved_words, turned
from cnncalc.report.summary import aligned, title
from cnncalc.report.text import number, percentage, printable, signed

KEYS = {"changed": "~", "moved": "~", "added": "+", "removed": "-", "affected": "=", "unchanged": "="}
HEAD = ("", "before", "after", "change", "")
LEGEND = "~ changed · + added · - removed · = the same"
MOST_RENAMES = 5
TOTALS = ("params", "buffers", "macs", "flops", "weights", "activations")
"""The metrics whose totals are compared unless others are named; those need a device, or take longer than the diff."""


class Options(NamedTuple):
    """What is shown: every layer, or only the changes; in the network's order, or by a metric; which metrics.

    Without `columns` changes have parameters and FLOPs, and the totals those of `TOTALS`.
    """

    all: bool = False
    by: str | None = None
    width: int = 80
    columns: tuple[str, ...] = ()


Line = tuple[str, str]
"""A style (an action, `title`, `dim`, or empty) and a line."""


def plain(diff: Diff, options: Options) -> str:
    """The diff for a pipe."""
    return "".join(f"{text}\n" for _, text in lines(diff, options))


def lines(diff: Diff, options: Options) -> Iterator[Line]:
    """The whole report: which networks, the verdict, the changes, the totals, what is not shown."""
    measured = measures(diff, options.columns)
    yield "title", heading(diff)
    yield "title", verdict(diff, folds(diff))
    for text in _wrapped(turned(diff), options.width):
        yield "dim", text
    yield "", ""
    for fold in rows(diff, options):
        yield from _fold_lines(diff, fold, options, measured)
    names = list(renamed(diff))
    for text in names:
        yield "dim", f"= {text}"
    hidden = hidden_words(diff)
    if hidden and not options.all and not diff.same:
        yield "dim", f"= {hidden} (--all)"
    for text in () if options.all else elsewhere(diff, measured):
        yield "dim", f"= {text}"
    if diff.changes or names or options.all:
        yield "", ""
    for text in _fitted(totals(diff, measured), options.width):
        yield "", text
    for text in outputs(diff):
        yield "", text
    yield "", ""
    yield "dim", conditions(diff)
    for text in formats(diff, measured):
        yield "dim", text
    if diff.changes or options.all:
        yield "dim", LEGEND


def rows(diff: Diff, options: Options) -> list[Fold]:
    """The changes, or every layer; by how much each moves a metric, or in the order of the networks."""
    single = diff.everything() if options.all else []
    found = [Fold((change,), change.place.path, "layer") for change in single] or folds(diff)
    if options.by is None:
        return found
    (measure,) = measures(diff, [options.by])
    return sorted(found, key=lambda fold: -weight(fold, measure))


def heading(diff: Diff) -> str:
    """Which networks: by name, and by label where the names are the same."""
    before, after = title(diff.a), title(diff.b)
    if before != after:
        return f"{before} → {after}"
    ours, theirs = _label(diff.a), _label(diff.b)
    return before if ours == theirs else f"{before}: {ours} → {theirs}"


def _label(analysis: Analysis) -> str:
    graph = analysis.graph
    return printable(f"{graph.text.label}@{graph.variant}" if graph.variant else graph.text.label)


def verdict(diff: Diff, groups: list[Fold]) -> str:
    """One line: what happened, and what it costs."""
    if diff.same:
        return "no change in the network"
    costs = [_cost_word("params", diff.a.totals.params, diff.b.totals.params),
             _cost_word("FLOPs", diff.a.totals.flops, diff.b.totals.flops)]
    return f"{_what(groups)}: {', '.join(costs)}"


def _cost_word(name: str, old: int, new: int) -> str:
    return f"same {name}" if old == new else f"{percentage(old, new) or signed(new - old)} {name}"


def _what(groups: list[Fold]) -> str:
    if len(groups) == 1:
        fold = groups[0]
        parents = {change.place.path.rpartition(".")[0] for change in fold.changes}
        if fold.first.action in ("added", "removed") and len(parents) == 1:
            did = "gained" if fold.first.action == "added" else "lost"
            return f"{parents.pop() or 'the network'} {did} {_counted(len(fold.changes), _thing(fold.first))}"
    counts: dict[tuple[str, str], int] = {}
    for fold in groups:
        for change in fold.changes:
            key = change.action, _thing(change)
            counts[key] = counts.get(key, 0) + 1
    return ", ".join(f"{_counted(count, thing)} {action}" for (action, thing), count in counts.items())


def _thing(change: Change) -> str:
    place = change.place
    if place.node is None:
        return "input" if place.kind == "input" else "list of outputs"
    return ("block" if place.kind else "part") if place.scope else "layer"


def _counted(count: int, thing: str) -> str:
    if thing == "list of outputs" or (thing == "input" and count == 1):
        return "the outputs" if thing != "input" else "the input"
    return f"{number(count)} {thing}{'s' * (count != 1)}"


def _fold_lines(diff: Diff, fold: Fold, options: Options, measured: Sequence[Measure]) -> Iterator[Line]:
    style = fold.first.action
    head = f"{KEYS[style]} {fold.path}{count_words(fold)}"
    kind = kind_words(diff, fold)
    items = details(diff, fold, costs=not measured) + change_words(fold, measured)
    if style == "unchanged" and not items:
        yield style, f"{head}  {kind}"
        return
    yield style, f"{head}  {kind}".rstrip() if len(head) + 2 + len(kind) <= options.width else head
    if len(head) + 2 + len(kind) > options.width:
        items.insert(0, kind)
    for text in _wrapped(items, options.width - 4):
        yield style, f"    {text}"


def count_words(fold: Fold) -> str:
    """How many changes a fold holds: ` (17 blocks)`, ` (in 3 blocks)`; empty for one."""
    count = len(fold.changes)
    if count == 1:
        return ""
    return f" (in {count} blocks)" if fold.noun == "in block" else f" ({number(count)} {fold.noun}s)"


def kind_words(diff: Diff, fold: Fold) -> str:
    """What changed: a layer's kind, with its arguments where it came or went; a scope's block and size."""
    change = fold.first
    place = change.place
    if place.scope:
        sizes = {each.place.layers for each in fold.changes}
        size = f"{number(place.layers)} layers{' each' * (len(fold.changes) > 1)}" if len(sizes) == 1 else "layers"
        return f"{place.kind}, {size}" if place.kind else size
    if place.node is None:
        return place.kind if place.kind != place.path else ""
    if change.action == "changed":
        return "" if change.arguments[0].name == "kind" else place.kind
    graph = (diff.b if change.new is not None else diff.a).graph
    texts = {brief(graph, graph.nodes[each.place.node]) for each in fold.changes if each.place.node is not None}
    return texts.pop() if len(texts) == 1 else place.kind


def details(diff: Diff, fold: Fold, costs: bool = True) -> list[str]:
    """The rest of what a change says: arguments old → new, output, costs."""
    change = fold.first
    items = [argument_words(argument, change) for argument in change.arguments]
    if change.action == "moved":
        items.append(moved_words(diff, change))
    output = _output(fold)
    if output:
        items.append(f"output {output}")
    return items + cost_words(fold) if costs else items


def _output(fold: Fold) -> str:
    """The output's size where it changed, or of what came or went; the first of several."""
    texts = list(dict.fromkeys(_sizes(change) for change in fold.changes))
    return texts[0] + ", …" * (len(texts) > 1) if texts[0] else ""


def _sizes(change: Change) -> str:
    if change.place.node is None or change.action == "moved":
        return ""
    if change.old is None or change.new is None:
        return times(change.place.output)
    return "" if change.old.output == change.new.output else f"{times(change.old.output)} → {times(change.new.output)}"


def cost_words(fold: Fold) -> list[str]:
    """Parameters and FLOPs more or less, absolute and in percent of what was there."""
    items = []
    for name, word in (("params", "params"), ("flops", "FLOPs")):
        old, new = getattr(fold.old, name), getattr(fold.new, name)
        if old != new:
            share = percentage(old, new) if new else ""
            items.append(f"{signed(new - old)} {word}" + (f" ({share})" if share else ""))
    return items


def _wrapped(items: Sequence[str], width: int) -> list[str]:
    """Items joined by dots, on as many lines as they need; an item is never cut."""
    result: list[str] = []
    for item in filter(None, items):
        if result and len(result[-1]) + 3 + len(item) <= width:
            result[-1] += f" · {item}"
        else:
            result.append(item)
    return result


def renamed(diff: Diff) -> Iterator[str]:
    """What only has another name."""
    found = renames(diff)
    names = list(folded(found.names))
    for old, new, count in names[:MOST_RENAMES]:
        yield f"{old} is now {new} ({number(count)} layer{'s' * (count != 1)})"
    rest = sum(count for _, _, count in names[MOST_RENAMES:]) + found.elsewhere
    if rest:
        yield f"{number(rest)} layer{'s' * (rest != 1)} the same under another path"


def totals(diff: Diff, measured: Sequence[Measure] = ()) -> list[tuple[str, ...]]:
    """The totals: name, before, after, change, percent. Of the metrics that were asked for, or else always layers,
    parameters and FLOPs, and others where they changed.
    """
    rows = [_total("Layers", number, len(diff.a.layers), len(diff.b.layers))]
    if measured:
        return rows + list(total_rows(measured))
    for name in TOTALS:
        metric = METRICS[name]
        old, new = total_of(diff.a, name), total_of(diff.b, name)
        repeated = name == "macs" and (old, new) == (diff.a.totals.flops, diff.b.totals.flops)
        if name in ("params", "flops") or (old != new and not repeated):
            rows.append(_total(metric.title, Column(name, "", metric).cell, old, new))
    return rows


def _fitted(rows: list[tuple[str, ...]], width: int) -> list[str]:
    """The totals as a table; where a screen is too narrow for it, below one another."""
    table = aligned([HEAD, *rows], {1, 2, 3, 4})
    if width >= Options().width or max(map(len, table)) <= width:
        return table
    return [text for name, before, after, *change in rows
            for text in (name, *(f"  {line}" for line in _wrapped([f"{before} → {after}", *change], width - 2)))]


def total_of(analysis: Analysis, name: str) -> int:
    """A metric of the whole network, one of `TOTALS`."""
    found = METRICS[name].total(analysis, METRICS[name].layers(analysis))
    assert isinstance(found, int)
    return found


def outputs(diff: Diff) -> Iterator[str]:
    """The sizes of the network's outputs, where they changed."""
    before, after = (", ".join(times(each.graph.shape(output.tensor)) for output in each.graph.outputs)
                     for each in (diff.a, diff.b))
    if before != after:
        yield f"Output: {before} → {after}"


def _total(name: str, cell: Any, old: int, new: int) -> tuple[str, ...]:
    change = f"{'+' if new > old else '−'}{cell(abs(new - old))}" if new != old else "0"
    return name, cell(old), cell(new), change, percentage(old, new)


def conditions(diff: Diff) -> str:
    """Under what the numbers hold."""
    return f"FLOPs: {flops_unit(diff.b)} · batch {diff.b.batch}"
