"""Weights, buffers and work of a layer: the formulas with its numbers.

`S²` is the kernel volume, `C1` and `C2` input and output channels, `g` groups, `W·H` the cells that are multiplied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from cnncalc.analysis import Analysis, LayerCost
from cnncalc.analysis.conventions.count import functional_in, lookup_in, rule_of
from cnncalc.analysis.conventions.formula import paths
from cnncalc.analysis.conventions.quantities import scene
from cnncalc.explain.sizes import Case, grids
from cnncalc.explain.working import Equation, Line, Section, axis_name, product
from cnncalc.layers.base import Shape
from cnncalc.layers.forms import show

CONVOLUTIONS = ("conv", "depthwise_conv", "conv_transpose")
_CELLS = {1: "L", 2: "W·H", 3: "W·H·D"}


def groups_of(case: Case) -> int:
    """Groups of channels that do not mix."""
    groups: int = case.inputs[0][0] if case.layer.kind == "depthwise_conv" else case.arg("groups")
    return groups


def weights(case: Case, row: LayerCost) -> Section:
    """Where the parameters and buffers come from."""
    facts = row.node.facts
    if not facts.weights and not facts.buffers:
        return Section("Weights", ("none",))
    lines: list[Line] = _kernel(case, facts.weights) if case.layer.kind in CONVOLUTIONS else _tensors(facts.weights)
    total = " + ".join(str(prod(shape)) for shape in facts.weights.values())
    if facts.weights:
        shared = row.node.shares is not None
        value = sum(map(prod, facts.weights.values()))
        lines.append(Equation("parameters", total, value, of="part" if shared else "params",
                              note="shared: they count where they are used first" if shared else ""))
    if facts.buffers:
        lines.append(_buffers(facts.buffers, row.node.shares is not None))
    return Section("Weights", tuple(lines))


def _kernel(case: Case, tensors: Mapping[str, Shape]) -> list[Line]:
    kernel, channels, out, groups = tensors["weight"][2:], case.inputs[0][0], case.out[0], groups_of(case)
    per = product(*kernel, channels) + (f"/{groups}" if groups > 1 else "")
    whole = product(*kernel, channels, out) + (f"/{groups}" if groups > 1 else "")
    slash = "/g" if groups > 1 else ""
    lines: list[Line] = [
        Equation("per output channel", per, prod(kernel) * channels // groups, f"S²·C1{slash}"),
        Equation("in total", whole, prod(tensors["weight"]), f"S²·C1·C2{slash}"),
    ]
    if "bias" in tensors:
        lines.append(Equation("biases", str(out), out, "C2"))
    return lines


def _tensors(tensors: Mapping[str, Shape]) -> list[Line]:
    return [Equation(name, product(*shape), prod(shape)) for name, shape in tensors.items()]


def _buffers(tensors: Mapping[str, Shape], shared: bool) -> Equation:
    names = " and ".join(tensors)
    return Equation("buffers", " + ".join(str(prod(shape)) for shape in tensors.values()),
                    sum(map(prod, tensors.values())), of="part" if shared else "buffers",
                    note=f"{names}: kept, not trained")


def work(case: Case, row: LayerCost, analysis: Analysis) -> Section:
    """Multiply-adds, and FLOPs where the convention counts something else."""
    rule = MACS.get(case.layer.kind)
    lines: list[Line] = []
    if rule is not None:
        expression, symbols = rule(case)
        if analysis.batch > 1:
            expression, symbols = f"{analysis.batch}*({expression})", f"N·({symbols})"
        same = analysis.convention.name == "paper"
        lines.append(Equation("FLOPs" if same else "multiply-adds", expression, row.macs, symbols, "macs"))
    flops = _flops(row, analysis)
    if flops is not None:
        lines.append(flops)
    elif rule is None:
        why = analysis.convention.reason or "only products of a weight and an activation count"
        lines.append(f"0: {why}")
    return Section(f"FLOPs ({analysis.convention.name}: 1 FLOP = 1 {analysis.convention.unit})", tuple(lines))


def _flops(row: LayerCost, analysis: Analysis) -> Equation | None:
    """The convention's formula with this layer's numbers; None where the multiply-adds are all there is."""
    found = rule_of(analysis.convention, row.node.layer)
    if analysis.convention.name == "paper" or found is None or (not row.flops and found.value == 0):
        return None
    graph, node = analysis.graph, row.node
    at = scene(graph, node, analysis.batch, functional_in(graph)(node.path))
    lookup, expression = lookup_in(at), found.text
    for path in sorted(set(paths(found)), key=len, reverse=True):
        expression = _filled(expression, path[0], show(lookup(path)))
    return Equation("FLOPs", expression, row.flops, found.text.replace("$", "").replace("*", "·"), "flops")


def _filled(expression: str, name: str, value: str) -> str:
    import re

    return re.sub(rf"\${name}(?![A-Za-z0-9_])", value, expression)


def _conv(case: Case) -> tuple[str, str]:
    """Over the output's cells; a transposed convolution's over the input's."""
    transposed = case.layer.kind == "conv_transpose"
    cells = (case.inputs[0] if transposed else case.out)[:0:-1]
    kernel, groups = case.per_axis("kernel"), groups_of(case)
    slash = f"/{groups}" if groups > 1 else ""
    letters = _CELLS[len(cells)]
    return (product(*cells, *kernel, case.inputs[0][0], case.out[0]) + slash,
            f"{letters}·S²·C1·C2" + ("/g" if groups > 1 else ""))


