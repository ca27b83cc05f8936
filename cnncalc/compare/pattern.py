"""One path for many: `layer{2..4}.0.conv1` where one place differs, `layer*.*.conv1` where several do in many paths."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 4
"""Alternatives that are listed; more are a range of numbers or a `*`."""
LONGEST = 40
"""Characters of alternatives over several components that are listed."""


def pattern(paths: Sequence[str]) -> str:
    """A pattern that covers the paths: `*` is a part of one component, `**` any number of components."""
    paths = list(dict.fromkeys(paths))
    if len(paths) == 1:
        return paths[0]
    rows = [path.split(".") for path in paths]
    even = len({len(row) for row in rows}) == 1
    columns = [list(dict.fromkeys(column)) for column in zip(*rows, strict=False)]
    varying = sum(len(column) > 1 for column in columns)
    if even and varying == 1:
        return ".".join(column[0] if len(column) == 1 else _one_of(column) for column in columns)
    named = _named(rows)
    if named:
        return named
    if even:
        return ".".join(column[0] if len(column) == 1 else _star(column) for column in columns)
    head, tail = _ends(rows)
    return ".".join([*rows[0][:head], "**", *rows[0][len(rows[0]) - tail:]])


def _ends(rows: list[list[str]]) -> tuple[int, int]:
    """How many components all rows begin with, and how many they end with."""
    head, tail = _common(rows), _common([row[::-1] for row in rows])
    return head, min(tail, min(map(len, rows)) - head)


def _named(rows: list[list[str]]) -> str:
    """The few alternatives by name, `{stem,block1.conv}.bn1`, where that is short: a `*` would mean others, too."""
    head, tail = _ends(rows)
    middles = [".".join(row[head:len(row) - tail]) for row in rows]
    if len(middles) > MOST or not all(middles) or sum(map(len, middles)) > LONGEST:
        return ""
    word = _common(middles)
    while word and middles[0][word - 1].isdigit():
        word -= 1
    if not all(middle[word:word + 1].isdigit() for middle in middles):
        word = 0
    inner = ",".join(middle[word:] for middle in middles)
    return ".".join([*rows[0][:head], f"{middles[0][:word]}{{{inner}}}", *rows[0][len(rows[0]) - tail:]])


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
