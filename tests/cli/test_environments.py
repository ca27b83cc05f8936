"""The command in the surroundings that it meets: pipes, full disks, interrupts, odd terminals, encodings, folders."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import cnncalc, environment

SPEC = """\
name: Tiny
input: [3, 8, 8]
layers:
- {conv: 4, kernel: 3, padding: 1, name: first}
- {layers: [{conv: 4, kernel: 1}, relu], repeat: 2, name: body}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    changes = options.pop("env", {})
    return subprocess.run([*cnncalc(), *map(str, arguments)], capture_output=True, timeout=300, check=False,
                          env=environment(**changes), **options)  # type: ignore[call-overload, no-any-return]


def on_a_terminal(*arguments: object, columns: int = 80, interrupt_after: float | None = None,
                  **changes: str | None) -> tuple[int, str]:
    """Exit code and output of the command on a terminal of a width."""
    leader, follower = pty.openpty()
    subprocess.run(["stty", "rows", "40", "cols", str(columns)], stdin=follower, check=True)
    process = subprocess.Popen([*cnncalc(), *map(str, arguments)], stdin=follower, stdout=follower, stderr=follower,
                               env=environment(**{"TERM": "xterm-256color", **changes}), start_new_session=True)
    os.close(follower)
    try:
        shown = b"".join(_shown(leader, process, interrupt_after))
        return process.wait(timeout=60), shown.decode().replace("\r\n", "\n")
    finally:
        process.kill()
        os.close(leader)


def _shown(leader: int, process: subprocess.Popen[bytes], interrupt_after: float | None) -> Iterator[bytes]:
    """What the terminal shows until the process lets go of it, or for five minutes."""
    start = time.monotonic()
    while time.monotonic() - start < 300:
        ready, _, _ = select.select([leader], [], [], 0.1)
        if interrupt_after is not None and time.monotonic() - start > interrupt_after:
            process.send_signal(signal.SIGINT)
            interrupt_after = None
        if ready:
            try:
                data = os.read(leader, 65536)
            except OSError:         # Linux ends a terminal so
                return
            if not data:
                return
            yield data


# where it goes

