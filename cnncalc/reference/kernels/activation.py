"""Activations, cell by cell, and the two softmaxes, which look at a whole axis."""

from collections.abc import Callable, Sequence
from math import erf, exp, expm1, inf, log, log1p, pi, sqrt, tanh

from cnncalc.reference.arithmetic import Arithmetic
from cnncalc.reference.tensor import Number, Tensor, Value, groups, stored_axis
from cnncalc.reference.weights import Layer
from cnncalc.reference.window import whole

Function = Callable[[Number], Number]


def each(layer: Layer, x: Tensor, name: str, function: Function) -> Tensor:
    """The function on every cell, counted under its name."""
    return Tensor(x.shape, [layer.arithmetic.apply(name, function, cell) for cell in x.cells])


def number(value: Value, name: str) -> Number:
    """An argument that must be a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"`{name}` must be a number, not {value!r}")
    return value


def clamp(cell: Number, low: Number, high: Number) -> Number:
    """The cell, or the bound that it passes."""
    return low if cell < low else high if cell > high else cell


def sigmoid_of(cell: Number) -> float:
    """The logistic function, written so that `exp` never overflows."""
    small = exp(-abs(cell))
    return 1 / (1 + small) if cell >= 0 else small / (1 + small)


def softplus_of(cell: Number, beta: Number = 1, threshold: Number = 20) -> Number:
    """log(1 + exp(beta·cell)) / beta, and the cell itself above the threshold, as in PyTorch; infinite for beta 0."""
    if cell * beta > threshold:
        return cell
    return log1p(exp(cell * beta)) / beta if beta else inf


def elu_of(cell: Number, scale: Number, slope: Number, divisor: Number = 1) -> Number:
    """The family of exponential units; a positive cell is only scaled."""
    return scale * cell if cell > 0 else scale * slope * expm1(cell / divisor)


def gelu_tanh_of(cell: Number) -> float:
    """The approximation of Hendrycks and Gimpel 2016."""
    return 0.5 * cell * (1 + tanh(sqrt(2 / pi) * (cell + 0.044715 * cell * cell * cell)))


# Klambauer et al. 2017.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805

PLAIN: dict[str, Function] = {
    "relu": lambda cell: cell if cell > 0 or cell != cell else 0,  # not equal to itself: NaN stays
    "relu6": lambda cell: clamp(cell, 0, 6),
    "selu": lambda cell: elu_of(cell, SELU_SCALE, SELU_ALPHA),
    "silu": lambda cell: cell * sigmoid_of(cell),
    "mish": lambda cell: cell * tanh(softplus_of(cell)),
    "softsign": lambda cell: cell / (1 + abs(cell)),
    "sigmoid": sigmoid_of,
    "hard_sigmoid": lambda cell: clamp(cell + 3, 0, 6) / 6,
    "hard_swish": lambda cell: cell * clamp(cell + 3, 0, 6) / 6,
    "tanh": tanh,
    "abs": abs,
}


def plain(name: str) -> Callable[[Layer, Tensor], Tensor]:
    """The kernel of an activation without arguments."""

    def kernel(layer: Layer, x: Tensor) -> Tensor:
        return each(layer, x, name, PLAIN[name])

    return kernel


def leaky_relu(layer: Layer, x: Tensor, *, slope: Value = 0.01) -> Tensor:
    """A negative cell times `slope`."""
    factor = number(slope, "slope")
    return each(layer, x, "leaky_relu", lambda cell: cell if cell > 0 else cell * factor)


def elu(layer: Layer, x: Tensor, *, alpha: Value = 1) -> Tensor:
    """Clevert et al. 2016."""
    slope = number(alpha, "alpha")
    return each(layer, x, "elu", lambda cell: elu_of(cell, 1, slope))


def celu(layer: Layer, x: Tensor, *, alpha: Value = 1) -> Tensor:
    """Barron 2017: continuously differentiable for every alpha."""
    slope = number(alpha, "alpha")
    if slope == 0:
        raise ValueError("`alpha` must not be 0")
    return each(layer, x, "celu", lambda cell: elu_of(cell, 1, slope, slope))


def gelu(layer: Layer, x: Tensor, *, approximate: Value = "none") -> Tensor:
    """Exact by the error function, or approximated by `tanh`."""
    if approximate not in ("none", "tanh"):
        raise ValueError(f"`approximate` is none or tanh, not {approximate!r}")
    if approximate == "tanh":
        return each(layer, x, "gelu", gelu_tanh_of)
    return each(layer, x, "gelu", lambda cell: cell * 0.5 * (1 + erf(cell / sqrt(2))))


def softplus(layer: Layer, x: Tensor, *, beta: Value = 1, threshold: Value = 20) -> Tensor:
    """A smooth rectifier."""
    sharpness, limit = number(beta, "beta"), number(threshold, "threshold")
    return each(layer, x, "softplus", lambda cell: softplus_of(cell, sharpness, limit))


def hard_tanh(layer: Layer, x: Tensor, *, min: Value = -1, max: Value = 1) -> Tensor:
    """Clamped between two bounds."""
    low, high = number(min, "min"), number(max, "max")
    if low >= high:
        raise ValueError(f"`max` must be greater than `min`, and {high} is not greater than {low}")
    return each(layer, x, "hard_tanh", lambda cell: clamp(cell, low, high))


def identity(layer: Layer, x: Tensor, *, p: Value = 0) -> Tensor:
    """The input itself; dropout and drop path are this in evaluation."""
    if not 0 <= number(p, "p") <= 1:
        raise ValueError(f"`p` is a probability, not {p}")
    return x


def prelu(layer: Layer, x: Tensor, *, count: Value = 1) -> Tensor:
    """A negative cell times a learned slope: one for all, or one per channel."""
    slopes = whole(count, "count")
    if slopes not in (1, x.channels):
        raise ValueError(f"`count` is 1 or the number of channels ({x.channels}), not {slopes}")
    weight = layer.weight("weight", (slopes,))
    cells: list[Number] = []
    for channel, plane in enumerate(x.planes):
        slope = weight[(channel % slopes,)]
        cells += [layer.arithmetic.apply("prelu", lambda c, s: c if c > 0 else c * s, cell, slope) for cell in plane]
    return Tensor(x.shape, cells)


def exponentials(arithmetic: Arithmetic, cells: Sequence[Number]) -> tuple[list[Number], list[Number], Number]:
    """Cells less their largest, so that `exp` never overflows; their exponentials; and the sum of these."""
    peak: Number = arithmetic.lowest
    for cell in cells:
        peak = arithmetic.maximum(peak, cell)
    shifted = [arithmetic.subtract(cell, peak) for cell in cells]
    raised = [arithmetic.apply("exp", exp, cell) for cell in shifted]
    total: Number = 0
    for cell in raised:
        total = arithmetic.add(total, cell)
    return shifted, raised, total


def softmax_of(arithmetic: Arithmetic, cells: Sequence[Number]) -> list[Number]:
    """Exponentials divided by their sum."""
    _, raised, total = exponentials(arithmetic, cells)
    return [arithmetic.apply("divide", lambda cell, by: cell / by, cell, total) for cell in raised]


def log_softmax_of(arithmetic: Arithmetic, cells: Sequence[Number]) -> list[Number]:
    """The logarithm of softmax, without computing softmax first."""
    shifted, _, total = exponentials(arithmetic, cells)
    return [arithmetic.subtract(cell, arithmetic.apply("log", log, total)) for cell in shifted]


def along_axis(of: Callable[[Arithmetic, Sequence[Number]], list[Number]]) -> Callable[..., Tensor]:
    """The kernel of a function that looks at all cells along one axis."""

    def kernel(layer: Layer, x: Tensor, *, axis: Value = 1) -> Tensor:
        cells: list[Number] = [0] * len(x.cells)
        for members in groups(x.shape, [stored_axis(axis, len(x.shape))]):
            for index, cell in zip(members, of(layer.arithmetic, [x.cells[i] for i in members]), strict=True):
                cells[index] = cell
        return Tensor(x.shape, cells)

    return kernel
