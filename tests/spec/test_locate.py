"""A SPEC as the user writes it: what is found, in which order, and what is said when nothing is."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnncalc import SpecError
from cnncalc.spec import locate as module
from cnncalc.spec.locate import bundled_names, locate

TEXT = "input: [3, 8, 8]\nvariants: {small: {}}\nlayers: [relu]\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "_typed", [])
    return tmp_path


def refusal(spec: str) -> tuple[str, str, str]:
    with pytest.raises(SpecError) as caught:
        locate(spec)
    (found,) = caught.value.diagnostics
    return found.code, found.message, found.help


def test_a_file_with_and_without_a_variant(here: Path) -> None:
    (here / "net.yaml").write_text(TEXT)
    assert [(found.source, found.variant) for found in locate("net.yaml")] == [(("net.yaml", TEXT), None)]
    assert locate("net.yaml@small")[0].variant == "small"


def test_a_file_whose_name_holds_an_at_or_a_space(here: Path) -> None:
    (here / "my net@home.yaml").write_text(TEXT)
    assert locate("my net@home.yaml")[0].variant is None
    assert locate("my net@home.yaml@small")[0].variant == "small"


def test_a_folder_gives_all_below_it_sorted(here: Path) -> None:
    (here / "specs" / "deep").mkdir(parents=True)
    for name in ("specs/b.yaml", "specs/a.yml", "specs/deep/c.yaml", "specs/readme.md"):
        (here / name).write_text(TEXT)
    assert [found.source.label for found in locate("specs")] == ["specs/a.yml", "specs/b.yaml", "specs/deep/c.yaml"]
    (here / "none").mkdir()
    assert refusal("none")[0] == "spec-not-found"


def test_standard_input_is_read_once(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert locate("-")[0].source == ("<stdin>", TEXT)
    assert locate("-@small")[0][:2] == (("<stdin>", TEXT), "small")


def test_bundled_specs_and_variants(here: Path) -> None:
    assert locate("alexnet")[0][1:] == (None, "")
    assert locate("alexnet.yaml")[0][1:] == (None, "alexnet")
    assert locate("alexnet.yaml@ungrouped")[0][1:] == ("ungrouped", "alexnet")
    found = locate("resnet152")[0]
    assert (found.source.label, found.variant) == ("resnet.yaml", "resnet152")


def test_a_file_called_like_a_bundled_name_wins(here: Path) -> None:
    (here / "alexnet").write_text(TEXT)
    assert locate("alexnet")[0].source.text == TEXT


def test_nothing_of_that_name(here: Path) -> None:
    assert refusal("alexnett") == (
        "spec-not-found", "there is no spec `alexnett`: no file and no bundled network is called so",
        "did you mean `alexnet`?")
    assert refusal("../../etc/passwd@x")[0] == "spec-not-found"
    assert refusal("zzzz")[2] == "`cnncalc list` shows the bundled ones"


def test_names_of_files_beside_are_suggested(here: Path) -> None:
    (here / "nets").mkdir()
    (here / "nets" / "mine.yaml").write_text(TEXT)
    assert refusal("nets/mien.yaml")[2] == "did you mean `nets/mine.yaml`?"
    assert refusal("ALEXNET")[2] == "did you mean `alexnet`?"
    assert refusal("no/such/lenet5.yaml")[2] == "did you mean `lenet5` or `lenet5_1998`?"
    assert refusal("nets@small")[1] == "`nets` is a folder, and a folder takes no `@small`"


def test_outside_of_a_repository(here: Path) -> None:
    assert refusal("HEAD:a.yaml")[1] == "there is no commit `HEAD`: this folder is in no git repository"


def test_a_folder_with_what_is_no_regular_file(here: Path) -> None:
    """A pipe in a folder would be waited for; one that is named is read, as the shell's `<(…)` is."""
    (here / "specs").mkdir()
    os.mkfifo(here / "specs" / "pipe.yaml")
    assert refusal("specs")[1] == "`specs/pipe.yaml` is no regular file"
    writer = subprocess.Popen(["sh", "-c", "cat > specs/pipe.yaml"], stdin=subprocess.PIPE)
    assert writer.stdin is not None
    writer.stdin.write(TEXT.encode())
    writer.stdin.close()
    assert locate("specs/pipe.yaml")[0].source.text == TEXT
    writer.wait()
    (here / "specs" / "pipe.yaml").unlink()
    (here / "specs" / "lost.yaml").symlink_to("nowhere")
    assert refusal("specs")[1] == "`specs/lost.yaml` cannot be read: no such file or directory"


