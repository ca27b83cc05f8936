"""Every quantity of a network that has a name: reports show them as columns, budgets limit them, diffs compare them.

The one list. A new quantity is a new entry here; nothing else has to know. The passes that compute them are imported
when a quantity is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import zip_longest
from math import prod
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

from cnncalc.analysis import Analysis
from cnncalc.analysis.dtypes import BITS, tensor_bytes
from cnncalc.errors import Fault, did_you_mean

if TYPE_CHECKING:
    from cnncalc.analysis.receptive import Receptive
    from cnncalc.analysis.training import Training

Unit = Literal["count", "flops", "bytes", "cells", "ratio", "seconds"]

Number: TypeAlias = int | float
Value: TypeAlias = Number | tuple[Number | None, ...] | None
"""A number, a number per spatial axis, or None where there is none: the metric's `absent` says what that means."""

Values: TypeAlias = Sequence[Value]
Total: TypeAlias = Callable[[Analysis, Values], Value]


class Qualifier(NamedTuple):
    """What may follow a metric's name after `@`: one of `choices`, which `apply` puts into an analysis."""

    what: str
    choices: Callable[[], Sequence[str]]
    apply: Callable[[Analysis, str], Analysis]


def _sum(analysis: Analysis, values: Values) -> Number:
    return sum(value for value in values if isinstance(value, int | float))


class Metric(NamedTuple):
    """A quantity: per layer (in the analysis's order), and for the whole network.

    `total` gets the per-layer values. `additive` quantities are sums over layers, in the network and in every scope; of
    the others a scope has its last layer's, as it has its output (`last`), or the largest of its layers'. `absent` is
    the word for None. `standard` ones are in every summary as JSON; the rest where they are asked for.
    """

    name: str
    title: str
    unit: Unit
    help: str
    layers: Callable[[Analysis], Values]
    additive: bool = True
    total: Total = _sum
    qualifier: Qualifier | None = None
    absent: str = "-"
    standard: bool = False
    last: bool = False

    def joined(self, first: Value, second: Value) -> Value:
        """A scope's value after one more of its layers; `first` is that of the layers before, or None."""
        if self.additive:
            return cast(Number, first or 0) + cast(Number, second or 0)
        return second if self.last else largest(first, second)


def metric(name: str) -> Metric:
    """A metric by name; `weights@int8` is `weights` in another number format. Raises `Fault`."""
    base, at, word = name.partition("@")
    found = METRICS.get(base)
    if found is None:
        raise Fault(f"there is no metric `{name[:60]}`", code="unknown-metric",
                    help=did_you_mean(base, METRICS, "the metrics are " + ", ".join(METRICS)))
    if not at:
        return found
    qualifier = found.qualifier
    if qualifier is None:
        raise Fault(f"`{base}` takes nothing after `@`", code="unknown-metric", help=f"write `{base}`")
    if word not in qualifier.choices():
        raise Fault(f"there is no {qualifier.what} `{word[:60]}`", code="unknown-metric",
                    help=did_you_mean(word, qualifier.choices(), "one of " + ", ".join(qualifier.choices())))
    apply = qualifier.apply
    return found._replace(name=name, title=f"{found.title} {word}",
                          layers=lambda analysis: found.layers(apply(analysis, word)),
                          total=lambda analysis, values: found.total(apply(analysis, word), values))


def total(analysis: Analysis, found: Metric) -> Value:
    """A metric of the whole network."""
    return found.total(analysis, found.layers(analysis))


def largest(first: Value, second: Value) -> Value:
    """The larger of two values, per axis where one of them has axes; None is no value."""
    if isinstance(first, tuple) or isinstance(second, tuple):
        one, other = (value if isinstance(value, tuple) else (value,) for value in (first, second))
        return tuple(_larger(*pair) for pair in zip_longest(one, other))
    return _larger(first, second)


def rank(value: Value) -> Number:
    """A value as one number to sort by: the largest of its axes, below everything where there is none."""
    found = [number for number in (value if isinstance(value, tuple) else (value,)) if number is not None]
    return max(found, default=float("-inf"))


