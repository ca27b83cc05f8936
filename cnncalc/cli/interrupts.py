"""Ctrl-C. The process ends where it stands, unless something has to be put away first.

As an exception it could get lost: what is raised while Python calls back (as it does for every module that is loaded)
is printed and dropped, and the command would run on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from cnncalc.cli.exits import Exit


def end_at_once() -> None:
    """From here on an interrupt ends the process; one that was ignored before stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


@contextmanager
def unwinding() -> Iterator[None]:
    """In here an interrupt is a `KeyboardInterrupt`, so that what is half done is put away."""
    before = signal.getsignal(signal.SIGINT)
    if before is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if before is _end:
            signal.signal(signal.SIGINT, _end)


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(Exit.INTERRUPTED)
