"""What a budget says, as data: one record per rule."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from cnncalc.analysis.conventions import Convention
from cnncalc.errors import Source, Span
from cnncalc.layers.base import Shape
from cnncalc.units import Increase

Rule = Literal["max", "min", "max_increase", "output"]
Level = Literal["error", "warn"]


class Limit(NamedTuple):
    """One rule about one quantity.

    `amount` is in the metric's unit for `max` and `min`, and the sizes without the batch for `output`. `pattern` picks
    layers and scopes; None means the whole network. `source` and `span` say where the limit is written, `written` how.
    """

    metric: str
    rule: Rule
    amount: Fraction | Increase | Shape
    written: str
    pattern: str | None
    level: Level
    message: str
    convention: Convention
    source: Source
    span: Span | None
