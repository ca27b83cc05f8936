"""What training costs: backward multiply-adds layer by layer, the tensors kept for it, and the memory of a step.

Backward work of a layer with learned weights is its forward multiply-adds once for the weights' gradient and once for
its input's. The input gradient is not needed where no trainable number lies before the layer (the first layer), the
weight gradient not where the weights are frozen; a layer through which no gradient comes, or whose output reaches no
result, has none. `matmul` has one product per operand that needs a gradient; in `attention` the two products of
activations, `2T²F` of its multiply-adds, have two each.

What is kept (`SAVED`) is what PyTorch's autograd keeps, each tensor once, and nothing for steps that need no gradient.
Recomputation, temporary gradients of activations, workspaces and the allocator's rounding are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal, NamedTuple

from cnncalc.analysis.dtypes import tensor_bytes
from cnncalc.analysis.reads import reads
from cnncalc.errors import Fault, did_you_mean
from cnncalc.graph import Graph, Node
from cnncalc.layers.attention import Attention
from cnncalc.layers.norm import GroupNorm, InstanceNorm, LayerNorm
from cnncalc.patterns import matches

Keeps = Literal["nothing", "weight", "input", "inputs", "output", "both", "statistics", "indices", "mask"]

SAVED: dict[str, Keeps] = {
    **dict.fromkeys(("conv", "depthwise_conv", "conv_transpose", "linear", "scale"), "weight"),
    **dict.fromkeys(("batch_norm", "instance_norm", "group_norm", "layer_norm"), "statistics"),
    **dict.fromkeys(("relu", "sigmoid", "tanh", "softmax", "log_softmax"), "output"),
    **dict.fromkeys(("relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "hard_sigmoid",
                     "hard_swish", "hard_tanh", "abs", "prelu", "softsign", "avg_pool", "adaptive_avg_pool",
                     "custom"), "input"),
    **dict.fromkeys(("mul", "max", "matmul"), "inputs"),
    **dict.fromkeys(("l2_norm", "lrn", "lp_pool", "amax", "global_max_pool"), "both"),
    **dict.fromkeys(("max_pool", "adaptive_max_pool"), "indices"),
    "dropout": "mask",
    **dict.fromkeys(("add", "sub", "concat", "mean", "global_avg_pool", "upsample", "unpool", "zero_insert", "pad",
                     "crop", "slice", "chunk", "select", "flatten", "reshape", "permute", "squeeze", "unsqueeze",
                     "channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "multiply", "identity", "drop_path",
                     "blur_pool", "parameter"), "nothing"),
    "max_unpool": "nothing",
    "attention": "both",
}
"""What a kind keeps for its backward pass.

`weight`: its input, if its weights are trained. `input`, `inputs`, `output`, `both`: these tensors. `statistics`: its
input, and two float32 numbers per mean that it takes. `indices`: its input, and an int64 per output cell (those serve
`max_unpool` too). `mask`: a byte per cell. `nothing`: its gradient needs sizes, constants or weights only. `attention`:
its input and output, queries, keys and values, and the weights of all pairs of tokens.
"""

OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2}
"""Numbers that an optimizer keeps per trained parameter, in the weights' number format."""


class Training(NamedTuple):
    """The cost of one training step, per layer in the graph's order.

    `backward` are multiply-adds, `weights`, `gradients`, `state` and `saved` bytes. A tensor kept by several layers, or
    weights used by several, count at the first.
    """

    backward: tuple[int, ...]
    weights: tuple[int, ...]
    gradients: tuple[int, ...]
    state: tuple[int, ...]
    saved: tuple[int, ...]

    @property
    def memory(self) -> tuple[int, ...]:
        """Bytes of everything, per layer."""
        return tuple(map(sum, zip(self.weights, self.gradients, self.state, self.saved, strict=True)))


def training(graph: Graph, *, batch: int = 1, dtype: str = "float32", weight_dtype: str = "float32",
             optimizer: str = "adam", freeze: Sequence[str] = ()) -> Training:
    """The cost of a training step; layers and scopes that a pattern in `freeze` names are not trained.

    `dtype` is the number format of activations, `weight_dtype` that of weights, gradients and optimizer state.

    Raises:
        Fault: an unknown optimizer, whole-number weights, or a pattern that names nothing.
    """
    if optimizer not in OPTIMIZERS:
        raise Fault(f"there is no optimizer `{optimizer[:60]}`",
                    help=did_you_mean(optimizer, OPTIMIZERS, "one of " + ", ".join(OPTIMIZERS)))
    if weight_dtype.startswith("int"):
        raise Fault(f"`{weight_dtype}` weights cannot be trained", help="use a floating point format")
    trained, active, needs = _gradients(graph, freeze)
    kept: set[int] = set()
    rows = []
    for number, node in enumerate(graph.nodes):
        weights = numbers = 0
        if node.shares is None:
            sizes = [tensor_bytes(prod(shape), weight_dtype) for shape in node.facts.weights.values()]
            numbers = sum(sizes) if trained[number] else 0
            weights = sum(sizes) + sum(tensor_bytes(prod(shape), weight_dtype) for shape in node.facts.buffers.values())
        rows.append((_backward(node, trained[number], needs) * batch if active[number] else 0,
                     weights, numbers, numbers * OPTIMIZERS[optimizer],
                     _saved(graph, number, trained[number], kept, batch, dtype) if active[number] else 0))
    return Training(*map(tuple, zip(*rows, strict=True))) if rows else Training((), (), (), (), ())