def _larger(first: Number | None, second: Number | None) -> Number | None:
    if first is None or second is None:
        return first if second is None else second
    return max(first, second)


def _formats() -> Sequence[str]:
    return tuple(BITS)


def _optimizers() -> Sequence[str]:
    from cnncalc.analysis.training import OPTIMIZERS

    return tuple(OPTIMIZERS)


def _devices() -> Sequence[str]:
    from cnncalc.analysis.devices import names

    return names()


def _on_device(analysis: Analysis, name: str) -> Analysis:
    from cnncalc.analysis.devices import device_of

    return analysis._replace(settings=analysis.settings._replace(device=device_of(name)))


WEIGHT_FORMAT = Qualifier("number format", _formats, lambda analysis, word: analysis._replace(
    settings=analysis.settings._replace(weight_dtype=word)))
FORMAT = Qualifier("number format", _formats, lambda analysis, word: analysis._replace(dtype=word))
FORMATS = Qualifier("number format", _formats, lambda analysis, word: WEIGHT_FORMAT.apply(
    analysis._replace(dtype=word), word))
OPTIMIZER = Qualifier("optimizer", _optimizers, lambda analysis, word: analysis._replace(
    settings=analysis.settings._replace(optimizer=word)))
DEVICE = Qualifier("device", _devices, _on_device)


def _weights(analysis: Analysis) -> list[int]:
    sizes: dict[int, int] = {}
    for node in analysis.graph.nodes:
        facts = node.facts
        if id(facts) not in sizes:      # layers of one kind and size have one object of facts
            sizes[id(facts)] = sum(tensor_bytes(prod(shape), analysis.weight_dtype)
                                   for shape in (*facts.weights.values(), *facts.buffers.values()))
    return [0 if row.node.shares is not None else sizes[id(row.node.facts)] for row in analysis.layers]


def _live(analysis: Analysis) -> Values:
    from cnncalc.analysis.lifetime import bytes_of, timeline

    graph = analysis.graph
    return timeline(graph, bytes_of(graph, analysis.batch, analysis.dtype), in_place=analysis.settings.in_place).live


def _moved(analysis: Analysis) -> list[int]:
    from cnncalc.analysis.roofline import moved

    return moved(analysis.graph, analysis.batch, analysis.dtype, analysis.weight_dtype)


def _intensity(analysis: Analysis) -> Values:
    return [row.flops / size if size else None for row, size in zip(analysis.layers, _moved(analysis), strict=True)]


def _whole_intensity(analysis: Analysis, values: Values) -> Value:
    size = sum(_moved(analysis))
    return analysis.totals.flops / size if size else None


def _bops(analysis: Analysis) -> list[int]:
    from cnncalc.analysis.roofline import bit_operations

    return [bit_operations(row.macs, analysis.dtype, analysis.weight_dtype) for row in analysis.layers]


def _time(analysis: Analysis) -> list[float]:
    from cnncalc.analysis.roofline import bounds

    device = analysis.settings.device
    if device is None:
        raise Fault("`time` needs a device", code="no-device",
                    help="write `time@" + "`, `time@".join(_devices()) + "`, or give `--device`")
    found = bounds(analysis.graph, device, analysis.batch, analysis.dtype, analysis.weight_dtype)
    return [bound.seconds for bound in found]


def _training(analysis: Analysis, optimizer: str) -> Training:
    from cnncalc.analysis.training import training

    settings = analysis.settings
    return training(analysis.graph, batch=analysis.batch, dtype=analysis.dtype, weight_dtype=analysis.weight_dtype,
                    optimizer=optimizer, freeze=settings.freeze)


def _backward(analysis: Analysis) -> Values:
    from cnncalc.analysis.training import backward

    return backward(analysis.graph, analysis.batch, analysis.settings.freeze)


