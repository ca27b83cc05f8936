"""`cnncalc expand SPEC`."""

from __future__ import annotations

from cnncalc.cli import options
from cnncalc.cli.output import write
from cnncalc.report.flat import flat
from cnncalc.spec.limits import MAX_LAYERS


def command(
    spec: options.Spec,
    set: options.Set = None,
    inputs: options.Inputs = None,
    output: options.Output = None,
    max_layers: options.MaxLayers = MAX_LAYERS,
) -> None:
    """The network as a flat spec: no blocks or repetitions, every name and every `from` written out."""
    write(flat(options.graph_of(spec, options.choice(set, inputs), max_layers)), output)
