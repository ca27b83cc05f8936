"""Mutated specs, seeded: none ends in a traceback, hangs, or takes much memory. `--mutations N` tries more."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.processes import environment, limited

MEBIBYTES = 256


def test_mutations(request: pytest.FixtureRequest) -> None:
    """Two processes share the work: with 20,000 texts each takes half a minute."""
    count = request.config.getoption("--mutations")
    running = [subprocess.Popen([sys.executable, "-m", "tests.hostile.mutations", str(first), str(count // 2)],
                                env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                preexec_fn=limited(MEBIBYTES, max(60, count // 300))) for first in (0, 1_000_000)]
    for process in running:
        printed, _ = process.communicate(timeout=max(600, count // 20))
        assert process.returncode == 0, printed[-3000:]
