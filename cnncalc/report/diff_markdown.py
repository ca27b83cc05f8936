"""Diffs as Markdown for a pull request's comment.

It begins with a hidden marker, by which a bot finds its comment again, and stays below the length that GitHub takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from cnncalc.compare import Diff
from cnncalc.compare.fold import Fold, folds
from cnncalc.report import diff as words
from cnncalc.report.diff import Options, percentage, signed
from cnncalc.report.diff_several import said, summary
from cnncalc.report.markdown import escaped, table
from cnncalc.report.text import printable

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
        rows = [(entry.label, said(entry), *_costs(entry)) for entry in shown[:MOST_ROWS]]
        text += "\n" + table(["network", "what changed", "params", "FLOPs"], rows, {2, 3})
    left = len(shown) - min(len(shown), MOST_ROWS)
    for entry in shown:
        if entry.diff is None:
            continue
        more = f"\n{_collapsed(f'<code>{escape(printable(entry.label))}</code>', _body(entry.diff, options))}"
        if len(text) + len(more) > MOST_CHARACTERS:
            left += 1
        else:
            text += more
    unit = next((words.conditions(entry.diff) for entry in entries if entry.diff is not None), "")
    if left:
        text += f"\n{left} more would make this comment too long.\n"
    return text + (f"\n{escaped(unit)}\n" if unit else "")


def _costs(entry: Entry) -> tuple[str, str]:
    if entry.diff is None:
        return "", ""
    before, after = entry.diff.a.totals, entry.diff.b.totals
    return _cost(before.params, after.params), _cost(before.flops, after.flops)


def _cost(old: int, new: int) -> str:
    share = percentage(old, new) if new else ""
    return f"{signed(new - old)} ({share})" if share else signed(new - old)


def _collapsed(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"


def _body(diff: Diff, options: Options) -> str:
    groups = words.rows(diff, options)
    parts = [f"**{escaped(words.verdict(diff, folds(diff)))}**\n"]
    if groups:
        rows = list(_fitting(_row(diff, fold) for fold in groups[:MOST_ROWS]))
        changes = table(["", "where", "what", "params", "FLOPs"], rows, {3, 4})
        if len(groups) > len(rows):
            changes += f"\n… and {len(groups) - len(rows)} more\n"
        title = f"{len(groups)} rows" if options.all else f"{len(groups)} changes"
        parts.append(_collapsed(title, changes) if len(groups) > OPEN_ROWS else changes)
    parts.append(table(words.HEAD, words.totals(diff), {1, 2, 3, 4}))
    notes = "<br>\n".join(map(escaped, _notes(diff)))
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
    hidden = words.hidden_words(diff)
    if hidden and not diff.same:
        yield hidden
    yield words.conditions(diff)


def _row(diff: Diff, fold: Fold) -> tuple[str, ...]:
    """A change as a row; the costs have columns of their own."""
    what = [words.kind_words(diff, fold), *words.details(diff, fold, costs=False)]
    return (words.KEYS[fold.first.action], f"{fold.path}{words.count_words(fold)}", " · ".join(filter(None, what)),
            _cost(fold.old.params, fold.new.params), _cost(fold.old.flops, fold.new.flops))
