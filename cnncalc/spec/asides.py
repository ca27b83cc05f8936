"""Steps that leave the current tensor as it is: `let`, which names values, and `tap`, which runs side pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.errors import Fault
from cnncalc.spec.arguments import Use
from cnncalc.spec.modifiers import condition
from cnncalc.spec.paths import Prefix
from cnncalc.spec.scope import Entry, Place, Unknown
from cnncalc.spec.source import Table
from cnncalc.spec.steps import Step, check_name
from cnncalc.spec.values import failed_value

if TYPE_CHECKING:
    from cnncalc.spec.expand import Expander


def let(expander: Expander, step: Step, place: Place) -> None:
    """Local values, in order."""
    modifier = next((key for key, _ in step.modifiers.values()), None)
    if modifier is not None:
        raise Fault(f"`let` has no `{modifier.text}`", code="bad-step",
                    help="choose in the value: `let: {a: 1 if $deep else 2}`" if modifier.text == "when" else
                    "its values are named by their keys").on(modifier.span)
    if step.args or not isinstance(step.primary, Table):
        raise Fault("`let` is a mapping of names to values and takes nothing else", code="bad-step",
                    help="write `let: {half: $out // 2}`")
    for key, tree in step.primary.entries:
        expander.limits.step(key.span, place.frame)
        check_name(key.text, key.span, "value")
        if key.text in place.frame.variables:
            raise Fault(f"`{key.text}` has a value in this scope already", code="duplicate-name").on(key.span)
        try:
            place.frame.variables[key.text] = expander.values.of(tree, place)
        except Fault as fault:
            expander.problems.report(fault, key.span, place.frame)
            place.frame.variables[key.text] = failed_value()
        except Unknown:
            place.frame.variables[key.text] = failed_value()


def tap(expander: Expander, step: Step, place: Place, prefix: Prefix) -> None:
    """Side pipelines by name."""
    wrong = next((key for key, _ in step.modifiers.values() if key.text not in ("when", "from")), None)
    if wrong is not None:
        raise Fault(f"`tap` has no `{wrong.text}`", code="bad-step",
                    help="its pipelines are named by their keys").on(wrong.span)
    if not isinstance(step.primary, Table) or step.args:
        raise Fault("`tap` is a mapping of named pipelines, as in `tap: {aux: […]}`", code="bad-step")
    use = Use("tap", None, step, place, {key: (tree, place) for key, (_, tree) in step.modifiers.items()})
    there = "when" not in step.modifiers or condition(expander.values, use.modifiers["when"])
    start = expander.start(use, place)
    for key, steps in step.primary.entries:
        expander.limits.step(key.span, place.frame)
        check_name(key.text, key.span, "tap", ("prev", "in"))
        inner = expander.names.prefix(prefix.join(key.text), steps)
        entry = Entry(inner.path, "tap", inner.entries)
        expander.register(key.text, entry, place.frame, prefix, key.span)
        entry.absent = not there
        try:
            if there:
                expander.builder.scope(inner.path, None, None, key.span)
                entry.value = expander.nested(steps, Place(place.frame, start), inner)
            elif start is not None:
                entry.value = start
        finally:
            entry.unfinished = False
