"""A verifier that was seen to fail: every deliberate mistake in the analyzer is found by small random networks."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest

from cnncalc.errors import SpecError
from cnncalc.layers import BY_NAME
from cnncalc.spec.load import loads
from cnncalc.verification import verify
from tests.random_specs import random_spec, seeds_for

from .faults import MISTAKES, RIGHT, Mistake

NETWORKS = 60
"""For every kind that a mistake touches. The slowest one to find needs 44, most need one or two."""

write = cache(random_spec)
PAIRS = [(mistake, kind) for mistake in MISTAKES for kind in mistake.kinds]


def alone(mistake: Mistake, kind: str) -> AbstractContextManager[Any]:
    """A mistake in the rule of one kind; one in a function that several kinds call stays whole."""
    right = BY_NAME[kind].facts
    with mistake.inject():
        wrong = BY_NAME[kind].facts
    return mistake.inject() if wrong is right else patch.object(BY_NAME[kind], "facts", wrong)


def caught(mistake: Mistake, texts: list[str], kind: str | None = None) -> bool:
    """Whether a network that still can be built differs. One that cannot proves nothing about the verifier."""
    for text in texts:
        with alone(mistake, kind) if kind else mistake.inject():
            try:
                graph = loads(text)
            except SpecError:
                continue
            if not verify(graph).agree:
                return True
    return False


@pytest.mark.parametrize(("mistake", "kind"), PAIRS, ids=lambda value: getattr(value, "name", value))
def test_a_mistake_is_found_in_every_kind_that_it_touches(mistake: Mistake, kind: str) -> None:
    assert any(caught(mistake, [write(seed)], kind) for seed in seeds_for(kind, NETWORKS))


def test_without_a_mistake_nothing_is_found() -> None:
    seeds = {seeds_for(kind, 1)[0] for mistake in MISTAKES for kind in mistake.kinds}
    assert not caught(RIGHT, list(map(write, sorted(seeds))))


def test_a_mistake_is_gone_afterwards() -> None:
    for mistake in MISTAKES:
        with mistake.inject():
            pass
    assert not caught(RIGHT, [random_spec(seed) for seed in range(20)])


def test_there_are_enough() -> None:
    assert len(MISTAKES) >= 20
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
