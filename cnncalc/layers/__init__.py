"""Every layer kind, as one explicit list. Two kinds with one name fail at import."""

from __future__ import annotations

from cnncalc.layers import activation, attention, conv, custom, cut, linear, merge, norm, pool, reshape, resize
from cnncalc.layers.base import Layer

KINDS: tuple[type[Layer], ...] = (
    conv.Conv,
    conv.DepthwiseConv,
    conv.ConvTranspose,
    *linear.KINDS,
    *attention.KINDS,
    *pool.KINDS,
    *resize.KINDS,
    *norm.KINDS,
    *activation.KINDS,
    *reshape.KINDS,
    *cut.KINDS,
    *merge.KINDS,
    *custom.KINDS,
)

BY_NAME: dict[str, type[Layer]] = {kind.kind: kind for kind in KINDS}

if len(BY_NAME) != len(KINDS):
    raise RuntimeError("two layer kinds have one name")