def test_a_byte_order_mark_is_accepted_and_other_encodings_are_not(here: Path) -> None:
    (here / "bom.yaml").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert locate("bom.yaml")[0].source.text == TEXT
    (here / "latin.yaml").write_bytes(b"input: [3]\nname: caf\xe9\n")
    with pytest.raises(SpecError) as caught:
        locate("latin.yaml")
    found = caught.value.diagnostics[0]
    assert (found.code, found.span) == ("encoding", (2, 10, 1))


def test_a_file_that_cannot_be_read(here: Path) -> None:
    (here / "loop.yaml").symlink_to("loop.yaml")
    assert refusal("loop.yaml")[0] == "spec-not-found"
    (here / "big.yaml").write_bytes(b"#" * (module.MAX_BYTES + 1))
    assert refusal("big.yaml")[:2] == ("too-large", "`big.yaml` is over 16 MiB")


class TestRevisions:
    @pytest.fixture(autouse=True)
    def repository(self, here: Path) -> None:
        (here / "nets").mkdir()
        (here / "nets" / "a.yaml").write_text(TEXT)
        for command in (["init", "-q", "-b", "main"], ["add", "."],
                        ["-c", "user.name=n", "-c", "user.email=e@e", "commit", "-q", "-m", "one"]):
            subprocess.run(["git", *command], cwd=here, check=True)
        (here / "nets" / "a.yaml").write_text(TEXT.replace("relu", "tanh"))

    def test_a_path_from_the_root_or_from_here(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert locate("HEAD:nets/a.yaml")[0][:2] == (("HEAD:nets/a.yaml", TEXT), None)
        assert locate("HEAD:nets/a.yaml@small")[0].variant == "small"
        monkeypatch.chdir(here / "nets")
        assert locate("HEAD:./a.yaml")[0].source.text == TEXT

    def test_refusals(self) -> None:
        assert refusal("HEAD:nets/b.yaml")[:2] == ("spec-not-found", "there is no `nets/b.yaml` in `HEAD`")
        assert refusal("nowhere:nets/a.yaml")[:2] == ("git", "git has no commit `nowhere`")
        assert refusal("--upload-pack=x:nets/a.yaml")[0] == "git"
        assert refusal("HEAD:nets")[1] == "`nets` in `HEAD` is a folder"
        assert refusal("HEAD:a.yaml")[2] == "did you mean `nets/a.yaml`?"
        assert refusal("HEAD:nets/aa.yaml@small")[2] == "did you mean `nets/a.yaml`?"

    def test_one_letter_is_never_a_revision(self) -> None:
        assert refusal("C:/nets/a.yaml")[0] == "spec-not-found"

    def test_a_shallow_clone_is_told_what_to_fetch(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@e", "commit", "-qam", "two"], check=True)
        subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{here}", "shallow"], check=True)
        monkeypatch.chdir(here / "shallow")
        start = "this clone is shallow: `git fetch "
        assert refusal("HEAD~1:nets/a.yaml")[2] == start + "--unshallow` brings what came before"
        assert refusal("1234abc:nets/a.yaml")[2] == start + "--unshallow` brings what came before"
        assert refusal("v1.0:nets/a.yaml")[2] == (
            start + "--depth=1 origin v1.0` brings that commit, and `FETCH_HEAD` is its name then")
        assert refusal("origin/next:nets/a.yaml")[2] == (
            start + "--depth=1 origin next:refs/remotes/origin/next` brings that commit")
        assert refusal("1234" * 10 + ":nets/a.yaml")[2] == (
            start + f"--depth=1 origin {'1234' * 10}` brings that commit")

    def test_the_advice_for_a_shallow_clone_helps(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def git(*arguments: str) -> str:
            return subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@e", *arguments], check=True,
                                  capture_output=True, text=True).stdout.strip()

        full = git("rev-parse", "HEAD")
        git("branch", "next")
        git("tag", "v1.0")
        git("commit", "-qam", "two")
        for number, revision in enumerate(("HEAD~1", "v1.0", "origin/next", full)):
            monkeypatch.chdir(here)
            git("clone", "-q", "--depth=1", f"file://{here}", f"clone{number}")
            monkeypatch.chdir(here / f"clone{number}")
            advice = refusal(f"{revision}:nets/a.yaml")[2]
            git(*advice.split("`")[1].split()[1:])
            name = "FETCH_HEAD" if "FETCH_HEAD" in advice else revision
            assert locate(f"{name}:nets/a.yaml")[0].source.text == TEXT


def test_every_bundled_name_is_found(here: Path) -> None:
    names = bundled_names()
    assert {"alexnet", "ungrouped", "resnet50", "unet"} <= set(names)
    assert all(len(locate(name)) == 1 for name in names)
