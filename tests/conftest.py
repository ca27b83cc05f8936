"""What all tests share: golden files, to be read by a person before they are committed, and how much is tried."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write golden files anew instead of comparing")
    parser.addoption("--many", type=int, default=1_000, metavar="N", help="how many random networks are verified")
    parser.addoption("--slow", action="store_true", help="also what takes minutes: hostile specs at the real limits")
    parser.addoption("--mutations", type=int, default=20_000, metavar="N", help="how many mutated specs are read")
    parser.addoption("--every-spec", action="store_true", help="verify the large bundled specs too")


@pytest.fixture(scope="session", autouse=True)
def attentive() -> None:
    """In the background of a shell interrupts are ignored, and every process that a test starts would ignore them, too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def golden(request: pytest.FixtureRequest):
    """Compare a text with a golden file, byte for byte."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--rewrite-golden"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {path.name}: run with --rewrite-golden and read what it writes"
        assert text == path.read_text(encoding="utf-8")

    return compare
