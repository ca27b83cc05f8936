"""The fixture `cnncalc_check`: a test that holds a network against its budget.

    def test_net_stays_small(cnncalc_check):
        cnncalc_check("specs/net.yaml", params="5M")

pytest loads this module at its own start, so it imports nothing of cnncalc until the fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from cnncalc.budget.findings import Finding


class Check(Protocol):
    """What the fixture gives: hold a SPEC against limits, and fail the test where one is broken."""

    def __call__(self, spec: str, *, set: dict[str, Any] | None = None, input: Any = None, batch: int = 1,
                 dtype: str = "float32", **budget: Any) -> tuple[Finding, ...]:
        """See `cnncalc_check`."""


@pytest.fixture(scope="session")
def cnncalc_check(pytestconfig: pytest.Config) -> Check:
    """Hold a network against a budget: `cnncalc_check("specs/net.yaml", params="5M")`.

    The first argument is a SPEC as on the command line; a path is from pytest's root folder. The others are a budget as
    in a spec (`layers={"**.fc": {"params": "3M"}}`); without any, the spec's own budget counts. Gives the findings.
    """
    def check(spec: str, *, set: dict[str, Any] | None = None, input: Any = None, batch: int = 1,
              dtype: str = "float32", **budget: Any) -> tuple[Finding, ...]:
        __tracebackhide__ = True
        findings, complaint = _held(_from_root(spec, pytestconfig), set, input, batch, dtype, budget)
        if complaint:
            pytest.fail(complaint, pytrace=False)
        return findings

    return check


def _from_root(spec: str, config: pytest.Config) -> str:
    """A SPEC whose path is from the root folder; what is no file there stays as it is."""
    from os.path import relpath

    path, at, variant = spec.rpartition("@")
    if at and (config.rootpath / path).is_file():
        return relpath(config.rootpath / path) + at + variant
    return relpath(config.rootpath / spec) if (config.rootpath / spec).is_file() else spec


def _held(spec: str, set: dict[str, Any] | None, input: Any, batch: int, dtype: str,
          budget: dict[str, Any]) -> tuple[tuple[Finding, ...], str]:
    """The findings, and the words that a test fails with where there is a reason to."""
    from cnncalc import SpecError, analyze, load
    from cnncalc.budget import check
    from cnncalc.report import diagnostics
    from cnncalc.report.check import ALL, reasons

    try:
        graph = load(spec, set=set, input=input)
        findings = check(analyze(graph, batch=batch, dtype=dtype), budget or None)
    except SpecError as error:
        return (), diagnostics.plain(error.diagnostics)
    if not findings:
        return (), f"{spec} has no budget: give limits, `cnncalc_check({spec!r}, params=\"5M\")`"
    broken = [finding for finding in findings if finding.status == "fail"]
    return findings, "\n".join(line for finding in broken for line in reasons(finding, ALL))
