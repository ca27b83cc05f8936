"""What is typed wrong: a diagnostic that names it and a way out, exit code 2, no traceback, and nothing written."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cnncalc import __version__
from cnncalc.cli import COMMANDS
from tests.processes import cnncalc, environment


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*cnncalc(), *arguments], capture_output=True, encoding="utf-8", check=False, cwd=cwd,
                          env=environment(), stdin=subprocess.DEVNULL)


def test_the_list_of_commands_is_whole_on_80_columns(tmp_path: Path) -> None:
    lines = run("--help", cwd=tmp_path).stdout.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in lines] == list(COMMANDS)
    assert not any(line.endswith("...") for line in lines)


def test_the_version_is_offered_and_told_before_anything_else(tmp_path: Path) -> None:
    assert "--version" in run("--help", cwd=tmp_path).stdout
    told = run("--version", cwd=tmp_path).stdout
    assert told == f"cnncalc {__version__}\n"
    assert run("--version", "summarize", "nothing", cwd=tmp_path).stdout == told


@pytest.mark.parametrize(("arguments", "said"), [
    ("summarize ALEXNET", "did you mean `alexnet`?"),
    ("summarize alexnet@ungroupd", "`alexnet.yaml` has no variant `ungroupd`\n  = help: did you mean `ungrouped`?"),
    ("summarize alexnet@", "`alexnet.yaml` has no variant ``"),
    ("summarize alexnet --batch 0", "0 is not in the range"),
    ("summarize alexnet --batch 99999999999", "is not in the range"),
    ("summarize alexnet --depth 0", "0 is not in the range"),
    ("summarize alexnet --columns parms", "did you mean `params`?"),
    ("summarize alexnet --columns ,", "`--columns` names no column"),
    ("summarize alexnet --format JSON", "did you mean `json`?"),
    ("summarize alexnet --set =1", "`--set =1` names no hyperparameter"),
    ("summarize alexnet -o nowhere/out.txt", "error[io]: nowhere/out.txt: no such file or directory\n"),
    ("summarize alexnet -o .", "error[io]: .: is a directory"),
    ("diff alexnet lenet5 --columns ,", "`--columns` names no column"),
    ("memory alexnet --format csv", "one of table, plain, json\n"),
    ("explain convv", "did you mean `conv`?"),
    ("explain Conv2d", "did you mean `conv`?"),
    ("explain shape-mismtch", "did you mean `shape-mismatch`?"),
    ("explain conv conv1", "`conv` is a kind, and has no layers"),
    ("explain shape-mismatch conv1", "`shape-mismatch` is a code, and has no layers"),
    ("explain alexnett", "did you mean `alexnet`?"),
    ("list --max foo=5", "there is no limit `foo`\n  = help: one of params, macs, flops, year"),
    ("list --max params", "`--max params` is not a limit"),
    ("list --max params=5Q", "`5Q` is no amount"),
    ("new ..", "`cnncalc new mynet`"),
    ("resnet50", "`resnet50` is a spec, and a command comes first\n  = help: write `cnncalc summarize resnet50`"),
    ("sumarize", "Did you mean 'summarize'?"),
])
def test_refusals(arguments: str, said: str, tmp_path: Path) -> None:
    done = run(*arguments.split(), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


def test_refusals_of_odd_names(tmp_path: Path) -> None:
    for name in ("", "a\nb", "\x1b[31m"):
        assert run("new", name, cwd=tmp_path).returncode == 2
    assert run("summarize", "alexnet", "-o", "", cwd=tmp_path).stderr == "error[bad-value]: `-o` names no file\n"
    assert not list(tmp_path.iterdir())


def test_what_new_says_can_be_pasted(tmp_path: Path) -> None:
    for name in ("my net", "-x", "plain"):
        said = run("new", "--", name, cwd=tmp_path).stderr
        line = said.split("see it with: ")[1].replace("cnncalc", " ".join(cnncalc()), 1)
        assert subprocess.run(line, shell=True, cwd=tmp_path, env=environment(), capture_output=True,
                              check=False).returncode == 0, said


def test_columns_may_be_spaced(tmp_path: Path) -> None:
    wanted = run("summarize", "lenet5", "--columns", "params,output", cwd=tmp_path).stdout
    assert run("summarize", "lenet5", "--columns", " params , output,", cwd=tmp_path).stdout == wanted
    wanted = run("diff", "lenet5", "alexnet", "--columns", "params,macs", cwd=tmp_path).stdout
    assert run("diff", "lenet5", "alexnet", "--columns", " params , macs,params,", cwd=tmp_path).stdout == wanted


@pytest.mark.parametrize("command", ["summarize", "memory", "verify", "explain", "diff", "conventions", "list"])
def test_the_help_names_the_formats_that_there_are(command: str, tmp_path: Path) -> None:
    spec = [] if command == "list" else ["lenet5"]
    formats = run(command, *spec, "--format", "x", cwd=tmp_path).stderr.partition("one of ")[2].strip().split(", ")
    assert "json" in formats
    help = " ".join(run(command, "--help", cwd=tmp_path).stdout.split())
    assert f"{', '.join(formats[:-1])} or {formats[-1]}" in help


def test_a_spec_that_is_not_there_is_the_one_problem_of_a_check(tmp_path: Path) -> None:
    assert run("check", "alexnett", cwd=tmp_path).stderr.count("error[") == 1


def test_nothing_fits(tmp_path: Path) -> None:
    done = run("list", "--max", "params=1", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "note: no bundled network is within these limits\n")
