"""How far a spec may expand: what costs time or memory is counted, and stopped where no real network gets to."""

from __future__ import annotations

from cnncalc.errors import Fault, Span
from cnncalc.spec.problems import Problems
from cnncalc.spec.scope import Frame

MAX_LAYERS = 200_000
MAX_NESTING = 64

STEPS = 3
"""Steps, repetitions, branches and local values that one layer may cost, on average over `max_layers`.

Real networks stay below 2; what expands to steps without layers is stopped by it.
"""
JOINED = 5
"""Tensors that one layer may join, on average over `max_layers`; a chain of dense blocks takes less than 1."""
CHARACTERS = 200
"""Length of a path, on average over `max_layers`; real ones stay below 60."""


class Limits:
    """What one expansion has cost so far. Passing a limit is reported and ends it."""

    def __init__(self, max_layers: int, problems: Problems) -> None:
        self.max_layers = max_layers
        self.problems = problems
        self.steps = self._joined = self._characters = self.depth = 0

    def step(self, span: Span, frame: Frame) -> None:
        """Count a step, repetition, branch or local value: what costs time without making a layer."""
        self.steps += 1
        if self.steps > STEPS * self.max_layers:
            self._stop("steps", STEPS * self.max_layers, span, frame)

    def join(self, tensors: int, span: Span, frame: Frame) -> None:
        """Count tensors that are joined."""
        self._joined += tensors
        if self._joined > JOINED * self.max_layers:
            self._stop("joined tensors", JOINED * self.max_layers, span, frame)

    def path(self, path: str, span: Span, frame: Frame) -> None:
        """Count the characters of a path."""
        self._characters += len(path)
        if self._characters > CHARACTERS * self.max_layers:
            self._stop("characters of paths", CHARACTERS * self.max_layers, span, frame)

    def layer(self, layers: int, span: Span, frame: Frame) -> None:
        """Make room for one more layer than there are."""
        if layers >= self.max_layers:
            self._stop("layers", self.max_layers, span, frame)

    def enter(self) -> None:
        """Go one level deeper into blocks, branches and groups; who comes back lowers `depth`. Raises `Fault`."""
        if self.depth == MAX_NESTING:
            raise Fault(f"blocks, branches and groups are nested more than {MAX_NESTING} deep", code="too-deep",
                        help="a block that calls itself needs a `when` that ends it")
        self.depth += 1

    def _stop(self, what: str, limit: int, span: Span, frame: Frame) -> None:
        self.problems.stop(Fault(f"the spec expands to over {limit:,} {what}", code="too-large",
                                 help="`--max-layers` raises the limit, if this is meant"), span, frame)
