"""The README's examples run, and print what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cnncalc import loads

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def sessions() -> list[tuple[str, str]]:
    """Every command with the output that is shown below it."""
    found = []
    for block in blocks("console"):
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            found.append((command, output))
    return found


def run(command: str, folder: Path) -> str:
    words = shlex.split(command)
    assert words[0] == "cnncalc"
    env = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "COLUMNS")}
    done = subprocess.run([sys.executable, "-m", "cnncalc", *words[1:]], cwd=folder, env=env, timeout=120, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode()


@pytest.mark.parametrize(("command", "shown"), sessions(), ids=[command for command, _ in sessions()])
def test_command(command: str, shown: str, tmp_path: Path) -> None:
    """A line `...` stands for any lines; white space at the end of a line does not count."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line.rstrip()) + r"[ ]*\n"
                      for line in shown.rstrip().splitlines())
    printed = run(command, tmp_path).rstrip() + "\n"
    assert re.fullmatch(pattern, printed), printed


@pytest.mark.parametrize("text", [block for block in blocks("yaml") if "layers:" in block])
def test_spec(text: str) -> None:
    assert loads(text).nodes


def test_python() -> None:
    for block in blocks("python"):
        for line in block.splitlines():
            code, _, value = line.partition("#")
            if re.fullmatch(r" (?:\(.*\)|\d+)", value):
                prepared = block[: block.index(line)] + f"assert {code} == {value}\n"
                exec(compile(prepared, "README", "exec"), {})
