"""Linear layers, matrix products and attention: sums of products over the last axis."""

from collections.abc import Sequence
from math import sqrt

from cnncalc.reference.kernels.activation import softmax_of
from cnncalc.reference.kernels.conv import weighted_sum
from cnncalc.reference.tensor import Number, Tensor, Value, stored_axis, words
from cnncalc.reference.weights import Layer, Parameter
from cnncalc.reference.window import whole

Matrix = Sequence[Sequence[Number]]


def rows_of(tensor: Tensor) -> Matrix:
    """The cells along the last axis, for each position on the others."""
    width = tensor.shape[-1]
    return [tensor.cells[start : start + width] for start in range(0, len(tensor.cells), width)]


def matrix(parameter: Parameter) -> Matrix:
    """A two-axis weight, asked for as a whole."""
    rows, columns = parameter.shape
    return [[parameter[(row, column)] for column in range(columns)] for row in range(rows)]


def project(layer: Layer, rows: Matrix, weights: Matrix, biases: Sequence[Number] | None) -> Matrix:
    """Every row times the transposed weights, plus the biases."""
    products = [[weighted_sum(layer.arithmetic, weight, row) for weight in weights] for row in rows]
    if biases is None:
        return products
    return [[layer.arithmetic.add(cell, bias) for cell, bias in zip(row, biases, strict=True)] for row in products]


def asked_projection(layer: Layer, rows: Matrix, name: str, bias: str | None, out: int) -> Matrix:
    """Rows projected by the weights `name` (out × width) and `bias` of the layer."""
    weights = matrix(layer.weight(name, (out, len(rows[0]))))
    if bias is None:
        return project(layer, rows, weights, None)
    shift = layer.weight(bias, (out,))
    return project(layer, rows, weights, [shift[(i,)] for i in range(out)])


def tokens_of(x: Tensor, out: Value, axis: Value) -> int:
    """How many features a linear layer gives, on an input that it takes."""
    if axis is None and len(x.shape) > 2:
        raise ValueError(f"gets {words(x.shape)}: `flatten` first, or write `axis: last`")
    if axis is not None and stored_axis(axis, len(x.shape)) != len(x.shape) - 1:
        raise ValueError(f"works along the last axis only, not along axis {axis}")
    return whole(out, "out")


def linear(layer: Layer, x: Tensor, *, out: Value, bias: bool = True, axis: Value = None) -> Tensor:
    """Features, or tokens × features, to `out` features; any shape if `axis: last` says that this is meant."""
    rows = asked_projection(layer, rows_of(x), "weight", "bias" if bias else None, tokens_of(x, out, axis))
    return Tensor((*x.shape[:-1], len(rows[0])), [cell for row in rows for cell in row])


def transposed(rows: Sequence[Sequence[Number]]) -> Matrix:
    """Rows and columns exchanged."""
    return [list(column) for column in zip(*rows, strict=True)]


def matrices(left: Tensor, right: Tensor, transpose: bool) -> tuple[int, int, int]:
    """Rows, common length and columns of a matrix product."""
    if len(left.shape) < 2 or len(left.shape) != len(right.shape) or left.shape[:-2] != right.shape[:-2]:
        raise ValueError(f"{words(left.shape)} and {words(right.shape)} are not matrices on the same leading axes")
    height, width = left.shape[-2], right.shape[-2 if transpose else -1]
    inner = right.shape[-1 if transpose else -2]
    if left.shape[-1] != inner:
        raise ValueError(
            f"{words(left.shape)} has rows of {left.shape[-1]}, but {words(right.shape)} has columns of {inner}"
        )
    return height, inner, width


def matmul(layer: Layer, left: Tensor, right: Tensor, *, transpose: bool = False) -> Tensor:
    """Rows × columns on the last two axes; the others are equal. `transpose` turns the second operand round."""
    height, _, width = matrices(left, right, transpose)
    lefts, rights, cells = rows_of(left), rows_of(right), list[Number]()
    depth = right.shape[-2]
    for number, start in enumerate(range(0, len(lefts), height)):
        second = rights[number * depth : (number + 1) * depth]
        result = project(layer, lefts[start : start + height], second if transpose else transposed(second), None)
        cells += [cell for row in result for cell in row]
    return Tensor((*left.shape[:-2], height, width), cells)


def heads_of(x: Tensor, heads: Value) -> tuple[int, int, int]:
    """Tokens, features, and features of one head."""
    heads = whole(heads, "heads")
    if len(x.shape) < 2:
        raise ValueError(f"needs tokens × features, and gets {words(x.shape)}")
    tokens, features = x.shape[-2:]
    if features % heads:
        raise ValueError(f"{features} features do not divide into {heads} heads")
    return tokens, features, features // heads


def attention(layer: Layer, x: Tensor, *, heads: Value, bias: bool = True) -> Tensor:
    """Self-attention over tokens × features (leading axes: separate sequences), with PyTorch's fused in-projection."""
    tokens, features, width = heads_of(x, heads)
    rows = rows_of(x)
    fused = asked_projection(layer, rows, "in_proj_weight", "in_proj_bias" if bias else None, 3 * features)
    mixed: list[list[Number]] = []
    for start in range(0, len(rows), tokens):
        mixed += attend(layer, fused[start : start + tokens], features, width)
    result = asked_projection(layer, mixed, "out_proj.weight", "out_proj.bias" if bias else None, features)
    return Tensor(x.shape, [cell for row in result for cell in row])


def attend(layer: Layer, fused: Matrix, features: int, width: int) -> list[list[Number]]:
    """One sequence: `fused` holds query, key and value side by side; heads of `width` features each."""
    tokens: list[list[Number]] = [[] for _ in fused]
    for first in range(0, features, width):
        query, key, value = (
            [row[start : start + width] for row in fused] for start in (first, features + first, 2 * features + first)
        )
        for token, scores in enumerate(project(layer, query, key, None)):
            scaled = [layer.arithmetic.scale(score, 1 / sqrt(width)) for score in scores]
            tokens[token] += project(layer, [softmax_of(layer.arithmetic, scaled)], transposed(value), None)[0]
    return tokens
