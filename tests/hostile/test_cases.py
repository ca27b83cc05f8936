"""Hostile specs: each ends in the diagnostic that its first line names, soon, and without a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnncalc.analysis import analyze
from cnncalc.errors import Source, Span, SpecError
from cnncalc.report import diagnostics, summary
from cnncalc.report.columns import columns
from cnncalc.spec import source
from cnncalc.spec.document import Choice
from cnncalc.spec.expand import build
from cnncalc.spec.locate import locate
from tests.processes import cnncalc, environment, limited

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
LAYERS = 10_000
"""The limit of layers in the quick run: a twentieth of the real one, and so of its time."""


SOME = ("deep_unclosed", "sixty_let_squares", "nul", "recursive_tree", "title_of_commands")
"""Cases that are run as a process in the quick run, too."""


def expected(case: Path) -> str:
    beside = case.with_suffix(".expect")
    line = beside.read_text() if beside.exists() else case.read_text(encoding="utf-8").split("\n")[0]
    return line.removeprefix("# expect: ").strip()


def test_there_are_enough() -> None:
    assert len(CASES) >= 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case: Path) -> None:
    wanted = expected(case)
    try:
        graph = build(locate(str(case))[0].source, Choice(), LAYERS)
    except SpecError as error:
        # Only the two ways to end an expansion may come before what is wrong with a repeated step.
        first = next((each for each in error.diagnostics if not each.message.startswith("the spec expands")),
                     error.diagnostics[0])
        found = f"{first.code} {first.span.line}:{first.span.column}" if first.span else first.code
        assert found == wanted or first.code == wanted, first.message
        text = diagnostics.plain(error.diagnostics)
    else:
        assert wanted == "fine"
        analysis = analyze(graph)
        text = summary.plain(analysis, summary.Options(columns(None, analysis)))
    assert_harmless(text)


def assert_harmless(text: str) -> None:
    """Nothing that a terminal or a CI log would obey."""
    assert text.replace("\n", "").isprintable()
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.split("\n"))


def test_every_case_as_a_process(request: pytest.FixtureRequest) -> None:
    """With the real limits: within seconds and memory, exit code 0 or 2, no traceback. `--slow` runs all of them."""
    slow = request.config.getoption("--slow")
    for case in CASES if slow else [each for each in CASES if each.stem in SOME]:
        done = subprocess.run([*cnncalc(), "summarize", str(case)], capture_output=True, timeout=600, check=False,
                              preexec_fn=limited(megabytes=2_000, seconds=15), env=environment())
        assert done.returncode == (0 if expected(case) == "fine" else 2), (case, done.stderr[-500:])
        assert b"Traceback" not in done.stderr
        assert_harmless(done.stdout.decode())
        assert_harmless(done.stderr.decode())


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (16 * 2**20 + 1))
    with pytest.raises(SpecError) as caught:
        locate(str(path))
    assert caught.value.diagnostics[0].code == "too-large"


@pytest.mark.parametrize(("what", "code"), [
    ("- a\n", "bad-spec"), ("k: 1\n", "duplicate-key"), ("[", "too-deep"), ("\n", "empty"), ("- ", "too-deep"),
    ("a,", "bad-spec"), ("{a: ", "too-deep"), ('"', "yaml-syntax"), ("&a ", "yaml-feature"), ("é\u2028", "bad-spec"),
])
def test_much_of(what: str, code: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A megabyte of one thing; with `--slow` as much as a file may hold."""
    slow = request.config.getoption("--slow")
    path = tmp_path / "large.yaml"
    path.write_text(what * ((2**24 if slow else 2**20) // len(what.encode()) - 1), encoding="utf-8")
    if slow and what == "- a\n":
        code = "too-large"
    status, mebibytes, said = measured("summarize", str(path))
    assert status == 2
    assert said.startswith(f"error[{code}]")
    assert mebibytes <= 256


def test_a_depth_that_the_parser_itself_refuses_is_placed_where_ours_ends() -> None:
    """Newer libyamls stop at 1,000, looking ahead; before them stand characters of two and of four bytes."""
    with pytest.raises(SpecError) as caught:
        source.read(Source("", "# é 𝄞\na: é𝄞\nb: " + "[" * 5_000))
    assert [(each.code, each.span) for each in caught.value.diagnostics] == [("too-deep", Span(3, 3 + 64))]


def test_many_inputs() -> None:
    """Receptive fields are followed for each of them."""
    text = "inputs: {" + ", ".join(f"i{n}: [1, 4, 4]" for n in range(65)) + "}\nlayers: [{relu, from: i0}]\n"
    with pytest.raises(SpecError, match="a network has at most 64 inputs, not 65") as caught:
        build(Source("", text))
    assert [(each.code, each.span) for each in caught.value.diagnostics] == [("too-large", Span(1, 1, 6))]


def test_too_many_values_are_refused_before_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_VALUES", 1_000)
    monkeypatch.setattr(source._Reader, "build", None)
    for text in ("- a\n" * 1_001, "[" + "a," * 1_001 + "]", "k: {a: 1}\n" * 400):
        with pytest.raises(SpecError) as caught:
            source.read(Source("large.yaml", text))
        assert caught.value.diagnostics[0].code == "too-large"


@pytest.mark.parametrize("name", ["too many values", "just few enough", "many words"])
def test_memory(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--slow"):
        pytest.skip("seconds of work: --slow runs it")
    layers, most = {"too many values": ("- a\n" * 3_600_000, 128), "just few enough": ("- a\n" * 3_400_000, 600),
                    "many words": ("".join(f"- a{number}\n" for number in range(1_500_000)), 450)}[name]
    path = tmp_path / "large.yaml"
    path.write_text("input: [3, 8, 8]\nlayers:\n" + layers)
    status, mebibytes, _ = measured("summarize", str(path))
    assert status == 2
    assert mebibytes <= most


def measured(*arguments: str) -> tuple[int, float, str]:
    """Exit code, MiB at the most, and what was said, of a command that may take 20 seconds.

    A small process starts it: what starts a process lends it its own peak.
    """
    code = ("import resource, subprocess, sys\n"
            "resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
            "status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
            "print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n")
    done = subprocess.run([sys.executable, "-c", code, *cnncalc(), *arguments], capture_output=True, timeout=600,
                          check=True, env=environment())
    status, mebibytes = done.stdout.split()
    return int(status), float(mebibytes), done.stderr.decode()


def test_a_caller_that_is_deep_in_the_stack() -> None:
    """Where Python's own stack ends first, that too is a diagnostic."""
    text = (Path(__file__).parent / "cases" / "branches_in_every_block.yaml").read_text()

    def deep(levels: int) -> str:
        if levels:
            return deep(levels - 1)
        from cnncalc.spec.load import loads

        try:
            loads(text)
        except SpecError as error:
            return error.diagnostics[0].code
        return "fine"

    room = sys.getrecursionlimit()
    assert {deep(levels) for levels in range(0, room - 150, 50)} == {"fine", "too-deep"}
