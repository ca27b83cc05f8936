"""Analyzer and executor accept the same: arguments made for one shape, on another one, are refused by both or neither."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from cnncalc.errors import SpecError
from cnncalc.layers import BY_NAME
from cnncalc.layers.base import Shape
from cnncalc.reference import SmallNumbers, Step, execute, sample
from cnncalc.spec.load import loads
from tests.random_specs import Chooser, flow

SINGLE = [kind for kind in BY_NAME if not BY_NAME[kind].merges and kind not in ("custom", "max_unpool")]
TRIES = 60
"""For each kind."""


def predicted(step: dict[str, Any], shape: Shape) -> Shape | None:
    """What the analyzer says; None if it refuses."""
    try:
        return loads(f"input: {list(shape)}\nlayers: [{flow(step)}]\n").nodes[0].facts.shape
    except SpecError:
        return None


def measured(step: dict[str, Any], shape: Shape) -> Shape | None:
    """What the executor does; None if it refuses."""
    kind, *names = step
    args = {name: step[name] for name in names}
    if step[kind] is not None:
        args[str(BY_NAME[kind].primary)] = step[kind]
    try:
        return execute([Step("layer", kind, args, ("x",))], {"x": sample(shape, "x")}, SmallNumbers()).steps["layer"].shape
    except ValueError:
        return None


@pytest.mark.parametrize("kind", SINGLE)
def test_both_accept_or_neither(kind: str) -> None:
    rng = Random(kind)
    choose = Chooser(rng)

    def shape() -> Shape:
        return tuple(rng.randint(1, 6) for _ in range(rng.randint(1, 5)))

    for _ in range(TRIES):
        made_for, used_on = shape(), shape()
        step = choose.kind(kind, made_for)
        if step is None or "$prev.channels" in step.values() or [] in step.values():
            continue
        found = measured(step, used_on)
        # A tensor without any axis is a result for the executor, and an error in the language.
        assert predicted(step, used_on) == (found or None), (step, used_on)
