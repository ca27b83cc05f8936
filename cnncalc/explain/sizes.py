"""Output sizes: the arithmetic of every kind that changes a shape. Symbols as in `layers.window`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from cnncalc.explain.working import Equation, axis_name, product
from cnncalc.graph import Graph, Node
from cnncalc.layers.axes import place
from cnncalc.layers.base import Layer, Shape
from cnncalc.layers.window import extent, pad_pairs, spread, times

MOST = 16
"""Parts of a sum that are written out; the rest is one number."""


class Case(NamedTuple):
    """A layer with its shapes: what a size rule needs."""

    layer: Layer
    inputs: tuple[Shape, ...]
    out: Shape

    def arg(self, name: str) -> Any:
        """An argument of the layer."""
        return getattr(self.layer, name)

    def per_axis(self, name: str) -> tuple[int, ...]:
        """An argument with one number per spatial axis."""
        return spread(self.arg(name), len(self.inputs[0]) - 1, name)


class Grid(NamedTuple):
    """A window's numbers on one axis: input, kernel, stride, dilation, padding before and after."""

    n: int
    k: int
    s: int
    d: int
    p0: int
    p1: int

    def kernel(self) -> str:
        """The effective kernel, spelled out where it is dilated."""
        return str(self.k) if self.d == 1 else f"({self.d}*({self.k} - 1) + 1)"

    def padding(self, sign: str) -> str:
        """Both paddings, as `2*p` where they are equal."""
        return f"{sign} 2*{self.p0}" if self.p0 == self.p1 else f"{sign} {self.p0} {sign} {self.p1}"


def case_of(graph: Graph, node: Node) -> Case:
    """A layer in its network."""
    return Case(node.layer, graph.input_shapes(node), node.facts.shape)


def sizes(case: Case) -> list[Equation]:
    """The equations of the output's sizes, equal ones joined; empty for a kind that keeps the shape."""
    rule = RULES.get(case.layer.kind)
    return _joined(rule(case), case.out) if rule else []


class Part(NamedTuple):
    """One axis's equation before equal ones are joined."""

    axis: int
    expression: str
    symbols: str = ""
    note: str = ""


def _joined(parts: Sequence[Part], out: Shape) -> list[Equation]:
    """Parts with one text become one equation: `height and width`."""
    grouped: dict[tuple[str, str, str], list[int]] = {}
    for part in parts:
        grouped.setdefault(part[1:], []).append(part.axis)
    return [Equation(" and ".join(axis_name(axis, out) for axis in axes), expression, out[axes[0]], symbols, "size",
                     tuple(axes), note) for (expression, symbols, note), axes in grouped.items()]


def grids(case: Case) -> list[Grid]:
    """A window's numbers per spatial axis; a pool's stride is its kernel unless given."""
    sizes = case.inputs[0][1:]
    kernel = case.per_axis("kernel")
    stride = kernel if case.arg("stride") is None else case.per_axis("stride")
    dilation = case.per_axis("dilation") if "dilation" in case.layer.fields else (1,) * len(sizes)
    pads = pad_pairs(getattr(case.layer, "padding", 0), sizes, kernel, stride, dilation)
    return [Grid(n, k, s, d, p0, p1) for n, k, s, d, (p0, p1) in
            zip(sizes, kernel, stride, dilation, pads, strict=True)]


def _channels(case: Case, expression: str = "", symbols: str = "") -> Part:
    return Part(0, expression or str(case.out[0]), symbols)


def _convolution(case: Case) -> list[Part]:
    symbols = "C1·m" if case.layer.kind == "depthwise_conv" else "C2"
    channels = product(case.inputs[0][0], case.arg("multiplier")) if symbols == "C1·m" else ""
    return [_channels(case, channels, symbols), *(_slid(axis, grid) for axis, grid in enumerate(grids(case), 1))]


def _pool(case: Case) -> list[Part]:
    up = getattr(case.layer, "ceil_mode", False)
    return [_channels(case, symbols="C"),
            *(_slid(axis, grid, up, case.out[axis]) for axis, grid in enumerate(grids(case), 1))]


