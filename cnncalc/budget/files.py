"""A budgets file: globs over specs to budgets, so that one file covers many specs.

    "specs/*.yaml": {params: 50M}
    "specs/resnet.yaml@resnet101": {params: 45M}

A glob is relative to the file's folder; `*` is within one folder, `**` any number of folders. Without `@variant` it
means the default network, with one (a pattern, too) it means those variants.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from cnncalc.budget.limits import Limit
from cnncalc.budget.reading import read_budget
from cnncalc.errors import Diagnostic, Source, Span, SpecError
from cnncalc.layers.forms import show
from cnncalc.patterns import matches
from cnncalc.spec.source import Table, read


class Glob(NamedTuple):
    """One line of a budgets file: which specs, which of their variants (None: the default network), and the limits."""

    pattern: str
    variant: str | None
    limits: tuple[Limit, ...]
    source: Source
    span: Span

    def means(self, path: str, variant: str | None) -> bool:
        """Whether this is about a spec (by path or label) and variant."""
        if (self.variant is None) != (variant is None):
            return False
        return matches(self.pattern, path, "/") and (variant is None or matches(self.variant or "", variant))


def read_budgets(source: Source) -> tuple[Glob, ...]:
    """The globs of a budgets file, in order. Raises `SpecError` with every problem of every budget."""
    tree = read(source)
    if not isinstance(tree, Table):
        raise SpecError((Diagnostic("bad-budgets", "a budgets file is a mapping from globs to budgets", source,
                                    tree.span, help='write `"specs/*.yaml": {params: 5M}`'),))
    globs: list[Glob] = []
    problems: list[Diagnostic] = []
    for key, value in tree.entries:
        pattern, _, variant = key.text.partition("@")
        try:
            globs.append(Glob(pattern, variant or None, read_budget(value, source), source, key.span))
        except SpecError as error:
            problems += error.diagnostics
    if problems:
        raise SpecError(tuple(problems))
    return tuple(globs)


def variants_meant(globs: Sequence[Glob], path: str, names: Sequence[str]) -> list[str]:
    """Those of a spec's variants that a budgets file has limits for."""
    return [name for name in names if any(glob.means(path, name) for glob in globs)]


def name_for(globs_file: str, label: str) -> str:
    """What globs call a spec: its path from the budgets file's folder, or its label where it is no file."""
    if not os.path.isfile(label):
        return label
    return os.path.relpath(label, os.path.dirname(os.path.abspath(globs_file))).replace(os.sep, "/")


def stray(globs: Sequence[Glob], used: Sequence[Glob], checked: set[str], globs_file: str) -> list[Diagnostic]:
    """A diagnostic for each glob that means no network of this run and no file that exists beside it: a misspelt one.

    `checked` are the specs of this run, as globs call them: a glob that only meets those has a wrong `@variant`.
    """
    idle = [glob for glob in globs if not any(glob is each for each in used)]
    folder = os.path.dirname(os.path.abspath(globs_file))
    others = [path for path in _files(folder) if path not in checked] if idle else []
    return [Diagnostic("unmatched-pattern", f"`{show(_written(glob))}` matches no network", glob.source, glob.span,
                       help="globs are relative to the budgets file's folder; `*` stays in one folder, `**` is any "
                       "number of folders; `@variant` may follow")
            for glob in idle if not any(matches(glob.pattern, path, "/") for path in others)]


def _written(glob: Glob) -> str:
    return glob.pattern if glob.variant is None else f"{glob.pattern}@{glob.variant}"


def _files(folder: str) -> list[str]:
    """Every YAML file below a folder, as globs see it; hidden folders are left out."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/") for name in names
                  if name.endswith((".yaml", ".yml"))]
    return found
