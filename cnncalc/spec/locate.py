"""A SPEC as the user writes it, to texts with labels: files, folders, standard input, bundled names, git revisions."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from cnncalc.errors import Diagnostic, Source, Span, SpecError, did_you_mean
from cnncalc.spec.source import MAX_BYTES

SUFFIXES = (".yaml", ".yml")
GIT_SECONDS = 30

MOST_NAMED = 3
"""So many bundled names are offered for their beginning; of more, only the most similar one."""


class Located(NamedTuple):
    """A text, the variant that was asked for, and the name of the bundled spec where a file name fell back to one."""

    source: Source
    variant: str | None = None
    bundled: str = ""


def locate(spec: str) -> list[Located]:
    """The specs that an argument means; a folder gives all below it.

    Tried in this order: `-` · a file or folder · `FILE@variant` · a bundled spec or variant, with or without `.yaml`
    and `@variant` · `REV:path[@variant]`.

    Raises:
        SpecError: nothing of that name, or a text that cannot be read.
    """
    if spec == "-":
        return [Located(Source("<stdin>", _decode("<stdin>", _standard_input())))]
    if os.path.isdir(spec):
        return [Located(_file(path)) for path in _below(spec)]
    if os.path.exists(spec):
        return [Located(_file(spec))]
    before, at, variant = spec.rpartition("@")
    if at and before == "-":
        return [Located(Source("<stdin>", _decode("<stdin>", _standard_input())), variant)]
    if at and os.path.isfile(before):
        return [Located(_file(before), variant)]
    if at and os.path.isdir(before):
        raise _failure("spec-not-found", spec, f"`{before}` is a folder, and a folder takes no `@{variant}`",
                       f"name a file in it: `{os.path.join(before, 'NAME.yaml')}@{variant}`")
    found = _bundled(spec)
    if found is not None:
        return [found]
    revision, colon, path = spec.partition(":")
    if colon and len(revision) > 1 and path:
        return [_revision(revision, path)]
    raise _failure("spec-not-found", spec, f"there is no spec `{spec}`: no file and no bundled network is called so",
                   _near(spec))


def _near(spec: str) -> str:
    """The file beside, or else the bundled networks, whose names are most like one that is not there."""
    folder = os.path.dirname(spec)
    try:
        files = [os.path.join(folder, name) for name in sorted(os.listdir(folder or ".")) if name.endswith(SUFFIXES)]
    except OSError:
        files = []
    return did_you_mean(spec, files) or _nearest(os.path.basename(spec).removesuffix(".yaml"), bundled_names())


def _nearest(word: str, names: list[str]) -> str:
    """A help line: the names that begin so, or the one that looks most like it."""
    begun = [name for name in names if name.startswith(word)] if len(word) > 2 else []
    if 0 < len(begun) <= MOST_NAMED:
        *others, last = (f"`{name}`" for name in begun)
        return f"did you mean {', '.join(others) + ' or ' if others else ''}{last}?"
    return did_you_mean(word, names, "`cnncalc list` shows the bundled ones")


def specs_folder() -> str:
    """Where the bundled specs are: inside the package in a wheel, beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "specs")


def bundled_files() -> list[str]:
    """The bundled spec files, sorted."""
    folder = specs_folder()
    if not os.path.isdir(folder):
        return []
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".yaml")]


def bundled_names() -> list[str]:
    """Every name that `locate` finds among the bundled specs: files and their variants."""
    from cnncalc.spec.document import variants_of

    names = []
    for name, source in bundled():
        names += [name, *variants_of(source)]
    return names


def bundled() -> Iterator[tuple[str, Source]]:
    """The bundled specs: name and text."""
    for path in bundled_files():
        yield _stem(path), _label(path)


def _stem(path: str) -> str:
    return os.path.basename(path).removesuffix(".yaml")


def _bundled(spec: str) -> Located | None:
    name, _, variant = spec.partition("@")
    is_file = name.endswith(SUFFIXES)
    name = name.removesuffix(".yaml").removesuffix(".yml")
    if not name.replace("_", "").replace("-", "").replace(".", "").isalnum():
        return None
    path = os.path.join(specs_folder(), name + ".yaml")
    if os.path.isfile(path):
        return Located(_label(path), variant if "@" in spec else None, name if is_file else "")
    if variant:
        return None
    from cnncalc.spec.document import variants_of

    for path in bundled_files():
        source = _label(path)
        if f"\n  {name}:" in source.text and name in variants_of(source):
            return Located(source, name, name if is_file else "")
    return None


def _label(path: str) -> Source:
    return _file(path)._replace(label=os.path.basename(path))


def _below(folder: str) -> list[str]:
    def unreadable(error: OSError) -> None:
        raise _failure("io", folder, f"`{error.filename}` cannot be read: {(error.strerror or '').lower()}", "")

    paths = [os.path.join(place, name) for place, _, names in os.walk(folder, onerror=unreadable) for name in names
             if name.endswith(SUFFIXES)]
    if not paths:
        raise _failure("spec-not-found", folder, f"the folder `{folder}` holds no `*.yaml` or `*.yml`", "")
    for path in paths:
        if os.path.exists(path) and not os.path.isfile(path):       # a pipe would be waited for, a device never ends
            raise _failure("io", path, f"`{path}` is no regular file", "move it out of the folder, or name the specs")
    return sorted(paths)


