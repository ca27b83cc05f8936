"""Options that several commands share, and what they mean."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from cnncalc.analysis import Settings
from cnncalc.analysis.conventions import BUNDLED, Convention, convention_of
from cnncalc.errors import Diagnostic, Fault, SpecError, did_you_mean
from cnncalc.graph import Graph
from cnncalc.spec import load
from cnncalc.spec.document import Choice
from cnncalc.spec.limits import MAX_LAYERS
from cnncalc.spec.locate import Located, every, locate, text_of


def bundled(incomplete: str) -> list[str]:
    """What a shell is offered for a SPEC, besides files: the names of bundled networks. None of them is analyzed."""
    from cnncalc.spec.locate import bundled_names

    return [name for name in bundled_names() if name.startswith(incomplete)]


def _format(*names: str) -> Any:
    """The option `--format` of a command that knows these."""
    return typer.Option("--format", "-f", metavar="FORMAT", autocompletion=lambda: list(names),
                        help=f"{', '.join(names[:-1])} or {names[-1]}")


Specs = Annotated[list[str], typer.Argument(metavar="SPEC...", autocompletion=bundled, help="a file, a folder, a "
                                            "bundled name, `-`, or REV:path; `@variant` may follow")]
Spec = Annotated[str, typer.Argument(metavar="SPEC", autocompletion=bundled, help="a file, a bundled name, `-`, or "
                                     "REV:path; `@variant` may follow")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="override a hyperparameter")]
Inputs = Annotated[list[str] | None, typer.Option("--input", metavar="CxHxW", help="replace an input shape "
                                                  "(`name=CxHxW` with several inputs)")]
Batch = Annotated[int, typer.Option("--batch", min=1, max=2**31 - 1, metavar="N", help="items in a batch")]
Dtype = Annotated[str, typer.Option("--dtype", help="number format that bytes are given in")]
WeightDtype = Annotated[str | None, typer.Option("--weight-dtype", help="number format of weights; as --dtype unless "
                                                 "given")]
Device = Annotated[str | None, typer.Option("--device", metavar="NAME|FILE", help="bound times on this device")]
Optimizer = Annotated[str, typer.Option("--optimizer", help="sgd, momentum or adam, for training memory")]
Freeze = Annotated[list[str] | None, typer.Option("--freeze", metavar="PATTERN", help="layers or scopes that are not "
                                                  "trained (`*` one path component, `**` any)")]
InPlace = Annotated[bool, typer.Option("--in-place", help="elementwise layers write over their input")]
ConventionOption = Annotated[str, typer.Option("--convention", metavar="NAME|FILE",
                                                help="what one FLOP is: a bundled convention, or a file of your own")]
Format = Annotated[str, _format("table", "plain", "json", "csv", "markdown")]
FormatWithoutCsv = Annotated[str, _format("table", "plain", "json", "markdown")]
PlainFormat = Annotated[str, _format("table", "plain", "json")]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="write to a file")]
MaxLayers = Annotated[int, typer.Option("--max-layers", min=1, help="limit of expanded layers", hidden=True)]
FoldBatchNorm = Annotated[bool, typer.Option("--fold-batch-norm", help="first fold batch normalisation into the layers "
                                             "before it")]


def convention(wanted: str) -> Convention:
    """A bundled convention by name, or the user's own from a file. Raises `Fault`, `SpecError`."""
    if wanted not in BUNDLED and os.path.isfile(wanted):
        return convention_of(text_of(wanted))
    return convention_of(wanted)


def choice(set: list[str] | None, inputs: list[str] | None) -> Choice:
    """What `--set` and `--input` ask for. Raises `Fault`."""
    overrides = {}
    for each in set or ():
        name, equals, value = each.partition("=")
        if not equals:
            raise Fault(f"`--set {each}` has no `=`", help="write `--set name=value`")
        if not name.strip():
            raise Fault(f"`--set {each}` names no hyperparameter", help="write `--set name=value`")
        overrides[name.strip()] = value
    return Choice(None, overrides, inputs or None)


def graphs(specs: list[str], wanted: Choice, max_layers: int = MAX_LAYERS) -> list[Graph]:
    """The networks of several SPECs; warnings go to standard error. Raises `SpecError`, with the problems of all."""
    found: list[Graph] = []
    problems: list[Diagnostic] = []
    for located in every(specs):
        try:
            found.append(graph(located, wanted, max_layers))
        except SpecError as error:
            problems += error.diagnostics
    if problems:
        raise SpecError(tuple(problems))
    return found


def graph_of(spec: str, wanted: Choice, max_layers: int = MAX_LAYERS) -> Graph:
    """The network of one SPEC. Raises `SpecError`."""
    found = locate(spec)
    if len(found) != 1:
        raise Fault(f"`{spec[:60]}` is a folder of {len(found)} specs, and one is wanted")
    return graph(found[0], wanted, max_layers)


def graph(located: Located, wanted: Choice, max_layers: int = MAX_LAYERS) -> Graph:
    """One network, with its warnings on standard error."""
    from cnncalc.cli.output import diagnose, say

    if located.bundled:
        say(bundled_note(located))
    found = load.graph_of(located, wanted, max_layers)
    if found.warnings:
        diagnose(found.warnings)
    return found


def settings(weight_dtype: str | None, device: str | None, optimizer: str, freeze: list[str] | None,
             in_place: bool) -> Settings:
    """What these options ask of an analysis; a file called like a device wins. Raises `Fault`, `SpecError`."""
    from cnncalc.analysis.training import OPTIMIZERS

    one_of(optimizer, tuple(OPTIMIZERS), "optimizer")
    found = None
    if device is not None:
        from cnncalc.analysis import devices

        if not os.path.isfile(device) and device not in devices.names():
            raise Fault(f"there is no device `{device[:60]}`, and no file of that name", code="unknown-device",
                        help=did_you_mean(device, devices.names(), "the devices are " + ", ".join(devices.names())))
        found = devices.device_of(text_of(device) if os.path.isfile(device) else device)
    return Settings(weight_dtype, optimizer, tuple(freeze or ()), in_place, found)


def bundled_note(located: Located) -> str:
    """What the user is told where a file name fell back to a bundled network."""
    return f"note: there is no file of that name here; this is the bundled `{located.bundled}`"


def folded(found: Graph, wanted: bool) -> Graph:
    """The network, with batch normalisation folded if `--fold-batch-norm` asks for it."""
    if not wanted:
        return found
    from cnncalc.analysis.fold import fold_batch_norm

    return fold_batch_norm(found)


def listed(columns: str | None, example: str) -> list[str] | None:
    """The names in `--columns`, which may be spaced; None where the option is not given. Raises `Fault`."""
    if columns is None:
        return None
    names = [name for part in columns.split(",") if (name := part.strip())]
    if not names:
        raise Fault("`--columns` names no column", help=f"write `--columns {example}`")
    return names


def one_of(value: str, choices: tuple[str, ...], what: str) -> str:
    """The value, which must be one of the choices. Raises `Fault`."""
    if value not in choices:
        raise Fault(f"there is no {what} `{value[:60]}`",
                    help=did_you_mean(value, choices, "one of " + ", ".join(choices)))
    return value
