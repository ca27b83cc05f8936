"""Workings, manual pages and explained codes as text and as Markdown for lecture notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.analysis import Analysis
from cnncalc.codes import Code
from cnncalc.errors import Span
from cnncalc.explain.field_words import COLUMNS
from cnncalc.explain.layer import Explanation
from cnncalc.explain.manual import Manual
from cnncalc.explain.working import Equation, Row, Section, written
from cnncalc.graph import Graph
from cnncalc.layers.window import times
from cnncalc.report.columns import brief, flops_unit
from cnncalc.report.markdown import escaped, table
from cnncalc.report.summary import aligned, title
from cnncalc.report.text import number, printable

LEGEND = ("W·H are the output's cells (a transposed convolution's input's), S² the kernel's, C1 and C2 the channels in "
          "and out, g the groups; per axis n is the input's size, k the kernel, s the stride, p the padding, d the "
          "dilation.")
"""What the letters of a whole network's story mean; a layer by itself shows them beside their numbers."""

_ASCII = {"·": "*", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "²": "^2"}


def ascii_working(text: str) -> str:
    """The same working where a screen has no `·` and no `⌊`: as the language writes them."""
    return "".join(_ASCII.get(char, char) for char in text)


def equation(line: Equation) -> str:
    """An equation as written by hand: symbols, numbers, result; what says the same twice is left out."""
    numbers = written(line.expression)
    parts = [line.symbols] if line.symbols and line.symbols != numbers else []
    return " = ".join([*parts, *([numbers] if numbers != number(line.value) else []), number(line.value)])


def plain(found: Sequence[Explanation], analysis: Analysis) -> str:
    """Layers, one after the other; a whole network ends with its totals."""
    parts = [_layer(each, analysis) for each in found]
    if len(found) == len(analysis.layers) and len(found) > 1:
        parts = [f"{title(analysis)}\n{_about(analysis)}\n{LEGEND}\n", *parts, _totals(analysis)]
    return "\n".join(parts)


def _about(analysis: Analysis) -> str:
    """What comes in, and where the architecture is from."""
    header = analysis.graph.header
    inputs = ", ".join(f"{printable(each.name)} {times(each.shape)}" for each in analysis.graph.inputs)
    return inputs + (f" · {printable(header.source)}" if header.source else "")


def _layer(shown: Explanation, analysis: Analysis) -> str:
    node = shown.row.node
    head = f"{printable(node.path)}: {brief(analysis.graph, node)}"
    lines = [head, "=" * len(head), *(f"  {line}" for line in _place(shown, analysis))]
    for section in shown.sections:
        lines += ["", printable(section.title), *(f"  {line}" for line in _lines(section, analysis.graph))]
    return "\n".join(lines) + "\n"


def _place(shown: Explanation, analysis: Analysis) -> list[str]:
    """Inputs and output, who reads it, the block chain, and where it is written."""
    label = printable(analysis.graph.text.label)
    reads = ", ".join(f"{printable(each.path)} {times(each.shape)}" for each in shown.inputs) or "nothing"
    handed = [*map(printable, shown.readers[:6]), *(["…"] if len(shown.readers) > 6 else []),
              *(["the network's output"] if shown.is_output else [])]
    rows = [["reads", reads], ["gives", times(shown.row.output)], ["read by", ", ".join(handed) or "nothing"]]
    rows += [["in block", f"{scope.block} ({printable(scope.path)})" + _called(label, scope.span)]
             for scope in shown.chain]
    rows.append(["written at", f"{label}:{shown.row.node.span.line}:{shown.row.node.span.column}"])
    if shown.row.node.layer.declared:
        rows.append(["declared", "its numbers are the spec's word, not computed"])
    return aligned(rows, set())


def _called(label: str, span: Span | None) -> str:
    return f", called at {label}:{span.line}:{span.column}" if span else ""


def _lines(section: Section, graph: Graph) -> list[str]:
    """Sentences as they are; equations in two columns, what and how; below them the rows as a table."""
    width = max((len(line.what) for line in section.lines if isinstance(line, Equation)), default=0)
    rows = [line for line in section.lines if isinstance(line, Row)]
    lines = []
    for line in section.lines:
        if isinstance(line, str):
            lines.append(printable(line))
        elif isinstance(line, Equation):
            lines.append(f"{line.what:<{width}}  {equation(line)}")
            if line.note:
                lines.append(f"{'':<{width}}  ({line.note})")
    return lines + (aligned(_table(rows, graph), set()) if rows else [])


def _table(rows: Sequence[Row], graph: Graph) -> list[list[str]]:
    """The head, and a line per row: the layers, their kind, the columns, and what is to be said of it."""
    lines = [[_covered(row), "" if row.node is None else brief(graph, row.node), *map(_cell, row.cells), row.note]
             for row in rows]
    noted = any(row.note for row in rows)
    return [line if noted else line[:-1] for line in [["Layer", "Kind", *COLUMNS, "Where"], *lines]]


def _covered(row: Row) -> str:
    """The layers of a row: one pattern for several."""
    from cnncalc.compare.pattern import pattern

    return printable(pattern(row.paths)) + (f" ({len(row.paths)} layers)" if len(row.paths) > 1 else "")


def _cell(cell: Equation | str) -> str:
    if isinstance(cell, str):
        return cell
    return f"{equation(cell)} ({cell.note})" if cell.note else equation(cell)


