"""What is wrong with a text, collected while it is expanded: each problem once, however often its place is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from cnncalc.errors import Diagnostic, Fault, Source, Span
from cnncalc.spec.scope import Frame

MOST_PROBLEMS, MOST_REPORTS = 1_000, 20_000
"""Different problems, and instances of problems, after which a spec is not read on."""


class Stop(Exception):
    """The expansion ends here; why is reported."""


class Problems:
    """The problems of one text. `silent` is a step that was skipped because something before it failed."""

    def __init__(self, source: Source, known: Sequence[Diagnostic]) -> None:
        self.source = source
        self.known = known
        self.silent: Span | None = None
        self._found: dict[tuple[str, Span | None], Diagnostic] = {}
        self._reports = 0

    def report(self, fault: Fault, span: Span | None, frame: Frame) -> None:
        """Note a problem; the same problem at the same place in another instance is counted."""
        made = fault.at(self.source, span, frame.chain)
        before = self._found.get((made.code, made.span))
        self._found[made.code, made.span] = made if before is None else before._replace(instances=before.instances + 1)
        self._reports += 1
        if self._reports > MOST_REPORTS or len(self._found) > MOST_PROBLEMS:
            raise Stop

    def stop(self, fault: Fault, span: Span, frame: Frame) -> NoReturn:
        """Note a problem that ends the expansion."""
        self.report(fault, span, frame)
        raise Stop

    def all(self) -> tuple[Diagnostic, ...]:
        """Everything noted. A step that was skipped is one itself, where no other error says why."""
        found = [*self.known, *self._found.values()]
        if self.silent is not None and all(problem.severity != "error" for problem in found):
            lost = Fault("this step takes a result that is not there", code="unknown-reference")
            found.append(lost.at(self.source, self.silent))
        return tuple(found)
