"""One path for many: `layer{2..4}.0.conv1` where one place differs, `layer*.*.conv1` where several do."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 4
"""Alternatives that are listed; more are a range of numbers or a `*`."""


def pattern(paths: Sequence[str]) -> str:
    """A pattern that covers the paths: `*` is a part of one component, `**` any number of components."""
    paths = list(dict.fromkeys(paths))
    if len(paths) == 1:
        return paths[0]
    rows = [path.split(".") for path in paths]
    if len({len(row) for row in rows}) > 1:
        return _ragged(rows)
    columns = [list(dict.fromkeys(column)) for column in zip(*rows, strict=True)]
    varying = sum(len(column) > 1 for column in columns)
    return ".".join(column[0] if len(column) == 1 else _one_of(column) if varying == 1 else _star(column)
                    for column in columns)


def _ragged(rows: list[list[str]]) -> str:
    head, tail = _common(rows), _common([row[::-1] for row in rows])
    tail = min(tail, min(map(len, rows)) - head)
    first = rows[0]
    return ".".join([*first[:head], "**", *first[len(first) - tail:]])


def _common(rows: Sequence[Sequence[str]]) -> int:
    """How many members all of the sequences begin with."""
    count = 0
    for members in zip(*rows, strict=False):
        if len(set(members)) > 1:
            break
        count += 1
    return count


def _split(words: list[str]) -> tuple[str, list[str], str]:
    """What all words begin with, what differs, what all end with; words that differ in more than a number are whole."""
    head = _common(words)
    while head and words[0][head - 1].isdigit():
        head -= 1
    tail = min(_common([word[::-1] for word in words]), min(map(len, words)) - head)
    while tail and words[0][-tail].isdigit():
        tail -= 1
    middles = [word[head:len(word) - tail] for word in words]
    if not all(middle.isdigit() for middle in middles):
        return "", words, ""
    return words[0][:head], middles, words[0][len(words[0]) - tail:]


def _star(words: list[str]) -> str:
    head, _, tail = _split(words)
    return f"{head}*{tail}"


def _one_of(words: list[str]) -> str:
    head, middles, tail = _split(words)
    if all(middle.isdigit() for middle in middles):
        numbers = sorted(map(int, middles))
        if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
            return f"{head}{{{numbers[0]}..{numbers[-1]}}}{tail}"
    if len(middles) <= MOST:
        return f"{head}{{{','.join(middles)}}}{tail}"
    return f"{head}*{tail}"
