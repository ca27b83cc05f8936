"""`repeat`, `first` and `share`: how often a step is built, and with whose weights."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnncalc.errors import Fault
from cnncalc.layers.forms import show, told, whole_number
from cnncalc.spec.arguments import Use
from cnncalc.spec.scope import Entry, Place, Word
from cnncalc.spec.source import Table, Tree
from cnncalc.spec.steps import MODIFIERS, check_name
from cnncalc.spec.values import Values, plain

MAX_REPEAT = 100_000


def loops(values: Values, use: Use) -> list[dict[str, Any]]:
    """The loop variables of every repetition: `repeat: n` has none, `repeat: {name: n or list}` names them."""
    tree, lexical = use.modifiers["repeat"]
    if not isinstance(tree, Table):
        return [{} for _ in range(_count(values, tree, lexical))]
    columns: dict[str, list[Any]] = {}
    for key, value in tree.entries:
        check_name(key.text, key.span, "loop variable")
        found = values.of(value, lexical)
        columns[key.text] = list(found) if type(found) is tuple else list(range(_count(values, value, lexical)))
    lengths = {name: len(items) for name, items in columns.items()}
    if len(set(lengths.values())) > 1:
        raise Fault("the lists of one `repeat` have one length",
                    detail=", ".join(f"`{name}` has {length}" for name, length in lengths.items())).on(tree.span)
    if not columns:
        raise Fault("`repeat` names no loop variable", help="write `repeat: 3` or `repeat: {i: 3}`").on(tree.span)
    if max(lengths.values()) > MAX_REPEAT:
        raise Fault(f"`repeat` is at most {MAX_REPEAT:,}", code="too-large").on(tree.span)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _count(values: Values, tree: Tree, lexical: Place) -> int:
    value = values.literal(tree, lexical)
    number = whole_number(value)
    if number is None or number < 0:
        raise Fault(f"`repeat` expects a whole number of at least 0, not {told(value)}",
                    help="make it whole with `ceil` or `round`" if isinstance(value, float) else
                    values.written_so(values.of(tree, lexical))).on(tree.span)
    if number > MAX_REPEAT:
        raise Fault(f"`repeat` is at most {MAX_REPEAT:,}, not `{number}`", code="too-large").on(tree.span)
    return number


def first(use: Use) -> Table | None:
    """The argument overrides of the first repetition. Raises `Fault` where there are no arguments to override."""
    if "first" not in use.modifiers:
        return None
    tree, _ = use.modifiers["first"]
    if "repeat" not in use.modifiers:
        raise Fault("`first` needs `repeat`", code="bad-step",
                    help="it holds what is different in the first repetition; a step by itself takes its arguments "
                         "directly").on(tree.span)
    if not isinstance(tree, Table):
        raise Fault("`first` is a mapping of arguments, as in `first: {stride: 2}`").on(tree.span)
    if use.what is None or type(use.what) is tuple:
        raise Fault("a group has no arguments, so `first` means nothing here", code="bad-step",
                    help="put `first` on the step inside the group").on(tree.span)
    for key, _ in tree.entries:
        if key.text in MODIFIERS:
            raise Fault(f"`{key.text}` is no argument, and `first` replaces arguments alone", code="bad-step",
                        help=f"write `{key.text}` beside `first`, for all repetitions").on(key.span)
    return tree


class Sharing(NamedTuple):
    """Whose weights the instances of a step use: `donor` for all (by `share: NAME`), or the path of its own `first`.

    `own` is the path that stands for the donor's: the step's, or None for that of each repetition.
    """

    own: str | None
    donor: str | None
    first: str | None

    def pair(self, path: str, is_first: bool) -> tuple[str, str] | None:
        """For one instance: its path prefix and the prefix that its weights are found under."""
        if self.donor is not None:
            return self.own or path, self.donor
        return (path, self.first) if self.first is not None and not is_first else None


def sharing(values: Values, use: Use, entry: Entry) -> Sharing:
    """What `share` says: the name of an earlier step of the same kind or block, or `true` with `repeat` or `each`."""
    tree, lexical = use.modifiers["share"]
    value = values.of(tree, lexical)
    levels = ("each" in use.modifiers) + ("repeat" in use.modifiers)
    if value is True:
        if not levels:
            raise Fault("`share: true` needs `repeat` or `each`", code="share",
                        help="name the step whose weights are meant: `share: NAME`").on(tree.span)
        return Sharing(entry.path, None, entry.path + ".0" * levels)
    if not isinstance(value, Word):
        raise Fault(f"`share` is the name of an earlier step or `true`, not `{show(plain(value))}`").on(tree.span)
    found = values.references(tree, lexical, "share")
    donor = found[0][0] if found else None
    if len(found) != 1 or not isinstance(donor, Entry) or donor is entry:
        raise Fault(f"`{value.text}` is not an earlier step", code="share").on(tree.span)
    if donor.kind != use.name:
        raise Fault(f"`{use.name}` cannot share the weights of `{value.text}`, a `{donor.kind}`",
                    code="share").on(tree.span)
    if donor.repetitions is not None and not levels:
        raise Fault(f"`{value.text}` is repeated, and this step is not", code="share",
                    help=f"name one repetition: `share: {value.text}.0`").on(tree.span)
    return Sharing(None if levels and donor.repetitions is None else entry.path, donor.path, None)
