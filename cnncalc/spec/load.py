"""From a SPEC or a text to a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.errors import Diagnostic, Source, SpecError
from cnncalc.graph import Graph
from cnncalc.spec.document import Choice
from cnncalc.spec.expand import build
from cnncalc.spec.limits import MAX_LAYERS
from cnncalc.spec.locate import Located, locate


def load(spec: str, *, set: Mapping[str, Any] | None = None, variant: str | None = None, input: Any = None,
         max_layers: int = MAX_LAYERS) -> Graph:
    """The graph of one SPEC, written as on the command line: a file, a bundled name, `-`, or `REV:path`.

    `set` overrides hyperparameters (values, or texts in the language); `input` replaces input shapes: `"3x64x64"`, a
    list of sizes, or a mapping from input names to either; shapes are without the batch.

    Raises:
        SpecError: with every independent problem.
    """
    found = locate(spec)
    if len(found) != 1:
        raise SpecError((Diagnostic("spec-not-found", f"`{spec}` is a folder, and one spec is wanted",
                                    Source(spec, "")),))
    return graph_of(found[0], Choice(variant, set or {}, input), max_layers)


def loads(text: str, *, label: str = "<text>", set: Mapping[str, Any] | None = None, variant: str | None = None,
          input: Any = None, max_layers: int = MAX_LAYERS) -> Graph:
    """The graph of a text; `label` is what diagnostics call it. Otherwise as `load`."""
    return build(Source(label, text), Choice(variant, set or {}, input), max_layers)


def graph_of(located: Located, choice: Choice, max_layers: int = MAX_LAYERS) -> Graph:
    """The graph of a located spec; a variant that the SPEC names itself wins over the choice's."""
    if located.variant is not None:
        choice = choice._replace(variant=located.variant)
    return build(located.source, choice, max_layers)
