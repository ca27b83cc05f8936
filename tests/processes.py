"""Real processes for tests: how the command is called, and what a process may take."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]


def cnncalc() -> list[str]:
    """The command as tests call it; CNNCALC_COMMAND names an installed one."""
    return os.environ.get("CNNCALC_COMMAND", f"{sys.executable} -m cnncalc").split()


def environment(**changes: str | None) -> dict[str, str]:
    """An environment in which the checkout is found, and nothing else says how output looks; None removes a name."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LINES", "PYTHONIOENCODING", "LANG")}
    if "CNNCALC_COMMAND" not in os.environ:
        kept["PYTHONPATH"] = str(ROOT)
    changed = {**kept, **changes}
    return {name: value for name, value in changed.items() if value is not None}


def limited(megabytes: int, seconds: int = 60) -> Callable[[], None]:
    """For `preexec_fn`: the process may have this much memory and time of the processor (however busy that is)."""
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    return limit
