"""A network as a flat spec: no blocks, branches or repetitions, every name and every `from` written out.

It reads back to the same paths, shapes, costs, edges and scopes. A scope needs no line where a dotted name goes through
it. A block instance gets one, a call of an empty block of that name (`- {bottleneck, name: layer1.0}`), which also
reads as a heading; so does a tuple whose members have numbers, which no name tells from repetitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cnncalc.errors import SpecError
from cnncalc.graph import Graph, Node
from cnncalc.report.text import printable
from cnncalc.spec.source import Listing, Scalar, Table, Tree, read

_PLAIN = re.compile(r"[A-Za-z0-9_$./][A-Za-z0-9_$./()+*<>=@ -]*(?<! )")


def flat(graph: Graph) -> str:
    """The text of the flat spec."""
    return "\n".join([*_head(graph), "layers:", *_steps(graph), *_outputs(graph)]) + "\n"


def _head(graph: Graph) -> Iterator[str]:
    header = graph.header
    chosen = [graph.variant] if graph.variant else []
    chosen += [f"{key}={value}" for key, value in graph.overrides.items()]
    name = f"{header.name or graph.text.label} ({', '.join(chosen)})" if chosen else header.name
    texts = {"name": name, "description": header.description, "family": header.family,
             "year": str(header.year or ""), "source": header.source}
    yield from (f"{key}: {scalar(text)}" for key, text in texts.items() if text)
    if [each.name for each in graph.inputs] == ["input"]:
        yield f"input: {_value(graph.inputs[0].shape)}"
    else:
        yield "inputs: {" + ", ".join(f"{each.name}: {_value(each.shape)}" for each in graph.inputs) + "}"
    if graph.budget is not None:
        yield f"budget: {tree(graph.budget)}"
    yield from _notes(graph)
    blocks = dict.fromkeys(scope.block for scope in graph.scopes.values() if scope.block)
    if blocks:
        yield "blocks:                 # names alone: what they hold is written out below"
        yield from (f"  {block}(): []" for block in blocks)


def _notes(graph: Graph) -> Iterator[str]:
    """The spec's `x-` keys as they are: `x-functional` names layers by path, and paths stay."""
    if "x-" not in graph.text.text:
        return
    try:
        top = read(graph.text)
    except SpecError:
        return      # not written in the language: the graph was made from another format
    for key, value in top.entries if isinstance(top, Table) else ():
        if key.text.startswith("x-"):
            yield f"{scalar(key.text)}: {tree(value)}"


def _steps(graph: Graph) -> Iterator[str]:
    """Layers in order, each behind the scopes that open before it."""
    headings = _Headings(graph)
    for node in graph.nodes:
        yield from headings.before(node.path)
        yield _step(graph, node)
    yield from headings.rest()
    if len(graph.outputs) == 1 and _unnamed(graph):
        yield f"- {{from: {graph.outputs[0].name}}}"


class _Headings:
    """The lines of scopes that no dotted name implies, each as late as it may stand."""

    def __init__(self, graph: Graph) -> None:
        self.scopes = graph.scopes
        self.order = list(graph.scopes)
        self.done = 0
        self.written: set[str] = set()
        self.start = "" if len(graph.inputs) == 1 else f", from: {graph.inputs[0].name}"
        self.children: dict[str, list[str]] = {}
        self.needed: dict[str, int] = {}
        for number, path in enumerate(self.order, 1):
            parent, _, last = path.rpartition(".")
            self.needed[path] = max(number, self.needed.get(path, 0))
            if last.isdigit() and self.scopes[path].repetition is None:
                self.children.setdefault(parent, []).append(last)
                self.needed[parent] = number

    def before(self, path: str) -> Iterator[str]:
        """The headings before a layer: of what it stands in, and of the branches that it joins."""
        yield from self.until(max(self.needed.get(path, 0), self.needed.get(path.rpartition(".")[0], 0)))

    def rest(self) -> Iterator[str]:
        """The headings that are left at the end."""
        yield from self.until(len(self.order))

    def until(self, number: int) -> Iterator[str]:
        """The headings of the scopes before a number in their order."""
        for path in self.order[self.done:number]:
            parts = path.split(".")
            for end in range(1, len(parts) + 1):
                yield from self.one(".".join(parts[:end]))
        self.done = max(self.done, number)

    def one(self, path: str) -> Iterator[str]:
        """The heading of a scope, unless it has one or needs none."""
        scope = self.scopes.get(path)
        if scope is None or path in self.written:
            return
        self.written.add(path)
        if scope.block:
            yield f"- {{{scope.block}, name: {path}{self.start}}}"
        elif path in self.children:
            branches = ["[]"] * (1 + max(map(int, self.children[path])))
            yield f"- {{parallel: [{', '.join(branches)}], name: {path}{self.start}}}"


def _step(graph: Graph, node: Node) -> str:
    layer, written = node.layer, dict(node.written)
    parts = [layer.kind]
    if layer.primary is not None and layer.primary in written:
        parts = [f"{layer.kind}: {_value(written.pop(layer.primary))}"]
    parts += [f"{name}: {_value(value)}" for name, value in written.items()]
    lent = sum(field.form.reference and name in node.written for name, field in layer.fields.items())
    sources = [graph.label(source) for source in node.inputs[:len(node.inputs) - lent]]
    if node.shares is not None:
        parts.append(f"share: {graph.label(node.shares)}")
    parts += [f"name: {node.path}", f"from: {sources[0] if len(sources) == 1 else _value(tuple(sources))}"]
    return f"- {{{', '.join(parts)}}}"


def _unnamed(graph: Graph) -> bool:
    """Whether the one output is called as the default calls it: by its path."""
    return graph.outputs[0].name == graph.label(graph.outputs[0].tensor)


def _outputs(graph: Graph) -> Iterator[str]:
    """The results: nothing for the last step, a list of paths where they end in the names, else names with paths."""
    if not graph.outputs or (len(graph.outputs) == 1 and _unnamed(graph)):
        return
    named = [(output.name, graph.label(output.tensor)) for output in graph.outputs]
    if all(name == path.rpartition(".")[2] for name, path in named):
        yield f"outputs: {_value(tuple(path for _, path in named))}"
    else:
        yield "outputs: {" + ", ".join(f"{name}: {path}" for name, path in named) + "}"


def _value(value: Any) -> str:
    """An evaluated argument in the language."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value) if isinstance(value, float) else str(value)


def scalar(text: str) -> str:
    """A text as a YAML scalar: plain where that is safe, else quoted and escaped."""
    if _PLAIN.fullmatch(text):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(quoted)}"'


def tree(node: Tree) -> str:
    """A source tree on one line."""
    if isinstance(node, Scalar):
        return scalar(node.text) if node.text or node.quoted else ""
    if isinstance(node, Listing):
        return "[" + ", ".join(map(tree, node.items)) + "]"
    assert isinstance(node, Table)
    return "{" + ", ".join(f"{scalar(key.text)}: {tree(value)}" for key, value in node.entries) + "}"
