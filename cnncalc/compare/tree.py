"""A network as a tree of scopes over its layers, with keys that say which parts are the same."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import groupby
from typing import NamedTuple

from cnncalc.graph import Graph, Scope
from cnncalc.layers import BY_NAME
from cnncalc.layers.base import Layer, Referent

DIGITS = "0123456789"


class Tree(NamedTuple):
    """Items by number: layers as in the graph, then scopes, the first of which is the network itself.

    `keys` are equal where kinds and arguments of all layers below are equal, in order; neither names nor sizes enter.
    `names` are empty where the expander numbered an item itself; those of scopes end in `/`, as do their `kinds`.
    `children` and `layers` (all that are below, in order) are those of scopes; the network's own `layers` are not kept.
    """

    paths: list[str]
    names: list[str]
    kinds: list[str]
    keys: list[int]
    parents: list[int]
    children: dict[int, list[int]]
    layers: dict[int, list[int]]

    def below(self, item: int) -> list[int]:
        """The layers of an item."""
        return self.layers.get(item, [item])


class Keys:
    """Small numbers for what can be equal: the same number on both sides means the same."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def number(self, thing: Hashable) -> int:
        """The number of a thing."""
        return self._numbers.setdefault(thing, len(self._numbers))

    def layers(self, graph: Graph) -> list[int]:
        """The key of every layer: kind and arguments. Equal layers are mostly one object, so each is read once."""
        places = [id(node.layer) for node in graph.nodes]
        distinct = dict(zip(places, graph.nodes, strict=True))
        numbers = {place: self.number(identity(node.layer)) for place, node in distinct.items()}
        return [numbers[place] for place in places]


def identity(layer: Layer) -> Hashable:
    """What makes two layers the same: kind and arguments. A tensor that an argument names is an edge, and not here."""
    return layer.kind, *(None if isinstance(value, Referent) else value for value in vars(layer).values())


def tree_of(graph: Graph, keys: Keys, layer_keys: list[int]) -> Tree:
    """The tree of a network, from the paths of its layers."""
    count = len(graph.nodes)
    paths = [node.path for node in graph.nodes]
    kinds = [node.layer.kind for node in graph.nodes]
    ends = [path.rfind(".") for path in paths]
    stems = {kind: kind.rstrip(DIGITS) for kind in {*kinds}}
    names = ["" if (base := path[end + 1:].rstrip(DIGITS)) == stems[kind] or not base else path[end + 1:]
             for path, end, kind in zip(paths, ends, kinds, strict=True)]
    tree = Tree(paths, names, kinds, [*layer_keys], [], {count: []}, {})
    places, scopes = {"": count}, [""]
    item = 0
    for parent, together in groupby([path[:end] if end > 0 else "" for path, end in zip(paths, ends, strict=True)]):
        place = places[parent] if parent in places else _open(parent, places, scopes, tree.children)
        number = sum(1 for _ in together)
        tree.children[place].extend(range(item, item + number))
        tree.parents.extend([place] * number)
        item += number
    for path in scopes:
        _add_scope(tree, path, graph.scopes.get(path), places)
    for item in range(len(paths) - 1, count, -1):
        tree.layers[item] = below = [leaf for child in tree.children[item] for leaf in tree.below(child)]
        tree.keys[item] = keys.number(tuple([layer_keys[leaf] for leaf in below]))
    return tree


def _add_scope(tree: Tree, path: str, scope: Scope | None, places: dict[str, int]) -> None:
    parent, _, name = path.rpartition(".")
    block = scope.block or "" if scope is not None else ""
    base = name.rstrip(DIGITS)
    numbered = base in ("", block, "layers", "parallel") or (base != name and base in BY_NAME)
    tree.paths.append(path)
    tree.kinds.append(block + "/")
    tree.names.append("" if numbered else name + "/")
    tree.keys.append(-1)
    tree.parents.append(places[parent] if path else -1)


def _open(path: str, places: dict[str, int], scopes: list[str], children: dict[int, list[int]]) -> int:
    """The number of a scope that is met for the first time; the scopes around it come first."""
    first = places[""]
    missing = []
    while path not in places:
        missing.append(path)
        path = path.rpartition(".")[0]
    place = places[path]
    for inner in reversed(missing):
        number = places[inner] = first + len(scopes)
        scopes.append(inner)
        children[number] = []
        children[place].append(number)
        place = number
    return place
