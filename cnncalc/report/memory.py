"""Activation memory over time: a line and a bar per step, what is alive at the peak, and the sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc import __version__
from cnncalc.analysis import Analysis
from cnncalc.analysis.memory import Memory
from cnncalc.analysis.metrics import METRICS
from cnncalc.layers.window import times
from cnncalc.report.summary import aligned, title
from cnncalc.report.text import Screen, bar, printable, size_of

if TYPE_CHECKING:
    from rich.text import Text

BAR = 40
LEAST = 10
"""Columns of a bar in a pipe, and those that a bar and a name have at least on a terminal."""
PEAK = "← peak"


class Line(NamedTuple):
    """One step, or several of one scope that were rolled up: their highest. `first` is the first step, from 1."""

    first: int
    path: str
    output: str
    live: int
    peak: bool


def lines(found: Memory, depth: int | None = None) -> list[Line]:
    """The steps in execution order; with `depth`, neighbours in one scope at that depth become one line."""
    graph, run = found.timeline.graph, found.timeline
    result: list[Line] = []
    for step, (number, live) in enumerate(zip(run.order, run.live, strict=True)):
        node = graph.nodes[number]
        path = node.path if depth is None else ".".join(node.path.split(".")[:depth])
        line = Line(step + 1, path, times(node.facts.shape), live, step == run.step)
        last = result[-1] if result else None
        if last and last.path == path:
            result[-1] = last._replace(output=line.output, live=max(last.live, live), peak=last.peak or line.peak)
        else:
            result.append(line)
    return result


def alive(found: Memory) -> list[list[str]]:
    """The tensors at the peak, largest first: name, size, bytes, and the steps during which they live."""
    run = found.timeline
    rows = []
    for tensor in sorted(run.alive, key=lambda tensor: -run.sizes[tensor]):
        life = run.lives[tensor]
        rows.append([f"  {printable(run.graph.label(tensor))}", times(run.graph.shape(tensor)),
                     size_of(run.sizes[tensor]), f"steps {life.first + 1} to {life.last + 1}"])
    return rows


def sums(found: Memory) -> list[list[str]]:
    """The sums below: name, bytes, remark."""
    analysis, run = found.analysis, found.timeline
    settings = analysis.settings
    how = "elementwise layers in place" if settings.in_place else "every layer writes a new tensor"
    rows = [["peak", size_of(run.peak), f"of activations as {analysis.dtype}, batch {analysis.batch}; {how}"]]
    rows.append(["together", size_of(_together(found)), "what all layers put out, were nothing freed"])
    if found.exact is not None:
        words = "no order has less" if found.exact else "the best order that was found"
        saved = f"{size_of(found.given - run.peak)} less than in the file's order" if run.peak < found.given else \
            "as in the file's order"
        rows.append(["order", "", f"{saved}; {words}"])
    rows.append(["weights", size_of(_weights(analysis)), f"as {analysis.weight_dtype}, running statistics included"])
    parts = found.training
    if parts is None:
        rows.append(["training", "", f"{analysis.weight_dtype} weights cannot be trained"])
    else:
        rows.append(["training", size_of(sum(parts.memory)),
                     f"weights, {size_of(sum(parts.gradients))} of gradients, {size_of(sum(parts.state))} of state "
                     f"({settings.optimizer}), {size_of(sum(parts.saved))} of activations kept"])
    return rows


def _together(found: Memory) -> int:
    """The bytes of all layers' outputs."""
    return sum(found.timeline.sizes[len(found.timeline.graph.inputs):])


def _weights(analysis: Analysis) -> int:
    return sum(row for row in METRICS["weights"].layers(analysis) if isinstance(row, int))


def plain(found: Memory, depth: int | None = None) -> str:
    """The timeline for a pipe: nothing is cut."""
    shown = lines(found, depth)
    table = [["Step", "Layer", "Output", "Memory", ""],
             *([str(line.first), line.path, line.output, size_of(line.live), _bar(found, line, BAR, True)]
               for line in shown)]
    text = [title(found.analysis), "", *aligned(table, {0, 3}), "", _heading(found), *aligned(alive(found), {2}), "",
            *aligned(sums(found), {1})]
    return "\n".join(text) + "\n"


