"""The bundled networks as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.catalog import Network
from cnncalc.layers.window import times
from cnncalc.report.summary import aligned
from cnncalc.report.text import number, printable

HEAD = ("Network", "Family", "Year", "Input", "Params", "FLOPs")
RIGHT = {4, 5}
NOTE = "FLOPs: paper: 1 FLOP = 1 multiply-add"


def rows(networks: Sequence[Network]) -> list[list[str]]:
    """A row of texts per network."""
    return [[each.label, printable(each.family), str(each.year or ""), ", ".join(map(times, each.inputs.values())),
             number(each.params), number(each.macs)] for each in networks]


def plain(networks: Sequence[Network]) -> str:
    """For a pipe."""
    return "\n".join([*aligned([HEAD, *rows(networks)], RIGHT), "", NOTE]) + "\n"


def as_json(networks: Sequence[Network]) -> dict[str, Any]:
    """As data, schema `cnncalc.list/1`; `input` is one shape, or shapes by name where there are several."""
    return {"schema": "cnncalc.list/1", "networks": [
        {"name": each.spec, "variant": each.variant, "family": each.family, "year": each.year,
         "input": _inputs(each), "params": each.params, "macs": each.macs} for each in networks]}


def _inputs(network: Network) -> Any:
    shapes = {name: list(shape) for name, shape in network.inputs.items()}
    return next(iter(shapes.values())) if len(shapes) == 1 else shapes


def csv(networks: Sequence[Network]) -> str:
    """As CSV."""
    from cnncalc.report.csv import text

    return text([("name", "variant", "family", "year", "input", "params", "macs"),
                 *((each.spec, each.variant, each.family, each.year, ", ".join(map(times, each.inputs.values())),
                    each.params, each.macs) for each in networks)])


def markdown(networks: Sequence[Network]) -> str:
    """As a Markdown table."""
    from cnncalc.report.markdown import table

    return table(HEAD, rows(networks), RIGHT)
