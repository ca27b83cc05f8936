"""What a verification found: the size it ran at, a row per layer (the differing ones first), and the totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc import __version__
from cnncalc.layers.base import Shape
from cnncalc.layers.window import times
from cnncalc.report.summary import aligned, title
from cnncalc.report.text import Screen, number, printable
from cnncalc.verification import Counts, Row, Sums, Verification

if TYPE_CHECKING:
    from rich.console import RenderableType

HEAD = ["", "Layer", "Kind", "Output", "Params", "Buffers", "MACs", ""]
NUMBERS = {"Params", "Buffers", "MACs", "Predicted", "Measured"}
TOTALS = ("params", "buffers", "MACs", "numbers alive at once")
MARKS = {True: "✓", False: "✗", None: "·"}


def layers(found: Verification, only_wrong: bool = False) -> list[list[str]]:
    """The rows under their head: differing ones first, both parts in the network's order. No column without content."""
    rows = sorted(found.rows, key=lambda row: row.agree is not False)
    lines = [HEAD, *(cells(row) for row in rows if not only_wrong or row.agree is False)]
    empty = {index for index in (5, 7) if all(line[index] in ("", "0") for line in lines[1:])}
    return [[cell for index, cell in enumerate(line) if index not in empty] for line in lines]


def cells(row: Row) -> list[str]:
    """A row's texts; where the sides differ, `predicted ≠ measured`."""
    texts = [*map(_texts, (row.predicted, row.measured or row.predicted))]
    both = [predicted if predicted == measured else f"{predicted} ≠ {measured}"
            for predicted, measured in zip(*texts, strict=True)]
    remark = "declared, not verified" if row.declared else row.problem
    if row.fields:
        remark = f"receptive field: {row.fields[0]}"
    return [MARKS[row.agree], row.path, row.kind, *both, printable(remark)]


def _texts(counts: Counts) -> list[str]:
    return [times(counts.output), *map(number, counts[1:])]


def size(found: Verification) -> str:
    """At which size the network ran, and which size is the spec's."""
    ran, own = shapes(found.inputs), shapes(found.own)
    if ran != own:
        return f"ran at {ran}; the spec's size is {own}"
    return f"ran at {ran}, the spec's size" + (": it accepts no smaller one with different sizes" * found.quick)


def shapes(inputs: Mapping[str, Shape]) -> str:
    """Input shapes, with names if there are several."""
    return ", ".join(times(shape) if len(inputs) == 1 else f"{name} {times(shape)}" for name, shape in inputs.items())


def totals(found: Verification) -> list[list[str]]:
    """The sums on both sides, under a head."""
    lines = [["", "Total", "Predicted", "Measured"]]
    for name, predicted, measured in zip(TOTALS, found.predicted, found.measured, strict=True):
        lines.append([MARKS[predicted == measured], name, number(predicted), number(measured)])
    return lines


def remarks(found: Verification) -> list[str]:
    """What the totals do not say: what of the work met padding, and how much of it was done twice."""
    run, lines = found.run, []
    if run.padding:
        lines.append(f"of these MACs, {number(run.padding)} multiply padding zeros")
    if run.rechecked:
        result = f"{number(run.unequal)} came out otherwise" if run.unequal else "all equal"
        lines.append(f"{number(run.rechecked)} output cells recomputed one by one: {result}")
    return lines


def verdict(found: Verification) -> str:
    """The outcome in a sentence."""
    compared = [row for row in found.rows if not row.declared]
    wrong = sum(not row.agree for row in compared)
    text = f"{len(compared)} layers as predicted" if not wrong else f"{wrong} of {len(compared)} layers differ"
    text += ", but not the totals" * (not wrong and not found.agree)
    text += ", receptive fields included" * found.receptive_field
    declared = len(found.rows) - len(compared)
    return text + (f"; {declared} declared, never verified" if declared else "")


def plain(found: Verification) -> str:
    """One verification for a pipe: nothing is cut."""
    lines = [title(found.analysis), size(found), "", *_lines(layers(found)), "", *_lines(totals(found)), "",
             *remarks(found), verdict(found)]
    return "\n".join(lines) + "\n"


def _lines(grid: Sequence[Sequence[str]]) -> list[str]:
    return aligned(grid, {index for index, name in enumerate(grid[0]) if name in NUMBERS})


