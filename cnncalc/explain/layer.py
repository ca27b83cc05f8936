"""One layer of an analysis, explained: where it sits, its sizes, its weights, its work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from cnncalc.analysis import Analysis, LayerCost
from cnncalc.errors import Fault, closest
from cnncalc.explain.costs import two_views, weights, work
from cnncalc.explain.field_words import own_step, trails
from cnncalc.explain.fields import views
from cnncalc.explain.sizes import case_of, sizes
from cnncalc.explain.working import Section
from cnncalc.graph import Graph, Scope
from cnncalc.layers.base import Shape
from cnncalc.patterns import matches


class Neighbour(NamedTuple):
    """A tensor that a layer reads, or hands on: its name, and its shape without the batch."""

    path: str
    shape: Shape


class Explanation(NamedTuple):
    """A layer's working. `chain` are the block instances that it stands in, outermost first; `readers` may be empty."""

    row: LayerCost
    inputs: tuple[Neighbour, ...]
    readers: tuple[str, ...]
    is_output: bool
    chain: tuple[Scope, ...]
    sections: tuple[Section, ...]


def explain(analysis: Analysis, wanted: Sequence[str] = ()) -> list[Explanation]:
    """The layers that are asked for, or all of them, in order. A name may be a path, a scope, or a pattern.

    A layer that is asked for by its path has the whole way of its receptive field; the others have their own step.

    Raises:
        Fault: there is no such layer or scope.
    """
    chosen = set(range(len(analysis.layers)))
    if wanted:
        chosen = {index for name in wanted for index in _named(analysis.graph, name)}
    readers, seen, named = _readers(analysis.graph), views(analysis.graph), set(wanted)
    base = len(analysis.graph.inputs)
    return [_explained(analysis, index, readers, (trails if analysis.layers[index].path in named else own_step)(
        seen, base + index)) for index in sorted(chosen)]


def _named(graph: Graph, name: str) -> list[int]:
    found = [index for index, node in enumerate(graph.nodes)
             if matches(name, node.path) or matches(f"{name}.**", node.path)]
    if not found:
        known = [node.path for node in graph.nodes]
        near = closest(name, (*known, *graph.scopes))
        help = f"did you mean `{near}`?" if near else f"the first layers are {', '.join(known[:4])}"
        raise Fault(f"there is no layer `{name[:60]}` in this network", code="unknown-layer", help=help)
    return found


def _readers(graph: Graph) -> Mapping[int, list[str]]:
    readers: dict[int, list[str]] = defaultdict(list)
    for node in graph.nodes:
        for tensor in dict.fromkeys(node.inputs):
            readers[tensor].append(node.path)
    return readers


def _explained(analysis: Analysis, index: int, readers: Mapping[int, list[str]],
               field: Sequence[Section]) -> Explanation:
    graph, row = analysis.graph, analysis.layers[index]
    node = row.node
    case = case_of(graph, node)
    tensor = len(graph.inputs) + index
    equations = sizes(case)
    sections = [Section("Output", tuple(equations) or ("keeps the shape",)), weights(case, row),
                work(case, row, analysis)]
    if node.layer.kind == "conv_transpose":
        sections.append(two_views(case, row))
    sections += field
    return Explanation(row, tuple(Neighbour(graph.label(each), graph.shape(each)) for each in node.inputs),
                       tuple(readers.get(tensor, ())), any(output.tensor == tensor for output in graph.outputs),
                       chain_of(graph, node.path), tuple(sections))


def chain_of(graph: Graph, path: str) -> tuple[Scope, ...]:
    """The block instances that a path goes through, outermost first."""
    parts = path.split(".")
    prefixes = (".".join(parts[:end]) for end in range(1, len(parts)))
    found = [graph.scopes[prefix] for prefix in prefixes
             if prefix in graph.scopes and graph.scopes[prefix].block is not None]
    # A repeated block is a scope, and so is each of its repetitions: the inner one says it all.
    return tuple(scope for scope, inner in zip_longest(found, found[1:])
                 if inner is None or (inner.block, inner.span) != (scope.block, scope.span))
