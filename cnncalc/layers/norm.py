"""Normalisations, and the learned scale that follows them. They keep the shape and have no multiply-adds."""

from __future__ import annotations

from math import gcd, prod

from cnncalc.errors import Fault
from cnncalc.layers import window
from cnncalc.layers.axes import mixed, need_rank
from cnncalc.layers.base import Facts, Layer, Shape, arg
from cnncalc.layers.forms import Either, Flag, Real, Whole, Word
from cnncalc.layers.window import SAME_CELL, Reach, times


def _affine(on: bool, shape: Shape, bias: bool = True) -> dict[str, Shape]:
    """The learned weight, and bias, of a normalisation."""
    return {"weight": shape, **({"bias": shape} if bias else {})} if on else {}


def _statistics(on: bool, channels: int) -> dict[str, Shape]:
    return {"running_mean": (channels,), "running_var": (channels,)} if on else {}


def _everywhere(shape: Shape, whole: bool) -> tuple[tuple[Reach, ...]]:
    """Statistics over all spatial axes read all of them; stored ones read none."""
    return (mixed(shape, set(range(1, len(shape))) if whole else set()),)


def _need_two(shape: Shape, count: int, kind: str, per: str, help: str) -> None:
    if count < 2:
        raise Fault(f"`{kind}` needs more than one value per {per}: one value is its own mean",
                    detail=f"the input is {times(shape)}", help=help)


class BatchNorm(Layer):
    """Batch normalisation: per channel, minus a running mean, over a running deviation, times a weight, plus a bias.

    Keeps the shape. Weights `C` and `C`; buffers `running_mean` and `running_var`, `C` each, reported apart. Without
    `track_running_stats` the statistics are those of the input itself. No multiply-adds.
    """

    kind = "batch_norm"
    affine: bool = arg(Flag(), "learn a weight and a bias per channel", True)
    eps: float = arg(Real(), "added to the variance", 1e-5)
    track_running_stats: bool = arg(Flag(), "keep a running mean and variance", True)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        need_rank(shape, (1, 2, 3, 4), self.kind, "channels with at most 3 spatial axes")
        if self.eps < 0 or (self.eps == 0 and not self.track_running_stats):
            raise Fault(f"`eps` of `batch_norm` must be positive, or 0 with running statistics, and is {self.eps:g}")
        if not self.track_running_stats:
            _need_two(shape, prod(shape[1:]), self.kind, "channel", "keep `track_running_stats`")
        return Facts(shape, _affine(self.affine, shape[:1]), _statistics(self.track_running_stats, shape[0]), 0,
                     _everywhere(shape, not self.track_running_stats))


class InstanceNorm(Layer):
    """Instance normalisation: every channel of every item minus its mean, over its deviation.

    Keeps the shape. Weights `C` and `C` with `affine`; buffers `2C` with `track_running_stats`, which then replace the
    item's own statistics in evaluation. No multiply-adds.
    """

    kind = "instance_norm"
    affine: bool = arg(Flag(), "learn a weight and a bias per channel", False)
    eps: float = arg(Real(), "added to the variance", 1e-5)
    track_running_stats: bool = arg(Flag(), "keep a running mean and variance", False)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        sizes = window.spatial(shape, self.kind)
        if not self.track_running_stats:
            _need_two(shape, prod(sizes), self.kind, "channel", "normalise before the spatial axes are gone")
        return Facts(shape, _affine(self.affine, shape[:1]), _statistics(self.track_running_stats, shape[0]), 0,
                     _everywhere(shape, not self.track_running_stats))


