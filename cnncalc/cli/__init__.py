"""The command line: read, call, render, write, exit. The only place that prints, exits or reads the environment."""

from __future__ import annotations

import os
import sys
from importlib import import_module

COMMANDS = {
    "summarize": "layers, sizes, parameters, FLOPs; of several: a comparison",
    "memory": "activation memory over time, and what training takes",
    "verify": "run the network, compare what happens with the prediction",
    "explain": "the arithmetic of a layer; a kind's manual; an error's code",
    "diff": "what changed between two networks, and what it costs",
    "check": "hold networks against their budgets; for CI",
    "conventions": "the network under every counting convention",
    "list": "the bundled networks, with their sizes",
    "expand": "the network as a flat spec: every name and `from` written",
    "schema": "the language as JSON Schema, for editors",
    "new": "write a commented spec to start from",
    "completion": "print a script that completes names in a shell",
}
"""Every command with its line in the list, short enough for 80 columns; each lives in the module of its name."""


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit code. Only the command that is named is imported and registered."""
    import typer

    app = typer.Typer(name="cnncalc", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
                      no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
    asked = arguments
    if "_CNNCALC_COMPLETE" in os.environ:
        from cnncalc.cli.completion import prepare

        asked = prepare()
    named = next((argument for argument in asked if not argument.startswith("-")), "")
    if named and named not in COMMANDS and asked is arguments:
        _refuse_spec(named)
    for name, help in COMMANDS.items():
        if name == named:
            app.command(name, short_help=help)(import_module(f"cnncalc.cli.{name}").command)
        else:
            app.command(name, help=help)(_unnamed)

    def root(version: bool = typer.Option(False, "--version", help="Show the version and exit.", is_eager=True,
                                          callback=_version)) -> None:
        pass

    app.callback(help="Sizes, parameters and FLOPs of convolutional networks from a text file.")(root)
    out = sys.stdout
    try:
        app(arguments, prog_name="cnncalc")
    except SystemExit as stop:
        if sys.stdout is not out:
            # What typer makes of a closed pipe: it ends with 1, behind a stream that complains no more.
            raise BrokenPipeError from None
        return stop.code if isinstance(stop.code, int) else 2
    return 0


def _refuse_spec(word: str) -> None:
    """Show the command to who names a network alone. Raises `Fault`."""
    from cnncalc.errors import Fault
    from cnncalc.spec.locate import bundled_names

    if os.path.exists(word.partition("@")[0]) or word in bundled_names():
        raise Fault(f"`{word}` is a spec, and a command comes first", help=f"write `cnncalc summarize {word}`")


def _unnamed() -> None:
    """Stands in the list of commands for one that was not asked for."""


def _version(asked: bool) -> None:
    """`--version` among other words; alone it is answered before this module is loaded."""
    if asked:
        from cnncalc import __version__

        sys.stdout.write(f"cnncalc {__version__}\n")
        raise SystemExit(0)


def main() -> None:
    """The entry point's body: run, and make sure that what ends badly ends quietly.

    The process is short and ends here, so nothing is collected on the way and nothing taken apart at the end: with
    10,000 layers that were two fifths of the time.
    """
    from cnncalc.cli.interrupts import end_at_once

    end_at_once()
    import gc

    from cnncalc.cli.exits import finish, guarded

    gc.disable()
    finish(guarded(lambda: run(sys.argv[1:])))
