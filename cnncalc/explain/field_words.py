"""Receptive fields as sections of a working: a layer's own step, or the whole way from the input to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.errors import Fault
from cnncalc.explain.fields import Step, View, Way, largest_view, step_of, way_to
from cnncalc.explain.working import Equation, Line, Row, Section, axis_name
from cnncalc.layers.window import times

TITLE = "Receptive field"
COLUMNS = ("field r", "stride j", "offset o")
_LEGEND = "a window adds (k - 1)·j to r, multiplies j by s, and takes p·j from o{}"
_HOLES = "; a dilated one adds d·(k - 1)·j"
_MEETS = "where branches meet, the way goes on through the one with the largest field"
_VARIES = "where stride and offset vary, r is last - first + 1 of the output cell with the largest field"
_MOST = 6
"""Fields of which the union is written out."""


def own_step(seen: list[View] | Fault, tensor: int) -> list[Section]:
    """How the layer that makes a tensor changes the field; nothing where it leaves it as it is."""
    view = None if isinstance(seen, Fault) else largest_view(seen, tensor)
    if view is None:
        return []
    groups: dict[tuple[Equation | str, ...], list[int]] = {}
    for axis in range(len(view.sizes)):
        step = step_of(view, tensor, axis)[0]
        if step is not None:
            groups.setdefault(_cells(step), []).append(axis)
    lines: list[Line] = []
    for cells, axes in groups.items():
        where = "" if len(groups) == 1 and len(axes) == len(view.sizes) else f" ({_axes(view, axes)})"
        note = "the largest: stride and offset vary" if "varies" in cells else ""
        lines += [cell._replace(what=f"{name}{where}", symbols=symbol, axes=tuple(axes), note=cell.note or note)
                  for name, cell, symbol in zip(COLUMNS, cells, _symbols(cells), strict=True)
                  if isinstance(cell, Equation)]
    return [Section(_title(view), tuple(lines))] if lines else []


def trails(seen: list[View] | Fault, tensor: int) -> list[Section]:
    """The way of the field from the input to a tensor, a section for every group of axes that agree."""
    if isinstance(seen, Fault):
        return [Section(TITLE, (f"not listed: {seen.message}",))]
    view = largest_view(seen, tensor)
    if view is None:
        return [Section(TITLE, ("no cell depends on an input's place",))] if seen else []
    ways = [way_to(view, tensor, axis) for axis in range(len(view.sizes))]
    groups: dict[object, list[int]] = {}
    for axis, way in enumerate(ways):
        # A node is compared by its path: its facts are no key.
        key = tuple((*(node.path for node in step.nodes), *step[1:]) for step in way.steps)
        groups.setdefault(key, []).append(axis)
    found = []
    for axes in groups.values():
        where = "" if len(axes) == len(view.sizes) else f" ({_axes(view, axes)})"
        found.append(Section(_title(view) + where, (_words(view, tensor, axes), *_lines(view, ways[axes[0]], axes))))
    return found


def _lines(view: View, way: Way, axes: Sequence[int]) -> Iterator[Line]:
    """What the symbols mean, and a row per step, from the input on."""
    steps = way.steps
    slides = [step.slide for step in steps if step.slide is not None]
    if slides:
        yield _LEGEND.format(_HOLES if any(slide.d > 1 for slide in slides) else "")
    if any(step.after.stride is None for step in steps):
        yield _VARIES
    if way.meets and steps:
        yield _MEETS
    if steps:
        yield Row((view.graph.inputs[view.source].name,), None, ("1", "1", "0"))
    for step in steps:
        yield Row(tuple(node.path for node in step.nodes), step.nodes[0],
                  tuple(cell._replace(axes=tuple(axes)) if isinstance(cell, Equation) else cell
                        for cell in _cells(step)), _note(step))


def _title(view: View) -> str:
    inputs = view.graph.inputs
    return TITLE if len(inputs) == 1 else f"{TITLE} in {inputs[view.source].name}"


def _axes(view: View, axes: Sequence[int]) -> str:
    shape = view.graph.inputs[view.source].shape
    return " and ".join(axis_name(axis + 1, shape) for axis in axes)


def _words(view: View, tensor: int, axes: Sequence[int]) -> str:
    """What a cell depends on, in words."""
    field = view.at(tensor, axes[0])
    if field is None:
        return "no cell depends on the input"
    size = times(tuple(view.sizes[axis] for axis in axes))
    if field.whole:
        return f"every cell depends on the whole input, {size}"
    extents = times((field.extent,) * len(axes))
    more = f", more than there are ({size})" if any(field.extent > view.sizes[axis] for axis in axes) else ""
    if field.stride is None:
        where = "where they begin varies from cell to cell"
    else:
        where = f"cell 0's begin at {field.offset}"
        where += f", each next one's {field.stride} further on" if field.stride else ", and so do all others'"
    return f"a cell depends on {extents} cells of the input at most{more}; {where}"


def _note(step: Step) -> str:
    """Which fields meet, and which cell has the largest."""
    if step.after.whole or step.slide is not None:
        return ""
    notes = [f"{len(step.fields)} fields meet"] if len(step.fields) > 1 else []
    if step.after.stride is None:
        first, last = step.reads or (0, 0)
        source = f", from cell{f's {first} to {last}' if first < last else f' {first}'}" if step.reads else ""
        notes.append(f"cell {step.widest[0]}{source}")
    return "; ".join(notes)


def _cells(step: Step) -> tuple[Equation | str, Equation | str, Equation | str]:
    """Field, stride and offset after a step, as equations where there is something to compute."""
    before, after, slide = step.before, step.after, step.slide
    if after.whole:
        return Equation("field", str(after.extent), after.extent, of="field", note="the whole input"), "", ""
    if slide is None or before.stride is None or before.offset is None:
        extent, stride, offset = _union(step), str(after.stride), str(after.offset)
    else:
        count = f"{slide.times}*" if slide.times > 1 else ""
        holes = f"{slide.d}*" if slide.d > 1 else ""
        extent = f"{before.extent} + {count}{holes}({slide.k} - 1)*{before.stride}"
        stride = f"{before.stride}*{slide.s}"
        offset = f"{before.offset} {'-' if slide.p >= 0 else '+'} {count}{abs(slide.p)}*{before.stride}"
    return (Equation("field", extent, after.extent, of="field"),
            "varies" if after.stride is None else Equation("stride", stride, after.stride, of="stride"),
            "varies" if after.offset is None else Equation("offset", offset, after.offset, of="offset"))


def _union(step: Step) -> str:
    """The extent of a field from its first to its last cell; of joined fields, from the first to the last of all."""
    first, last = step.widest[1]
    firsts = list(dict.fromkeys(field[0] for field in step.fields))
    lasts = list(dict.fromkeys(field[1] for field in step.fields))
    if step.fields and len(step.fields) <= _MOST and (min(firsts), max(lasts)) == (first, last):
        return f"{_most('max', lasts)} - {_bracketed(_most('min', firsts))} + 1"
    return f"{last} - {_bracketed(str(first))} + 1"


def _most(call: str, numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{call}({', '.join(map(str, numbers))})"


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _symbols(cells: Sequence[Equation | str]) -> tuple[str, str, str]:
    """The formulas behind a single step."""
    field, _, offset = cells
    if not isinstance(field, Equation) or field.note:
        return "", "", ""
    if "*" not in field.expression:
        return "last - first + 1", "", ""
    holes = "d·" if field.expression.count("*") > 1 else ""
    minus = isinstance(offset, Equation) and " - " in offset.expression
    return f"r + {holes}(k - 1)·j", "j·s", "o - p·j" if minus else "o + c·j"