class GroupNorm(Layer):
    """Group normalisation: the channels in groups, each group minus its mean, over its deviation.

    Keeps the shape. Weights `C` and `C` with `affine`. No multiply-adds.
    """

    kind = "group_norm"
    primary = "groups"
    groups: int = arg(Whole(1), "groups of channels with common statistics", mark="g")
    affine: bool = arg(Flag(), "learn a weight and a bias per channel", True)
    eps: float = arg(Real(), "added to the variance", 1e-5)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        if shape[0] % self.groups:
            raise Fault(f"{self.groups} groups do not divide {shape[0]} channels", code="groups",
                        detail=f"the input is {times(shape)}",
                        help=f"use {gcd(shape[0], self.groups)}, or another divisor of {shape[0]}")
        _need_two(shape, prod(shape) // self.groups, self.kind, "group", "use fewer groups")
        return Facts(shape, _affine(self.affine, shape[:1]), {}, 0, _everywhere(shape, True))


class LayerNorm(Layer):
    """Layer normalisation: minus the mean, over the deviation, of the chosen axes at every other place.

    `axes` is `last` (tokens × features), `channels` (at every position of an image), `all`, or a number n: the last n
    axes. Keeps the shape. A weight and a bias as large as the chosen axes. No multiply-adds.
    """

    kind = "layer_norm"
    primary = "axes"
    axes: int | str = arg(Either(Whole(1), Word("last", "channels", "all")),
                          "what is normalised together: `last`, `channels`, `all`, or the last n axes", "last", mark="")
    affine: bool = arg(Flag(), "learn a weight (and a bias) as large as the axes", True)
    bias: bool = arg(Flag(), "learn the bias too", True)
    eps: float = arg(Real(), "added to the variance", 1e-5)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        shape = inputs[0]
        if self.axes == "channels":
            chosen = {0}
        else:
            count = {"last": 1, "all": len(shape)}.get(str(self.axes), self.axes)
            if not isinstance(count, int) or count > len(shape):
                raise Fault(f"`layer_norm` cannot take the last {count} axes", code="wrong-rank",
                            detail=f"the input is {times(shape)}")
            chosen = set(range(len(shape) - count, len(shape)))
        sizes = tuple(n for i, n in enumerate(shape) if i in chosen)
        return Facts(shape, _affine(self.affine, sizes, self.bias), {}, 0, (mixed(shape, chosen),))


class _PerCell(Layer):
    """Keeps the shape; each cell depends on the channels at its place alone."""

    def _keep(self, shape: Shape, weights: dict[str, Shape]) -> Facts:
        return Facts(shape, weights, {}, 0, ((SAME_CELL,) * (len(shape) - 1),))


class L2Norm(_PerCell):
    """Divides the channels at each place by their Euclidean norm, then by `affine` times a weight per channel (SSD).

    Keeps the shape. Weights `C`. No multiply-adds.
    """

    kind = "l2_norm"
    affine: bool = arg(Flag(), "learn a weight per channel", True)
    eps: float = arg(Real(), "smallest norm to divide by", 1e-12)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        return self._keep(inputs[0], _affine(self.affine, inputs[0][:1], bias=False))


class Lrn(_PerCell):
    """Local response normalisation: over `(k + alpha·mean of x² of size neighbouring channels)^beta` (AlexNet).

    Keeps the shape. No weights, no multiply-adds.
    """

    kind = "lrn"
    primary = "size"
    size: int = arg(Whole(1), "neighbouring channels, the channel itself included", mark="")
    alpha: float = arg(Real(), "factor of the mean square", 1e-4)
    beta: float = arg(Real(), "exponent", 0.75)
    k: float = arg(Real(), "constant added", 1.0)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        if len(inputs[0]) < 2:
            raise Fault("`lrn` needs channels and at least one spatial axis", code="wrong-rank",
                        detail=f"the input is {times(inputs[0])}")
        return self._keep(inputs[0], {})


class Scale(_PerCell):
    """Times a learned number per channel, plus another with `bias`.

    Keeps the shape. Weights `C`, and `C` with `bias`. No multiply-adds by convention.
    """

    kind = "scale"
    bias: bool = arg(Flag(), "add a learned number per channel", False)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        return self._keep(inputs[0], _affine(True, inputs[0][:1], self.bias))


KINDS: tuple[type[Layer], ...] = (BatchNorm, InstanceNorm, GroupNorm, LayerNorm, L2Norm, Lrn, Scale)
