"""`cnncalc` and `python -m cnncalc`."""

from __future__ import annotations

import sys

from cnncalc import __version__


def main() -> None:
    """Answer `--version` at once; everything else, and what goes wrong with that, needs the command line."""
    try:
        if sys.argv[1:] == ["--version"]:
            try:
                _version()
            except (OSError, AttributeError):
                from cnncalc.cli.exits import finish, guarded

                finish(guarded(_version))
            return
        from cnncalc.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)


def _version() -> int:
    sys.stdout.write(f"cnncalc {__version__}\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    main()
