"""Half of a layer's work in a second process, for those who allow it: on systems that can fork, beside a free core.

The child has the parent's memory as it was, so nothing is sent to it. It writes what came out to a pipe, with the
multiply-adds that it counted, and ends; nothing else of it is seen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from marshal import dumps, loads
from signal import SIGTERM
from typing import NoReturn, TypeVar

from cnncalc.reference.arithmetic import Arithmetic

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH = 0.02
"""Seconds of work from which on a fork pays."""


def shared(
    arithmetic: Arithmetic, seconds: float, work: Callable[[Item], Result], items: Sequence[Item]
) -> list[Result]:
    """`work` of all items, in order; where it pays and can be, every other one is done by a child process.

    `ValueError` if the child came to an early end.
    """
    if not arithmetic.second_process or seconds < WORTH or len(items) < 2:
        return list(map(work, items))
    reader, writer = os.pipe()
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError:  # no more processes, or no memory for one
        os.close(reader)
        os.close(writer)
        return list(map(work, items))
    if not child:
        _answer(arithmetic, work, items[1::2], (reader, writer), parent)
    with os.fdopen(reader, "rb") as pipe:
        try:
            os.close(writer)
            mine = list(map(work, items[::2]))
            answer = pipe.read()
        except BaseException:
            os.kill(child, SIGTERM)
            raise
        finally:
            os.waitpid(child, 0)
    if not answer:
        raise ValueError("the second process came to an early end")
    multiply_adds, others = loads(answer)
    arithmetic.multiply_adds += multiply_adds
    results: list[Result] = [*mine, *others]
    results[::2], results[1::2] = mine, others
    return results


def _answer(
    arithmetic: Arithmetic,
    work: Callable[[Item], Result],
    items: Sequence[Item],
    ends: tuple[int, int],
    parent: int,
) -> NoReturn:
    """What the child does. It ends here, whatever happens, and prints nothing; without its parent it does not go on."""
    reader, writer = ends
    try:
        os.close(reader)  # or writing would wait for ourselves to read, when the parent is gone
        before = arithmetic.multiply_adds
        results = []
        for item in items:
            if os.getppid() != parent:
                os._exit(0)
            results.append(work(item))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(dumps((arithmetic.multiply_adds - before, results)))
    finally:
        os._exit(0)
