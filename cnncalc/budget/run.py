"""A whole `cnncalc check`: many specs, their variants, limits from everywhere, and the base, to one report.

Which networks are checked: for a SPEC with `@variant`, that one. For a SPEC without, the default network, and every
variant that has a budget of its own (in the spec, or in the budgets file). Limits of the command line hold for the
networks that were named, so for the default and not for the variants that come along. All limits of a network hold
together: a looser one lifts no stricter one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from cnncalc.budget import files
from cnncalc.budget.base import Past, Revision, path_within, specs_at
from cnncalc.budget.findings import NO_BASE, Base, Finding, Network, findings, unmatched
from cnncalc.budget.limits import Limit
from cnncalc.budget.measure import Conditions, Measured
from cnncalc.budget.reading import budgeted_variants, limits_of
from cnncalc.errors import Diagnostic, Source, SpecError
from cnncalc.spec.document import Choice, variants_of
from cnncalc.spec.expand import build
from cnncalc.spec.limits import MAX_LAYERS
from cnncalc.spec.locate import Located


class Request(NamedTuple):
    """What to check: limits of the command line, a budgets file with its globs, how to build and measure, the base.

    `folders` are the SPECs that are folders: what the base has in them and this side has not is reported as removed.
    """

    limits: tuple[Limit, ...] = ()
    budgets: str | None = None
    globs: tuple[files.Glob, ...] = ()
    choice: Choice = Choice()
    conditions: Conditions = Conditions()
    base: Revision | None = None
    folders: tuple[str, ...] = ()
    max_layers: int = MAX_LAYERS


class Report(NamedTuple):
    """What came of it. `problems` are bad specs and bad budgets, and warnings of the specs.

    `new` are networks that the base does not have, `removed` specs (paths in the repository) that only the base has,
    `renamed` specs now and then (paths, too), which are compared with what they were; `unchecked` networks without any
    limit, `dropped` those of them that have a budget in the base.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Diagnostic, ...]
    base: Revision | None
    new: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    unchecked: tuple[str, ...]
    dropped: tuple[str, ...]

    @property
    def bad(self) -> bool:
        """Whether something could not be checked at all."""
        return any(problem.severity == "error" for problem in self.problems)

    @property
    def broken(self) -> bool:
        """Whether a limit is exceeded that is not only a warning."""
        return any(finding.status == "fail" for finding in self.findings)


def check_specs(specs: Sequence[Located], request: Request, lost: Sequence[Diagnostic] = ()) -> Report:
    """Check located specs. Faults of one do not keep the others from being checked; they are among the problems.

    `lost` are the faults of specs that could not be located: problems, too.
    """
    run = _Run(request)
    run.problems += lost
    for located in specs:
        try:
            run.spec(located)
        except SpecError as error:
            run.problems += error.diagnostics
    return run.report(specs)


