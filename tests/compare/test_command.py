"""`cnncalc diff` as a shell sees it, and `--base` in a repository of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cnncalc.cli import run
from cnncalc.cli.exits import guarded
from tests.compare.networks import SPECS

NET = """name: Net
hyperparameters: {width: 8}
variants: {wide: {width: 16}}
input: [3, 8, 8]
layers:
- {conv: $width, kernel: 3}
- relu
"""


def cnncalc(*arguments: str) -> int:
    return guarded(lambda: run(["diff", *arguments]))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A commit with three specs; then one changed, one went, one came, and one has another comment only."""
    monkeypatch.chdir(tmp_path)
    nets = tmp_path / "nets"
    nets.mkdir()
    for name in ("changed", "gone", "quiet", "untouched"):
        (nets / f"{name}.yaml").write_text(NET)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "base")):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *command], check=True, cwd=tmp_path)
    (nets / "changed.yaml").write_text(NET.replace("kernel: 3", "kernel: 5").replace(
        "{width: 16}}", "{width: 16}, big: {width: 32}}"))
    (nets / "gone.yaml").unlink()
    (nets / "new.yaml").write_text(NET)
    (nets / "quiet.yaml").write_text("# a remark\n" + NET)
    return tmp_path


def test_two_specs_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = str(SPECS / "resnet.yaml"), str(SPECS / "resnet_se.yaml")
    assert cnncalc(one, two) == 0
    assert "16 blocks added" in capsys.readouterr().out
    assert cnncalc(one, two, "--exit-code") == 1
    assert cnncalc(one, one, "--exit-code") == 0
    capsys.readouterr()
    assert cnncalc(one, two, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "cnncalc.diff/1"


@pytest.mark.parametrize(("arguments", "words"), [
    (("resnet50",), "`diff` compares two networks, and 1 is given"),
    (("resnet50", "resnet101", "--by", "size"), "there is no metric `size`"),
    (("resnet50", "resnet101", "--format", "csv"), "there is no format `csv`"),
    (("resnet50", "--base", "HEAD~1000000"), "git has no commit"),
])
def test_refusals(arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cnncalc(*arguments) == 2
    assert words in capsys.readouterr().err


def test_a_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cnncalc("HEAD:nets/changed.yaml", "nets/changed.yaml") == 0
    out = capsys.readouterr().out
    assert out.startswith("Net: HEAD:nets/changed.yaml → nets/changed.yaml\n1 layer changed:")
    assert "kernel 3 → 5" in out


def test_a_base(repository: Path, capsys: pytest.CaptureFixture[str], golden) -> None:
    assert cnncalc("--base", "HEAD", "nets", "--exit-code") == 1
    golden(Path(__file__).parent / "golden" / "base.txt", capsys.readouterr().out)
    assert cnncalc("--base", "HEAD", "nets/quiet.yaml", "nets/untouched.yaml", "--exit-code") == 0
    assert capsys.readouterr().out == "networks: 2 without a change in the network\n"
    assert cnncalc("--base", "HEAD", "nets/untouched.yaml") == 0
    assert capsys.readouterr().out == "no spec changed\n"


def test_a_base_as_a_comment(repository: Path, capsys: pytest.CaptureFixture[str], golden) -> None:
    assert cnncalc("--base", "HEAD", "nets", "--format", "markdown") == 0
    golden(Path(__file__).parent / "golden" / "base.md", capsys.readouterr().out)


def test_a_base_as_data(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cnncalc("--base", "HEAD", "nets", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "cnncalc.diffs/1"
    assert {entry["label"]: entry["status"] for entry in data["networks"]} == {
        "nets/changed.yaml": "changed", "nets/changed.yaml@wide": "changed", "nets/changed.yaml@big": "added",
        "nets/new.yaml": "added", "nets/new.yaml@wide": "added",
        "nets/quiet.yaml": "same", "nets/quiet.yaml@wide": "same",
        "nets/gone.yaml": "removed", "nets/gone.yaml@wide": "removed"}


def test_a_renamed_spec(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run([*git, "commit", "-qam", "more"], check=True)
    subprocess.run([*git, "mv", "nets/quiet.yaml", "nets/loud.yaml"], check=True)
    assert cnncalc("--base", "HEAD", "nets/loud.yaml", "nets/changed.yaml") == 0
    assert capsys.readouterr().out == "no spec changed\n"
    (repository / "nets/loud.yaml").write_text("# a remark\n" + NET.replace("kernel: 3", "kernel: 5"))
    assert cnncalc("--base", "HEAD", "nets") == 0
    out = capsys.readouterr().out
    assert out.startswith("nets/loud.yaml (it was nets/quiet.yaml)\n")
    assert "kernel 3 → 5" in out
    assert "networks: 2 changed, 2 new\n" in out  # two variants of loud; those of new.yaml, which git does not know
    assert cnncalc("--base", "HEAD", "nets", "--format", "markdown") == 0
    assert "| nets/loud.yaml (it was nets/quiet.yaml) | 1 layer changed" in capsys.readouterr().out


def test_a_base_that_cannot_be_read(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = repository / "nets" / "untouched.yaml"
    broken.write_text(NET.replace("relu", "rellu"))
    assert cnncalc("--base", "HEAD", str(broken)) == 2
    assert "rellu" in capsys.readouterr().err
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "broken"], check=True)
    broken.write_text(NET)
    assert cnncalc("--base", "HEAD", str(broken)) == 0
    assert "the base cannot be read: " in capsys.readouterr().out


def test_all_specs_that_cannot_be_read_are_told(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("changed", "quiet"):
        (repository / "nets" / f"{name}.yaml").write_text(NET.replace("relu", f"{name}_relu"))
    assert cnncalc("--base", "HEAD", "nets") == 2
    told = capsys.readouterr().err
    assert "changed_relu" in told
    assert "quiet_relu" in told


def test_a_base_needs_files_of_the_repository(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cnncalc("--base", "HEAD", "alexnet") == 2
    assert "is no file of this repository" in capsys.readouterr().err