def _slid(axis: int, grid: Grid, up: bool = False, out: int = 0) -> Part:
    """A window moved over an axis: the quotient is rounded where it is not whole."""
    span = grid.n - extent(grid.k, grid.d) + grid.p0 + grid.p1
    quotient = f"({grid.n} - {grid.kernel()} {grid.padding('+')})/{grid.s}"
    kernel = "k" if grid.d == 1 else "(d·(k - 1) + 1)"
    pads = "2p" if grid.p0 == grid.p1 else "p0 + p1"
    symbols, rest = f"(n - {kernel} + {pads})/s + 1", span % grid.s
    if not rest:
        return _dropped(axis, f"{quotient} + 1", symbols, "", grid, span // grid.s + 1, out if up else 0)
    if up:
        symbols = f"⌈(n - {kernel} + {pads})/s⌉ + 1"
        return _dropped(axis, f"ceil({quotient}) + 1", symbols, "the last window hangs over the end", grid,
                        -(-span // grid.s) + 1, out)
    note = f"{span}/{grid.s} is {span // grid.s} with {rest} left over: no further window fits"
    return Part(axis, f"floor({quotient}) + 1", f"⌊(n - {kernel} + {pads})/s⌋ + 1", note)


def _dropped(axis: int, expression: str, symbols: str, note: str, grid: Grid, count: int, out: int) -> Part:
    """With `ceil_mode` a last window that would start in the padding at the end is dropped."""
    if out and count == out + 1:
        return Part(axis, f"{expression} - 1", f"{symbols} - 1", "a last window would start beyond the input")
    return Part(axis, expression, symbols, note)


def _transposed(case: Case) -> list[Part]:
    extra = case.per_axis("output_padding")
    parts = [_channels(case, symbols="C2")]
    for axis, (grid, more) in enumerate(zip(grids(case), extra, strict=True), 1):
        kernel = "k" if grid.d == 1 else "(d·(k - 1) + 1)"
        pads = "2p" if grid.p0 == grid.p1 else "p0 - p1"
        parts.append(Part(axis, f"({grid.n} - 1)*{grid.s} {grid.padding('-')} + {grid.kernel()}"
                          + (f" + {more}" if more else ""),
                          f"(n - 1)·s - {pads} + {kernel}" + (" + output padding" if more else "")))
    return parts


def _constant(symbols: str, note: str = "") -> Callable[[Case], list[Part]]:
    """Sizes that are the arguments themselves."""
    return lambda case: [Part(axis, str(size), symbols, note) for axis, size in enumerate(case.out)]


def _spatial(symbols: str, note: str = "") -> Callable[[Case], list[Part]]:
    """Spatial sizes that are given; the channels stay."""
    return lambda case: [_channels(case, symbols="C"),
                         *(Part(axis, str(size), symbols, note) for axis, size in enumerate(case.out) if axis)]


def _linear(case: Case) -> list[Part]:
    *kept, last = range(len(case.out))
    return [*(Part(axis, str(case.out[axis]), "") for axis in kept), Part(last, str(case.out[last]), "out")]


def _matmul(case: Case) -> list[Part]:
    *kept, rows, columns = range(len(case.out))
    inner = case.inputs[0][-1]
    return [*(Part(axis, str(case.out[axis]), "") for axis in kept), Part(rows, str(case.out[rows]), "rows"),
            Part(columns, str(case.out[columns]), "columns", f"each cell sums {inner} products")]


def _upsample(case: Case) -> list[Part]:
    factor = case.arg("factor")
    if factor is None:
        return _spatial("size")(case)
    factors = factor if isinstance(factor, tuple) else (factor,) * (len(case.out) - 1)
    return [_channels(case, symbols="C"), *(_scaled(axis, n, f, case.out[axis]) for axis, (n, f) in
                                            enumerate(zip(case.inputs[0][1:], factors, strict=True), 1))]


def _scaled(axis: int, n: int, factor: float, out: int) -> Part:
    number = int(factor) if factor == int(factor) else factor
    exact = n * number == out
    return Part(axis, f"{n}*{number}" if isinstance(number, int) else f"floor({n}*{number!r})",
                "n·factor" if exact else "⌊n·factor⌋")


def _unpool(case: Case) -> list[Part]:
    pairs = zip(case.inputs[0][1:], case.per_axis("factor"), strict=True)
    return [_channels(case, symbols="C"), *(Part(axis, f"{n}*{f}", "n·factor") for axis, (n, f) in enumerate(pairs, 1))]


def _zero_insert(case: Case) -> list[Part]:
    pairs = zip(case.inputs[0][1:], case.per_axis("stride"), strict=True)
    return [_channels(case, symbols="C"),
            *(Part(axis, f"({n} - 1)*{s} + 1", "(n - 1)·s + 1") for axis, (n, s) in enumerate(pairs, 1))]


def _max_unpool(case: Case) -> list[Part]:
    given = case.arg("size") is not None
    return _spatial("size" if given else "what the pool saw",
                    "" if given else f"`{case.arg('pool').path}` took {times(case.out)}")(case)


def _flatten(case: Case) -> list[Part]:
    shape = case.inputs[0]
    first, last = place(case.arg("start"), shape, "flatten"), place(case.arg("end"), shape, "flatten")
    return [*(Part(axis, str(shape[axis]), "") for axis in range(first)),
            Part(first, product(*shape[first:last + 1]), "product of the joined axes"),
            *(Part(axis - last + first, str(shape[axis]), "") for axis in range(last + 1, len(shape)))]


def _reshape(case: Case) -> list[Part]:
    known = [size for size in case.arg("shape") if size > 0]
    found = []
    for axis, size in enumerate(case.arg("shape")):
        if size > 0:
            found.append(Part(axis, str(size), "as written"))
        else:
            found.append(Part(axis, f"({product(*case.inputs[0])})/({product(*known)})", "all cells / other sizes"))
    return found


def _permute(case: Case) -> list[Part]:
    shape = case.inputs[0]
    return [Part(axis, str(shape[place(source, shape, "permute")]), f"input's axis {source}")
            for axis, source in enumerate(case.arg("order"))]


def _shuffled(case: Case) -> list[Part]:
    r, (channels, *sizes) = case.arg("factor"), case.inputs[0]
    if case.layer.kind == "pixel_shuffle":
        return [_channels(case, f"{channels}/({r}*{r})", "C/r²"),
                *(Part(axis, f"{n}*{r}", "n·r") for axis, n in enumerate(sizes, 1))]
    return [_channels(case, f"{channels}*{r}*{r}", "C·r²"),
            *(Part(axis, f"{n}/{r}", "n/r") for axis, n in enumerate(sizes, 1))]


def _padded(case: Case) -> list[Part]:
    shape, axis = case.inputs[0], case.arg("axis")
    touched = [place(axis, shape, "pad")] if axis is not None else range(1, len(shape))
    amounts = case.arg("amounts")
    pairs = (amounts,) * len(touched) if isinstance(amounts, int) else amounts
    both = {index: (pair, pair) if isinstance(pair, int) else pair for index, pair in zip(touched, pairs, strict=True)}
    return [Part(index, str(n) + "".join(f" {'-' if p < 0 else '+'} {abs(p)}" for p in both[index]), "n + p0 + p1")
            if index in both else Part(index, str(n), "") for index, n in enumerate(shape)]


def _cropped(case: Case) -> list[Part]:
    starts = ", ".join(str((n - size) // 2) for n, size in zip(case.inputs[0][1:], case.out[1:], strict=True))
    return _spatial("size", f"starts at cell (n - size)//2: {starts}")(case)


def _along(symbols: str, changed: Callable[[Case, int], str]) -> Callable[[Case], list[Part]]:
    """One axis changes, the others stay."""
    def rule(case: Case) -> list[Part]:
        shape = case.inputs[0]
        index = place(case.arg("axis"), shape, case.layer.kind)
        return [Part(axis, changed(case, n), symbols) if axis == index else Part(axis, str(n), "")
                for axis, n in enumerate(shape)]

    return rule


def _slice(case: Case, n: int) -> str:
    start, stop = (n if isinstance(end, str) else end for end in case.arg("range"))
    return f"{stop} - {start}"


def _concat(case: Case) -> list[Part]:
    shape = case.inputs[0]
    index = place(case.arg("axis"), shape, "concat")
    sizes = [each[index] for each in case.inputs]
    runs = [(size, len(list(run))) for size, run in groupby(sizes)] if len(sizes) > 8 else [(size, 1) for size in sizes]
    total = " + ".join(str(size) if count == 1 else f"{count}*{size}" for size, count in runs[:MOST])
    if len(runs) > MOST:
        total += f" + {sum(size * count for size, count in runs[MOST:])}"
    return [Part(axis, total if axis == index else str(n), "sum of the inputs" if axis == index else "")
            for axis, n in enumerate(shape)]


RULES: dict[str, Callable[[Case], list[Part]]] = {
    "conv": _convolution, "depthwise_conv": _convolution, "conv_transpose": _transposed, "linear": _linear,
    "matmul": _matmul, "max_pool": _pool, "avg_pool": _pool, "lp_pool": _pool, "blur_pool": _pool,
    "adaptive_avg_pool": _spatial("size", "the windows are chosen to give it"),
    "adaptive_max_pool": _spatial("size", "the windows are chosen to give it"),
    "global_avg_pool": _spatial("1", "one window covers all"),
    "global_max_pool": _spatial("1", "one window covers all"),
    "upsample": _upsample, "unpool": _unpool, "zero_insert": _zero_insert, "max_unpool": _max_unpool,
    "flatten": _flatten, "mean": _constant(""), "amax": _constant(""),
    "parameter": _constant("as written"), "reshape": _reshape, "permute": _permute,
    "squeeze": _constant(""), "unsqueeze": _constant(""),
    "pixel_shuffle": _shuffled, "pixel_unshuffle": _shuffled, "pad": _padded, "crop": _cropped,
    "slice": _along("stop - start", _slice), "chunk": _along("n/of", lambda case, n: f"{n}/{case.arg('of')}"),
    "select": _along("indices", lambda case, n: str(case.out[place(case.arg('axis'), case.inputs[0], 'select')])),
    "concat": _concat, "custom": _constant("declared"),
}
"""Kind: its rule. A kind that is not here keeps the shape of its (first, or largest) input; a test holds it to that."""