def _linear(case: Case) -> tuple[str, str]:
    *tokens, features = case.inputs[0]
    return product(*tokens, features, case.out[-1]), "tokens·in·out" if tokens else "in·out"


def _matmul(case: Case) -> tuple[str, str]:
    return product(*case.out, case.inputs[0][-1]), "rows·columns·n" if len(case.out) == 2 else "pairs·rows·columns·n"


def _attention(case: Case) -> tuple[str, str]:
    *sequences, t, f = case.inputs[0]
    each = f"4*{t}*{f}*{f} + 2*{t}*{t}*{f}"
    return (f"{product(*sequences)}*({each})" if sequences else each,
            "sequences·(4TF² + 2T²F)" if sequences else "4TF² + 2T²F")


MACS: dict[str, Callable[[Case], tuple[str, str]]] = {
    "conv": _conv, "depthwise_conv": _conv, "conv_transpose": _conv, "linear": _linear, "matmul": _matmul,
    "attention": _attention, "custom": lambda case: (str(case.arg("macs")), "declared"),
}
"""Kind with multiply-adds: their expression and symbols for one item. A test holds every other kind to none."""


def two_views(case: Case, row: LayerCost) -> Section:
    """A transposed convolution seen from its input, and as a convolution over inserted zeros; why that costs more."""
    channels, out, groups = case.inputs[0][0], case.out[0], groups_of(case)
    slash = f"/{groups}" if groups > 1 else ""
    extra, inserted, padding = case.per_axis("output_padding"), [], []
    for axis, grid in enumerate(grids(case)):
        inserted.append(f"({grid.n} - 1)*{grid.s} + 1")
        padding.append((grid, extra[axis]))
    cells, kernel = case.out[:0:-1], case.per_axis("kernel")
    macs = prod(cells) * prod(kernel) * channels * out // groups
    stamps: list[Line] = [
        "From the input: every cell puts a kernel's stamp, times its value, on the output; stamps are a stride apart "
        "and add up where they overlap.",
        Equation("stamps", product(*case.inputs[0][:0:-1]), prod(case.inputs[0][1:]),
                 f"{_CELLS[len(cells)]} of the input"),
        "As a convolution: put s - 1 zeros between neighbours, pad, and convolve with the flipped kernel at stride 1.",
    ]
    zeros = _by_axis("with zeros", case.out, [
        (text, _inserted(grid.n, grid.s), "(n - 1)·s + 1") for text, (grid, _) in zip(inserted, padding, strict=True)])
    pads = _by_axis("padding before", case.out, [
        (f"{grid.d}*({grid.k} - 1) - {grid.p0}", grid.d * (grid.k - 1) - grid.p0, "d·(k - 1) - p")
        for grid, _ in padding])
    lines = [*stamps, *zeros, *pads,
             Equation("its FLOPs", product(*cells, *kernel, channels, out) + slash, macs,
                      f"{_CELLS[len(cells)]}·S²·C1·C2{'/g' if groups > 1 else ''} of the output"),
             _reason(macs, row.node.facts.macs)]
    return Section("Two views", tuple(lines))


def _by_axis(what: str, shape: Shape, texts: list[tuple[str, int, str]]) -> list[Equation]:
    """An equation per spatial axis, or one for all where they are the same; several say which axis is meant."""
    if len(set(texts)) == 1:
        return [Equation(what, *texts[0])]
    return [Equation(f"{what} ({axis_name(axis, shape)})", *text) for axis, text in enumerate(texts, 1)]


def _inserted(n: int, s: int) -> int:
    return (n - 1) * s + 1


def _reason(other: int, own: int) -> str:
    if other == own:
        return "Both cost the same here."
    if other < own:
        return ("The second costs less here: it does not do the products that the first crops away. They are the "
                "layer's work as frameworks do it, so cnncalc counts the first.")
    return (f"The second is {other / own:.3g} times the work: it also multiplies weights with the zeros between and "
            "around the cells. They change nothing, so cnncalc counts the first.")