def _totals(analysis: Analysis) -> str:
    sums = analysis.totals
    rows = [["parameters", number(sums.params), ""], ["buffers", number(sums.buffers), ""],
            ["multiply-adds", number(sums.macs), ""], ["FLOPs", number(sums.flops), flops_unit(analysis)]]
    return "\n".join(["In total", *(f"  {line}" for line in aligned(rows, {1}))]) + "\n"


def markdown(found: Sequence[Explanation], analysis: Analysis) -> str:
    """The story for lecture notes: a table of sizes, then every layer with its arithmetic."""
    whole = len(found) == len(analysis.layers) and len(found) > 1
    parts = [f"# {escaped(title(analysis))}\n"] if whole else []
    if whole:
        parts.append(f"{escaped(_about(analysis))}\n")
        rows = [[each.row.path, brief(analysis.graph, each.row.node), times(each.row.output), number(each.row.params),
                 number(each.row.flops)] for each in found]
        sums = analysis.totals
        rows.append(["total", "", "", number(sums.params), number(sums.flops)])
        parts.append(table(["Layer", "Kind", "Output", "Params", "FLOPs"], rows, {3, 4}))
        parts.append(f"FLOPs: {escaped(flops_unit(analysis))}\n\n{escaped(LEGEND)}\n")
    return "\n".join([*parts, *(_markdown_layer(each, analysis) for each in found)])


def _markdown_layer(shown: Explanation, analysis: Analysis) -> str:
    node = shown.row.node
    reads = " and ".join(f"{escaped(each.path)} ({times(each.shape)})" for each in shown.inputs) or "nothing"
    lines = [f"## {escaped(node.path)}: {escaped(brief(analysis.graph, node))}", "",
             f"Reads {reads}, gives **{times(shown.row.output)}**.", ""]
    for section in shown.sections:
        if any(not isinstance(line, str) for line in section.lines):
            rows = [line for line in section.lines if isinstance(line, Row)]
            lines += [f"*{escaped(section.title)}*", "",
                      *(_bullet(line) for line in section.lines if not isinstance(line, Row)), "",
                      *_drawn(rows, analysis.graph)]
    return "\n".join(lines)


def _drawn(rows: Sequence[Row], graph: Graph) -> list[str]:
    if not rows:
        return []
    head, *lines = _table(rows, graph)
    return [table(head, lines, set())]


def _bullet(line: Equation | str) -> str:
    if isinstance(line, str):
        return f"- {escaped(line)}"
    note = f" ({escaped(line.note)})" if line.note else ""
    return f"- {escaped(line.what)}: `{equation(line)}`{note}"


def as_json(found: Sequence[Explanation], analysis: Analysis) -> dict[str, Any]:
    """The workings as data, schema `cnncalc.explain/1`: every equation as text, as an expression, and its value."""
    graph = analysis.graph
    return {
        "schema": "cnncalc.explain/1",
        "spec": {"name": graph.header.name, "label": graph.text.label, "variant": graph.variant,
                 "set": dict(graph.overrides)},
        "batch": analysis.batch, "convention": analysis.convention.name, "flops_unit": analysis.convention.unit,
        "layers": [{"path": each.row.path, "kind": each.row.kind, "from": [source.path for source in each.inputs],
                    "output": list(each.row.output), "read_by": list(each.readers),
                    "blocks": [scope.path for scope in each.chain], "line": each.row.node.span.line,
                    "equations": [_equation_json(what, line) for section in each.sections
                                  for what, line in section.equations()]} for each in found],
    }


def _equation_json(what: str, line: Equation) -> dict[str, Any]:
    return {"what": what, "text": equation(line), "expression": line.expression, "value": line.value,
            "of": line.of}


def manual(page: Manual) -> str:
    """The manual page of a kind."""
    lines = [f"{page.kind}: {page.summary}", *(f"\n{paragraph}" for paragraph in page.text)]
    if page.symbols:
        first, *others = page.symbols
        lines.append(f"Here {', '.join([first.replace(' the ', ' is the ', 1), *others])}.")
    lines += ["", f"  - {page.usage}"]
    if page.arguments:
        rows = [[each.name, f"default {each.default}" if each.default not in ("", "required") else each.default,
                 each.help] for each in page.arguments]
        lines += ["", "Arguments", *(f"  {line}" for line in aligned(rows, set()))]
        lines += ["", "Accepted", *(f"  {line}" for line in aligned([[each.name, each.accepts]
                                                                     for each in page.arguments], set()))]
    if page.elsewhere:
        lines += ["", f"Called elsewhere: {', '.join(page.elsewhere)}"]
    return "\n".join(lines) + "\n"


def index(kinds: Sequence[tuple[str, str]], codes: Sequence[str]) -> str:
    """Everything that can be explained besides networks."""
    return "\n".join(["Kinds", *(f"  {line}" for line in aligned([list(kind) for kind in kinds], set())),
                      "", "Codes", *(f"  {code}" for code in codes)]) + "\n"


def code(found: Code, shown: str) -> str:
    """A diagnostic code: what it means, a text that shows it, and what the tool says to that."""
    lines = [f"{found.name}: {found.meaning}"]
    if found.example:
        lines += ["", f"For example, in {found.file}", "",
                  *(f"    {line}" for line in found.example.rstrip().splitlines())]
    if found.command:
        lines += ["", f"    $ {found.command}"]
    if shown:
        lines += ["", *(f"    {line}" for line in shown.rstrip().splitlines())]
    return "\n".join(lines) + "\n"
