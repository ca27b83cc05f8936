"""Patterns over paths: `*` is any part of one component, `**` is any number of components, at the end at least one."""

from __future__ import annotations


def matches(pattern: str, path: str, separator: str = ".") -> bool:
    """Whether a pattern means a path. The work is bounded by the product of the lengths, whatever the pattern."""
    if "*" not in pattern:
        return pattern == path
    wanted = pattern.split(separator)
    parts = path.split(separator)
    reached = [False] * len(parts) + [True]
    for index in range(len(wanted) - 1, -1, -1):
        reached = _step(wanted[index], parts, reached, last=index == len(wanted) - 1)
    return reached[0]


def _step(component: str, parts: list[str], after: list[bool], last: bool) -> list[bool]:
    """From where in the path the pattern matches to its end, given the same for the pattern after this component."""
    count = len(parts)
    if component != "**":
        return [after[index + 1] and _component(component, parts[index]) for index in range(count)] + [False]
    result = [False] * (count + 1)
    seen = False
    for index in range(count, -1, -1):
        seen = seen or after[index]
        result[index] = seen
    if last:
        result[count] = False
    return result


def _component(pattern: str, text: str) -> bool:
    """`*` is any run of characters. Greedy with one point of return, which is all that `*` needs."""
    at = here = 0
    star, held = -1, 0
    while here < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, held = at, here
            at += 1
        elif at < len(pattern) and pattern[at] == text[here]:
            at += 1
            here += 1
        elif star >= 0:
            held += 1
            at, here = star + 1, held
        else:
            return False
    return not pattern[at:].strip("*")
