"""`cnncalc verify` as a command: formats, exit codes, where things are written."""

from __future__ import annotations

import ast
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnncalc import cli
from cnncalc.cli.exits import guarded
from cnncalc.cli.progress import time_left

from .faults import MISTAKES

ROOT = Path(__file__).parent.parent.parent
NET = "name: small\ninput: [2, 40, 40]\nlayers: [{conv: 4, kernel: 3}, {max_pool: 2}]\n"


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    return str(path)


def command(*arguments: str) -> int:
    return guarded(lambda: cli.run(["verify", *arguments]))


def test_fine(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(net, "--quick", "--receptive-field") == 0
    printed = capsys.readouterr()
    assert "ran at 2×32×33; the spec's size is 2×40×40" in printed.out
    assert "2 layers as predicted, receptive fields included" in printed.out
    assert printed.err == ""


def test_a_difference_is_exit_1(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    with next(mistake for mistake in MISTAKES if mistake.name == "bias parameters forgotten").inject():
        assert command(net, "-f", "json", "--input", "2x8x9") == 1
        assert command(net, "lenet5", "--quick", "-f", "json") == 1
    several = capsys.readouterr().out.split('{\n  "schema"')[-1]
    data = json.loads('{\n  "schema"' + several)
    assert data["schema"] == "cnncalc.verifications/1"
    assert [each["agree"] for each in data["verifications"]] == [False, False]


def test_bad_input_is_exit_2(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(net, "--format", "xml") == 2
    assert command(str(tmp_path / "none.yaml")) == 2
    assert command(net, "--input", "1x2") == 2
    (tmp_path / "huge.yaml").write_text("input: [1, 99999, 99999]\nlayers: [relu]\n")
    assert command(str(tmp_path / "huge.yaml")) == 2
    assert "`input` is too large to be run" in capsys.readouterr().err


def test_written_to_a_file(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(net, "-f", "json", "-o", str(tmp_path / "out.json"), "--slow") == 0
    assert json.loads((tmp_path / "out.json").read_text())["run"]["rechecked"] == 0
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_an_interrupt_ends_it_at_once() -> None:
    """In the middle of a layer that takes an hour with the plain kernels."""
    words = [sys.executable, "-m", "cnncalc", "verify", "deconvnet", "--slow"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as running:
        try:
            assert running.stderr is not None
            assert b"DeconvNet: about " in running.stderr.readline()  # the estimate, before anything is run
            time.sleep(0.2)
            running.send_signal(signal.SIGINT)
            assert running.wait(timeout=30) == 130
            assert running.stderr.read() == b""
        finally:
            running.kill()


def on_a_terminal(*arguments: str) -> tuple[str, str]:
    """What comes out if only standard error is a terminal: data, and remarks."""
    reader, writer = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    env.pop("NO_COLOR", None)
    words = [sys.executable, "-m", "cnncalc", "verify", *arguments]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=writer, env=env, check=True, timeout=60)
    os.close(writer)
    remarks = b""
    while True:
        try:
            part = os.read(reader, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        remarks += part
    os.close(reader)
    return done.stdout.decode(), remarks.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(NET.replace("small", '"[bold]\\x1b]0;x small"'))
    data, remarks = on_a_terminal(str(tmp_path / "net.yaml"), "-f", "json")
    assert json.loads(data)["agree"] is True
    assert "━" in remarks
    assert "[bold]" in remarks       # a foreign name is no markup
    assert "\x1b]0;x" not in remarks  # and no command to the terminal


@pytest.mark.parametrize(("seconds", "done", "total", "words"), [
    (0.5, 1, 100, ""), (9, 0, 100, ""), (10, 25, 100, "30 s left"), (60, 10, 100, "9 min left"), (7, 100, 100, "0 s left"),
])
def test_time_that_is_left(seconds: float, done: int, total: int, words: str) -> None:
    assert time_left(seconds, done, total) == words


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def test_only_the_bridge_and_the_comparison_see_the_executor() -> None:
    """The analyzer cannot look up what it predicts; `verification` alone sees both sides."""
    seeing = {path.relative_to(ROOT / "cnncalc").as_posix() for path in (ROOT / "cnncalc").rglob("*.py")
              if "reference" not in path.parts and any(name.startswith("cnncalc.reference") for name in imports(path))}
    assert seeing <= {"execution.py", "verification.py"}
    assert not any(name.startswith("cnncalc.analysis") for name in imports(ROOT / "cnncalc" / "execution.py"))
