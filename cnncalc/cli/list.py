"""`cnncalc list`."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from cnncalc.catalog import Network, networks
from cnncalc.cli import options
from cnncalc.cli.output import screen, write
from cnncalc.errors import Fault
from cnncalc.report import listing
from cnncalc.spec.locate import bundled

FORMATS = ("table", "plain", "json", "csv", "markdown")
KEYS = ("name", "family", "year", "params", "macs")
_LIMIT = re.compile(r"(params|macs|flops|year)=([0-9]{1,15})(\.[0-9]{1,9})?([kMGT]?)")


def command(
    format: options.Format = "table",
    sort: Annotated[str, typer.Option("--sort", metavar="KEY", help="name, family, year, params or macs")] = "family",
    most: Annotated[list[str] | None, typer.Option("--max", metavar="NAME=N", help="only networks with at most so many "
                                                   "params, macs or flops: `params=5M`")] = None,
    output: options.Output = None,
) -> None:
    """The bundled networks and their variants, with input size, parameters and FLOPs."""
    options.one_of(format, FORMATS, "format")
    options.one_of(sort, KEYS, "order")
    limits = [_limit(each) for each in most or ()]
    found = [each for each in networks(bundled()) if all(_number(each, name) <= limit for name, limit in limits)]
    if sort == "family":
        found.sort(key=lambda each: (each.family.lower(), each.year or 0))
    elif sort != "name":
        found.sort(key=lambda each: _number(each, sort))
    write(_render(found, format, output), output)


def _number(network: Network, key: str) -> int:
    return {"year": network.year or 0, "params": network.params, "macs": network.macs, "flops": network.macs}[key]


def _limit(text: str) -> tuple[str, float]:
    match = _LIMIT.fullmatch(text)
    if not match:
        raise Fault(f"`--max {text[:60]}` is not a limit", help="write `--max params=5M`, `macs=600M` or `year=2015`")
    return match[1], float(match[2] + (match[3] or "")) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[match[4]]


def _render(found: list[Network], format: str, output: str | None) -> str:
    if format == "json":
        from cnncalc.report.summary import to_json

        return to_json(listing.as_json(found))
    if format in ("csv", "markdown"):
        return listing.csv(found) if format == "csv" else listing.markdown(found)
    here = screen(sys.stdout)
    if format == "table" and here.terminal and output is None:
        from cnncalc.report import table

        return table.rows(listing.HEAD, listing.rows(found), listing.RIGHT, listing.NOTE, here)
    return listing.plain(found)
