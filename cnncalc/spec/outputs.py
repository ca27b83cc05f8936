"""What a network gives back, and the steps whose results nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.errors import Diagnostic, Fault, Span
from cnncalc.graph import Graph, GraphBuilder, Output, Tensor
from cnncalc.spec.merges import leaves
from cnncalc.spec.scope import Bundle, Current, Entry, Place
from cnncalc.spec.source import Table, Tree
from cnncalc.spec.steps import check_path, is_identifier
from cnncalc.spec.values import Values


def outputs(tree: Tree | None, place: Place, values: Values, builder: GraphBuilder) -> Iterator[Output]:
    """The named results; by default the last step's. A tuple gives one output per member, an absent step none."""
    if tree is None:
        yield from _named(None, place.current, builder)
        return
    written = _listed(tree, place, values)
    found = [(entry, name) for entry, name in written if not (isinstance(entry, Entry) and entry.absent)]
    if not found:
        message, help = ("every output is absent", "name a step that is always there") if written else (
            "`outputs` names nothing", "remove it: the last step is the result then")
        raise Fault(message, code="no-output", help=help).on(tree.span)
    times: dict[str, int] = {}
    for _, name in found:
        times[name] = times.get(name, 0) + 1
    seen: set[str] = set()
    for entry, name in found:
        plain = not isinstance(entry, Entry) or isinstance(tree, Table) or (
            times[name] == 1 and is_identifier(name))
        value = entry.value if isinstance(entry, Entry) else entry
        for output in _named(name if plain else entry.path, value, builder):  # type: ignore[union-attr]
            if output.name in seen:
                raise Fault(f"two outputs are called `{output.name}`", code="duplicate-name",
                            help="give them names: `outputs: {first: a, second: b}`").on(tree.span)
            seen.add(output.name)
            yield output


def _listed(tree: Tree, place: Place, values: Values) -> list[tuple[Entry | Current, str]]:
    """The tensors that `outputs` names: a list of references, or references by the names that they get."""
    if not isinstance(tree, Table):
        return values.references(tree, place, "outputs")
    found = []
    for key, value in tree.entries:
        if not key.text.isdigit():
            check_path(key.text, key.span)
        tensors = values.references(value, place, "outputs")
        if len(tensors) != 1:
            raise Fault(f"the output `{key.text}` is {len(tensors)} tensors, and one is wanted",
                        code="needs-one-tensor").on(value.span)
        found.append((tensors[0][0], key.text))
    return found


def _named(name: str | None, value: Current | None, builder: GraphBuilder) -> Iterator[Output]:
    if isinstance(value, Bundle):
        for label, tensor in leaves(value):
            yield Output(f"{name}.{label}" if name else label, tensor.id)
    elif isinstance(value, Tensor):
        yield Output(name or builder.label(value.id), value.id)


def unused(graph: Graph) -> Iterator[Diagnostic]:
    """Warnings for results that reach no output: one for the end of each dead path."""
    first = len(graph.inputs)
    alive = bytearray(first + len(graph.nodes))
    used = bytearray(first + len(graph.nodes))
    for output in graph.outputs:
        alive[output.tensor] = 1
    for number in range(len(graph.nodes) - 1, -1, -1):
        for source in graph.nodes[number].inputs:
            used[source] = 1
            alive[source] |= alive[first + number]
    seen: set[Span] = set()
    for number, node in enumerate(graph.nodes, first):
        if not alive[number] and not used[number] and node.span not in seen:
            seen.add(node.span)
            yield Diagnostic("unused-result", f"the result of `{node.path}` reaches no output", graph.text, node.span,
                             help="list it under `outputs`, or remove the step", severity="warning")
    for number, each in enumerate(graph.inputs):
        if not used[number] and not alive[number]:
            yield Diagnostic("unused-result", f"the input `{each.name}` is used nowhere", graph.text, each.span,
                             severity="warning")
