"""The arguments of a call: to a block's parameters, or to a built-in kind's fields; all problems of a step at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cnncalc.errors import Fault, Span
from cnncalc.graph import GraphBuilder, Tensor
from cnncalc.layers.base import Layer, Referent
from cnncalc.spec import schema
from cnncalc.spec.paths import Prefix
from cnncalc.spec.references import value_of
from cnncalc.spec.scope import Bundle, Entry, Frame, Place, Unknown
from cnncalc.spec.source import Scalar, Table, Tree
from cnncalc.spec.steps import Block, Step
from cnncalc.spec.values import Values, failed_value


class Use(NamedTuple):
    """A step that is about to be built: its kind's name, what that is, and where its parts were written.

    `what` is a layer class, a block, a list of values (a pipeline handed in as an argument), or None for structure.
    `first` holds the overrides of the first repetition while that is built.
    """

    name: str
    what: type[Layer] | Block | tuple[Any, ...] | None
    step: Step
    place: Place
    modifiers: dict[str, tuple[Tree, Place]]
    first: Table | None = None

    @property
    def block(self) -> str | None:
        """The block that is called, if it is one."""
        return self.what.name if isinstance(self.what, Block) else None

    def overrides(self) -> Iterator[tuple[Scalar, Tree, Place]]:
        """The arguments that `first` replaces in this repetition."""
        if self.first is not None:
            for key, tree in self.first.entries:
                yield key, tree, self.modifiers["first"][1]


class Site(NamedTuple):
    """Where one instance is put: its path, its entry, the prefix that its branches stand in, its number if repeated."""

    path: str
    entry: Entry
    prefix: Prefix
    number: int | None

    @property
    def repetition(self) -> int | None:
        """Which repetition this is: counted, or written as the end of a dotted name."""
        last = self.path.rpartition(".")[2]
        return int(last) if self.number is None and last.isdigit() else self.number


class Made(NamedTuple):
    """A built-in step's layer, its arguments as written (without defaults), and the tensors that arguments name."""

    layer: Layer
    written: dict[str, Any]
    lent: tuple[Tensor, ...]


MOST_FAULTS = 100
"""Problems of one step's keys, after which the rest of them is not looked at."""

Report = Callable[[Fault, Span | None, Frame], None]


