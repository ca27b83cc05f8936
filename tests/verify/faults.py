"""Deliberate mistakes, put into the analyzer one at a time: a verifier that never fails proves nothing.

Each is a name, the kinds that it touches, and a patch. The first ten are those that real tools shipped (DESIGN,
section 8). Rules get the layer, its input shapes `x` and the right facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from math import prod
from operator import mul
from typing import Any, NamedTuple
from unittest.mock import patch

from cnncalc import verification
from cnncalc.analysis import Analysis, analyze, lifetime
from cnncalc.graph import Graph
from cnncalc.layers import BY_NAME, pool, resize, window
from cnncalc.layers.base import Facts, Shape

Change = Callable[[Any, tuple[Shape, ...], Facts], Facts]
CONVOLUTIONS = ("conv", "depthwise_conv", "conv_transpose")
SLIDING = ("max_pool", "avg_pool", "lp_pool")
POOLS = (*SLIDING, "blur_pool")
MERGES = ("add", "mul", "sub", "max")


class Mistake(NamedTuple):
    """A wrong rule, in words; the kinds that it touches; and how to put it into the analyzer."""

    name: str
    kinds: tuple[str, ...]
    inject: Callable[[], AbstractContextManager[Any]]


def changed(name: str, kinds: Iterable[str], change: Change) -> Mistake:
    """The facts of some kinds, changed after they were found."""

    @contextmanager
    def inject() -> Iterator[None]:
        with ExitStack() as stack:
            for kind in kinds:
                stack.enter_context(patch.object(BY_NAME[kind], "facts", _wrapped(BY_NAME[kind].facts, change)))
            yield

    return Mistake(name, tuple(kinds), inject)


def _wrapped(right: Any, change: Change) -> Any:
    def facts(layer: Any, inputs: tuple[Shape, ...]) -> Facts:
        return change(layer, inputs, right(layer, inputs))

    return facts


def macs(name: str, kinds: Iterable[str], rule: Callable[[Any, Any, Facts], int]) -> Mistake:
    """Other multiply-adds."""
    return changed(name, kinds, lambda layer, x, facts: facts._replace(macs=rule(layer, x, facts)))


def shape(name: str, kinds: Iterable[str], rule: Callable[[Any, Any, Facts], Iterable[int]]) -> Mistake:
    """Another output."""
    return changed(name, kinds, lambda layer, x, facts: facts._replace(shape=tuple(rule(layer, x, facts))))


def weight(name: str, kinds: Iterable[str], which: str, rule: Callable[[Any, Any, Shape], Iterable[int]]) -> Mistake:
    """A weight of another shape, where there is one of that name."""
    return changed(name, kinds, lambda layer, x, facts: facts if which not in facts.weights else facts._replace(
        weights={**facts.weights, which: tuple(rule(layer, x, facts.weights[which]))}))


def forgotten(name: str, kinds: Iterable[str], which: str) -> Mistake:
    """A weight that is not counted."""
    return weight(name, kinds, which, lambda layer, x, old: (0,))


def misread(name: str, kinds: Iterable[str], **values: Any) -> Mistake:
    """Kinds that take some arguments for others; a function makes the value of the layer's own."""
    originals = {kind: BY_NAME[kind].facts for kind in kinds}

    def change(layer: Any, inputs: tuple[Shape, ...], facts: Facts) -> Facts:
        args = {**vars(layer), **{name: value(layer) if callable(value) else value for name, value in values.items()}}
        return originals[layer.kind](type(layer)(**args), inputs)

    return changed(name, kinds, change)


def replaced(name: str, kinds: Iterable[str], where: Any, function: str, wrong: Any) -> Mistake:
    """A function of the analyzer, replaced."""
    return Mistake(name, tuple(kinds), lambda: patch.object(where, function, wrong))


def groups(layer: Any, x: tuple[Shape, ...]) -> int:
    return x[0][0] if layer.kind == "depthwise_conv" else int(layer.groups)


def swapped(layer: Any, x: Any, facts: Facts) -> Shape:
    *rest, height, width = facts.shape
    return (*rest, width, height) if rest else facts.shape


def inside(layer: Any, x: tuple[Shape, ...], facts: Facts) -> int:
    """Multiply-adds without the products of padding."""
    sizes = x[0][1:]
    kernel, stride, dilation = window.geometry(layer.kernel, layer.stride, layer.dilation, len(sizes))
    pads = window.pad_pairs(layer.padding, sizes, kernel, stride, dilation)
    axes = zip(sizes, facts.shape[1:], kernel, stride, dilation, pads, strict=True)
    taps = [sum(0 <= i * s + tap * d - p0 < n for i in range(o) for tap in range(k)) for n, o, k, s, d, (p0, _) in axes]
    return prod(taps) * prod(facts.weights["weight"][:2])