def overview(found: Sequence[Verification]) -> list[list[str]]:
    """Several verifications, a row each, under a head."""
    rows = [["", "Network", "Ran at", "Spec's size", "Params", "MACs", ""]]
    for each in found:
        sums, compared = each.measured, any(not row.declared for row in each.rows)
        mark = MARKS[each.agree if compared else None]
        rows.append([mark, title(each.analysis), shapes(each.inputs), shapes(each.own), number(sums.params),
                     number(sums.macs), verdict(each)])
    return rows


def plain_several(found: Sequence[Verification]) -> str:
    """Several verifications for a pipe: a row each, then the differing layers of each that has some."""
    lines = _lines(overview(found))
    for each in found:
        if not each.agree:
            lines += ["", title(each.analysis), *_lines(layers(each, only_wrong=True))]
    return "\n".join(lines) + "\n"


def table(found: Sequence[Verification], screen: Screen) -> str:
    """The same on a terminal."""
    from rich.console import Group
    from rich.text import Text

    from cnncalc.report.table import render

    parts: list[RenderableType] = [_grid(overview(found)), Text()] if len(found) > 1 else []
    for each in found:
        if len(found) > 1 and each.agree:
            continue
        lines, notes = _fitted(layers(each, only_wrong=len(found) > 1), screen.width)
        parts += [Text(title(each.analysis), style="bold"), Text(size(each), style="dim"), Text(), _grid(lines),
                  *map(Text, notes), Text(), _grid(totals(each)), Text(),
                  *(Text(line, style="dim") for line in remarks(each)),
                  Text(verdict(each), style="green" if each.agree else "bold red")]
    return render(Group(*parts), screen)


def _fitted(lines: list[list[str]], width: int) -> tuple[list[list[str]], list[str]]:
    """A grid that fits: remarks go below it, then kinds are left out."""
    if _width(lines) <= width:
        return lines, []
    notes = [f"{line[1]}: {line[-1]}" for line in lines if not lines[0][-1] and line[-1]]
    lines = [line[:-1] for line in lines] if notes else lines
    if _width(lines) > width:
        lines = [[cell for index, cell in enumerate(line) if index != HEAD.index("Kind")] for line in lines]
    return lines, notes


def _width(lines: Sequence[Sequence[str]]) -> int:
    return sum(max(map(len, column)) + 3 for column in zip(*lines, strict=True))


def _grid(lines: Sequence[Sequence[str]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from cnncalc.report.table import RULES

    head, *rows = lines
    grid = Table(box=RULES, show_edge=False, pad_edge=False, padding=(0, 1), header_style="bold")
    for name in head:
        grid.add_column(name, justify="right" if name in NUMBERS else "left", overflow="fold", no_wrap=name in NUMBERS)
    for row in rows:
        wrong = row[0] == MARKS[False]
        grid.add_row(Text(row[0], style="bold red" if wrong else "green"),
                     *(Text(cell, style="red" if wrong else "") for cell in row[1:]))
    return grid


def as_json(found: Verification) -> dict[str, Any]:
    """The verification as data, schema `cnncalc.verify/1`; `agree` of a declared layer is null."""
    graph = found.analysis.graph
    return {
        "schema": "cnncalc.verify/1",
        "tool": {"name": "cnncalc", "version": __version__},
        "spec": {"name": graph.header.name, "label": graph.text.label, "variant": graph.variant,
                 "set": dict(graph.overrides)},
        "inputs": {name: list(shape) for name, shape in found.inputs.items()},
        "spec_inputs": {name: list(shape) for name, shape in found.own.items()},
        "quick": found.quick,
        "receptive_field": found.receptive_field,
        "layers": [_layer(row) for row in found.rows],
        "totals": {"predicted": found.predicted._asdict(), "measured": found.measured._asdict()},
        "run": found.run._asdict(),
        "agree": found.agree,
    }


def several_json(found: Sequence[Verification]) -> dict[str, Any]:
    """Several verifications as data."""
    return {"schema": "cnncalc.verifications/1", "verifications": [as_json(each) for each in found],
            "agree": all(each.agree for each in found)}


def _layer(row: Row) -> dict[str, Any]:
    data: dict[str, Any] = {
        "path": row.path,
        "kind": row.kind,
        "predicted": _counts(row.predicted),
        "measured": None if row.measured is None else _counts(row.measured),
        "agree": row.agree,
    }
    if row.declared:
        data["declared"] = True
    if row.problem:
        data["problem"] = row.problem
    if row.fields:
        data["receptive_field"] = list(row.fields)
    return data


def _counts(counts: Counts | Sums) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in counts._asdict().items()}
