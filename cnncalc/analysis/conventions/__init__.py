"""Counting conventions: what one FLOP is, per kind of layer.

A convention is data: one file beside this one, a formula per kind in the expression language of specs, over the
quantities of `quantities`. `paper` is the default and costs nothing to load; the others are read when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.errors import Fault, Source, did_you_mean
from cnncalc.graph import Graph

if TYPE_CHECKING:
    from cnncalc.analysis.conventions.formula import Rule

BUNDLED = ("paper", "macs+bias", "flops2", "fvcore", "torchinfo", "ptflops", "ptflops-aten", "thop", "thop-ultralytics",
           "calflops", "calflops-macs", "torch", "torchprofile", "onnx-tool", "convnet-burden")
"""The conventions that ship, in the order of tables; each is a file of that name."""


class Convention(NamedTuple):
    """A way to count work; `unit` says what one of its FLOPs is.

    `rules` are the formulas by kind, empty for `paper`; `others` is the rule of every other kind, with its `reason`.
    `bugs` are faults of a tool that its users see and that are counted as the tool does. `label` names the file.
    """

    name: str
    unit: str
    about: str = ""
    version: str = ""
    source: str = ""
    bugs: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = {}
    others: Rule | None = None
    reason: str = ""
    label: str = ""

    def flops(self, graph: Graph, batch: int) -> Sequence[int]:
        """The FLOPs of every layer for a whole batch, in order. Raises `Fault` where the convention has no number."""
        if self is PAPER:
            return [node.facts.macs * batch for node in graph.nodes]
        from cnncalc.analysis.conventions.count import count

        return count(self, graph, batch)


PAPER = Convention("paper", "multiply-add")
"""The default. A test holds it equal to its file, which has the words."""


def convention_of(choice: str | Source | Convention) -> Convention:
    """A bundled convention by name, or one that is read from a text of the user's.

    Raises:
        Fault: there is no such name.
        SpecError: the text is not a convention.
    """
    if isinstance(choice, Convention):
        return choice
    if isinstance(choice, Source):
        from cnncalc.analysis.conventions.reading import read_convention

        return read_convention(choice)
    return PAPER if choice == "paper" else bundled(choice)


def bundled(name: str) -> Convention:
    """A convention that ships, as its file has it. Raises `Fault`."""
    if name not in BUNDLED:
        raise Fault(f"there is no convention `{name[:60]}`", code="unknown-convention",
                    help=did_you_mean(name, BUNDLED, "the conventions are " + ", ".join(BUNDLED)))
    from importlib.resources import files

    from cnncalc.analysis.conventions.reading import read_convention

    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return read_convention(Source(f"{name}.yaml", text))
