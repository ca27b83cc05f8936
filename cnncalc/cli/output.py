"""Where output goes and what it may look like there."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from cnncalc.errors import Diagnostic, Fault
from cnncalc.report import diagnostics as diagnostics_report
from cnncalc.report.text import Screen, ascii_text

_STYLES = {"error": "1;31", "warning": "1;33", "place": "1;34", "help": "1;36", "title": "1"}


def screen(stream: TextIO) -> Screen:
    """What a stream can show: a terminal has colour unless NO_COLOR, or FORCE_COLOR says so; `TERM=dumb` is plain."""
    env = os.environ
    terminal = (stream.isatty() or bool(env.get("FORCE_COLOR"))) and env.get("TERM") != "dumb"
    color = terminal and not env.get("NO_COLOR")
    return Screen(terminal, color, _width(stream, terminal), _holds(stream, "×→…█"))


def _width(stream: TextIO, terminal: bool) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns[:6]) > 0:
        return max(20, min(int(columns[:6]), 1000))
    if terminal:
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80
        except (OSError, ValueError):
            pass
    return 80


def _holds(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def write(text: str, path: str | None = None) -> None:
    """Text to standard output, or to a file (`-o`): a regular file is replaced in one step, in UTF-8."""
    if path is None or path == "-":
        stream = sys.stdout
        stream.write(text if _holds(stream, text) else ascii_text(text))
        stream.flush()
        return
    if not path:
        raise Fault("`-o` names no file")
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        return
    from cnncalc.cli.interrupts import unwinding

    real = os.path.realpath(path)
    beside = f"{real}.{os.getpid()}.part"
    with unwinding():
        try:
            with open(beside, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(beside, real)
        except BaseException as error:
            if os.path.exists(beside):
                os.unlink(beside)
            if isinstance(error, OSError):
                error.filename = path
            raise


def say(text: str) -> None:
    """A remark on standard error."""
    sys.stderr.write((text if _holds(sys.stderr, text) else ascii_text(text)) + "\n")


def diagnose(found: tuple[Diagnostic, ...]) -> None:
    """Diagnostics on standard error, coloured on a terminal."""
    color = screen(sys.stderr).color
    pieces = diagnostics_report.render(found)
    say("".join(f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color and style else text for style, text in pieces).rstrip())
