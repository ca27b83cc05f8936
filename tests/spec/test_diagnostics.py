"""Every diagnostic of the language with its full text: one spec, one golden file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnncalc import errors, loads
from cnncalc.report.diagnostics import plain

FOLDER = Path(__file__).parent / "diagnostics"
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml"))

ELSEWHERE = {
    "encoding": "tests/spec/test_locate.py", "io": "tests/spec/test_locate.py", "git": "tests/spec/test_locate.py",
    "spec-not-found": "tests/spec/test_locate.py", "unknown-variant": "tests/spec/test_choices.py",
    "unknown-hyperparameter": "tests/spec/test_choices.py", "unknown-input": "tests/spec/test_choices.py",
}
"""Codes that no text alone provokes, and the test that does."""


def diagnostics_of(text: str) -> tuple[errors.Diagnostic, ...]:
    try:
        return loads(text, label="net.yaml").warnings
    except errors.SpecError as error:
        return error.diagnostics


@pytest.mark.parametrize("case", CASES)
def test_text(case: str, golden) -> None:
    text = (FOLDER / f"{case}.yaml").read_text(encoding="utf-8")
    golden(FOLDER / f"{case}.txt", plain(diagnostics_of(text)))


def codes_in_sources() -> set[str]:
    root = Path(errors.__file__).parent
    sources = "".join(path.read_text() for folder in ("spec", "layers") for path in (root / folder).glob("*.py"))
    sources += (root / "graph.py").read_text()
    found = re.findall(r'(?:code=|Diagnostic\(\s*|_failure\(|complain\()"([a-z]+(?:-[a-z]+)*)"', sources)
    return set(found) | {"bad-value"}


def test_every_code_has_a_case() -> None:
    shown = set()
    for case in CASES:
        shown |= set(re.findall(r"^(?:error|warning)\[([a-z-]+)\]", (FOLDER / f"{case}.txt").read_text(), re.MULTILINE))
    assert codes_in_sources() - shown - set(ELSEWHERE) == set()


def test_one_cause_gives_one_message() -> None:
    """A failed step hands on nothing, and what depends on it is silent."""
    found = diagnostics_of("input: [3, 8, 8]\nlayers:\n- {conv: 8, kernel: 9}\n- {conv: 8, kernel: 3}\n- relu\n"
                           "- {conv: 2*$prev.channels, kernel: 1}\n- {add, from: [prev, in]}\n")
    assert [(each.code, each.span) for each in found] == [("empty-output", errors.Span(3, 4, 4))]


def test_independent_problems_after_a_failed_step_are_found() -> None:
    found = diagnostics_of("input: [3, 8, 8]\nlayers:\n- {conv: 8, kernel: 9}\n- {conv: 8, kernel: 3, strid: 2}\n"
                           "- {max_pool: -2}\n")
    assert [each.code for each in found] == ["empty-output", "unknown-argument", "bad-value"]


def test_the_same_fault_in_many_instances_is_counted() -> None:
    found = diagnostics_of("input: [3, 64, 64]\nblocks:\n  b(): [{conv: 3, kernel: 3}, {relu, slope: 1}]\n"
                           "layers:\n- {b, repeat: 5}\n")
    assert [(each.code, each.instances) for each in found] == [("unknown-argument", 5)]


def test_carets_stand_under_wide_characters() -> None:
    """Terminals give a CJK character two columns, and a combining accent none; a tab is shown as a space."""
    found = plain(diagnostics_of('input: [3, 8, 8]\nlayers:\n- {conv: 4, "名前": 3,\tkernl: 3}\n- {"e\u0301": 1}\n'))
    lines = found.split("\n")
    assert lines[2:5] == ["  |", '3 | - {conv: 4, "名前": 3, kernl: 3}', "  |" + " " * 13 + "^^^^^^"]
    assert lines[11] == "  |" + " " * 24 + "^^^^^"
    assert "  |" + " " * 4 + "^^^" in lines[14:]


def test_at_most_fifty_are_printed() -> None:
    text = "input: [3, 8, 8]\nlayers:\n" + "- {relu, slope: 1}\n" * 60
    found = diagnostics_of(text)
    assert len(found) == 60
    assert plain(found).count("error[") == 50
    assert plain(found).endswith("… and 10 more\n")