def _bar(found: Memory, line: Line, cells: int, unicode: bool) -> str:
    drawn = bar(line.live, found.timeline.peak, cells, unicode)
    return f"{drawn} {PEAK}" if line.peak else drawn


def _heading(found: Memory) -> str:
    run = found.timeline
    node = run.graph.nodes[run.order[run.step]]
    return f"at the peak, step {run.step + 1} ({node.path}), {len(run.alive)} tensors are alive:"


def drawn(found: Memory, depth: int | None, screen: Screen) -> str:
    """The timeline on a terminal: bars take the room that names leave."""
    from rich.console import Group
    from rich.text import Text

    from cnncalc.report.table import render

    shown = lines(found, depth)
    marked = len(PEAK) + 3
    others = len(aligned([["Step", "Output", "Memory"],
                          *([str(line.first), line.output, size_of(line.live)] for line in shown)], {0, 1, 2})[0]) + 2
    names = max(screen.width - others - marked - LEAST, LEAST)
    table = aligned([["Step", "Layer", "Output", "Memory"],
                     *([str(line.first), _short(line.path, names), line.output, size_of(line.live)] for line in shown)],
                    {0, 3})
    widest = max(map(len, table))
    room = max(screen.width - widest - marked, 1)
    rows = [Text(table[0], style="bold")]
    for text, line in zip(table[1:], shown, strict=True):
        drawing = _bar(found, line, room, screen.unicode)
        rows.append(Text.assemble(f"{text:<{widest}}  ", (drawing, "bold red" if line.peak else "cyan")))
    below = [*_texts([_heading(found)], "bold"), *_texts(aligned(alive(found), {2})), Text(),
             *_texts(aligned(sums(found), {1}))]
    return render(Group(Text(title(found.analysis), style="bold"), Text(), *rows, Text(), *below), screen)


def _short(path: str, room: int) -> str:
    """A path that is too long loses its middle."""
    return path if len(path) <= room else f"{path[:room // 3]}…{path[len(path) - room + room // 3 + 1:]}"


def _texts(rows: Sequence[str], style: str = "") -> list[Text]:
    from rich.text import Text

    return [Text(row, style=style) for row in rows]


def as_json(found: Memory) -> dict[str, Any]:
    """The same as data, schema `cnncalc.memory/1`: bytes, and steps counted from 1."""
    analysis, run, graph = found.analysis, found.timeline, found.timeline.graph
    parts = found.training
    return {
        "schema": "cnncalc.memory/1",
        "tool": {"name": "cnncalc", "version": __version__},
        "spec": {"name": graph.header.name, "label": graph.text.label, "variant": graph.variant,
                 "set": dict(graph.overrides)},
        "batch": analysis.batch, "dtype": analysis.dtype, "weight_dtype": analysis.weight_dtype,
        "in_place": analysis.settings.in_place,
        "steps": [{"step": step + 1, "path": graph.nodes[number].path, "live": live}
                  for step, (number, live) in enumerate(zip(run.order, run.live, strict=True))],
        "peak": {"bytes": run.peak, "step": run.step + 1, "path": graph.nodes[run.order[run.step]].path,
                 "alive": [{"tensor": graph.label(tensor), "bytes": run.sizes[tensor],
                            "first": run.lives[tensor].first + 1, "last": run.lives[tensor].last + 1}
                           for tensor in run.alive]},
        "given_peak": found.given,
        "activations": _together(found),
        "weights": _weights(analysis),
        "exact": found.exact,
        "training": None if parts is None else {
            "optimizer": analysis.settings.optimizer, "weights": sum(parts.weights),
            "gradients": sum(parts.gradients), "state": sum(parts.state), "saved": sum(parts.saved),
            "total": sum(parts.memory), "backward_macs": sum(parts.backward)},
    }
