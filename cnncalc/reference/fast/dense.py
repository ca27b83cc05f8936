"""Linear layers, matrix products and attention over packed planes: outputs, or tokens, side by side."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import prod

from cnncalc.reference.arithmetic import SmallNumbers
from cnncalc.reference.fast.lanes import HIGHEST, RAISED, Lanes, columns, pack_numbers, raw, tensor
from cnncalc.reference.fast.recheck import Terms, recheck
from cnncalc.reference.fast.sums import bound_of, rows_of, shifts_of, weighted_sum, whole_numbers
from cnncalc.reference.kernels.dense import heads_of, matrices, tokens_of
from cnncalc.reference.tensor import Number, Tensor, Value
from cnncalc.reference.weights import Layer, Parameter

OUTPUTS = 256
TOKENS = 1024
"""So many cells in one integer."""


def linear(layer: Layer, x: Tensor, *, out: Value, bias: bool = True, axis: Value = None) -> Tensor:
    """As the plain kernel."""
    size, width = tokens_of(x, out, axis), x.shape[-1]
    weight, before = layer.weight("weight", (size, width)), layer.arithmetic.multiply_adds
    shifts = shifts_of(layer, size, bias)
    data = projected(layer, raw(x), weight, shifts)
    layer.arithmetic.counts["add"] += len(data) * bool(bias)
    result = tensor((*x.shape[:-1], size), data)

    def terms(index: int) -> Terms:
        token, channel = divmod(index, size)
        row = whole_numbers(weight.look(channel * width, (channel + 1) * width))
        return row, x.cells[token * width : (token + 1) * width], shifts[channel]

    recheck(layer, weight.label, result, terms, (layer.arithmetic.multiply_adds - before) / len(data))
    return result


def projected(layer: Layer, data: bytes, weight: Parameter, shifts: Sequence[int]) -> bytes:
    """Tokens × features times the transposed weight, plus the shifts, settled."""
    out, width = weight.shape
    bound = bound_of(weight, width, shifts)
    if len(data) // width < out:
        return by_outputs(layer, data, weight, shifts, bound)
    return by_tokens(layer, data, weight, shifts, bound)


def by_outputs(layer: Layer, data: bytes, weight: Parameter, shifts: Sequence[int], bound: int) -> bytes:
    """A plane holds what a feature weighs in many outputs."""
    out, width = weight.shape
    tokens = [array("b", data[start : start + width]) for start in range(0, len(data), width)]
    results = [bytearray() for _ in tokens]
    for first in range(0, out, OUTPUTS):
        some = shifts[first : first + OUTPUTS]
        lanes = Lanes.holding(bound, len(some))
        numbers = whole_numbers(weight.block(first * width, (first + len(some)) * width))
        planes, added = list(columns(numbers, width, lanes)), pack_numbers(some, lanes)
        for token, result in zip(tokens, results, strict=True):
            result += lanes.settle(weighted_sum(layer, token, planes, lanes) + added)
    return b"".join(results)


def by_tokens(layer: Layer, data: bytes, weight: Parameter, shifts: Sequence[int], bound: int) -> bytes:
    """A plane holds a feature of many tokens."""
    out, width = weight.shape
    rows, result = rows_of(weight, range(out)), bytearray(len(data) // width * out)
    for first in range(0, len(data) // width, TOKENS):
        some = data[first * width : (first + TOKENS) * width]
        lanes = Lanes.holding(bound, len(some) // width)
        planes = list(columns(array("b", some), width, lanes))
        for channel, (row, shift) in enumerate(zip(rows, shifts, strict=True)):
            cells = lanes.settle(weighted_sum(layer, row, planes, lanes) + shift * lanes.ones)
            result[first * out + channel : (first + lanes.cells) * out : out] = cells
    return bytes(result)


def matmul(layer: Layer, left: Tensor, right: Tensor, *, transpose: bool = False) -> Tensor:
    """As the plain kernel."""
    height, inner, width = matrices(left, right, transpose)
    lefts, rights = array("b", raw(left)), raw(right).translate(RAISED)
    lanes, before = Lanes.holding(HIGHEST * HIGHEST * inner, width), layer.arithmetic.multiply_adds
    cells = bytearray()
    for number in range(prod(left.shape[:-2])):
        second = rights[number * inner * width : (number + 1) * inner * width]
        runs = [second[k::inner] if transpose else second[k * width : (k + 1) * width] for k in range(inner)]
        planes = list(map(lanes.pack, runs))
        for row in range(number * height, (number + 1) * height):
            cells += lanes.settle(weighted_sum(layer, lefts[row * inner : (row + 1) * inner], planes, lanes))
    result = tensor((*left.shape[:-2], height, width), cells)

    def terms(index: int) -> Terms:
        row, column = divmod(index, width)
        second = right.cells[(start := row // height * inner * width) : start + inner * width]
        return lefts[row * inner : (row + 1) * inner], column_of(second, column, inner, width, transpose), 0

    each = (layer.arithmetic.multiply_adds - before) / len(result.cells)
    recheck(layer, f"{left.shape}×{right.shape}", result, terms, each)
    return result


def column_of(matrix: Sequence[Number], column: int, inner: int, width: int, turned: bool) -> Sequence[Number]:
    """A column of a matrix of inner × width, or the other way round."""
    return matrix[column * inner : (column + 1) * inner] if turned else matrix[column::width]


def attention(layer: Layer, x: Tensor, *, heads: Value, bias: bool = True) -> Tensor:
    """As the plain kernel. What is projected before and after is settled, queries, keys and scores are exact."""
    tokens, features, width = heads_of(x, heads)
    fused = layer.weight("in_proj_weight", (3 * features, features))
    shifts = shifts_of(layer, 3 * features, bias and "in_proj_bias")
    rows, data = rows_of(fused, range(3 * features)), raw(x)
    projection = bound_of(fused, features, shifts)
    mixed = bytearray()
    for start in range(0, len(data), tokens * features):
        lanes = Lanes.holding(2 * projection**2 * width, tokens)
        planes = list(columns(array("b", data[start : start + tokens * features]), features, lanes))
        totals = [
            weighted_sum(layer, row, planes, lanes) + shift * lanes.ones
            for row, shift in zip(rows, shifts, strict=True)
        ]
        parts = [attend(layer, lanes, totals, features, first, width) for first in range(0, features, width)]
        mixed += b"".join(part[token] for token in range(tokens) for part in parts)
    weight = layer.weight("out_proj.weight", (features, features))
    result = projected(layer, bytes(mixed), weight, shifts_of(layer, features, bias and "out_proj.bias"))
    layer.arithmetic.counts["add"] += 4 * len(data) * bool(bias)
    return tensor(x.shape, result)


def attend(layer: Layer, lanes: Lanes, totals: list[int], features: int, first: int, width: int) -> list[bytes]:
    """One head of one sequence, whose first feature is `first`: for each token the mixed values."""
    tokens, counts = lanes.cells, layer.arithmetic.counts
    queries = zip(*map(lanes.exact, totals[first : first + width]), strict=True)
    keys = totals[features + first : features + first + width]
    values = b"".join(map(lanes.settle, totals[2 * features + first : 2 * features + first + width])).translate(RAISED)
    narrow = Lanes.holding(HIGHEST * HIGHEST * tokens, width)
    planes = [narrow.pack(values[token::tokens]) for token in range(tokens)]
    mixed = []
    for query in queries:
        scores = weighted_sum(layer, query, keys, lanes)
        raised = lanes.settle(scores - max(SmallNumbers.lowest, *lanes.exact(scores)) * lanes.ones)
        mixed.append(narrow.settle(weighted_sum(layer, array("b", raised), planes, narrow)))
    for name in ("scale", "maximum", "subtract", "exp", "add", "divide"):
        counts[name] += tokens * tokens
    return mixed
