"""What speed stands on and no clock can spoil: which modules a command loads, and that a huge network is read at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import cnncalc, environment

SLOW_TO_IMPORT = {"rich", "json", "subprocess", "difflib", "yaml", "typer", "csv", "asyncio", "dataclasses", "inspect",
                  "multiprocessing", "concurrent", "tempfile", "unittest", "email", "http", "numpy", "torch", "array"}
"""Modules that cost milliseconds: a command loads those that it needs."""
TYPER = {"typer", "inspect", "dataclasses", "subprocess", "difflib"}
"""The command line and what it brings along itself."""


def test_two_hundred_thousand_layers(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    layers = "- {conv: 4, kernel: 1, stride: 1, padding: 0, bias: true}\n- {relu, from: prev}\n" * 100_000
    path.write_text("input: [4, 8, 8]\nlayers:\n" + layers)
    done = subprocess.run([*cnncalc(), "summarize", str(path)], capture_output=True, env=environment(), check=False)
    assert done.returncode == 0, done.stderr
    assert b"\nparams     2,000,000\n" in done.stdout      # 100,000 times 4·4 weights and 4 biases
    assert b"\nMACs     102,400,000  " in done.stdout      # 100,000 times 4·4·8·8


@pytest.mark.parametrize(("arguments", "env", "allowed"), [
    (["--version"], {}, set()),
    (["summarize", "alexnet"], {}, {*TYPER, "yaml"}),
    (["summarize", "alexnet", "--format", "json"], {}, {*TYPER, "yaml", "json"}),
    (["summarize", "alexnet", "--format", "csv"], {}, {*TYPER, "yaml", "csv"}),
    (["summarize", "alexnet"], {"FORCE_COLOR": "1"}, {*TYPER, "yaml", "rich"}),
    (["expand", "alexnet"], {}, {*TYPER, "yaml"}),
    (["list", "--max", "params=2M"], {}, {*TYPER, "yaml"}),
    (["schema"], {}, {*TYPER, "yaml", "json"}),
])
def test_modules(arguments: list[str], env: dict[str, str], allowed: set[str]) -> None:
    found = loaded(arguments, env)
    assert found & SLOW_TO_IMPORT <= allowed


@pytest.mark.parametrize(("arguments", "others"), [
    (["summarize", "alexnet"], {"reference", "compare", "budget", "verification", "catalog", "execution"}),
    (["list", "--max", "params=2M"], {"reference", "compare", "verification", "execution"}),
])
def test_own_modules(arguments: list[str], others: set[str]) -> None:
    """A command loads no other command, and none of the parts that it does not need."""
    found = loaded(arguments, {}, "cnncalc")
    assert not found & others


def loaded(arguments: list[str], env: dict[str, str], package: str = "") -> set[str]:
    """The modules that a command imports: names at the top, or of the parts of a package."""
    code = ("import sys, os, atexit\nsys.argv = ['cnncalc', *sys.argv[1:]]\nbefore = set(sys.modules)\n"
            "def leave(code):\n    sys.stderr.write('\\n'.join(set(sys.modules) - before))\n    sys.stderr.flush()\n    end(code)\n"
            "end, os._exit = os._exit, leave\n"
            "from cnncalc.__main__ import main\nmain()\nleave(0)\n")
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True,
                          env=environment(**env), check=True)
    names = done.stderr.split("\n")
    if package:
        return {name.split(".")[1] for name in names if name.startswith(package + ".")}
    return {name.partition(".")[0] for name in names}
