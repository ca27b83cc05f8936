"""`cnncalc` and `python -m cnncalc`."""

from __future__ import annotations

import sys

from cnncalc import __version__


def main() -> None:
    """Answer `--version` at once; everything else needs the command line."""
    if sys.argv[1:] == ["--version"]:
        print(f"cnncalc {__version__}")
        return
    from cnncalc.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
