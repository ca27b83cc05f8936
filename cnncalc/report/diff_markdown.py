"""Diffs as Markdown for a pull request's comment.

It begins with a hidden marker, by which a bot finds its comment again, and stays below the length that GitHub takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from cnncalc.compare import Diff
from cnncalc.compare.fold import Fold, folds
from cnncalc.report import diff as words
from cnncalc.report.diff import Options
from cnncalc.report.diff_columns import Measure, change_cells, elsewhere, formats, measures, total_rows
from cnncalc.report.diff_several import called, said, summary
from cnncalc.report.diff_words import hidden_words, turned
from cnncalc.report.markdown import escaped, table
from cnncalc.report.text import percentage, signed

if TYPE_CHECKING:
    from cnncalc.compare.revisions import Entry

MARKER = "<!-- cnncalc-diff -->"
OPEN_ROWS = 10
"""Changes that are shown at once; more are collapsed."""

MOST_ROWS = 200
MOST_CHARACTERS = 60_000
"""GitHub refuses a comment of more than 65,536 characters."""


def render(diff: Diff, options: Options) -> str:
    """One diff as a comment."""
    return f"{MARKER}\n### {escaped(words.heading(diff))}\n\n{_body(diff, options)}"


def compare(entries: tuple[Entry, ...], options: Options) -> str:
    """Several diffs as one comment: a row each, and below it the changes of each, collapsed."""
    shown = [entry for entry in entries if entry.status != "same"]
    text = f"{MARKER}\n### {escaped(summary(entries))}\n"
    if shown:
        rows = [(entry.label if entry.diff is None else called(entry), said(entry), *_costs(entry, options))
                for entry in shown[:MOST_ROWS]]
        head = ["network", "what changed", *(options.columns or ("params", "FLOPs"))]
        text += "\n" + table(head, rows, set(range(2, len(head))))
    left = len(shown) - min(len(shown), MOST_ROWS)
    for entry in shown:
        if entry.diff is None:
            continue
        more = f"\n{_collapsed(f'<code>{escape(called(entry))}</code>', _body(entry.diff, options))}"
        if len(text) + len(more) > MOST_CHARACTERS:
            left += 1
        else:
            text += more
    unit = next((words.conditions(entry.diff) for entry in entries if entry.diff is not None), "")
    if left:
        text += f"\n{left} more would make this comment too long.\n"
    return text + (f"\n{escaped(unit)}\n" if unit else "")


def _costs(entry: Entry, options: Options) -> tuple[str, ...]:
    if entry.diff is None:
        return ("",) * (len(options.columns) or 2)
    if options.columns:
        return tuple(f"{change} ({share})" if share else change
                     for _, _, _, change, share in total_rows(measures(entry.diff, options.columns)))
    before, after = entry.diff.a.totals, entry.diff.b.totals
    return _cost(before.params, after.params), _cost(before.flops, after.flops)


def _cost(old: int, new: int) -> str:
    share = percentage(old, new) if new else ""
    return f"{signed(new - old)} ({share})" if share else signed(new - old)


def _collapsed(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"


def _body(diff: Diff, options: Options) -> str:
    groups, measured = words.rows(diff, options), measures(diff, options.columns)
    settings = " · ".join(turned(diff))
    parts = [f"**{escaped(words.verdict(diff, folds(diff)))}**" + f"<br>\n{escaped(settings)}" * bool(settings) + "\n"]
    if groups:
        rows = list(_fitting(_row(diff, fold, measured) for fold in groups[:MOST_ROWS]))
        head = ["", "where", "what", *(options.columns or ("params", "FLOPs"))]
        changes = table(head, rows, set(range(3, len(head))))
        if len(groups) > len(rows):
            changes += f"\n… and {len(groups) - len(rows)} more\n"
        title = f"{len(groups)} rows" if options.all else f"{len(groups)} changes"
        parts.append(_collapsed(title, changes) if len(groups) > OPEN_ROWS else changes)
    parts.append(table(words.HEAD, words.totals(diff, measured), {1, 2, 3, 4}))
    notes = "<br>\n".join(map(escaped, (*_notes(diff), *elsewhere(diff, measured), *formats(diff, measured))))
    return "\n".join([*parts, f"{notes}\n"])


def _fitting(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The first rows that leave room for the rest of a comment; escaping may double a text."""
    left = MOST_CHARACTERS // 2
    for row in rows:
        left -= sum(len(cell) + 3 for cell in row)
        if left < 0:
            return
        yield row


def _notes(diff: Diff) -> Iterator[str]:
    yield from words.outputs(diff)
    yield from words.renamed(diff)
    hidden = hidden_words(diff)
    if hidden and not diff.same:
        yield hidden
    yield words.conditions(diff)


def _row(diff: Diff, fold: Fold, measured: Sequence[Measure]) -> tuple[str, ...]:
    """A change as a row; the costs have columns of their own."""
    what = [words.kind_words(diff, fold), *words.details(diff, fold, costs=False)]
    return (words.KEYS[fold.first.action], f"{fold.path}{words.count_words(fold)}", " · ".join(filter(None, what)),
            *(change_cells(fold, measured) or (_cost(fold.old.params, fold.new.params),
                                                     _cost(fold.old.flops, fold.new.flops))))
