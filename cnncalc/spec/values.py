"""From a tree to a value: variables, hyperparameters, facts of tensors, and arithmetic over them."""

from __future__ import annotations

from itertools import islice
from typing import Any

from cnncalc.errors import Fault, Span, did_you_mean
from cnncalc.graph import Tensor
from cnncalc.layers.base import Raw
from cnncalc.layers.forms import show, told
from cnncalc.spec.expression import Expression, ExpressionFault, Name, evaluate, parse
from cnncalc.spec.references import refer, value_of
from cnncalc.spec.scope import (
    FACTS,
    MOST_SUGGESTED,
    Current,
    Entry,
    Frame,
    Place,
    StepValue,
    Unknown,
    Word,
    fact,
    flatten,
    size,
)
from cnncalc.spec.source import Scalar, Table, Tree

MAX_WORK = 5_000_000
"""Items of lists that one expansion evaluates: seconds of work."""


class Values:
    """Evaluates trees at places. Knows the hyperparameters (seen everywhere) and the inputs (seen at the top level)."""

    def __init__(self, hyperparameters: dict[str, Any], inputs: dict[str, Tensor]) -> None:
        self.hyperparameters = hyperparameters
        self.inputs = inputs
        self.work = 0

    def of(self, tree: Tree, place: Place) -> Any:
        """The value of a tree: a number, a boolean, a `Word`, a tuple, a `StepValue`, or None.

        Raises:
            Fault: with the place of the part that cannot be evaluated.
            Unknown: it depends on a step that failed.
        """
        if isinstance(tree, Scalar):
            return self._scalar(tree, place)
        if isinstance(tree, Table):
            return StepValue(tree, place)
        self.work += len(tree.items)
        if self.work > MAX_WORK:
            raise Fault("the spec evaluates too many lists", code="too-large").on(tree.span)
        items = tuple([self.of(item, place) for item in tree.items])
        if any(type(item) is tuple for item in items):
            try:
                self.work += len(flatten(items))
            except Fault as fault:
                raise fault.on(tree.span) from None
        return items

    def _scalar(self, tree: Scalar, place: Place) -> Any:
        try:
            value = parse(tree.text)
            if type(value) is Name:
                return Word(value.parts, place, tree.span)
            if type(value) is Expression:
                return evaluate(value, lambda parts: self.variable(parts, place))
            return value
        except ExpressionFault as fault:
            shift = fault.offset + tree.quoted
            raise fault.on(Span(tree.span.line, tree.span.column + shift)) from None
        except Fault as fault:
            raise fault.on(tree.span) from None

    def literal(self, tree: Tree, place: Place) -> Raw:
        """A value as a built-in kind takes it: words are themselves. Raises as `of`."""
        return plain(self.of(tree, place), tree.span)

    def variable(self, parts: tuple[str, ...], place: Place) -> Any:
        """The value of a `$path`: a variable of that name first, then the facts of a tensor."""
        frame: Frame | None = place.frame
        while frame is not None:
            if parts[0] in frame.variables:
                return self._index(frame.variables[parts[0]], parts[1:], parts[0])
            frame = frame.outer
        if parts[0] in self.hyperparameters:
            return self._index(self.hyperparameters[parts[0]], parts[1:], parts[0])
        return self._fact(parts, place)

    def variables(self, place: Place) -> list[str]:
        """The names of all variables in sight, for suggestions."""
        found, frame = list(islice(self.hyperparameters, MOST_SUGGESTED)), place.frame
        while frame is not None and len(found) < 2 * MOST_SUGGESTED:
            found += islice(frame.variables, MOST_SUGGESTED)
            frame = frame.outer  # type: ignore[assignment]
        return found

    def written_so(self, value: Any) -> str:
        """Advice where a bare word is the name of a value: it lacks its `$`. Empty otherwise."""
        if not isinstance(value, Word):
            return ""
        try:
            self.variable(value.parts, value.place)
        except (Fault, Unknown):
            return ""
        return f"a value is written `${value.text}`"

    def _index(self, value: Any, rest: tuple[str, ...], seen: str) -> Any:
        for index, part in enumerate(rest):
            if isinstance(value, Word):
                return self._fact((*value.parts, *rest[index:]), value.place)
            if type(value) is not tuple or not part.isdigit():
                raise Fault(f"`${seen}` is `{show(plain(value))}` and has no part `{part}`", code="unknown-name",
                            help="items of a list are numbered from 0" if type(value) is tuple else "")
            if int(part) >= len(value):
                last = f", and the last is number {len(value) - 1}" if value else ""
                raise Fault(f"`${seen}` has {len(value)} item{'s' * (len(value) != 1)}{last}", code="unknown-name",
                            help="the first is number 0")
            value = value[int(part)]
            seen += "." + part
        if value is _FAILED:
            raise Unknown
        return value

    def _fact(self, parts: tuple[str, ...], place: Place) -> int:
        written = ".".join(parts)
        if len(parts) > 2 and parts[-2] == "size":
            tensor = self.tensor(parts[:-2], place, written)
            return size(tensor, parts[-1], ".".join(parts[:-2]))
        if len(parts) > 1 and parts[-1] in FACTS:
            tensor = self.tensor(parts[:-1], place, written)
            return fact(tensor, parts[-1], ".".join(parts[:-1]))
        known = parts[0] in ("in", "prev") or parts[0] in self.inputs or place.frame.find(parts[0]) is not None
        if known and len(parts) > 1:
            raise Fault(f"a tensor has no `{parts[-1]}`", code="unknown-name",
                        help=did_you_mean(parts[-1], FACTS, "ask for " + ", ".join(FACTS) + " or size.N"))
        if known:
            raise Fault(f"`${written}` is a tensor, not a number", code="unknown-name",
                        help=f"ask for one of its sizes, `${written}.channels`; a reference is written `{written}`")
        raise self.unknown(parts[0], place)

    def unknown(self, name: str, place: Place) -> Fault:
        """The refusal of a `$name` that is nowhere defined."""
        return Fault(f"there is no value `${name}`", code="unknown-name",
                     help=did_you_mean(name, self.variables(place), "a block sees its parameters, its `let`s and the "
                                       "hyperparameters"))

    def tensor(self, parts: tuple[str, ...], place: Place, written: str) -> Current:
        """The one tensor (or tuple) that a path names, for its facts."""
        frame, first = place.frame, parts[0]
        if first not in ("in", "prev") and first not in self.inputs and frame.find(first) is None:
            raise self.unknown(first, place)
        found = refer(parts, place, self.inputs)
        if len(found) != 1:
            raise Fault(f"`${written}` names {len(found)} tensors", code="needs-one-tensor")
        return value_of(found[0])

    def references(self, tree: Tree, place: Place, what: str) -> list[tuple[Entry | Current, str]]:
        """The tensors that a modifier or argument names, lists spliced, each with the last word of its name."""
        value = self.of(tree, place)
        found: list[tuple[Entry | Current, str]] = []
        try:
            for word in flatten(value) if type(value) is tuple else (value,):
                if not isinstance(word, Word):
                    raise Fault(f"`{what}` expects the name of an earlier step, not {told(plain(word))}",
                                code="unknown-reference",
                                help="a value is written `$name`, a reference plainly" if word is None else "")
                found += [(each, word.parts[-1]) for each in refer(word.parts, word.place, self.inputs)]
        except Fault as fault:
            raise fault.on(tree.span) from None
        return found


class _FailedValue:
    """Stands for the value of a `let` or hyperparameter that could not be computed."""


_FAILED = _FailedValue()


def failed_value() -> Any:
    """A variable whose users are skipped in silence."""
    return _FAILED


def plain(value: Any, span: Span | None = None) -> Raw:
    """A value as a built-in kind takes it: words are themselves; with a `span`, a step is refused."""
    if isinstance(value, Word):
        return value.text
    if isinstance(value, StepValue):
        if span is not None:
            raise Fault("a value is expected here, not a mapping", code="bad-value").on(span)
        return "{" + ", ".join(key.text for key, _ in value.tree.entries) + "}"
    if type(value) is tuple:
        flatten(value)
        return tuple([plain(item, span) for item in value])
    if value is _FAILED:
        raise Unknown
    return value  # type: ignore[no-any-return]
