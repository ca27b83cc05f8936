"""Sizes, parameters and FLOPs of convolutional networks from a text file: exact integers, and a proof.

    graph = cnncalc.load("alexnet")
    analysis = cnncalc.analyze(graph)
    analysis.totals.params, analysis["conv1"].output

Names are resolved on first use, so that `import cnncalc` costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it, without importing `typing`: a third of the time of `--version`
if TYPE_CHECKING:
    from typing import Any

    from cnncalc.analysis import Analysis as Analysis
    from cnncalc.analysis import LayerCost as LayerCost
    from cnncalc.analysis import Totals as Totals
    from cnncalc.analysis import analyze as analyze
    from cnncalc.budget import check as check
    from cnncalc.budget.findings import Finding as Finding
    from cnncalc.compare import Diff as Diff
    from cnncalc.compare import diff as diff
    from cnncalc.errors import Diagnostic as Diagnostic
    from cnncalc.errors import Fault as Fault
    from cnncalc.errors import SpecError as SpecError
    from cnncalc.execution import run as run
    from cnncalc.graph import Graph as Graph
    from cnncalc.spec.load import load as load
    from cnncalc.spec.load import loads as loads
    from cnncalc.verification import Verification as Verification
    from cnncalc.verification import verify as verify

__version__ = "0.1.0"

_HOMES = {
    "Analysis": "analysis", "LayerCost": "analysis", "Totals": "analysis", "analyze": "analysis",
    "Diagnostic": "errors", "Fault": "errors", "SpecError": "errors", "Graph": "graph",
    "Diff": "compare", "diff": "compare",
    "Finding": "budget.findings", "check": "budget",
    "load": "spec.load", "loads": "spec.load", "run": "execution",
    "Verification": "verification", "verify": "verification",
}
"""Public name: the module it lives in."""

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cnncalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"cnncalc.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
