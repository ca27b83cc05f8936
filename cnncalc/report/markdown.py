"""Reports as Markdown (GitHub's tables): foreign strings are escaped, so that they stay text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cnncalc.analysis import Analysis
from cnncalc.report import comparison
from cnncalc.report.columns import Column
from cnncalc.report.summary import Options, cells, rows_of, title, totals, whole_of
from cnncalc.report.text import printable

_MARKUP = re.compile(r"[\\`*{}\[\]|~$!]|(?<!\w)_|_(?!\w)")
_LINKED = re.compile(r"(?<!\w)[@#](?=\w)|\b(?:https?|ftp|mailto)(?=:)|\bwww(?=\.)", re.IGNORECASE)
"""What GitHub makes a mention, a reference to an issue, or a link of: a backslash does not keep it from that."""


def escaped(text: str) -> str:
    """A text that Markdown shows as it is: no markup, HTML, table bar, mention or link."""
    plain = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINKED.sub(r"\g<0><i></i>", _MARKUP.sub(r"\\\g<0>", plain))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: set[int]) -> str:
    """A table; the columns numbered in `right` are aligned to the right. The texts are escaped here."""
    rule = ["---:" if index in right else "---" for index in range(len(head))]
    lines = [[escaped(name) for name in head], rule, *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def summary(analysis: Analysis, options: Options) -> str:
    """One network: its title, a row per layer, and the totals."""
    whole, shown = whole_of(analysis), options.columns
    right = {index for index, column in enumerate(shown) if column.metric is not None or column.name == "share"}
    layers = table([column.title for column in shown], (cells(row, shown, whole) for row in rows_of(analysis, options)),
                   right)
    sums = table(["Total", "", ""], totals(analysis), {1})
    return f"### {escaped(title(analysis))}\n\n{layers}\n{sums}"


def compare(analyses: Sequence[Analysis], shown: Sequence[Column] | None) -> str:
    """Several networks, a row each."""
    head = comparison.head(shown)
    return table(head, comparison.table(analyses, shown), set(range(2, len(head)))) + (
        f"\n{escaped(comparison.note(analyses, shown))}\n")