class _Run:
    def __init__(self, request: Request) -> None:
        self.request = request
        self.problems: list[Diagnostic] = []
        self.findings: list[Finding] = []
        self.limits: dict[int, Limit] = {}
        self.networks: list[Measured] = []
        self.globs: list[files.Glob] = []
        self.seen: set[str] = set()
        self.new: list[str] = []
        self.past = Past(request.base) if request.base is not None else None
        self.renamed: dict[str, str] = {}
        self.excused = False
        self.unchecked: list[str] = []
        self.dropped: list[str] = []

    def spec(self, located: Located) -> None:
        """Every network of one SPEC that is to be checked."""
        source = located.source
        called = files.name_for(self.request.budgets, source.label) if self.request.budgets else source.label
        self.seen.add(called)
        wanted = located.variant or self.request.choice.variant
        names: list[str | None] = [wanted]
        if wanted is None:
            names += budgeted_variants(source)
            if self.request.globs:
                names += [name for name in files.variants_meant(self.request.globs, called, variants_of(source))
                          if name not in names]
        for name in names:
            try:
                self.network(source, name, called, named=name == wanted)
            except SpecError as error:
                self.problems += [each for each in error.diagnostics if each not in self.problems]

    def network(self, source: Source, variant: str | None, called: str, named: bool) -> None:
        graph = build(source, self.request.choice._replace(variant=variant), self.request.max_layers)
        self.problems += [each for each in graph.warnings if each not in self.problems]
        limits = [*limits_of(graph), *(self.request.limits if named else ())]
        for glob in self.request.globs:
            if glob.means(called, variant):
                self.globs.append(glob)
                limits += glob.limits
        file = file_of(source)
        network = Network(source.label, graph.header.name, variant, file)
        base = self.base(network)
        if not limits:
            kept = base.measured is not None and base.measured.graph.budget is not None
            (self.dropped if kept else self.unchecked).append(named_in_full(network))
            return
        measured = Measured(graph, self.request.conditions)
        self.networks.append(measured)
        self.excused |= base.excused
        self.limits |= {id(limit): limit for limit in limits}
        self.findings += findings(network, limits, measured, base)

    def base(self, network: Network) -> Base:
        """The same network in the base: its file's text there, under the same variant and overrides."""
        if self.past is None:
            return NO_BASE
        revision = self.past.revision
        path = path_within(revision.top, network.file) if network.file else None
        if path is None:
            return Base(None, "no base: this is no file of the repository")
        source, then = self.past.text(path)
        if then != path:
            self.renamed[path] = then
        if source is None or (network.variant and network.variant not in variants_of(source)):
            self.new.append(named_in_full(network))
            return Base(None, f"new: not in {revision.name}", excused=True)
        try:
            before = build(source, self.request.choice._replace(variant=network.variant), self.request.max_layers)
        except SpecError as error:
            why = f"no base: {source.label} cannot be read ({error.diagnostics[0].message})"
            return Base(None, why, excused=True)
        return Base(Measured(before, self.request.conditions))

    def report(self, specs: Sequence[Located]) -> Report:
        patterns = [limit for limit in self.limits.values() if limit.pattern]
        self.problems += unmatched(patterns, self.findings, self.networks)
        if self.request.budgets:
            self.problems += files.stray(self.request.globs, self.globs, self.seen, self.request.budgets)
        held = self.excused or any(finding.status != "skip" for finding in self.findings)
        if not held and not any(problem.severity == "error" for problem in self.problems):
            self.problems.append(self.nothing())
        order = {"fail": 0, "warn": 1, "skip": 2, "ok": 2}
        return Report(tuple(sorted(self.findings, key=lambda finding: order[finding.status])), tuple(self.problems),
                      self.request.base, tuple(self.new), self.removed(specs), tuple(self.renamed.items()),
                      tuple(self.unchecked), tuple(self.dropped))

    def nothing(self) -> Diagnostic:
        """The complaint that no limit was held against anything."""
        why, help = "no budget was found", "write `budget: {params: 5M}` into the spec, or give `--max params=5M`"
        if self.findings and self.request.base is None:
            why, help = "every limit is relative to a base", "name one: `--base main`"
        elif self.findings:
            why, help = "no limit has a base", self.findings[0].note
        return Diagnostic("no-limit", f"there is nothing to check: {why}", Source("", ""), help=help)

    def removed(self, specs: Sequence[Located]) -> tuple[str, ...]:
        """Specs that the base has in the folders, and this side has not."""
        revision = self.request.base
        if revision is None or not self.request.folders:
            return ()
        here = {path_within(revision.top, located.source.label) for located in specs}
        folders = [path for path in (path_within(revision.top, folder) for folder in self.request.folders) if path]
        here |= set(self.renamed.values())
        return tuple(path for path in specs_at(revision, folders) if path not in here
                     and not os.path.exists(os.path.join(revision.top, path)))


def named_in_full(network: Network) -> str:
    """A network as the command line takes it: label and variant."""
    return f"{network.label}@{network.variant}" if network.variant else network.label


def file_of(source: Source) -> str | None:
    """The file that a text was read from; None for a bundled spec or a revision, whose label may look like a file."""
    if not os.path.isfile(source.label):
        return None
    try:
        with open(source.label, encoding="utf-8-sig", newline="") as file:
            return source.label if file.read() == source.text else None
    except (OSError, UnicodeDecodeError):
        return None
