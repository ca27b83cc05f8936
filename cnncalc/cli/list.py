"""`cnncalc list`."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from cnncalc.catalog import Family, Network, families, networks
from cnncalc.cli import options
from cnncalc.cli.output import say, screen, write
from cnncalc.errors import Fault
from cnncalc.report import listing
from cnncalc.spec.locate import bundled
from cnncalc.units import COUNTS

FORMATS = ("table", "plain", "json", "csv", "markdown")
KEYS = ("name", "family", "year", "params", "macs")
LIMITED = ("params", "macs", "flops", "year")
_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)([kMGT]?)")


def command(
    format: options.Format = "table",
    by: Annotated[str, typer.Option("--by", metavar="network|family", help="what a row is")] = "network",
    sort: Annotated[str | None, typer.Option("--sort", metavar="KEY", help="name, family, year, params or macs; of a "
                                             "family, its least")] = None,
    most: Annotated[list[str] | None, typer.Option("--max", metavar="NAME=N", help="only networks with at most so many "
                                                   "params, macs or flops, or of that year at the latest: "
                                                   "`params=5M`")] = None,
    least: Annotated[list[str] | None, typer.Option("--min", metavar="NAME=N", help="only networks with at least so "
                                                    "many: `year=2019`")] = None,
    output: options.Output = None,
) -> None:
    """The bundled networks and their variants, with input size, parameters and FLOPs."""
    options.one_of(format, FORMATS, "format")
    options.one_of(by, ("network", "family"), "row per")
    options.one_of(sort or "name", KEYS, "order")
    upper = [_limit(each, "max") for each in most or ()]
    lower = [_limit(each, "min") for each in least or ()]
    found = [each for each in networks(bundled()) if all(_number(each, name) <= limit for name, limit in upper)
             and all(_number(each, name) >= limit for name, limit in lower)]
    if not found:
        say("note: no bundled network is within these limits")
    if by == "network":
        shown = listing.by_network(_sorted(found, sort or "family"))
    else:
        shown = listing.by_family(_sorted_families(families(found), sort or "year"))
    write(_render(shown, format, output), output)


def _sorted(found: list[Network], key: str) -> list[Network]:
    """In order; by name, as they are: files by name, variants as written."""
    if key == "family":
        return sorted(found, key=lambda each: (each.family.lower(), each.year or 0))
    return found if key == "name" else sorted(found, key=lambda each: _number(each, key))


def _sorted_families(found: list[Family], key: str) -> list[Family]:
    if key in ("name", "family"):
        return sorted(found, key=lambda each: each.name.lower())
    return sorted(found, key=lambda each: min(_number(network, key) for network in each.networks))


def _number(network: Network, key: str) -> int:
    return {"year": network.year or 0, "params": network.params, "macs": network.macs, "flops": network.macs}[key]


def _limit(text: str, option: str) -> tuple[str, float]:
    name, equals, amount = (part.strip() for part in text.partition("="))
    match = _AMOUNT.fullmatch(amount)
    if not equals:
        raise Fault(f"`--{option} {text[:60]}` is not a limit",
                    help=f"write `--{option} params=5M`, `macs=600M` or `year=2015`")
    options.one_of(name, LIMITED, "limit")
    if not match:
        raise Fault(f"`{amount[:60]}` is no amount", help=f"write `--{option} {name}=2015`" if name == "year" else
                    f"write a number, and k, M, G or T (powers of 1000) behind it: `--{option} {name}=5M`")
    return name, float(match[1]) * COUNTS[match[2]]


def _render(shown: listing.Listing, format: str, output: str | None) -> str:
    if format == "json":
        from cnncalc.report.summary import to_json

        return to_json(shown.data)
    if format in ("csv", "markdown"):
        return listing.csv(shown) if format == "csv" else listing.markdown(shown)
    here = screen(sys.stdout)
    if format == "table" and here.terminal and output is None:
        from cnncalc.report import table

        return table.rows(shown.head, shown.rows, shown.right, shown.note, here, shown.kept)
    return listing.plain(shown)
