"""Random networks of all kinds are as predicted; `--many N` tries more of them."""

from __future__ import annotations

from collections import Counter

import pytest

from cnncalc.layers import BY_NAME
from cnncalc.report.verify import plain
from cnncalc.spec.load import loads
from cnncalc.verification import verify
from tests.random_specs import FOCI, random_spec


def test_random_networks_are_as_predicted(request: pytest.FixtureRequest) -> None:
    kinds: Counter[str] = Counter()
    shapes = set()
    for seed in range(request.config.getoption("--many")):
        text = random_spec(seed)
        found = verify(loads(text), seed=seed, receptive_field=True, slow=seed % 3 == 0)
        assert found.agree, f"seed {seed}:\n{text}\n{plain(found)}"
        kinds.update(row.kind for row in found.rows)
        shapes.update(len(shape) for shape in found.inputs.values())
    if sum(kinds.values()) > 2_000:
        assert set(kinds) == set(BY_NAME)
        assert shapes == {1, 2, 3, 4}


def test_the_same_seed_writes_the_same_text() -> None:
    assert [random_spec(seed) for seed in range(5)] == [random_spec(seed) for seed in range(5)]


def test_the_language_is_used() -> None:
    """What the generator is for: blocks, branches, tuples, repetition, sharing, side paths, several inputs."""
    texts = "\n".join(random_spec(seed) for seed in range(3 * len(FOCI)))
    for word in ("blocks:", "inputs:", "outputs:", "parallel:", "each:", "repeat:", "first:", "share: true", "share: n",
                 "tap:", "from: [", "when:", "let:", "like:", "broadcast: true"):
        assert word in texts, word