def backward(graph: Graph, batch: int = 1, freeze: Sequence[str] = ()) -> list[int]:
    """Backward multiply-adds of every layer. Raises `Fault` for a pattern that names nothing."""
    trained, active, needs = _gradients(graph, freeze)
    return [_backward(node, own, needs) * batch if alive else 0
            for node, own, alive in zip(graph.nodes, trained, active, strict=True)]


def _gradients(graph: Graph, freeze: Sequence[str]) -> tuple[list[bool], list[bool], list[bool]]:
    """By node: its weights are trained; a gradient comes to it. By tensor: its gradient is needed."""
    trained = _trained(graph, freeze)
    needs, reached = _needs(graph, trained), _reached(graph)
    active = [needed and result for needed, result in zip(needs, reached, strict=True)][len(graph.inputs):]
    return trained, active, needs


def _trained(graph: Graph, freeze: Sequence[str]) -> list[bool]:
    """Whether each node has weights that are trained: shared weights are frozen with their owner."""
    frozen: set[str] = set()
    for pattern in freeze:
        found = {path for path in (*graph.scopes, *(node.path for node in graph.nodes)) if matches(pattern, path)}
        if not found:
            raise Fault(f"`{pattern[:60]}` matches no layer and no scope",
                        help="`*` is one path component, `**` any number of them")
        frozen |= found
    result = []
    for node in graph.nodes:
        owner = node if node.shares is None else graph.node(node.shares) or node
        parts = owner.path.split(".")
        above = (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        result.append(bool(owner.facts.weights) and not (frozen and any(path in frozen for path in above)))
    return result


def _needs(graph: Graph, trained: Sequence[bool]) -> list[bool]:
    """By tensor: whether its gradient is needed, because a trained number lies before it."""
    needs = [False] * len(graph.inputs)
    for node, own in zip(graph.nodes, trained, strict=True):
        needs.append(own or any(needs[tensor] for tensor in reads(node)))
    return needs


def _reached(graph: Graph) -> list[bool]:
    """By tensor: whether a result depends on it."""
    base = len(graph.inputs)
    reached = [False] * (base + len(graph.nodes))
    for output in graph.outputs:
        reached[output.tensor] = True
    for number in range(len(graph.nodes) - 1, -1, -1):
        if reached[base + number]:
            for tensor in reads(graph.nodes[number]):
                reached[tensor] = True
    return reached


def _backward(node: Node, trained: bool, needs: Sequence[bool]) -> int:
    """Backward multiply-adds of one item."""
    macs = node.facts.macs
    if node.layer.kind == "matmul":
        return macs * sum(needs[tensor] for tensor in node.inputs)
    before = any(needs[tensor] for tensor in reads(node))
    if node.layer.kind != "attention":
        return macs * (trained + before)
    *sequences, tokens, features = node.facts.shape
    pairs = prod(sequences) * 2 * tokens**2 * features
    inner = prod(sequences) * tokens * features**2
    # Projections to queries, keys and values (3TF²) give no input gradient in a first layer; the one after (TF²) does.
    return 2 * pairs + 3 * inner * (trained + before) + inner * (trained + 1)


def _saved(graph: Graph, number: int, trained: bool, kept: set[int], batch: int, dtype: str) -> int:
    """Bytes that one layer keeps and no earlier one did."""
    node = graph.nodes[number]
    output = len(graph.inputs) + number
    keeps = SAVED[node.layer.kind]
    tensors = list(reads(node)) if keeps in ("inputs", "input", "statistics", "indices", "both") or \
        (keeps == "weight" and trained) else []
    if keeps in ("output", "both"):
        tensors.append(output)
    total = 0
    for tensor in tensors:
        if tensor not in kept:
            kept.add(tensor)
            total += tensor_bytes(prod(graph.shape(tensor)) * batch, dtype)
    cells = prod(node.facts.shape) * batch
    if keeps == "statistics":
        return total + 2 * 4 * _means(node, batch)
    if keeps == "indices":
        return total + 8 * cells
    if isinstance(node.layer, Attention):
        *sequences, tokens, _ = node.facts.shape
        pairs = prod(sequences) * node.layer.heads * tokens**2 * batch
        return total + tensor_bytes(3 * cells, dtype) + tensor_bytes(pairs, dtype)
    return total + (cells if keeps == "mask" else 0)


def _means(node: Node, batch: int) -> int:
    """The means (and deviations) that a normalisation takes of a batch."""
    layer, shape = node.layer, node.facts.shape
    if isinstance(layer, GroupNorm):
        return layer.groups * batch
    if isinstance(layer, LayerNorm):
        together = {"channels": shape[:1], "last": shape[-1:], "all": shape}.get(str(layer.axes))
        if together is None:
            together = shape[len(shape) - int(layer.axes):]
        return prod(shape) // prod(together) * batch
    return shape[0] * batch if isinstance(layer, InstanceNorm) else shape[0]
