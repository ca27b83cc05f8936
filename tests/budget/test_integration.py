"""The pytest fixture, the pre-commit hook and the GitHub action, as far as they run without their hosts."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from .nets import cnncalc, net
from .test_base import commit, git, write

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step.get("id") or step["name"]: step for step in ACTION["runs"]["steps"]}


# --- pytest

def test_the_plugin_imports_nothing_at_load() -> None:
    script = ("import pytest, sys; before = set(sys.modules); import cnncalc.pytest_plugin; "
              "print(sorted(set(sys.modules) - before))")
    done = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
                          check=True)
    assert done.stdout.strip() == "['cnncalc', 'cnncalc.pytest_plugin']"


def test_the_entry_point_names_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"cnncalc": "cnncalc.pytest_plugin"}


def test_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    write(tmp_path, net("{params: 640}"))
    write(tmp_path, net(), "specs/bare.yaml")
    write(tmp_path, """
def test_holds(cnncalc_check):
    (found,) = cnncalc_check("specs/net.yaml", params="1k")
    assert found.actual == 618
def test_own_budget(cnncalc_check):
    assert [each.limit.written for each in cnncalc_check("specs/net.yaml")] == ["640"]
def test_broken(cnncalc_check): cnncalc_check("specs/net.yaml", params=600, layers={"**.fc": {"macs": 100}})
def test_typo(cnncalc_check): cnncalc_check("specs/net.yaml", parms=600)
def test_no_budget(cnncalc_check):
    assert cnncalc_check("specs/bare.yaml", batch=2, macs="777920", **{"weights@int8": "618 B"})
    cnncalc_check("specs/bare.yaml")
""", "test_net.py")
    command = [sys.executable, "-m", "pytest", "-p", "cnncalc.pytest_plugin", "-p", "no:cacheprovider", "-q",
               "--rootdir", str(tmp_path), str(tmp_path / "test_net.py")]
    # Where cnncalc is installed its entry point would register the plugin a second time.
    env = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path / "specs", env=env,
                          capture_output=True, text=True, check=False)
    assert "3 failed, 2 passed" in done.stdout
    assert "params over by 18: 618, and the budget is 600 (budget)" in done.stdout
    assert "macs of head.fc over by 60: 160, and the budget is 100 (budget)" in done.stdout
    assert "help: did you mean `params`?" in done.stdout
    assert "bare.yaml has no budget: give limits" in done.stdout


# --- pre-commit

def test_the_hook_is_a_command_that_exists(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert re.search(hook["files"], "specs/net.yaml")
    (tmp_path / "specs").mkdir()
    write(tmp_path, net("{params: 640}"))
    program, *arguments = [*shlex.split(hook["entry"]), *hook["args"]]
    assert program == "cnncalc"
    assert cnncalc(*arguments, cwd=tmp_path).returncode == 0
    write(tmp_path, net("{params: 640}", width=17))
    assert cnncalc(*arguments, cwd=tmp_path).returncode == 1


# --- the action

def test_no_input_is_pasted_into_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert ("shell" in step) == ("run" in step)
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert used == set(ACTION["inputs"])
    given = set(re.findall(r"steps\.(\w+)\.outputs", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert given <= set(STEPS)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A shallow clone of a pull request: `main` has 618 parameters, here there are 656; the budget is 640."""
    origin = tmp_path / "origin"
    (origin / "specs").mkdir(parents=True)
    git(origin, "init", "-q", "-b", "main")
    write(origin, net("{params: 640}"))
    commit(origin)
    git(origin, "checkout", "-q", "-b", "change")
    write(origin, net("{params: 640}", width=17))
    commit(origin)
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", f"file://{origin}", "here")
    return tmp_path / "here"


