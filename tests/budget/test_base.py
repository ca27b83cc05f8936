"""The command in scratch repositories: a base, folders, variants, globs, annotations, exit codes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .nets import cnncalc, net


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with `specs/net.yaml` (618 parameters, budget 640) in its first commit."""
    (tmp_path / "specs").mkdir()
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, net("{params: 640}"))
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=folder, check=True,
                          capture_output=True, text=True)
    return done.stdout.strip()


def write(folder: Path, text: str, name: str = "specs/net.yaml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "more")


def annotations(text: str) -> list[str]:
    return [line.partition(" budget of")[0] for line in text.splitlines() if line.startswith("::")]


def test_a_budget_broken_by_a_commit_before_it_and_made_worse(repository: Path) -> None:
    fine = cnncalc("check", "specs", "--base", "HEAD", "--format", "github", cwd=repository)
    assert (fine.returncode, annotations(fine.stdout)) == (0, [])

    write(repository, net("{params: 640}", width=17))  # 656
    commit(repository)
    broken = cnncalc("check", "specs", "--base", "HEAD~1", "--format", "github", cwd=repository)
    assert broken.returncode == 1
    # the amount behind `budget: {params: ` on line 2, with the path from the repository's root
    assert annotations(broken.stdout) == ["::error file=specs/net.yaml,line=2,col=18,title=params"]

    before = cnncalc("check", "specs", "--base", "HEAD", "--format", "github", cwd=repository)
    assert before.returncode == 0
    assert annotations(before.stdout) == ["::warning file=specs/net.yaml,line=2,col=18,title=params"]

    write(repository, net("{params: 640}", width=18))
    worse = cnncalc("check", "net.yaml", "--base", "HEAD", "--format", "github", cwd=repository / "specs")
    assert worse.returncode == 1
    assert annotations(worse.stdout) == ["::error file=specs/net.yaml,line=2,col=18,title=params"]
    assert "broken in the base already, and worse now (it was 656)" in worse.stdout


def test_new_removed_and_dropped(repository: Path) -> None:
    write(repository, net("{params: {max_increase: 2%}}"), "specs/old.yaml")
    write(repository, net("{params: 640}"), "specs/bare.yaml")
    commit(repository)
    (repository / "specs/old.yaml").unlink()
    write(repository, net("{params: {max_increase: 2%}}"), "specs/new.yaml")
    write(repository, net(), "specs/bare.yaml")
    done = cnncalc("check", "specs", "--base", "HEAD", "--format", "json", cwd=repository)
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert (found["new"], found["removed"], found["dropped"]) == (
        ["specs/new.yaml"], ["specs/old.yaml"], ["specs/bare.yaml"])
    assert [(each["spec"]["label"], each["status"], each["note"]) for each in found["findings"]] == [
        ("specs/net.yaml", "ok", ""), ("specs/new.yaml", "skip", "new: not in HEAD")]
    assert found["base"]["commit"] == git(repository, "rev-parse", "HEAD")
    new = cnncalc("check", "specs/new.yaml", "--base", "HEAD", cwd=repository)
    assert new.returncode == 0  # a new spec under relative rules alone is in order
    assert "new: specs/new.yaml is not in HEAD" in new.stdout


def test_a_renamed_spec_is_held_against_what_it_was(repository: Path) -> None:
    git(repository, "mv", "specs/net.yaml", "specs/other.yaml")
    write(repository, net("{params: {max: 640, max_increase: 2%}}", width=17), "specs/other.yaml")
    done = cnncalc("check", "specs", "--base", "HEAD", cwd=repository)
    assert done.returncode == 1
    assert "656, and the budget is 630.4 (+2% of 618)" in done.stdout  # 618·1.02 = 630.36
    assert "renamed: specs/other.yaml was specs/net.yaml in HEAD" in done.stdout
    assert "new:" not in done.stdout
    assert "removed:" not in done.stdout
    data = json.loads(cnncalc("check", ".", "--base", "HEAD", "--format", "json", cwd=repository / "specs").stdout)
    assert data["renamed"] == [{"now": "specs/other.yaml", "then": "specs/net.yaml"}]


def test_a_base_that_cannot_be_read_or_found(repository: Path) -> None:
    write(repository, "layers: [", "specs/net.yaml")
    commit(repository)
    write(repository, net("{params: {max: 640, max_increase: 2%}}"))
    repaired = cnncalc("check", "specs", "--base", "HEAD", cwd=repository)
    assert repaired.returncode == 0
    assert "no base: HEAD:specs/net.yaml cannot be read" in repaired.stdout
    lost = cnncalc("check", "specs", "--base", "nowhere", cwd=repository)
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "git has no commit `nowhere`" in lost.stderr
    bundled = cnncalc("check", "lenet5", "--base", "HEAD", "--max-increase", "params=2%", cwd=repository)
    assert "no base: this is no file of the repository" in bundled.stdout


def test_that_commit_itself_and_not_the_merge_base(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "side")
    git(repository, "checkout", "-q", "main")
    write(repository, net("{params: {max_increase: 0}}", width=15))  # main has become smaller since
    commit(repository)
    git(repository, "checkout", "-q", "side")
    write(repository, net("{params: {max_increase: 0}}"))
    done = cnncalc("check", "specs", "--base", "main", cwd=repository)
    assert done.returncode == 1
    assert "params over by 38: 618, and the budget is 580 (+0 of 580)" in done.stdout


def test_variants_with_a_budget_come_along(tmp_path: Path) -> None:
    text = net("{params: 640}").replace("conv: 16", "conv: $c").replace(
        "input:", "hyperparameters: {c: 16}\nvariants:\n  big: {c: 17, budget: {params: 640}}\n  free: {c: 99}\ninput:")
    write(tmp_path, text, "net.yaml")
    done = cnncalc("check", "net.yaml", "--max", "macs=1M", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    assert [(each["spec"]["variant"], each["metric"], each["status"], each["line"])
            for each in json.loads(done.stdout)["findings"]] == [
        ("big", "params", "fail", 5), (None, "params", "ok", 2), (None, "macs", "ok", 11)]  # the output
    assert cnncalc("check", "net.yaml@free", "--max", "params=640", cwd=tmp_path).returncode == 1
    alone = cnncalc("check", "net.yaml@free", cwd=tmp_path)
    assert alone.returncode == 2
    assert "there is nothing to check: no budget was found" in alone.stderr


def test_a_budgets_file_covers_many_specs(tmp_path: Path) -> None:
    for name, width in (("a", 16), ("b", 17)):
        write(tmp_path, net(width=width), f"{name}.yaml")
    write(tmp_path, '"*.yaml": {params: 640}\n"a*": {layers: {conv1: {params: 1k}}}\nb.yaml: {macs: 1M}\n', "all.yaml")
    done = cnncalc("check", ".", "--budgets", "all.yaml", "--format", "json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert [(each["spec"]["label"], each["scope"], each["status"]) for each in json.loads(done.stdout)["findings"]] == [
        ("./b.yaml", None, "fail"), ("./a.yaml", None, "ok"), ("./a.yaml", "conv1", "ok"), ("./b.yaml", None, "ok")]
    one = cnncalc("check", "a.yaml", "--budgets", "all.yaml", cwd=tmp_path)
    assert one.returncode == 0  # a glob for a spec that this run leaves out is in order
    write(tmp_path, '"*.yaml": {params: 640}\nnte.yaml: {params: 1}\n"a.yaml@x": {params: 1}\n', "all.yaml")
    stray = cnncalc("check", "a.yaml", "--budgets", "all.yaml", cwd=tmp_path)
    assert stray.returncode == 2
    assert "`nte.yaml` matches no network\n --> all.yaml:2:1" in stray.stderr
    assert "`a.yaml@x` matches no network\n --> all.yaml:3:1" in stray.stderr


def test_a_budgets_file_that_is_not_there_or_in_another_commit(repository: Path) -> None:
    lost = cnncalc("check", "specs", "--budgets", "limits.yaml", cwd=repository)
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "`limits.yaml` cannot be read: no such file or directory" in lost.stderr
    write(repository, '"specs/*.yaml": {params: 600}\n', "limits.yaml")
    commit(repository)
    write(repository, '"specs/*.yaml": {params: 999G}\n', "limits.yaml")
    assert cnncalc("check", "specs", "--budgets", "HEAD:limits.yaml", cwd=repository).returncode == 1


def test_what_cannot_be_checked_is_said_once(tmp_path: Path) -> None:
    lost = cnncalc("check", "nonesuch", "--max", "params=1", cwd=tmp_path)
    assert lost.returncode == 2
    assert lost.stderr.count("error[") == 1  # that there is then no limit, either, is no second problem
    free = cnncalc("check", "alexnet", "--max-increase", "params=2%", cwd=tmp_path)
    assert (free.returncode, free.stdout) == (2, "")
    assert "`--max-increase` is relative to a base, and there is none" in free.stderr


def test_two_wins_over_one_and_the_others_are_checked(tmp_path: Path) -> None:
    write(tmp_path, net("{params: 1}"), "a.yaml")
    write(tmp_path, net("{parms: 1}"), "b.yaml")
    done = cnncalc("check", "a.yaml", "b.yaml", "c.yaml", "--format", "github", cwd=tmp_path)
    assert done.returncode == 2
    assert [line.split("::")[1] for line in done.stdout.splitlines() if line.startswith("::")] == [
        "error file=a.yaml,line=2,col=18,title=params budget of a.yaml", "error",
        "error file=b.yaml,line=2,col=10"]
    assert "617" in done.stdout  # over by


@pytest.mark.parametrize(("arguments", "code"), [
    (("--max", "params=50M"), 1), (("--max", "params=70M"), 0), (("--max", "parms=70M"), 2),
    (("--max", "params=5X"), 2),
    (("--format", "tabel"), 2), (("--max-increase", "params=2%"), 2), ((), 0),
])
def test_exit_codes_on_alexnet(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    assert cnncalc("check", "alexnet", *arguments, cwd=tmp_path).returncode == code


def test_relative_rules_alone_without_a_base_are_nothing_to_check(tmp_path: Path) -> None:
    write(tmp_path, net("{params: {max_increase: 2%}}"), "a.yaml")
    done = cnncalc("check", "a.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "every limit is relative to a base" in done.stderr
    assert "help: name one: `--base main`" in done.stderr


def test_auto_picks_github_in_actions_and_writes_the_summary(tmp_path: Path) -> None:
    write(tmp_path, net("{params: 1}"), "a.yaml")
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    done = cnncalc("check", "a.yaml", cwd=tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1
    assert "\n::error file=a.yaml,line=2," in done.stdout
    assert summary.read_text(encoding="utf-8").startswith("before\n### ❌ Architecture budgets\n")
    elsewhere = cnncalc("check", "a.yaml", cwd=tmp_path, GITHUB_STEP_SUMMARY=str(summary))
    assert "::error" not in elsewhere.stdout
