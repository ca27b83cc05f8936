"""`cnncalc new NAME`."""

from __future__ import annotations

import os
import shlex
from typing import Annotated

import typer

from cnncalc.cli.output import say
from cnncalc.errors import Fault
from cnncalc.report.flat import scalar
from cnncalc.spec.locate import SUFFIXES, locate
from cnncalc.spec.template import template


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="the file to write, with or without `.yaml`")],
    source: Annotated[str | None, typer.Option("--from", metavar="SPEC", help="start from a copy of this spec")] = None,
    force: Annotated[bool, typer.Option("--force", help="replace a file that exists")] = False,
) -> None:
    """Write a commented spec to start from."""
    path = name if name.endswith(SUFFIXES) else name + ".yaml"
    stem = os.path.basename(path).removesuffix(".yaml").removesuffix(".yml")
    if not stem.strip(".") or not name.isprintable():
        raise Fault(f"`{name[:60]}` is not the name of a file" if name else "the new spec needs a name",
                    help="write `cnncalc new mynet`")
    text = template(scalar(stem), path) if source is None else _copy(source)
    try:
        with open(path, "w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise Fault(f"`{path}` exists", help="choose another name, or write `--force` to replace it") from None
    say(f"wrote {path}; see it with: cnncalc summarize {shlex.quote('./' + path if path[0] == '-' else path)}")


def _copy(source: str) -> str:
    found = locate(source)
    if len(found) != 1:
        raise Fault(f"`{source[:60]}` is a folder of {len(found)} specs, and one is wanted")
    return found[0].source.text
