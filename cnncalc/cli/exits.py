"""Exit codes, and what becomes of an error that reaches the top."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import NoReturn

from cnncalc.errors import Diagnostic, Fault, Source, SpecError


class Exit(IntEnum):
    """What the shell is told."""

    FINE = 0
    FINDING = 1
    BAD = 2
    BUG = 70
    INTERRUPTED = 130
    CLOSED = 141


def guarded(command: Callable[[], int]) -> int:
    """Run a command: no traceback for what a user can cause, a request to report what is our bug."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - closed: there is nobody to tell
    try:
        if sys.stdout is None:
            raise Fault("standard output is closed", code="io")
        return command()
    except SpecError as error:
        return complain(error.diagnostics)
    except Fault as fault:
        return complain((fault.at(Source("command line", ""), None),))
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _silence()
        return Exit.CLOSED
    except OSError as error:
        if error.errno == errno.EPIPE:
            _silence()
            return Exit.CLOSED
        return complain((Diagnostic("io", f"{error.filename or 'the output'}: {(error.strerror or str(error)).lower()}",
                                    Source("", "")),))
    except Exception as error:
        if os.environ.get("CNNCALC_DEBUG"):
            raise
        sys.stderr.write(f"cnncalc: internal error: {type(error).__name__}: {error}\n"
                         "This is a bug in cnncalc. Please report it with the spec and the command; "
                         "CNNCALC_DEBUG=1 shows where it happened.\n")
        return Exit.BUG


def complain(diagnostics: tuple[Diagnostic, ...]) -> int:
    """Show diagnostics on standard error; the exit code of bad input."""
    from cnncalc.cli.output import diagnose

    diagnose(diagnostics)
    return Exit.BAD


def finish(code: int) -> NoReturn:
    """End the process, when everything is written."""
    written = guarded(_flush)
    os._exit(written or code)


def _flush() -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    return Exit.FINE


def leave(code: Exit) -> NoReturn:
    """End the command with a code."""
    raise SystemExit(int(code))


def _silence() -> None:
    """Nothing more can be written: keep the interpreter from trying at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
