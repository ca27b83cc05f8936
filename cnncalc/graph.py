"""The network as a graph of layers, and the builder that infers every shape as a layer is added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncalc.errors import Diagnostic, Fault, Source, Span
from cnncalc.layers.base import Facts, Layer, Shape
from cnncalc.layers.window import times

LIMIT = 2**63


class Tensor(NamedTuple):
    """One tensor of the graph: its id (inputs first, then nodes, in order) and its shape without the batch."""

    id: int
    shape: Shape


class Input(NamedTuple):
    """A network input."""

    name: str
    shape: Shape
    span: Span | None = None


class Node(NamedTuple):
    """A layer in its place: where it stands, which tensors it reads (by id), and what was inferred for it.

    `written` holds the arguments as the user gave them, evaluated, without defaults; `shares` is the id of the node
    whose weights this one uses.
    """

    path: str
    layer: Layer
    inputs: tuple[int, ...]
    facts: Facts
    written: Mapping[str, Any]
    shares: int | None
    span: Span


class Scope(NamedTuple):
    """A block instance, group, branch, tap or repetition: anything that a path names and that is no layer.

    `span` is where it is called; `block` is None for all but block instances; `repetition` counts from 0.
    """

    path: str
    block: str | None
    repetition: int | None
    span: Span | None


class Output(NamedTuple):
    """A named result."""

    name: str
    tensor: int


class Header(NamedTuple):
    """What a spec says about itself."""

    name: str
    description: str = ""
    family: str = ""
    year: int | None = None
    source: str = ""


class Graph(NamedTuple):
    """A network: everything that was read from a spec, with every shape known. Tensor ids number inputs, then nodes."""

    header: Header
    text: Source
    variant: str | None
    overrides: Mapping[str, Any]
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    scopes: Mapping[str, Scope]
    outputs: tuple[Output, ...]
    budget: Any
    warnings: tuple[Diagnostic, ...]

    def node(self, tensor: int) -> Node | None:
        """The node that makes a tensor, or None for a network input."""
        index = tensor - len(self.inputs)
        return self.nodes[index] if index >= 0 else None

    def label(self, tensor: int) -> str:
        """Path of the node that makes a tensor, or name of the input."""
        node = self.node(tensor)
        return self.inputs[tensor].name if node is None else node.path

    def shape(self, tensor: int) -> Shape:
        """Sizes of a tensor, without the batch."""
        node = self.node(tensor)
        return self.inputs[tensor].shape if node is None else node.facts.shape

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        """Shapes of the tensors that a node reads."""
        return tuple(self.shape(tensor) for tensor in node.inputs)


class GraphBuilder:
    """Adds layers one by one; facts are inferred once per layer object and input shapes."""

    def __init__(self, inputs: tuple[Input, ...]) -> None:
        self.inputs = inputs
        self.nodes: list[Node] = []
        self.scopes: dict[str, Scope] = {}
        self.places: dict[str, int] = {}
        self._facts: dict[tuple[int, tuple[Shape, ...]], tuple[Facts, Layer]] = {}

    def add(self, path: str, layer: Layer, inputs: tuple[Tensor, ...], written: Mapping[str, Any], span: Span,
            shares: str | None = None) -> Tensor:
        """Put a layer at a path; `shares` is the path of the node whose weights it uses. Raises `Fault`."""
        facts = self.infer(layer, tuple([tensor.shape for tensor in inputs]))
        if path in self.places or (path in self.scopes and not self._dissolved(path, layer)):
            raise Fault(f"there is a step at `{path}` already", code="duplicate-name")
        donor = self._donor(shares, layer, facts) if shares and (facts.weights or facts.buffers) else None
        tensor = Tensor(len(self.inputs) + len(self.nodes), facts.shape)
        self.places[path] = tensor.id
        self.nodes.append(Node(path, layer, tuple([source.id for source in inputs]), facts, written, donor, span))
        return tensor

    def node(self, tensor: int) -> Node | None:
        """The node that makes a tensor, or None for a network input."""
        index = tensor - len(self.inputs)
        return self.nodes[index] if index >= 0 else None

    def label(self, tensor: int) -> str:
        """Path of the node that makes a tensor, or name of the input."""
        node = self.node(tensor)
        return self.inputs[tensor].name if node is None else node.path

    def shape(self, tensor: int) -> Shape:
        """Sizes of a tensor, without the batch."""
        node = self.node(tensor)
        return self.inputs[tensor].shape if node is None else node.facts.shape

    def infer(self, layer: Layer, shapes: tuple[Shape, ...]) -> Facts:
        """The facts of a layer for these inputs; sizes and costs stay below 2^63."""
        known = self._facts.get((id(layer), shapes))
        if known is None:
            facts = layer.facts(shapes)
            for what, count in (("output", _product(facts.shape)), ("multiply-adds", facts.macs),
                                *((name, _product(shape)) for name, shape in facts.weights.items())):
                if count >= LIMIT:
                    raise Fault(f"`{layer.kind}` is too large: its {what} would count {count}, and the limit is 2^63",
                                code="too-large")
            known = self._facts[id(layer), shapes] = facts, layer
        return known[0]

    def scope(self, path: str, block: str | None, repetition: int | None, span: Span | None) -> None:
        """Note a block instance, group, branch, tap or repetition."""
        if path in self.places:
            raise Fault(f"there is a layer at `{path}` already", code="duplicate-name")
        self.scopes.setdefault(path, Scope(path, block, repetition, span))

    def _dissolved(self, path: str, layer: Layer) -> bool:
        """Whether a merge takes the place of a scope that only dotted names implied: its branches were written so."""
        if not layer.merges or self.scopes[path].span is not None:
            return False
        del self.scopes[path]
        return True

    def inhabited(self) -> dict[str, Scope]:
        """The scopes that hold a layer: a branch of absent steps is none. A number below a merge is its branch."""
        held: set[str] = set()
        for node in self.nodes:
            above = node.path.rpartition(".")[0]
            while above and above not in held:
                held.add(above)
                above = above.rpartition(".")[0]
        found: dict[str, Scope] = {}
        for path, scope in self.scopes.items():
            if path not in held:
                continue
            parent = path.rpartition(".")[0]
            if parent in self.scopes and parent not in found:       # a merge of one: its branch was there first
                found[parent] = self.scopes[parent]
            found[path] = scope if parent not in self.places else scope._replace(repetition=None)
        return found

    def _donor(self, path: str, layer: Layer, facts: Facts) -> int:
        """The node at `path`, which must be of the same kind with weights of the same shapes."""
        donor = self.places.get(path)
        if donor is None:
            raise Fault(f"there is no layer at `{path}` to share weights with", code="share")
        node = self.nodes[donor - len(self.inputs)]
        if node.layer.kind != layer.kind:
            raise Fault(f"`{layer.kind}` cannot share weights with `{path}`, a `{node.layer.kind}`", code="share")
        ours, theirs = ({**f.weights, **f.buffers} for f in (facts, node.facts))
        if ours != theirs:
            raise Fault(f"the weights of `{path}` have other shapes", code="share",
                        detail=f"here {_weights(ours)}; there {_weights(theirs)}")
        return donor if node.shares is None else node.shares


def _product(sizes: Shape) -> int:
    result = 1
    for size in sizes:
        result *= size
    return result


def _weights(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"{name} {times(shape)}" for name, shape in shapes.items()) or "none"