def text_of(path: str) -> Source:
    """A text that is no spec: a file, or `REV:path`. Raises `SpecError`: it cannot be read, or is not UTF-8."""
    revision, colon, within = path.partition(":")
    if colon and len(revision) > 1 and within and not os.path.exists(path):
        return _revision(revision, within).source
    return _file(path)


def _file(path: str) -> Source:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _failure("io", path, f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}", "") from None
    return Source(path, _decode(path, data))


def _standard_input() -> bytes:
    """Standard input, read once: several SPECs may be `-`."""
    if sys.stdin is None:
        raise _failure("io", "<stdin>", "standard input is closed", "")
    if not _typed:
        _typed.append(sys.stdin.buffer.read(MAX_BYTES + 1))
    return _typed[0]


_typed: list[bytes] = []


def _decode(label: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _failure("too-large", label, f"`{label}` is over {MAX_BYTES >> 20} MiB", "")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise SpecError((Diagnostic("encoding", f"not UTF-8: byte {data[error.start]:#04x} has no meaning here",
                                    Source(label, data.decode("utf-8", "replace")), Span(line, column),
                                    help="save the file as UTF-8"),)) from None


def _revision(revision: str, path: str) -> Located:
    """A text from a git commit; the path is from the repository's root, or `./path` from here."""
    commit = commit_of(revision)
    label = f"{revision}:{path}"
    code, data, _ = git("cat-file", "blob", f"{commit}:{path}")
    if not code:
        return Located(Source(label, _decode(label, data)))
    before, at, variant = path.rpartition("@")
    if at:
        code, data, _ = git("cat-file", "blob", f"{commit}:{before}")
        if not code:
            return Located(Source(f"{revision}:{before}", _decode(label, data)), variant)
    kind = git("cat-file", "-t", f"{commit}:{path}")[1].strip()
    if kind == b"tree":
        raise _failure("spec-not-found", label, f"`{path}` in `{revision}` is a folder", "name a file in it")
    _, data, _ = git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
    names = [name for name in data.decode(errors="replace").split("\0") if name.endswith(SUFFIXES)]
    same = [name for name in names if os.path.basename(name) == os.path.basename(before if at else path)]
    raise _failure("spec-not-found", label, f"there is no `{path}` in `{revision}`",
                   did_you_mean(path, same or names, "the path is from the repository's root; write `./path` for one "
                                "from here"))


def commit_of(revision: str) -> str:
    """The full hash of a commit. Raises `SpecError` where git has none of that name."""
    code, data, words = git("rev-parse", "--verify", "--end-of-options", revision + "^{commit}")
    if not code:
        return data.decode().strip()
    if "not a git repository" in words:
        raise _failure("git", revision, f"there is no commit `{revision}`: this folder is in no git repository",
                       "a REV:path is looked for in the repository of the current folder")
    _, shallow, _ = git("rev-parse", "--is-shallow-repository")
    help = f"this clone is shallow: {_fetch(revision)}" if shallow.strip() == b"true" else (
        f"`git fetch origin {revision}` brings a branch that is only there")
    raise _failure("git", revision, f"git has no commit `{revision}`", help)


def _fetch(revision: str) -> str:
    """What brings a commit into a shallow clone: a server gives full hashes and names, and nothing that is relative."""
    if re.fullmatch("[0-9a-f]{40}([0-9a-f]{24})?", revision):
        return f"`git fetch --depth=1 origin {revision}` brings that commit"
    if not re.fullmatch(r"[\w./-]+", revision) or re.fullmatch("[0-9a-f]{4,}", revision):
        return "`git fetch --unshallow` brings what came before"
    if revision.startswith("origin/"):
        name = revision.removeprefix("origin/")
        return f"`git fetch --depth=1 origin {name}:refs/remotes/{revision}` brings that commit"
    return f"`git fetch --depth=1 origin {revision}` brings that commit, and `FETCH_HEAD` is its name then"


def git(*arguments: str) -> tuple[int, bytes, str]:
    """Exit code, output and complaint of git, without prompts or lazy fetches. Raises `SpecError` where it hangs."""
    import subprocess

    quiet = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1",
             "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(["git", *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=quiet,
                              timeout=GIT_SECONDS, check=False)
    except FileNotFoundError:
        raise _failure("git", "git", "git is not installed, and a revision needs it", "") from None
    except subprocess.TimeoutExpired:
        raise _failure("git", "git", f"git gave no answer within {GIT_SECONDS} seconds", "") from None
    words = done.stderr.decode(errors="replace").strip().splitlines()
    return done.returncode, done.stdout, words[0].removeprefix("fatal: ") if words else ""


def _failure(code: str, label: str, message: str, help: str) -> SpecError:
    return SpecError((Diagnostic(code, message, Source(label, ""), help=help),))


def every(specs: list[str]) -> Iterator[Located]:
    """The specs of several arguments, in order."""
    for spec in specs:
        yield from locate(spec)