class Arguments:
    """Evaluates and binds arguments; what is wrong with them is reported, and then the step is `Unknown`."""

    def __init__(self, values: Values, builder: GraphBuilder, report: Report) -> None:
        self.values = values
        self.builder = builder
        self.report = report
        self.made: dict[tuple[type[Layer], tuple[str, ...]], Made] = {}

    def bind(self, block: Block, use: Use, frame: Frame) -> None:
        """A call's arguments to a block's parameters: evaluated where they are written; defaults inside the block."""
        given = self._given(block, use)
        lacking = [name for name, default in block.parameters.items() if default is None and name not in given]
        if lacking:
            raise Fault(f"`{block.name}` needs {' and '.join(f'`{name}`' for name in lacking)}",
                        code="missing-argument", help=f"its signature is `{_signature(block)}`")
        for name, default in block.parameters.items():
            if name in given:
                frame.variables[name] = given[name]
            elif default is not None:
                frame.variables[name] = self.attempt(default, Place(frame, frame.input), use)

    def attempt(self, tree: Tree, place: Place, use: Use) -> Any:
        """A value whose faults are reported; a failed one makes its users skipped."""
        try:
            return self.values.of(tree, place)
        except Fault as fault:
            self.report(fault, use.step.span, use.place.frame)
        except Unknown:
            pass
        return failed_value()

    def _given(self, block: Block, use: Use) -> dict[str, Any]:
        names = tuple(block.parameters)
        given: dict[str, Any] = {}
        primary = use.step.primary
        if primary is not None:
            value = self.attempt(primary, use.place, use)
            items = value if type(value) is tuple else (value,)
            if len(items) > len(names):
                raise Fault(f"`{block.name}` takes {len(names) or 'no'} argument{'s' * (len(names) != 1)}, and "
                            f"{len(items)} {'is' if len(items) == 1 else 'are'} given", code="unknown-argument",
                            help=f"its signature is `{_signature(block)}`").on(primary.span)
            given.update(zip(names, items, strict=False))
        for key, tree in use.step.args:
            name = _known(block.name, names, None, key)
            if name in given:
                raise Fault(f"`{name}` is given twice", code="unknown-argument",
                            detail="once by place, once by name").on(key.span)
            given[name] = self.attempt(tree, use.place, use)
        for key, tree, place in use.overrides():
            given[_known(block.name, names, None, key)] = self.attempt(tree, place, use)
        return given

    def layer(self, use: Use, branches: bool = False) -> Made:
        """The layer of a built-in step; `branches`: the kind's key may carry branches, which are no field.

        Raises:
            Unknown: something was wrong with the arguments, and is reported.
        """
        kind = use.what
        assert isinstance(kind, type)
        written_so = None if branches or use.first is not None else _literal(use.step)
        known = self.made.get((kind, written_so)) if written_so is not None else None
        if known is not None:
            return known
        trees, faults = _sorted(kind, use, branches)
        values, lent = self._evaluated(kind, trees, faults)
        lacking = schema.missing(kind, trees)
        if lacking is not None and not faults:
            faults.append(lacking)
        layer, refused = schema.make(kind, values, complete=not faults and len(values) == len(trees))
        for fault in refused:
            fault.help = fault.help or self._dollar(trees, fault.span)
        for fault in (*faults, *refused):
            self.report(fault, use.step.span, use.place.frame)
        if layer is None or faults:
            raise Unknown
        written = {name: value.path if isinstance(value, Referent) else value for name, (value, _) in values.items()}
        made = Made(layer, written, tuple(lent))
        if written_so is not None and not lent:
            self.made[kind, written_so] = made
        return made

    def _dollar(self, trees: dict[str, tuple[Tree, Place]], span: Span | None) -> str:
        """Advice for the refused argument at a place, if it is a word that lacks its `$`."""
        return next((self.values.written_so(self.values.of(tree, where)) for tree, where in trees.values()
                     if type(tree) is Scalar and tree.span == span), "")

    def _evaluated(self, kind: type[Layer], trees: dict[str, tuple[Tree, Place]],
                   faults: list[Fault]) -> tuple[dict[str, tuple[Any, Span]], list[Tensor]]:
        values: dict[str, tuple[Any, Span]] = {}
        lent: list[Tensor] = []
        for name, (tree, where) in trees.items():
            try:
                if kind.fields[name].form.reference:
                    referent, tensor = self._referent(tree, where, name)
                    values[name] = (referent, tree.span)
                    lent.append(tensor)
                else:
                    values[name] = (self.values.literal(tree, where), tree.span)
            except Fault as fault:
                faults.append(fault)
            except Unknown:
                pass
        return values, lent

    def _referent(self, tree: Tree, where: Place, name: str) -> tuple[Referent, Tensor]:
        """The tensor that an argument names, with the layer that made it."""
        found = self.values.references(tree, where, name)
        value = value_of(found[0][0]) if len(found) == 1 else Bundle((), ())
        if not isinstance(value, Tensor):
            raise Fault(f"`{name}` needs one tensor", code="needs-one-tensor").on(tree.span)
        builder = self.builder
        node = builder.node(value.id)
        if node is None:
            return Referent(builder.inputs[value.id].name, value.shape, None, ()), value
        layer = node.layer
        leads_on = any(field.form.reference for field in layer.fields.values())
        return Referent(node.path, value.shape, None if leads_on else layer,
                        tuple(map(builder.shape, node.inputs))), value


def _literal(step: Step) -> tuple[str, ...] | None:
    """A key for a step whose arguments mean the same wherever it stands: plain scalars without a `$path`."""
    primary = step.primary
    parts = [":"]
    if primary is not None:
        if type(primary) is not Scalar or "$" in primary.text:
            return None
        parts = [primary.text]
    for key, tree in step.args:
        if type(tree) is not Scalar or "$" in tree.text:
            return None
        parts += key.text, tree.text
    return tuple(parts)


def _sorted(kind: type[Layer], use: Use, branches: bool) -> tuple[dict[str, tuple[Tree, Place]], list[Fault]]:
    """The trees of a step's arguments by name, `first` laid over them, and what is wrong with the keys."""
    trees: dict[str, tuple[Tree, Place]] = {}
    faults: list[Fault] = []
    primary = use.step.primary
    if primary is not None and not branches:
        if kind.primary is None:
            faults.append(Fault(f"`{use.name}` takes no value", code="unknown-argument",
                                help=f"write `{use.name}` alone").on(primary.span))
        else:
            trees[kind.primary] = (primary, use.place)
    known = tuple(kind.fields)
    written = [(key, tree, use.place) for key, tree in use.step.args if not branches or key.text != "branches"]
    for number, (key, tree, place) in enumerate((*written, *use.overrides())):
        try:
            name = _known(use.name, known, kind.primary, key)
            if name in trees and number < len(written):
                raise Fault(f"`{name}` is given twice", code="unknown-argument",
                            detail="once as the kind's value, once by name").on(key.span)
            trees[name] = (tree, place)
        except Fault as fault:
            faults.append(fault)
            if len(faults) >= MOST_FAULTS:
                break
    return trees, faults


def _known(kind: str, known: tuple[str, ...], primary: str | None, key: Scalar) -> str:
    try:
        return schema.argument_name(kind, known, primary, key.text)
    except Fault as fault:
        raise fault.on(key.span) from None


def _signature(block: Block) -> str:
    parts = [name if default is None else f"{name}={default.text if isinstance(default, Scalar) else '…'}"
             for name, default in block.parameters.items()]
    return f"{block.name}({', '.join(parts)})"
