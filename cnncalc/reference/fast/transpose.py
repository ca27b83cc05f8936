"""Transposed convolution: the sums over the channels are packed over the input, and then stamped onto a canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import prod

from cnncalc.reference.fast.lanes import RAISED, RESIDUE, Lanes, raw, tensor
from cnncalc.reference.fast.moves import take
from cnncalc.reference.fast.recheck import Terms, recheck
from cnncalc.reference.fast.sums import WEIGHTS, bound_of, shifts_of, weighted_sum, whole_numbers
from cnncalc.reference.kernels.conv import Stamping, lattice, stamping
from cnncalc.reference.tensor import Tensor, Value, strides
from cnncalc.reference.weights import Layer, Parameter


def conv_transpose(
    layer: Layer,
    x: Tensor,
    *,
    out: Value,
    kernel: Value,
    stride: Value = 1,
    padding: Value = 0,
    output_padding: Value = 0,
    dilation: Value = 1,
    groups: Value = 1,
    bias: bool = True,
) -> Tensor:
    """As the plain kernel."""
    todo = stamping(x, out, kernel, stride, padding, output_padding, dilation, groups)
    weight = layer.weight("weight", (x.channels, todo.outer, *todo.kernel))
    shifts, groups = shifts_of(layer, todo.out, bias), range(0, x.channels, todo.inner)
    canvases = b"".join([canvas for first in groups for canvas in made(layer, x, todo, first, weight, shifts)])
    data = take(canvases, (todo.out, *todo.canvas), [range(todo.out), *todo.kept])
    layer.arithmetic.counts["add"] += len(data) * bool(bias)
    result = tensor((todo.out, *map(len, todo.kept)), data)
    recheck(layer, weight.label, result, over_cell(x, todo, weight, shifts), None)
    return result


def made(
    layer: Layer, x: Tensor, todo: Stamping, first: int, weight: Parameter, shifts: Sequence[int]
) -> Iterator[bytes]:
    """The canvases of the group whose first input channel is `first`, so many at a time that weights take little."""
    area, cells = prod(x.sizes), raw(x).translate(RAISED)
    lanes = Lanes.holding(bound_of(weight, todo.inner, [0]), area)
    planes = [lanes.pack(cells[c * area : (c + 1) * area]) for c in range(first, first + todo.inner)]
    taps = prod(todo.kernel)
    some = max(WEIGHTS // (todo.inner * taps), 1)
    for start in range(0, todo.outer, some):
        rows = rows_of_taps(weight, todo, first, range(start, min(start + some, todo.outer)))
        settled = (lanes.settle(weighted_sum(layer, row, planes, lanes)).translate(RESIDUE) for row in rows)
        for channel, stamps in enumerate(zip(*[settled] * taps, strict=True), first // todo.inner * todo.outer + start):
            yield stamped(stamps, x, todo, shifts[channel])


def rows_of_taps(weight: Parameter, todo: Stamping, first: int, some: range) -> list[Sequence[int]]:
    """For each of some output channels and each tap the weights of the group's input channels, from `first` on."""
    taps = prod(todo.kernel)
    numbers: list[int] = []
    for channel in range(first, first + todo.inner):
        begin = channel * todo.outer * taps
        numbers += whole_numbers(weight.block(begin + some.start * taps, begin + some.stop * taps))
    step = len(some) * taps
    return [numbers[place::step] for place in range(step)]


def stamped(stamps: Sequence[bytes], x: Tensor, todo: Stamping, shift: int) -> bytes:
    """The canvas of one channel: for every tap its residues, laid out by the stride and shifted by the dilation."""
    area, width = prod(todo.canvas), x.sizes[-1]
    lanes = Lanes.holding(6 * len(stamps) + abs(shift), area)
    reach = (width - 1) * todo.stride[-1] + 1
    starts = lattice((*x.sizes[:-1], 1), todo.stride, todo.canvas)
    total = shift * lanes.ones
    for stamp, offset in zip(stamps, lattice(todo.kernel, todo.dilation, todo.canvas), strict=True):
        canvas = bytearray(area)
        for row, start in enumerate(starts):
            first = start + offset
            canvas[first : first + reach : todo.stride[-1]] = stamp[row * width : (row + 1) * width]
        total += lanes.spread(bytes(canvas))
    return lanes.settle(total)


def over_cell(x: Tensor, todo: Stamping, weight: Parameter, shifts: Sequence[int]) -> Callable[[int], Terms]:
    """What makes up an output cell: the input cells whose stamps reach it, and the taps that do."""
    sizes = tuple(map(len, todo.kept))
    area, plane, taps = prod(sizes), prod(x.sizes), prod(todo.kernel)
    steps, source_steps, tap_steps = strides(sizes), strides(x.sizes), strides(todo.kernel)

    def reached(axis: int, place: int) -> list[tuple[int, int]]:
        """Flat shares of an input cell and a tap, along one axis."""
        spots = [(place - tap * todo.dilation[axis], tap) for tap in range(todo.kernel[axis])]
        return [
            (at // todo.stride[axis] * source_steps[axis], tap * tap_steps[axis])
            for at, tap in spots
            if at % todo.stride[axis] == 0 and 0 <= at // todo.stride[axis] < x.sizes[axis]
        ]

    def sources(channel: int) -> range:
        group = channel // todo.outer
        return range(group * todo.inner, (group + 1) * todo.inner)

    @lru_cache(maxsize=1)
    def stamps_of(channel: int) -> list[Sequence[int]]:
        """What all input channels of the group stamp onto an output channel."""
        firsts = [(source * todo.outer + channel % todo.outer) * taps for source in sources(channel)]
        return [whole_numbers(weight.look(start, start + taps)) for start in firsts]

    def terms(index: int) -> Terms:
        channel, place = divmod(index, area)
        axes = [reached(axis, todo.kept[axis][place // steps[axis] % size]) for axis, size in enumerate(sizes)]
        pairs = [(sum(at for at, _ in spot), sum(tap for _, tap in spot)) for spot in product(*axes)]
        channels = sources(channel)
        weights = [stamp[tap] for stamp in stamps_of(channel) for _, tap in pairs]
        return weights, [x.cells[c * plane + at] for c in channels for at, _ in pairs], shifts[channel]

    return terms