def _receptive(part: Callable[[Receptive], int | None]) -> Callable[[Analysis], Values]:
    """One number of every layer's receptive field, per axis; with several inputs those of the largest field."""
    def layers(analysis: Analysis) -> Values:
        from cnncalc.analysis.receptive import widest

        return [None if axes is None else tuple([None if axis is None else part(axis) for axis in axes])
                for axes in widest(analysis.graph)]
    return layers


def _at_outputs(analysis: Analysis, values: Values) -> list[Value]:
    base = len(analysis.graph.inputs)
    return [values[output.tensor - base] for output in analysis.graph.outputs if output.tensor >= base]


def _agreed(analysis: Analysis, values: Values) -> Value:
    """What all results have in common."""
    found = _at_outputs(analysis, values)
    return found[0] if found and all(value == found[0] for value in found) else None


def _highest(analysis: Analysis, values: Values) -> Value:
    return reduce(largest, values, None)


METRICS: dict[str, Metric] = {each.name: each for each in (
    Metric("params", "Params", "count", "trainable numbers; shared ones count once",
           lambda analysis: [row.params for row in analysis.layers], standard=True),
    Metric("buffers", "Buffers", "count", "running statistics of batch normalisation",
           lambda analysis: [row.buffers for row in analysis.layers], standard=True),
    Metric("macs", "MACs", "count", "multiply-adds of the whole batch, whatever the convention",
           lambda analysis: [row.macs for row in analysis.layers], standard=True),
    Metric("flops", "FLOPs", "flops", "work of the whole batch under the convention",
           lambda analysis: [row.flops for row in analysis.layers], standard=True),
    Metric("weights", "Weights", "bytes", "bytes of parameters and buffers in the weights' number format; shared ones "
           "count once", _weights, qualifier=WEIGHT_FORMAT, standard=True),
    Metric("activations", "Activations", "count", "numbers in the output of a layer, for the whole batch",
           lambda analysis: [prod(row.output) * analysis.batch for row in analysis.layers], standard=True),
    Metric("peak_memory", "Memory", "bytes", "bytes of activations alive while a layer runs; of the network their "
           "peak", _live, additive=False, total=_highest, qualifier=FORMAT, standard=True),
    Metric("training_memory", "Training", "bytes", "bytes of a training step: weights, gradients, the optimizer's "
           "state (Adam unless named), and the tensors kept for the backward pass",
           lambda analysis: _training(analysis, analysis.settings.optimizer).memory, qualifier=OPTIMIZER),
    Metric("backward_macs", "Backward", "count", "multiply-adds of the backward pass, for the whole batch", _backward),
    Metric("moved", "Moved", "bytes", "bytes that a layer on its own reads and writes: inputs, weights, output", _moved,
           qualifier=FORMATS),
    Metric("intensity", "FLOPs/byte", "ratio", "arithmetic intensity: FLOPs under the convention per byte moved",
           _intensity, additive=False, total=_whole_intensity, qualifier=FORMATS),
    Metric("bops", "BOPs", "count", "bit operations: bits of a weight times bits of an activation, per multiply-add",
           _bops, qualifier=FORMATS),
    Metric("time", "Time", "seconds", "least time on a device, one layer after the other: the longer of its arithmetic "
           "at the peak rate and its bytes at the peak bandwidth", _time, qualifier=DEVICE),
    Metric("receptive_field", "Field", "cells", "largest extent, per axis, of the input cells that an output cell "
           "depends on, ignoring the input's border; of the network that of its results",
           _receptive(lambda axis: axis.extent), additive=False,
           total=lambda analysis, values: reduce(largest, _at_outputs(analysis, values), None), last=True),
    Metric("stride", "Stride", "cells", "input cells from one output cell's receptive field to the next one's, per "
           "axis", _receptive(lambda axis: axis.stride), additive=False, total=_agreed, absent="varies", last=True),
    Metric("offset", "Offset", "cells", "first input cell of the first output cell's receptive field, per axis; "
           "negative in the padding", _receptive(lambda axis: axis.offset), additive=False, total=_agreed,
           absent="varies", last=True),
)}
