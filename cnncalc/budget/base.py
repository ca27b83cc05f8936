"""The other side of a relative rule: the same specs in another commit of this repository."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from cnncalc.errors import Source, SpecError
from cnncalc.spec.locate import SUFFIXES, commit_of, git, locate


class Revision(NamedTuple):
    """A commit as the user named it, its hash, and the folder of the work tree."""

    name: str
    commit: str
    top: str


def revision_of(name: str) -> Revision:
    """That commit itself, not where two branches parted. Raises `SpecError` where git has none."""
    commit = commit_of(name)
    _, top, _ = git("rev-parse", "--show-toplevel")
    return Revision(name, commit, os.path.realpath(top.decode(errors="surrogateescape").strip() or "."))


def path_within(top: str, file: str) -> str | None:
    """A file's path from the repository's root, with `/`; None for a file outside of it."""
    try:
        path = os.path.relpath(os.path.realpath(file), top).replace(os.sep, "/")
    except ValueError:  # another drive
        return None
    return None if path == ".." or path.startswith("../") else path


def text_at(revision: Revision, path: str) -> Source | None:
    """A spec's text in that commit, or None where it has no such file. Raises `SpecError`: not UTF-8, or too long."""
    try:
        (found,) = locate(f"{revision.commit}:{path}")
    except SpecError as error:
        if error.diagnostics[0].code == "spec-not-found":
            return None
        raise
    return found.source._replace(label=f"{revision.name}:{path}")


class Past:
    """The texts of a commit, each under the path that it had there. Git is asked for renames once, when it must be."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision
        self._renamed: dict[str, str] | None = None

    def text(self, path: str) -> tuple[Source | None, str]:
        """What a file of today was, or None, and its path then. Raises `SpecError`: not UTF-8, or too long."""
        source = text_at(self.revision, path)
        if source is not None:
            return source, path
        if self._renamed is None:
            self._renamed = _renamed_since(self.revision)
        then = self._renamed.get(path)
        return (None, path) if then is None else (text_at(self.revision, then), then)


def _renamed_since(revision: Revision) -> dict[str, str]:
    """What git takes for renamed since that commit: paths from the root, now → then; untracked files are not seen."""
    _, data, _ = git("-c", "diff.relative=false", "diff", "--find-renames", "--diff-filter=R", "--name-status", "-z",
                     "--no-ext-diff", "--no-textconv", revision.commit, "--")
    words = data.decode(errors="surrogateescape").split("\0")
    return dict(zip(words[2::3], words[1::3], strict=False))


def specs_at(revision: Revision, folders: Sequence[str]) -> list[str]:
    """The paths from the root of all `*.yaml` and `*.yml` in that commit below some folders (paths from the root)."""
    _, data, _ = git("ls-tree", "-r", "-z", "--full-tree", "--name-only", revision.commit)
    paths = data.decode(errors="surrogateescape").split("\0")
    return [path for path in paths if path.endswith(SUFFIXES)
            and any(folder == "." or path.startswith(folder + "/") for folder in folders)]
