"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cnncalc.cli.output import screen
from cnncalc.report.text import printable


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """Gives a function (done, total, what is being done) that moves the bar; None off a terminal. Gone at the end."""
    here = screen(sys.stderr)
    if not (here.terminal and sys.stderr.isatty()):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, width=here.width, no_color=not here.color, markup=False, emoji=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
               TextColumn("{task.fields[layer]}", markup=False))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=None, layer="")

        def move(done: int, total: int, layer: str) -> None:
            bar.update(task, completed=done, total=total, layer=printable(layer))

        yield move
