"""Which arguments of a layer differ, and whether that means anything."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Referent
from cnncalc.layers.forms import Form, PaddingForm, PerAxis


class Argument(NamedTuple):
    """One argument before and after, as written; `from` and `share` hold paths."""

    name: str
    old: Any
    new: Any

    def mirrored(self) -> Argument:
        """The same, seen from the other side."""
        return Argument(self.name, self.new, self.old)


def differences(a: Graph, one: Node, b: Graph, two: Node) -> tuple[Argument, ...]:
    """The arguments in which two layers of one kind differ.

    What is written differently and means the same (`padding: half`, and 1 for a kernel of 3) is no difference; neither
    is what is written the same and means something else because the input has another size: that is an effect.
    """
    found = []
    ours, theirs = vars(one.layer), vars(two.layer)
    resolved: tuple[Any, Any] | None = None
    for name in one.layer.fields:
        old, new = ours[name], theirs[name]
        if old == new or (isinstance(old, Referent) and isinstance(new, Referent)):
            continue
        if resolved is None:
            resolved = one.layer.resolved(a.input_shapes(one)), two.layer.resolved(b.input_shapes(two))
        before, after = resolved[0][name], resolved[1][name]
        form = one.layer.fields[name].form
        if _per_axis(form, before) != _per_axis(form, after) or isinstance(old, Referent) or isinstance(new, Referent):
            found.append(Argument(name, before if old is None or isinstance(old, Referent) else old,
                                  after if new is None or isinstance(new, Referent) else new))
    return tuple(found)


def _per_axis(form: Form, value: Any) -> Any:
    """A value with what is written per axis, or per side of an axis, as one number where all are equal."""
    if not isinstance(form, PerAxis | PaddingForm) or not isinstance(value, tuple):
        return value
    members = {_per_axis(form, member) for member in value}
    return members.pop() if len(members) == 1 else value