def step(name: str, clone: Path, **given: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
    """Run a step's script as the runner does; its outputs and its summary come back too."""
    host = clone.parent
    (host / "runner").mkdir(exist_ok=True)
    if not (host / "runner/cnncalc").exists():
        (host / "runner/cnncalc").symlink_to(ROOT)
    for name_ in ("output", "summary"):
        (host / name_).write_text("", encoding="utf-8")
    script = host / "step.sh"
    script.write_text(STEPS[name]["run"], encoding="utf-8")
    declared = dict.fromkeys(STEPS[name]["env"], "")
    assert given.keys() <= declared.keys() | {"PYTHON"}
    environment = {**declared, "PATH": os.environ["PATH"], "HOME": str(host), "LC_ALL": "C.UTF-8",
                   "PYTHON": sys.executable, "RUNNER_TEMP": str(host / "runner"), "GITHUB_ACTIONS": "true",
                   "GITHUB_OUTPUT": str(host / "output"), "GITHUB_STEP_SUMMARY": str(host / "summary"), **given}
    done = subprocess.run(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)], cwd=clone,
                          env=environment, capture_output=True, text=True, check=False, encoding="utf-8")
    outputs = dict(line.split("=", 1) for line in (host / "output").read_text(encoding="utf-8").splitlines())
    return done, outputs, (host / "summary").read_text(encoding="utf-8")


def test_the_action_finds_its_base_in_a_shallow_clone(clone: Path) -> None:
    done, outputs, _ = step("base", clone, BASE="main")
    assert done.returncode == 0, done.stderr
    assert outputs == {"commit": git(clone.parent / "origin", "rev-parse", "main")}
    local, outputs, _ = step("base", clone, BASE="HEAD")
    assert (local.returncode, outputs["commit"]) == (0, git(clone, "rev-parse", "HEAD"))
    lost, _, _ = step("base", clone, BASE="--upload-pack=touch pwned")
    assert lost.returncode != 0
    assert not (clone / "pwned").exists()


def test_the_action_checks_against_its_base(clone: Path) -> None:
    commit_ = step("base", clone, BASE="main")[1]["commit"]
    done, _, summary = step("Check budgets", clone, SPECS="specs/\n\n", COMMIT=commit_,
                            MAX_INCREASE="params=1%\nmacs=50%\n")
    assert done.returncode == 1, done.stderr
    assert "::error file=specs/net.yaml,line=2,col=18,title=params budget of" in done.stdout
    assert "656, and the budget is 624.2 (+1% of 618)" in done.stdout  # 618·1.01 = 624.18
    assert summary.startswith("### ❌ Architecture budgets")
    loose, _, _ = step("Check budgets", clone, SPECS="specs/net.yaml", COMMIT=commit_, MAX="macs=1M\nweights=4 KiB")
    assert loose.returncode == 1  # the spec's own budget holds all the same


def test_the_action_without_a_base_says_what_it_leaves_out(clone: Path) -> None:
    done, _, _ = step("Check budgets", clone, SPECS="specs/", MAX_INCREASE="params=1%")
    assert done.returncode == 1  # 656 parameters, and the spec's own budget is 640
    assert "::notice::there is no base here, so max-increase is not checked\n" in done.stdout


def test_the_action_takes_inputs_as_words(clone: Path) -> None:
    evil = "$(touch pwned)`touch pwned`; touch pwned; --output=pwned"
    done, _, _ = step("Check budgets", clone, SPECS=evil, MAX=evil)
    assert done.returncode == 2
    assert not (clone / "pwned").exists()
    as_option, _, _ = step("Check budgets", clone, SPECS="--output=pwned")
    assert as_option.returncode == 2
    assert not (clone / "pwned").exists()


def test_the_action_shows_what_changes(clone: Path) -> None:
    commit_ = step("base", clone, BASE="main")[1]["commit"]
    done, _, summary = step("Show what changes", clone, SPECS="specs/\nlenet5", COMMIT=commit_)
    assert done.returncode == 0, done.stderr
    assert "conv · out 16 → 17" in summary
    none, _, summary = step("Show what changes", clone, SPECS="lenet5", COMMIT=commit_)
    assert (none.returncode, summary) == (0, "")  # a bundled network has no base
