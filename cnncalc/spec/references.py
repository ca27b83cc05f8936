"""References: from a path as it is written to the tensors that it names."""

from __future__ import annotations

from typing import Any

from cnncalc.errors import Fault, did_you_mean
from cnncalc.graph import Tensor
from cnncalc.spec.scope import MAX_LIST, Bundle, Current, Entry, Failed, Place, Unknown


def refer(parts: tuple[str, ...], place: Place, inputs: dict[str, Tensor]) -> list[Entry | Current]:
    """The tensors that a reference names: one, or several where it holds `*`. Raises `Fault` or `Unknown`."""
    dotted = place.frame.find(".".join(parts)) if len(parts) > 1 else None
    if dotted is not None:
        return [dotted]
    found: list[Entry | Current] = [_first(parts[0], place, inputs)]
    seen = parts[0]
    for part in parts[1:]:
        found = [after for before in found for after in _walk(before, part, seen)]
        seen += "." + part
        if len(found) > MAX_LIST:
            raise Fault(f"`{seen}` names over {MAX_LIST} tensors", code="too-large")
    return found


def value_of(found: Entry | Current) -> Current:
    """The tensor behind a reference. Raises `Unknown` where that failed, `Fault` where it is not there yet."""
    if not isinstance(found, Entry):
        value = found
    elif found.unfinished:
        raise Fault(f"`{found.path}` is not finished here", code="unknown-reference",
                    help="a step cannot take its own result; what comes in is called `prev`")
    else:
        value = found.value
    if isinstance(value, Failed):
        raise Unknown
    return value


def _first(name: str, place: Place, inputs: dict[str, Tensor]) -> Entry | Current:
    frame = place.frame
    if name == "prev":
        if place.current is None:
            raise Fault("`prev` means nothing at the start of a network with several inputs", code="unknown-reference",
                        help="take one of them: " + ", ".join(f"`from: {each}`" for each in inputs))
        return place.current
    if name == "in":
        if frame.input is None:
            raise Fault("`in` is ambiguous in a network with several inputs", code="unknown-reference",
                        help="name one of them: " + ", ".join(f"`{each}`" for each in inputs))
        return frame.input
    entry = frame.find(name)
    if entry is not None:
        return entry
    if name in inputs:
        if not frame.chain:
            return inputs[name]
        raise Fault(f"the network's input `{name}` is not in sight inside a block", code="unknown-reference",
                    help="hand it in as an argument")
    raise Fault(f"there is no step `{name}` before this one", code="unknown-reference",
                help=did_you_mean(name, [*frame.visible(), *(() if frame.chain else inputs), "prev", "in"],
                                  "only written names of earlier steps in the same block can be referred to"))


def _walk(found: Entry | Current, part: str, seen: str) -> list[Entry | Current]:
    entry = found if isinstance(found, Entry) else None
    value = entry.value if entry is not None else found
    if part == "*":
        return _all(entry, value, seen)
    if part.isdigit():
        if entry is not None and entry.repetitions is not None:
            return [_pick(entry.repetitions, int(part), seen, "repetitions")]
        if isinstance(value, Bundle):
            return [_pick(value.members, int(part), seen, "tensors")]
    elif isinstance(value, Bundle) and (number := value.number(part)) is not None:
        return [value.members[number]]
    if entry is not None and part in entry.members:
        return [entry.members[part]]
    if isinstance(value, Failed):
        raise Unknown
    raise _lost(entry, value, part, seen)


def _all(entry: Entry | None, value: Any, seen: str) -> list[Entry | Current]:
    if entry is not None and entry.repetitions is not None:
        return list(entry.repetitions)
    if isinstance(value, Bundle):
        return list(value.members)
    if isinstance(value, Failed):
        raise Unknown
    raise Fault(f"`{seen}` is not repeated, so `{seen}.*` means nothing", code="unknown-reference")


def _pick(items: Any, index: int, seen: str, what: str) -> Any:
    if index >= len(items):
        raise Fault(f"`{seen}` has {len(items) or 'no'} {what}" + (f", and the last is number {len(items) - 1}"
                    if items else ""), code="unknown-reference")
    return items[index]


def _lost(entry: Entry | None, value: Any, part: str, seen: str) -> Fault:
    if entry is not None and entry.repetitions is not None and not part.isdigit():
        return Fault(f"`{seen}` is repeated, so `{seen}.{part}` is not one tensor", code="unknown-reference",
                     help=f"take one repetition, `{seen}.0.{part}`, or all of them, `{seen}.*.{part}`")
    choices = [name for name in value.names if name] if isinstance(value, Bundle) else []
    if entry is not None:
        choices += entry.members
    known = "it has " + ", ".join(f"`{choice}`" for choice in choices[:8]) if choices else ""
    if entry is not None and entry.absent:
        known = "it is absent here, and stands for the tensor that it would have taken"
    return Fault(f"`{seen}` has nothing called `{part}`", code="unknown-reference",
                 help=did_you_mean(part, choices, known))
