"""An analysis and limits to findings: does a network stay inside its budget?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.analysis import Analysis
from cnncalc.budget.findings import NO_BASE, Base, Finding, Network, findings, unmatched
from cnncalc.budget.measure import Conditions, Measured
from cnncalc.budget.reading import limits_from, limits_of
from cnncalc.errors import SpecError


def check(analysis: Analysis, budget: Mapping[str, Any] | None = None, *, base: Analysis | None = None) -> tuple[
        Finding, ...]:
    """Hold a budget against a network; one finding per limit and place, in the budget's order.

    `budget` is written as in a spec (`{"params": "5M", "layers": {"**.fc": {"params": "3M"}}}`); without it the spec's
    own counts. Batch, number format and settings are the analysis's; `flops` are under the budget's `convention`.
    `base` is what `max_increase` is relative to; a limit that it breaks already is a warning unless it is worse now.

    Raises:
        SpecError: an unknown metric, key or unit; a pattern that matches nothing.
    """
    graph = analysis.graph
    limits = limits_of(graph) if budget is None else limits_from(budget)
    conditions = Conditions(analysis.batch, analysis.dtype, analysis.settings)
    measured = Measured(graph, conditions)
    before = NO_BASE if base is None else Base(Measured(base.graph, conditions))
    found = findings(Network(graph.text.label, graph.header.name, graph.variant, None), limits, measured, before)
    lost = tuple(unmatched([limit for limit in limits if limit.pattern], found, [measured]))
    if lost:
        raise SpecError(lost)
    return tuple(found)
