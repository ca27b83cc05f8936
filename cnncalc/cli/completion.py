"""`cnncalc completion SHELL`, and what the shells ask: commands, options, names of bundled networks."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cnncalc.cli import options
from cnncalc.cli.output import write

VARIABLE = "_CNNCALC_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


def command(shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish")]) -> None:
    """Print the script that completes commands, options and names of bundled networks in a shell."""
    from typer._completion_shared import get_completion_script

    options.one_of(shell, SHELLS, "shell")
    write(get_completion_script(prog_name="cnncalc", complete_var=VARIABLE, shell=shell) + "\n")


def prepare() -> list[str]:
    """Get ready to answer a shell; the words of the line that it asks about."""
    from typer._completion_classes import completion_init

    completion_init()
    return (os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or "").split()[1:]