def first_of(argument: str) -> Callable[[Any], Any]:
    def value(layer: Any) -> Any:
        written = getattr(layer, argument)
        return written[0] if isinstance(written, tuple) else written

    return value


def shared_again(graph: Graph, **more: Any) -> Analysis:
    right = analyze(graph, **more)
    return right._replace(layers=tuple(
        row._replace(params=sum(map(prod, row.node.facts.weights.values()))) for row in right.layers))


def half_for_same(padding: Any, sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Any:
    """`same` as with an odd kernel and no stride."""
    if padding in ("same", "same_lower"):
        return tuple((e // 2, e // 2) for e in map(window.extent, kernel, dilation))
    return right_pads(padding, sizes, kernel, stride, dilation)


def one_side(*args: Any) -> Any:
    return tuple((p0, p0) for p0, _ in right_pads(*args))


def rounded(layer: Any, sizes: Shape) -> Any:
    factors, out = right_target(layer, sizes)
    return factors, tuple(o if f is None else round(n * f) for n, f, o in zip(sizes, factors, out, strict=True))


def without_size(layer: Any, x: tuple[Shape, ...], facts: Facts) -> Iterator[int]:
    """The usual size of an inverse pooling, whatever the pool saw."""
    yield x[0][0]
    for n, k, s, d, pads in zip(x[0][1:], *layer._window(layer._pool()), strict=True):
        yield (n - 1) * s - sum(pads) + d * (k - 1) + 1


right_pads, right_outputs, right_target = window.pad_pairs, pool._outputs, resize.Upsample._target
right_lifetimes = lifetime.lifetimes

MISTAKES = (
    # what real tools shipped
    macs("transposed convolution counted by output size", ["conv_transpose"],
         lambda layer, x, facts: prod(facts.shape[1:]) * prod(facts.weights["weight"])),
    macs("groups divided twice", CONVOLUTIONS, lambda layer, x, facts: facts.macs // groups(layer, x)),
    macs("groups ignored in multiply-adds", CONVOLUTIONS, lambda layer, x, facts: facts.macs * groups(layer, x)),
    weight("groups ignored in parameters", CONVOLUTIONS, "weight",
           lambda layer, x, old: (old[0], old[1] * groups(layer, x), *old[2:])),
    macs("bias counted as a multiply-add", (*CONVOLUTIONS, "linear"),
         lambda layer, x, facts: facts.macs + prod(facts.shape) * layer.bias),
    changed("running statistics counted as parameters", ["batch_norm", "instance_norm"],
            lambda layer, x, facts: facts._replace(weights={**facts.weights, **facts.buffers}, buffers={})),
    replaced("pool sizes rounded up", SLIDING, pool, "_outputs",
             lambda n, pair, e, s, ceil_mode: right_outputs(n, pair, e, s, True)),
    shape("height and width swapped", (*CONVOLUTIONS, *POOLS), swapped),
    shape("concat takes its first input only", ["concat"], lambda layer, x, facts: x[0]),
    replaced("dilation ignored", (*CONVOLUTIONS, "max_pool"), window, "extent", lambda kernel, dilation: kernel),
    # our own: windows
    misread("one stride for all axes", (*CONVOLUTIONS, *POOLS), stride=first_of("stride")),
    misread("one kernel size for all axes", CONVOLUTIONS, kernel=first_of("kernel")),
    replaced("padding before taken for padding after", ("conv", "max_pool"), window, "pad_pairs", one_side),
    replaced("`same` padding as half of the kernel", ("conv", "depthwise_conv"), window, "pad_pairs", half_for_same),
    macs("products with padding not counted", ["conv", "depthwise_conv"], inside),
    misread("output padding forgotten", ["conv_transpose"], output_padding=0),
    replaced("`ceil_mode` ignored", SLIDING, pool, "_outputs",
             lambda n, pair, e, s, ceil_mode: right_outputs(n, pair, e, s, False)),
    replaced("the last window may start in the padding", ["max_pool", "avg_pool"], pool, "_outputs",
             lambda n, pair, e, s, ceil_mode: (n + sum(pair) - e + (s - 1) * ceil_mode) // s + 1),
    misread("pools move by one cell", POOLS, stride=lambda layer: layer.stride or 1),
    # weights
    forgotten("bias parameters forgotten", (*CONVOLUTIONS, "linear"), "bias"),
    misread("bias always there", (*CONVOLUTIONS, "linear"), bias=True),
    weight("a transposed convolution's bias by its input channels", ["conv_transpose"], "bias",
           lambda layer, x, old: x[0][:1]),
    weight("channel multiplier forgotten in the weights", ["depthwise_conv"], "weight",
           lambda layer, x, old: (x[0][0], *old[1:])),
    misread("`affine` ignored", ["batch_norm", "instance_norm", "group_norm", "layer_norm"], affine=True),
    misread("instance normalisation keeps statistics", ["instance_norm"], track_running_stats=True),
    misread("layer normalisation over the last axis always", ["layer_norm"], axes="last"),
    weight("one slope for all channels", ["prelu"], "weight", lambda layer, x, old: (1,)),
    forgotten("learned scale forgotten", ["scale", "l2_norm"], "weight"),
    forgotten("a parameter is free", ["parameter"], "weight"),
    replaced("shared weights counted again", ["conv", "batch_norm"], verification, "analyze", shared_again),
    # sums of products
    macs("linear counted once, whatever the tokens", ["linear"], lambda layer, x, facts: prod(facts.weights["weight"])),
    macs("attention without its scores", ["attention"], lambda layer, x, facts: 4 * prod(x[0]) * x[0][-1]),
    macs("attention counts every head in full", ["attention"], lambda layer, x, facts: facts.macs * layer.heads),
    forgotten("attention without its output bias", ["attention"], "out_proj.bias"),
    macs("matmul by its output only", ["matmul"], lambda layer, x, facts: prod(facts.shape)),
    # sizes
    shape("global pooling drops the axes", ["global_avg_pool", "global_max_pool"], lambda layer, x, facts: x[0][:1]),
    misread("adaptive sizes from the last axis to the first", ["adaptive_avg_pool", "adaptive_max_pool"],
            size=lambda layer: layer.size[::-1] if isinstance(layer.size, tuple) else layer.size),
    replaced("upsampled sizes rounded", ["upsample"], resize.Upsample, "_target", rounded),
    shape("zeros after the last cell too", ["zero_insert"], lambda layer, x, facts: (x[0][0], *map(
        mul, x[0][1:], window.spread(layer.stride, len(x[0]) - 1, "stride")))),
    misread("one factor for all axes", ["unpool"], factor=first_of("factor")),
    shape("unsqueezed at the end", ["unsqueeze"], lambda layer, x, facts: (*x[0], 1)),
    shape("unpooled to whole windows", ["max_unpool"], without_size),
    shape("pixel shuffle divides the channels once", ["pixel_shuffle"],
          lambda layer, x, facts: (x[0][0] // layer.factor, *facts.shape[1:])),
    shape("pixel unshuffle keeps the channels", ["pixel_unshuffle"],
          lambda layer, x, facts: (x[0][0], *facts.shape[1:])),
    shape("padding on one side", ["pad"],
          lambda layer, x, facts: (n + (o - n) // 2 for n, o in zip(x[0], facts.shape, strict=True))),
    shape("slices include their end", ["slice"],
          lambda layer, x, facts: (o + (o < n) for n, o in zip(x[0], facts.shape, strict=True))),
    shape("chunks keep the axis", ["chunk"], lambda layer, x, facts: x[0]),
    shape("one selected cell drops the axis", ["select"],
          lambda layer, x, facts: [o for n, o in zip(x[0], facts.shape, strict=True) if o > 1 or n == 1]),
    shape("permuted the wrong way round", ["permute"],
          lambda layer, x, facts: (x[0][layer.order.index(axis + 1)] for axis in range(len(x[0])))),
    shape("flatten leaves the first axis", ["flatten"], lambda layer, x, facts: (x[0][0], prod(x[0][1:]))),
    misread("`keep` ignored", ["mean", "amax"], keep=False),
    shape("a broadcast merge has its first input's shape", MERGES, lambda layer, x, facts: x[0]),
    # the peak of what is alive
    replaced("a tensor that lends its size is read", ["upsample", "crop"], lifetime, "reads", lambda node: node.inputs),
    replaced("results go after their last use", ["conv", "relu"], lifetime, "lifetimes",
             lambda graph, order, in_place: right_lifetimes(graph._replace(outputs=()), order, in_place)),
    replaced("written over the input", ["relu", "batch_norm"], lifetime, "lifetimes",
             lambda graph, order, in_place: right_lifetimes(graph, order, True)),
)

RIGHT = Mistake("nothing", (), ExitStack)
"""The control run."""
