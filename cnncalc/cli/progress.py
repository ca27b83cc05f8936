"""A progress bar on standard error, where that is a terminal; an interrupt puts it away, and a child process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from cnncalc.cli.interrupts import unwinding
from cnncalc.cli.output import screen
from cnncalc.report.text import printable


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """Gives a function (done, total, what is being done) that moves the bar; None off a terminal. Gone at the end."""
    here = screen(sys.stderr)
    if not (here.terminal and sys.stderr.isatty()):
        with unwinding():
            yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(stderr=True, width=here.width, no_color=not here.color, markup=False, emoji=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(),
               TextColumn("{task.fields[left]}", markup=False), TextColumn("{task.fields[layer]}", markup=False))
    with unwinding(), Progress(*columns, console=console, transient=True) as bar:
        task, start = bar.add_task(name, total=None, left="", layer=""), monotonic()

        def move(done: int, total: int, layer: str) -> None:
            bar.update(task, completed=done, total=total, left=time_left(monotonic() - start, done, total),
                       layer=printable(layer))

        yield move


def time_left(seconds: float, done: int, total: int) -> str:
    """How long the rest takes if it goes on like this, in words; nothing while too little is done to tell."""
    if seconds < 1 or not done:
        return ""
    left = round(seconds * (total - done) / done)
    return f"{left} s left" if left < 100 else f"{round(left / 60)} min left"