def test_pipe(spec: Path) -> None:
    """In a pipe nothing is cut or coloured, however narrow the screen."""
    done = run("summarize", spec, env={"COLUMNS": "20"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert "body.0.conv1  conv 1×1" in done.stdout.decode()
    assert b"\x1b" not in done.stdout


def test_closed_pipe(tmp_path: Path) -> None:
    long = tmp_path / "long.yaml"
    long.write_text("input: [3, 8, 8]\nlayers:\n- {relu, repeat: 20000}\n")
    with subprocess.Popen([*cnncalc(), "summarize", str(long)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment()) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize("arguments", [("--help",), ("summarize", "--help"), ("--version",), ("completion", "bash"),
                                       ("schema",)])
def test_a_pipe_closed_before_anything_was_written(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*cnncalc(), *arguments], stdout=writer, stderr=subprocess.PIPE, env=environment(),
                          check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_closed_standard_output(spec: Path) -> None:
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *cnncalc(), "summarize", str(spec)], capture_output=True,
                          env=environment(), check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [("summarize", "{spec}"), ("summarize", "{spec}", "-o", "/dev/full"), ("schema",),
                                       ("--version",), ("--help",), ("summarize", "{spec}", "--format", "json")])
def test_full_disk(spec: Path, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*cnncalc(), *(each.format(spec=spec) for each in arguments)], stdout=full,
                              stderr=subprocess.PIPE, env=environment(), check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error[io]: ")
    assert b"no space left on device" in done.stderr


def test_a_file_is_replaced_in_one_step(spec: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "table.txt"
    target.parent.mkdir()
    target.write_text("old")
    assert run("summarize", spec, "-o", target).returncode == 0
    assert target.read_text(encoding="utf-8").startswith("Tiny")
    broken = tmp_path / "broken.yaml"
    broken.write_text("layers: [relu]\n")
    assert run("summarize", broken, "-o", target).returncode == 2
    assert target.read_text(encoding="utf-8").startswith("Tiny")
    assert os.listdir(target.parent) == ["table.txt"]


def test_read_only_folder(spec: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    shutil.copy(spec, folder)
    folder.chmod(0o500)
    try:
        assert run("summarize", "tiny.yaml", cwd=folder).returncode == 0
        done = run("summarize", spec, "-o", "/proc/table.txt" if os.geteuid() == 0 else folder / "table.txt")
        assert done.returncode == 2
        assert done.stderr.startswith(b"error[io]: ")
    finally:
        folder.chmod(0o700)


# interrupts

@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.5, 1.0])
def test_interrupt(tmp_path: Path, delay: float) -> None:
    """Whenever it comes: 130, and at most a word."""
    endless = tmp_path / "endless.yaml"
    endless.write_text("blocks:\n  a(): [{layers: [{layers: [{relu, when: false}], repeat: 100000}], repeat: 100000}]\n"
                       "input: [3, 8, 8]\nlayers: [a]\n")
    process = subprocess.Popen([*cnncalc(), "summarize", str(endless), "--max-layers", "100000000"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    time.sleep(delay + 0.15)        # the interpreter itself takes a while to listen
    process.send_signal(signal.SIGINT)
    try:
        _, complaint = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, complaint
    assert b"Traceback" not in complaint


def test_an_interrupt_is_not_lost_where_python_calls_back(tmp_path: Path) -> None:
    """An exception in the callback of a weak reference is dropped, and every module that is loaded has one."""
    code = ("import os, signal, sys, weakref\n"
            "import cnncalc.cli, cnncalc.cli.interrupts\n"
            "class Thing: pass\n"
            "class Finder:\n"
            "    def find_spec(self, *names):\n"
            "        thing = Thing()\n"
            "        watch = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))\n"
            "        del thing\n"
            "sys.meta_path.insert(0, Finder())\n"
            "sys.argv = ['cnncalc', 'summarize', 'lenet5']\n"
            "cnncalc.cli.main()\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(), check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_interrupt_on_a_terminal() -> None:
    code, shown = on_a_terminal("verify", "vgg16", interrupt_after=1.0)
    assert code == 130
    assert "Traceback" not in shown


# terminals

def test_terminal(spec: Path) -> None:
    code, shown = on_a_terminal("summarize", spec)
    assert code == 0
    assert "\x1b[1m" in shown
    assert "█" in shown


def test_no_color(spec: Path) -> None:
    """NO_COLOR wins over FORCE_COLOR; the table stays a table."""
    for changes in ({"NO_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}):
        code, shown = on_a_terminal("summarize", spec, **changes)
        assert code == 0
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]", shown)
        assert "█" in shown
    assert b"\x1b[" not in run("summarize", spec, env={"NO_COLOR": "1", "FORCE_COLOR": "1"}).stdout


def test_force_color(spec: Path) -> None:
    done = run("summarize", spec, env={"FORCE_COLOR": "1"})
    assert b"\x1b[1m" in done.stdout
    broken = run("summarize", "-", input=b"layers: [relu]\n", env={"FORCE_COLOR": "1"})
    assert broken.stderr.startswith(b"\x1b[1;31merror")


def test_dumb_terminal(spec: Path) -> None:
    code, shown = on_a_terminal("summarize", spec, TERM="dumb")
    assert code == 0
    assert "\x1b" not in shown
    assert "body.0.conv1  conv 1×1" in shown
    assert b"\x1b" not in run("summarize", spec, env={"TERM": "dumb", "FORCE_COLOR": "1"}).stdout


@pytest.mark.parametrize("columns", [40, 50, 60, 72, 80, 100, 132, 200])
@pytest.mark.parametrize("command", [("summarize", "resnet18"), ("summarize", "alexnet", "resnet18"),
                                     ("list", "--max", "params=3M")])
def test_widths(columns: int, command: tuple[str, ...]) -> None:
    """No line is wider than the screen, and the layer's name is always there."""
    code, shown = on_a_terminal(*command, columns=columns)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(len, plain.splitlines())) <= columns
    assert "layer4" in plain or command[1] != "resnet18" or command[0] != "summarize"


# encodings

@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8"])
def test_encodings(spec: Path, encoding: str) -> None:
    spec.write_text(SPEC.replace("Tiny", '"Tiny é 网络 🧠 →"'), encoding="utf-8")
    for arguments in (("summarize", spec), ("summarize", spec, "--format", "markdown"), ("expand", spec)):
        done = run(*arguments, env={"PYTHONIOENCODING": encoding})
        assert (done.returncode, done.stderr) == (0, b"")
        text = done.stdout.decode(encoding)
        assert "first" in text
        assert ("网络" in text) == (encoding == "utf-8")
    broken = run("summarize", "-", input="input: [3]\nlayers: [网络]\n".encode(), env={"PYTHONIOENCODING": encoding})
    assert broken.returncode == 2
    assert "layers" in broken.stderr.decode(encoding)


def test_ascii_forms_of_a_terminal(spec: Path) -> None:
    code, shown = on_a_terminal("summarize", spec, PYTHONIOENCODING="ascii")
    assert code == 0
    assert shown.isascii()
    assert "4x8x8" in shown
    assert "#" in shown


@pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8", "nonsense"])
def test_locales(spec: Path, locale: str) -> None:
    """Numbers and words do not depend on the locale, nor do files."""
    spec.write_text(SPEC.replace("Tiny", "Tiny é"), encoding="utf-8")
    done = run("summarize", spec, env={"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"8,960" in done.stdout      # 3·3·3·4 weights at 8·8 cells, and 4·4 at 8·8 twice: 6,912 + 2·1,024 = 8,960


# where it stands, and what it is given

def test_no_home(spec: Path) -> None:
    done = run("summarize", spec, env={"HOME": None, "USER": None, "LOGNAME": None, "XDG_CONFIG_HOME": None})
    assert (done.returncode, done.stderr) == (0, b"")
    assert run("summarize", spec, env={"HOME": "/nonexistent"}).returncode == 0


def test_a_folder_that_is_gone(spec: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(["sh", "-c", 'cd "$1" && rmdir "$1" && shift && exec "$@"', "sh", str(gone), *cnncalc(),
                           "summarize", str(spec)], capture_output=True, env=environment(), check=False)
    assert done.returncode == 0, done.stderr


def test_standard_input() -> None:
    done = run("summarize", "-", input=SPEC.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert run("summarize", "-", input=b"\xef\xbb\xbf" + SPEC.encode()).returncode == 0     # a byte order mark
    assert run("summarize", "-", "-", input=SPEC.encode()).returncode == 0
    wrong = run("summarize", "-", input=b"layers: [relu]\n")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert b"<stdin>:1:1" in wrong.stderr


def test_closed_standard_input() -> None:
    done = subprocess.run(["sh", "-c", '"$@" <&-', "sh", *cnncalc(), "summarize", "-"], capture_output=True,
                          env=environment(), check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"bug" not in done.stderr


@pytest.mark.parametrize("name", ["with space.yaml", "a@b.yaml", "a@b@c.yaml", "-dash.yaml", "a:b.yaml", "ünïcode.yaml",
                                  "[b]x.yaml", "quote'\".yaml", "new\nline.yaml", "noend"])
def test_file_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SPEC + "variants: {v: {}}\n", encoding="utf-8")
    given = f"./{name}" if name.startswith("-") else name
    for spec in (given, f"{given}@v"):
        done = run("summarize", spec, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_name_that_is_not_utf8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.yaml"
    with open(name, "w") as file:
        file.write("layers: [relu]\n")
    done = subprocess.run([*map(os.fsencode, cnncalc()), b"summarize", name], capture_output=True, env=environment(),
                          check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error[missing-key]")


def test_a_folder(spec: Path, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "other.yml").write_text(SPEC.replace("Tiny", "Other"))
    (tmp_path / "below" / "notes.txt").write_text("not a spec")
    done = run("summarize", tmp_path)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.decode().splitlines()[1:3]] == ["Other", "Tiny"]
    one = run("expand", tmp_path)
    assert one.returncode == 2
    assert b"a folder of 2 specs" in one.stderr


def test_no_permission_and_other_things_than_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert run("summarize", tmp_path / "loop.yaml").returncode == 2
    assert run("summarize", tmp_path / "nothing.yaml").returncode == 2
    assert run("summarize", "/dev/null").returncode == 2
    assert run("summarize", "/proc/self/mem").returncode == 2


def test_usage(tmp_path: Path) -> None:
    """Bad usage is 2, on standard error alone."""
    for arguments in ((), ("nosuch",), ("summarize",), ("summarize", "--nosuch"),
                      ("summarize", "alexnet", "--batch", "0"),
                      ("summarize", "alexnet", "--batch", "x"), ("summarize", "alexnet", "--format", "xml"),
                      ("summarize", "alexnet", "--columns", "nosuch"), ("summarize", "alexnet", "--sort", "nosuch"),
                      ("summarize", "alexnet", "--set", "nosuch=1"), ("summarize", "alexnet", "--set", "classes"),
                      ("summarize", "alexnet", "--input", "3x"), ("summarize", "nosuch"),
                      ("summarize", "alexnet@nosuch"),
                      ("list", "--max", "params=x"), ("new",), ("expand",), ("schema", "x")):
        done = run(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, b""), (arguments, done)
        assert done.stderr, arguments
        assert b"Traceback" not in done.stderr
    assert run("--help").returncode == 0
