"""The bundled networks as text: a row each, or a row per family."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from cnncalc.catalog import Family, Network
from cnncalc.layers.window import times
from cnncalc.report.summary import aligned
from cnncalc.report.text import number, printable, short

FLOPS = "FLOPs: paper: 1 FLOP = 1 multiply-add"
NAMES = 30
"""Columns of a screen that a family's names have at least."""

FEW = 2
"""So many input sizes of a family are written out; of more, the smallest and the largest."""


class Listing(NamedTuple):
    """A list as all formats show it: rows of texts under a head, columns aligned to the right, a remark below.

    `kept` is the least width of a last column of many words, or 0; `values` are the rows for CSV, their head first;
    `data` is the list as JSON.
    """

    head: tuple[str, ...]
    rows: list[list[str]]
    right: set[int]
    kept: int
    note: str
    values: list[Sequence[Any]]
    data: dict[str, Any]


def by_network(networks: Sequence[Network]) -> Listing:
    """A row per network, schema `cnncalc.list/1`; a variant that is its spec's default has a mark."""
    rows = [[each.label + " *" * (each.default and each.variant is not None), printable(each.family),
             str(each.year or ""), _inputs(each), number(each.params), number(each.macs)] for each in networks]
    values = [(each.spec, each.variant, each.family, each.year, _inputs(each), each.params, each.macs)
              for each in networks]
    return Listing(("Network", "Family", "Year", "Input", "Params", "FLOPs"), rows, {4, 5}, 0,
                   f"{FLOPS} · * what the spec's name alone means",
                   [("name", "variant", "family", "year", "input", "params", "macs"), *values],
                   {"schema": "cnncalc.list/1", "networks": [_record(each) for each in networks]})


def by_family(families: Sequence[Family]) -> Listing:
    """A row per family, schema `cnncalc.families/1`: from the least to the most of its networks, and their names."""
    rows = [[printable(each.name), "–".join(map(str, dict.fromkeys(each.years))), _sizes(each), _range(each.params),
             _range(each.macs), ", ".join(network.short for network in each.networks)] for each in families]
    values = [(each.name, *(each.years or (None, None)), *each.params, *each.macs,
               " ".join(network.short for network in each.networks)) for each in families]
    return Listing(("Family", "Year", "Input", "Params", "FLOPs", "Networks"), rows, {3, 4}, NAMES, FLOPS,
                   [("family", "first_year", "last_year", "params_min", "params_max", "macs_min", "macs_max",
                     "networks"), *values],
                   {"schema": "cnncalc.families/1", "families": [
                       {"family": each.name, "years": each.years, "params": each.params, "macs": each.macs,
                        "networks": [_record(network) for network in each.networks]} for each in families]})


def plain(shown: Listing) -> str:
    """For a pipe."""
    return "\n".join([*aligned([shown.head, *shown.rows], shown.right), "", shown.note]) + "\n"


def csv(shown: Listing) -> str:
    """As CSV."""
    from cnncalc.report.csv import text

    return text(shown.values)


def markdown(shown: Listing) -> str:
    """As a Markdown table."""
    from cnncalc.report.markdown import escaped, table

    return f"{table(shown.head, shown.rows, shown.right)}\n{escaped(shown.note)}\n"


def _inputs(network: Network) -> str:
    return ", ".join(map(times, network.inputs.values()))


def _record(network: Network) -> dict[str, Any]:
    """`input` is one shape, or shapes by name where there are several."""
    shapes = {name: list(shape) for name, shape in network.inputs.items()}
    return {"name": network.spec, "variant": network.variant, "family": network.family, "year": network.year,
            "input": next(iter(shapes.values())) if len(shapes) == 1 else shapes, "params": network.params,
            "macs": network.macs}


def _sizes(family: Family) -> str:
    """The input sizes of a family's networks, from small to large."""
    shapes = sorted({shape for network in family.networks for shape in network.inputs.values()},
                    key=lambda shape: (prod(shape), shape))
    texts = [times(shape) for shape in shapes]
    return ", ".join(texts) if len(texts) <= FEW else f"{texts[0]} – {texts[-1]}"


def _range(ends: Sequence[int]) -> str:
    """From the least to the most, with three digits; the unit once where they have one."""
    texts = list(dict.fromkeys(map(short, ends)))
    units = {text.partition(" ")[2] for text in texts}
    if len(units) == 1:
        return f"{'–'.join(text.partition(' ')[0] for text in texts)} {units.pop()}".rstrip()
    return " – ".join(texts)
