"""Sliding windows, for any number of spatial axes and in whole numbers: output sizes, padding, and reach.

Symbols, per axis: `n` input, `k` kernel, `s` stride, `d` dilation, `p0 p1` padding before and after,
`e = d(k-1)+1` the effective kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Any, NamedTuple, Protocol, TypeVar

from cnncalc.errors import Fault

Pair = tuple[int, int]
Value = TypeVar("Value")
Padding = int | str | tuple[int | Pair, ...]
"""As written: a number, a number per axis, a pair per axis, or `half`, `same`, `same_lower`, `valid`."""


class Reach(Protocol):
    """Which input cells of one axis an output cell depends on, periodic in the output index.

    Output cell `q·period + phase` depends on every `spacing`th of the input cells `q·step + first` to `q·step + last`
    (inclusive; cells outside the input are padding) where `first, last = span(phase)`, or on none where that is None.
    """

    @property
    def period(self) -> int:
        """After how many output cells the pattern repeats."""

    @property
    def step(self) -> int:
        """By how many input cells one period moves."""

    @property
    def spacing(self) -> int:
        """The distance of neighbours among the cells depended on: 1 unless a dilated kernel leaves holes."""

    def span(self, phase: int) -> Pair | None:
        """First and last input cell of output cell `phase`, for phases from 0 to `period - 1`."""


class Sliding(NamedTuple):
    """A window of `extent` cells that moves by `step` over an input padded with `before` cells.

    It reads every `spacing`th cell of the extent, the first and the last included.
    """

    extent: int
    step: int
    before: int
    spacing: int = 1

    @property
    def period(self) -> int:
        return 1

    def span(self, phase: int) -> Pair:
        return (-self.before, self.extent - 1 - self.before)


SAME_CELL = Sliding(1, 1, 0)


def everything(n: int) -> Sliding:
    """Every output cell depends on all `n` cells."""
    return Sliding(n, 0, 0)


class Stamped(NamedTuple):
    """A kernel's stamp put down at every `period` output cells.

    Cell i takes the input cells j for which an offset in the kernel gives `j·period + offset·dilation - before = i`.
    """

    kernel: int
    period: int
    dilation: int
    before: int

    @property
    def step(self) -> int:
        return 1

    @property
    def spacing(self) -> int:
        return self.dilation // gcd(self.dilation, self.period)

    def span(self, phase: int) -> Pair | None:
        # The offsets solve offset·dilation ≡ phase + before modulo the period: every `apart`-th one, if any. This is
        # solved, not searched, because a kernel may be as large as a stranger writes it.
        common = gcd(self.dilation, self.period)
        apart, (place, rest) = self.period // common, divmod(phase + self.before, common)
        first = place * pow(self.dilation // common, -1, apart) % apart
        if rest or first >= self.kernel:
            return None
        last = first + (self.kernel - 1 - first) // apart * apart
        return ((phase + self.before - last * self.dilation) // self.period,
                (phase + self.before - first * self.dilation) // self.period)


def extent(kernel: int, dilation: int) -> int:
    """The cells that a dilated kernel covers, holes included."""
    return dilation * (kernel - 1) + 1


def spread(value: Value | tuple[Value, ...], axes: int, what: str) -> tuple[Value, ...]:
    """One value per spatial axis: a scalar holds for every axis."""
    if not isinstance(value, tuple):
        return (value,) * axes
    if len(value) != axes:
        raise Fault(f"`{what}` has {len(value)} {'entry' if len(value) == 1 else 'entries'} and the input has {axes} "
                    f"spatial {'axis' if axes == 1 else 'axes'}", code="wrong-rank",
                    help="write one number for all axes, or one for each")
    return value


def pad_pairs(padding: Padding, sizes: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...],
              dilation: tuple[int, ...]) -> tuple[Pair, ...]:
    """Padding before and after, per axis, in cells.

    `half` is symmetric `(e-1)//2`; `same` is SAME_UPPER of TensorFlow and ONNX: `ceil(n/s)` outputs, the odd cell at
    the end (`same_lower`: at the start).
    """
    axes = len(sizes)
    if isinstance(padding, int):
        return ((padding, padding),) * axes
    if isinstance(padding, str):
        return tuple(map(_padding_word, (padding,) * axes, sizes, map(extent, kernel, dilation), stride))
    entries: tuple[int | Pair, ...] = spread(padding, axes, "padding")
    return tuple((entry, entry) if isinstance(entry, int) else entry for entry in entries)


def _padding_word(word: str, n: int, e: int, s: int) -> Pair:
    if word == "valid":
        return (0, 0)
    if word == "half":
        if e % 2 == 0:
            raise Fault(f"`padding: half` needs an odd window, and this one covers {e} cells",
                        help="use `same`, or give a pair per axis")
        return (e // 2, e // 2)
    total = max((-(-n // s) - 1) * s + e - n, 0)
    small = total // 2
    return (small, total - small) if word == "same" else (total - small, small)


def spatial(shape: tuple[int, ...], kind: str) -> tuple[int, ...]:
    """The spatial sizes of an input that must have one, two or three spatial axes."""
    if not 2 <= len(shape) <= 4:
        detail = "it has no spatial axis" if len(shape) < 2 else f"it has {len(shape) - 1}"
        raise Fault(f"`{kind}` needs an input with 1, 2 or 3 spatial axes", code="wrong-rank",
                    detail=f"{detail}: {times(shape)}")
    return shape[1:]


def check_output(kind: str, inputs: tuple[int, ...], sizes: tuple[int, ...], help: str = "") -> None:
    """Refuse an output below 1 on any axis."""
    if min(sizes) < 1:
        raise Fault(f"`{kind}` would give an output of {times(sizes)}", code="empty-output",
                    detail=f"the input is {times(inputs)}",
                    help=help or "use a smaller kernel, more padding, or a larger input")


def times(sizes: tuple[int, ...]) -> str:
    """Sizes as people write them: `3×224×224`."""
    return "×".join(map(str, sizes)) or "a single number"


def geometry(kernel: int | tuple[int, ...], stride: int | tuple[int, ...], dilation: int | tuple[int, ...],
             axes: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Kernel, stride and dilation, one number per axis each."""
    return spread(kernel, axes, "kernel"), spread(stride, axes, "stride"), spread(dilation, axes, "dilation")


def resolve(args: Mapping[str, Any], sizes: tuple[int, ...]) -> dict[str, Any]:
    """A window's arguments with its padding word as numbers, in the shortest form that the language reads."""
    if not isinstance(args["padding"], str):
        return dict(args)
    stride = args["kernel"] if args["stride"] is None else args["stride"]
    kernel, strides, dilation = geometry(args["kernel"], stride, args.get("dilation", 1), len(sizes))
    pairs = pad_pairs(args["padding"], sizes, kernel, strides, dilation)
    padding: Padding = pairs
    if all(p0 == p1 for p0, p1 in pairs):
        padding = tuple(p0 for p0, _ in pairs)
        if len(set(padding)) == 1:
            padding = pairs[0][0]
    return {**args, "padding": padding}
