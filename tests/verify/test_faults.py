"""A verifier that was seen to fail: every deliberate mistake in the analyzer is found by small random networks."""

from __future__ import annotations

from itertools import chain

import pytest

from cnncalc.errors import SpecError
from cnncalc.spec.load import loads
from cnncalc.verification import verify
from tests.random_specs import random_spec, seeds_for

from .faults import MISTAKES, RIGHT, Mistake

NETWORKS = 30
"""For every kind that a mistake touches. The slowest one to find needs about 60 in all, most need one or two."""


def caught(mistake: Mistake, texts: list[str]) -> bool:
    """Whether a network that still can be built differs. One that cannot proves nothing about the verifier."""
    for text in texts:
        with mistake.inject():
            try:
                graph = loads(text)
            except SpecError:
                continue
            if not verify(graph).agree:
                return True
    return False


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found(mistake: Mistake) -> None:
    seeds = chain(*zip(*(seeds_for(kind, NETWORKS) for kind in mistake.kinds), strict=True))
    assert any(caught(mistake, [random_spec(seed)]) for seed in seeds)


def test_without_a_mistake_nothing_is_found() -> None:
    seeds = {seeds_for(kind, 1)[0] for mistake in MISTAKES for kind in mistake.kinds}
    assert not caught(RIGHT, list(map(random_spec, sorted(seeds))))


def test_a_mistake_is_gone_afterwards() -> None:
    for mistake in MISTAKES:
        with mistake.inject():
            pass
    assert not caught(RIGHT, [random_spec(seed) for seed in range(20)])


def test_there_are_enough() -> None:
    assert len(MISTAKES) >= 20
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
