"""Which inputs of a layer are read for their values: a tensor that only lends its size is not."""

from __future__ import annotations

from cnncalc.graph import Node


def reads(node: Node) -> tuple[int, ...]:
    """The tensors (ids, each once) whose values a node needs; not those of `like`, nor the input of `parameter`."""
    if node.layer.kind == "parameter":
        return ()
    if len(node.facts.shape) == 1:
        return tuple(dict.fromkeys(node.inputs))
    return tuple(dict.fromkeys(tensor for tensor, reach in zip(node.inputs, node.facts.reach, strict=True) if reach))
