"""What the tool says to the example of a diagnostic code: the command of its page, run in a folder of its own."""

from __future__ import annotations

import io
import os
import shlex
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from cnncalc.cli import run
from cnncalc.cli.exits import guarded
from cnncalc.cli.interrupts import unwinding
from cnncalc.codes import Code

PLAIN = {"NO_COLOR": "1", "COLUMNS": "100", "GITHUB_ACTIONS": ""}


def told(code: Code) -> str:
    """Its complaint; empty where a text cannot show the code (bytes that are no UTF-8), or there is no place to try."""
    try:
        text = _complaint(code)
    except OSError:
        return ""
    return text if f"[{code.name}]" in text else ""


def _complaint(code: Code) -> str:
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with unwinding(), TemporaryDirectory() as folder, chdir(folder), _environment(), redirect_stdout(
            io.StringIO()), redirect_stderr(said):
        if code.example:
            Path(code.file).write_text(code.example, encoding="utf-8")
        if code.command:
            guarded(lambda: run(shlex.split(code.command)[1:]))
    said.seek(0)
    return said.read()


@contextmanager
def _environment() -> Iterator[None]:
    """Output for a page: as into a pipe, whatever this terminal is."""
    before = dict(os.environ)
    os.environ.update(PLAIN)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
