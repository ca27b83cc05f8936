"""The table of codes: every code of the sources is in it, and every example shows its code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cnncalc import errors
from cnncalc.cli import run
from cnncalc.cli.exits import guarded
from cnncalc.codes import CODES

ROOT = Path(errors.__file__).parent
_CODE = re.compile(r'(?:code=|Diagnostic\(\s*|_failure\(|complain\()"([a-z]+(?:-[a-z]+)*)"')

UNSEEN = {"not-comparable"}
"""Codes that no command meets today: `tests/compare` asks the library for them."""


def test_every_code_of_the_sources_is_explained() -> None:
    found = {code for path in ROOT.rglob("*.py") for code in _CODE.findall(path.read_text(encoding="utf-8"))}
    assert found | {"bad-value"} == set(CODES)


@pytest.mark.parametrize("name", sorted(set(CODES) - UNSEEN))
def test_every_example_shows_its_code(name: str, tmp_path: Path, monkeypatch, capsys) -> None:
    code = CODES[name]
    assert code.command.startswith("cnncalc ")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    text = code.example.encode("utf-8") if name != "encoding" else b"name: \xff\n"
    if text:
        (tmp_path / code.file).write_bytes(text)
    guarded(lambda: run(shlex.split(code.command)[1:]))
    told = capsys.readouterr()
    assert f"[{name}]" in told.err + told.out


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_a_page(name: str, capsys) -> None:
    assert run(["explain", name]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"{name}: ")
    assert CODES[name].meaning in page
    assert (f"[{name}]" in page) == (name not in {*UNSEEN, "encoding"})  # the complaint itself is on the page
