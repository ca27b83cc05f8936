"""Specs as they are against what they were in a commit: which changed, appeared or went."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from cnncalc.analysis import DEFAULTS, Analysis, Settings, analyze
from cnncalc.analysis.conventions import Convention
from cnncalc.budget.base import Past, Revision, path_within, specs_at, text_at
from cnncalc.compare import Diff, diff
from cnncalc.errors import Diagnostic, Fault, Source, SpecError
from cnncalc.spec.document import Choice, variants_of
from cnncalc.spec.expand import build
from cnncalc.spec.limits import MAX_LAYERS
from cnncalc.spec.locate import Located

Status = Literal["changed", "same", "added", "removed"]


class Entry(NamedTuple):
    """One network: its file with its variant; a diff, or the network that came or went.

    `note` says what is odd: under which name the base has it, or that it cannot be read there.
    """

    label: str
    status: Status
    diff: Diff | None
    analysis: Analysis | None
    note: str = ""


class Request(NamedTuple):
    """Which commit, and how networks are built and counted on both sides. `folders` are searched for what went."""

    base: Revision
    choice: Choice
    batch: int
    convention: str | Source | Convention
    folders: tuple[str, ...] = ()
    max_layers: int = MAX_LAYERS
    dtype: str = "float32"
    settings: Settings = DEFAULTS


def compare(located: Sequence[Located], request: Request) -> tuple[Entry, ...]:
    """Every network of some files against the same in the base.

    A file whose text did not change is passed over, a renamed one is compared with what it was. One without a wanted
    variant means its default network and every variant of either side.

    Raises:
        SpecError: specs of this side cannot be read; with the problems of all.
        Fault: a spec is no file of the repository.
    """
    entries: list[Entry] = []
    problems: list[Diagnostic] = []
    here = set()
    past = Past(request.base)
    for each in located:
        path = path_within(request.base.top, each.source.label) if os.path.isfile(each.source.label) else None
        if path is None:
            raise Fault(f"`{each.source.label[:60]}` is no file of this repository",
                        help="`--base` takes files and folders; of a folder it shows what only the base has, too")
        before, then = past.text(path)
        here |= {path, then}
        note = f"it was {then}" if then != path else ""
        try:
            entries += [entry._replace(note=entry.note or note) for entry in _file(each, before, request)]
        except SpecError as error:
            problems += error.diagnostics
    if problems:
        raise SpecError(tuple(problems))
    for path in _gone(here, request):
        source = text_at(request.base, path)
        if source is not None:
            entries += [_lone(path, "removed", source, name, request) for name in (None, *variants_of(source))]
    return tuple(entries)


def _gone(here: set[str], request: Request) -> Iterator[str]:
    """Specs that the base has in the folders, and this side has not."""
    folders = [path for path in (path_within(request.base.top, folder) for folder in request.folders) if path]
    for path in specs_at(request.base, folders) if folders else ():
        if path not in here and not os.path.exists(os.path.join(request.base.top, path)):
            yield path


def _file(located: Located, before: Source | None, request: Request) -> Iterator[Entry]:
    now = located.source
    if before is not None and before.text == now.text:
        return
    ours = variants_of(now)
    theirs = variants_of(before) if before is not None else []
    names = [located.variant] if located.variant else [None, *dict.fromkeys((*theirs, *ours))]
    for name in names:
        if before is None or (name and name not in theirs):
            yield _lone(now.label, "added", now, name, request)
        elif name and name not in ours:
            yield _lone(now.label, "removed", before, name, request)
        else:
            yield _both(located, before, name, request)


def _both(located: Located, before: Source, name: str | None, request: Request) -> Entry:
    now = _counted(located.source, name, request)
    label = _label(located.source.label, name)
    try:
        then = _counted(before, name, request)
    except SpecError as error:
        return Entry(label, "added", None, now, f"the base cannot be read: {error.diagnostics[0].message}")
    found = diff(then, now)
    return Entry(label, "same" if found.same else "changed", found, now)


def _lone(label: str, status: Status, source: Source, name: str | None, request: Request) -> Entry:
    try:
        return Entry(_label(label, name), status, None, _counted(source, name, request))
    except SpecError as error:
        if status == "added":
            raise
        return Entry(_label(label, name), status, None, None, f"it cannot be read: {error.diagnostics[0].message}")


def _label(label: str, name: str | None) -> str:
    return f"{label}@{name}" if name else label


def _counted(source: Source, name: str | None, request: Request) -> Analysis:
    graph = build(source, request.choice._replace(variant=name), request.max_layers)
    return analyze(graph, batch=request.batch, dtype=request.dtype, convention=request.convention,
                   settings=request.settings)
