"""A step's arguments against a kind's fields: every problem of a step is collected, and the layer is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.errors import Fault, Span, closest
from cnncalc.layers import BY_NAME
from cnncalc.layers.base import REQUIRED, Layer, Referent
from cnncalc.spec.steps import MODIFIERS, STRUCTURES, Step
from cnncalc.spec.synonyms import ARGUMENTS, KINDS

_made: dict[Any, Layer] = {}


def make(kind: type[Layer], values: Mapping[str, tuple[Any, Span]],
         complete: bool) -> tuple[Layer | None, list[Fault]]:
    """A layer from evaluated arguments (value and place by name), or None and what is wrong with them.

    Without all of them (not `complete`: some depend on a step that failed) they are only judged. The same arguments
    give the same object: networks repeat themselves, and so do the specs of one process.
    """
    key = (kind.kind, *[(name, _marker(value)) for name, (value, _) in values.items()])
    layer = _made.get(key)
    if layer is not None:
        return layer, []
    read, faults = {}, []
    for name, (value, span) in values.items():
        form = kind.fields[name].form
        try:
            read[name] = value if form.reference and isinstance(value, Referent) else form.read(value)
        except Fault as fault:
            faults.append(Fault(f"`{name}` {fault.message}", code=fault.code, detail=fault.detail,
                                help=fault.help).on(span))
    if faults or not complete:
        return None, faults
    layer = kind(**read)
    if len(_made) < 100_000:
        _made[key] = layer
    return layer, []


def _marker(value: Any) -> Any:
    """A key under which `1`, `1.0` and `true` differ."""
    return value if type(value) is int or type(value) is str else (type(value), repr(value))


def missing(kind: type[Layer], given: Mapping[str, Any]) -> Fault | None:
    """The refusal of a step that lacks required arguments."""
    lacking = [name for name, field in kind.fields.items() if field.default is REQUIRED and name not in given]
    if not lacking:
        return None
    example = ", ".join(f"{name}: …" for name in lacking if name != kind.primary)
    primary = f"{kind.kind}: …" if kind.primary in lacking or kind.primary in given else kind.kind
    return Fault(f"`{kind.kind}` needs {' and '.join(f'`{name}`' for name in lacking)}", code="missing-argument",
                 help="write {" + ", ".join(part for part in (primary, example) if part) + "}")


def argument_name(kind: str, known: tuple[str, ...], primary: str | None, key: str) -> str:
    """The argument that a key means. Raises `Fault` for an unknown one, with the nearest that is known."""
    if key in known:
        return key
    other = ARGUMENTS.get(key.lower(), "")
    if other == "out" and "out" not in known and primary is not None:
        other = primary
    near = other if other in known or other in MODIFIERS else closest(key, (*known, *MODIFIERS))
    listed = "its arguments are " + ", ".join(f"`{name}`" for name in known) if known else (
        f"`{kind}` takes no arguments")
    raise Fault(f"`{kind}` has no argument `{key[:60]}`", code="unknown-argument",
                help=f"did you mean `{near}`?" if near else listed)


def unknown_kind(word: str, blocks: Mapping[str, Any], step: Step) -> Fault:
    """The refusal of a word that is no kind and no block."""
    other = KINDS.get(word.lower().removeprefix("nn."), "")
    near = other or closest(word, (*blocks, *BY_NAME, *STRUCTURES))
    help = f"did you mean `{near}`?" if near else "blocks are defined under `blocks:`; `cnncalc explain` lists kinds"
    if "," in word:
        help = f"several steps on one line are a list: `[{word[:60]}]`"
    elif word == "branch":
        help = "`branch` is the value of a branch: `skip: {branch: […], when: …}`"
    elif ARGUMENTS.get(word, word) in ("kernel", "stride", "padding", "out", "groups") and not other:
        help = "the kind comes first: {conv: 64, kernel: 3}"
    return Fault(f"there is no kind or block `{word[:60]}`", code="unknown-kind", help=help)
