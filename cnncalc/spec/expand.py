"""Blocks, repetitions, branches and references, expanded in file order into a graph.

Expansion and shape inference are one pass: `$in.channels` exists when a step is read. A step that fails hands on
`FAILED`; what depends on it is skipped in silence, so one cause gives one message.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cnncalc.errors import Call, Diagnostic, Fault, Source, Span, SpecError
from cnncalc.graph import Graph, GraphBuilder, Output, Tensor
from cnncalc.layers import BY_NAME
from cnncalc.layers.base import Layer
from cnncalc.layers.forms import show
from cnncalc.spec import schema
from cnncalc.spec.arguments import Arguments, Made, Site, Use
from cnncalc.spec.asides import let, tap
from cnncalc.spec.document import Choice, Document, document
from cnncalc.spec.fitting import with_fitting_sizes
from cnncalc.spec.limits import MAX_LAYERS, Limits
from cnncalc.spec.merges import merge
from cnncalc.spec.modifiers import perform
from cnncalc.spec.outputs import outputs, unused
from cnncalc.spec.paths import Names, Prefix
from cnncalc.spec.problems import Problems, Stop
from cnncalc.spec.references import value_of
from cnncalc.spec.scope import (
    FAILED,
    Bundle,
    Current,
    Entry,
    Failed,
    Frame,
    Place,
    StepValue,
    Unknown,
    Word,
    describe,
)
from cnncalc.spec.source import Listing, Scalar, Table, Tree
from cnncalc.spec.steps import Block, Step, name_of, step_of
from cnncalc.spec.values import Values, plain


def build(source: Source, choice: Choice | None = None, max_layers: int = MAX_LAYERS) -> Graph:
    """The graph of a spec under a choice of variant, hyperparameters and inputs.

    Raises:
        SpecError: with every independent problem of the text.
    """
    doc = document(source, choice or Choice())
    try:
        return Expander(doc, max_layers).graph()
    except SpecError as error:
        raise SpecError(with_fitting_sizes(error.diagnostics, doc, _fits)) from None
    except RecursionError:
        # The limits keep far below Python's; only a caller that is deep in the stack already gets here.
        raise SpecError((Diagnostic("too-deep", "there is no room on Python's stack for this spec", source),)) from None


def _fits(doc: Document, limit: int) -> tuple[bool, int]:
    """Whether a document expands without an error, and how many steps it took to see."""
    expander = Expander(doc, limit)
    try:
        expander.graph()
    except SpecError:
        return False, expander.limits.steps
    return True, expander.limits.steps


class Expander:
    """One expansion of one document."""

    def __init__(self, doc: Document, max_layers: int) -> None:
        self.doc = doc
        self.problems = Problems(doc.source, doc.problems)
        self.limits = Limits(max_layers, self.problems)
        self.builder = GraphBuilder(doc.inputs)
        self.inputs = {each.name: Tensor(number, each.shape) for number, each in enumerate(doc.inputs)}
        self.values = Values(doc.hyperparameters, self.inputs)
        self.arguments = Arguments(self.values, self.builder, self.problems.report)
        self.names = Names()
        self.steps: dict[int, Step] = {}
        self.sharing: list[tuple[str, str]] = []
        self.spliced: dict[int, list[Tree]] = {}

    def graph(self) -> Graph:
        """Expand everything. Raises `SpecError`."""
        start = next(iter(self.inputs.values()), FAILED) if len(self.inputs) < 2 else None
        frame = Frame({}, start, ())
        results: tuple[Output, ...] = ()
        layers = self.doc.layers
        if layers is not None:
            try:
                last = self.pipeline(layers, Place(frame, start), self.names.prefix("", layers, self.inputs))
                results = tuple(outputs(self.doc.outputs, Place(frame, last), self.values, self.builder))
            except Fault as fault:
                with suppress(Stop):
                    self.problems.report(fault, layers.span, frame)
            except (Stop, Unknown):
                pass
        found = self.problems.all()
        if any(problem.severity == "error" for problem in found):
            raise SpecError(tuple(sorted(found, key=lambda problem: problem.span or Span(0, 0))))
        graph = Graph(self.doc.header, self.doc.source, self.doc.variant, self.doc.overrides, self.doc.inputs,
                      tuple(self.builder.nodes), self.builder.inhabited(), results, self.doc.budget, found)
        return graph._replace(warnings=(*found, *unused(graph)))

    # pipelines and steps

    def pipeline(self, steps: Tree, place: Place, prefix: Prefix) -> Current | None:
        """Run steps in sequence; a list inside a list is spliced."""
        if not isinstance(steps, Listing):
            return self.step(steps, place, prefix)
        items = self.spliced.get(id(steps))
        if items is None:
            items = self.spliced[id(steps)] = spliced(steps)
        frame, current = place
        for item in items:
            current = self.step(item, Place(frame, current), prefix)
        return current

    def nested(self, steps: Tree, place: Place, prefix: Prefix) -> Current:
        """A pipeline one level deeper: a body, a branch, a group."""
        self.limits.enter()
        result = self.pipeline(steps, place, prefix)
        self.limits.depth -= 1
        return self.there(result)

    def there(self, current: Current | None) -> Current:
        """The current tensor, which a network with several inputs lacks at its start. Raises `Fault`."""
        if current is None:
            raise Fault("the first step of a network with several inputs says where it starts", code="needs-one-tensor",
                        help="write " + " or ".join(f"`from: {name}`" for name in list(self.inputs)[:4]))
        return current

    def step(self, tree: Tree, place: Place, prefix: Prefix) -> Current | None:
        """One step; its problems are reported, and then its result is `FAILED`."""
        self.limits.step(tree.span, place.frame)
        depth = self.limits.depth
        step = self.steps.get(id(tree))
        try:
            if step is None:
                step = self.steps[id(tree)] = step_of(tree)
            return self.build(step, place, place, prefix)
        except Fault as fault:
            self.problems.report(fault, tree.span if step is None else step.span, place.frame)
        except Unknown:
            self.problems.silent = self.problems.silent or tree.span
        self.limits.depth = depth
        return FAILED

    def build(self, step: Step, place: Place, lexical: Place, prefix: Prefix) -> Current | None:
        """A step at its place: name it, then make it. `lexical` is where it was written, which may be elsewhere."""
        kind = step.kind.text if step.kind is not None else ""
        if kind == "let":
            let(self, step, place)
            return place.current
        if kind == "tap":
            tap(self, step, place, prefix)
            return place.current
        name = name_of(step) if step.modifiers else None
        try:
            use = self.use(step, lexical)
        except (Fault, Unknown):
            if name:
                failed = Entry(prefix.join(name), "")
                failed.unfinished = False
                self.register(name, failed, place.frame, prefix, step.modifiers["name"][1].span)
            raise
        component = name or (prefix.number(use.name) if use.name else "")
        entry = Entry(prefix.join(component) if component else prefix.path, use.name)
        if name:
            self.register(name, entry, place.frame, prefix, step.modifiers["name"][1].span)
        try:
            entry.value = perform(self, use, place, prefix, entry)
        finally:
            entry.unfinished = False
        return entry.value

    def register(self, name: str, entry: Entry, frame: Frame, prefix: Prefix, span: Span) -> None:
        """Make a written name known in its scope; a dotted one makes the scopes that its path goes through."""
        if name in frame.names:
            first = frame.names[name].span
            raise Fault(f"the name `{name}` is taken in this scope", code="duplicate-name",
                        detail=f"first at line {first.line}, column {first.column}" if first else "").on(span)
        if not frame.chain and name in self.inputs:
            raise Fault(f"`{name}` is the name of an input", code="duplicate-name").on(span)
        entry.span = span
        frame.names[name] = entry
        prefix.entries[name] = entry
        if "." in name:
            parts = entry.path.split(".")
            for end in range(1, len(parts)):
                number = int(parts[end - 1]) if parts[end - 1].isdigit() else None
                self.builder.scope(".".join(parts[:end]), None, number, None)

    def use(self, step: Step, lexical: Place) -> Use:
        """What a step's key means: a block, a kind, or a `$variable` that holds one of them or a whole step."""
        modifiers = {key: (tree, lexical) for key, (_, tree) in step.modifiers.items()} if step.modifiers else {}
        key = step.kind
        if key is None:
            return Use("", None, step, lexical, modifiers)
        if key.text[:1] != "$":
            return Use(key.text, self.meaning(key.text, step), step, lexical, modifiers)
        value = self.values.of(key, lexical)
        if isinstance(value, Word):
            return Use(value.text, self.meaning(value.text, step), step, lexical, modifiers)
        if type(value) is tuple:
            return Use("layers", value, step, lexical, modifiers)
        if not isinstance(value, StepValue):
            raise Fault(f"`{key.text}` is `{show(value)}` and cannot be a step", code="unknown-kind",
                        help="a step is a kind, a block, or `{kind: …}`").on(key.span)
        if step.primary is not None or step.args:
            raise Fault(f"`{key.text}` is a whole step and takes no more arguments", code="unknown-argument",
                        help="hand in the kind alone, or write its arguments where it is handed in").on(key.span)
        self.limits.enter()
        inner = self.use(step_of(value.tree), value.place)
        self.limits.depth -= 1
        return inner._replace(modifiers={**inner.modifiers, **modifiers})

    def meaning(self, word: str, step: Step) -> type[Layer] | Block | None:
        """The block or kind of that name; None for the words of structure. Raises `Fault`, `Unknown`."""
        found = self.doc.blocks.get(word, BY_NAME.get(word))
        if found is None and word in self.doc.blocks:
            raise Unknown
        if found is None and word not in ("layers", "parallel"):
            raise schema.unknown_kind(word, self.doc.blocks, step).on(step.span)
        return found

    # one instance of a step

    def once(self, use: Use, place: Place, site: Site) -> Current:
        """One instance of a step at its path."""
        self.limits.path(site.path, use.step.span, place.frame)
        if isinstance(use.what, type) and not use.what.merges:
            return self.layer(use, place, site)
        if isinstance(use.what, Block):
            return self.block(use.what, use, place, site)
        if isinstance(use.what, type) or use.name == "parallel":
            return merge(self, use, place, site)
        if not use.name:
            return self.source(use, place)
        start = self.start(use, place)
        self.builder.scope(site.path, None, site.repetition, use.step.span)
        if type(use.what) is tuple:
            return self.handed(use.what, Place(place.frame, start), site)
        if use.step.args or not isinstance(use.step.primary, Listing | Table):
            raise Fault("`layers` is a list of steps and takes no other argument", code="bad-step")
        inner = self.names.prefix(site.path, use.step.primary)
        site.entry.members = inner.entries
        frame = place.frame if use.place.frame.chain == place.frame.chain else use.place.frame
        return self.nested(use.step.primary, Place(frame, start), inner)

    def handed(self, values: tuple[Any, ...], place: Place, site: Site) -> Current:
        """A pipeline that was handed in as an argument."""
        self.limits.enter()
        inner = Prefix(site.path)
        site.entry.members = inner.entries
        frame, current = place
        for value in values:
            if not isinstance(value, Word | StepValue):
                raise Fault(f"`{show(plain(value))}` cannot be a step", code="unknown-kind")
            tree = Scalar.at(value.text, value.span) if isinstance(value, Word) else value.tree
            current = self.build(step_of(tree), Place(frame, current), value.place, inner)
        self.limits.depth -= 1
        return self.there(current)

    def start(self, use: Use, place: Place) -> Current | None:
        """Where the pipelines in a step start: what `from` names, else the current tensor.

        None where that is missing, at the start of a network with several inputs: they say so themselves then.
        """
        return self.source(use, place) if "from" in use.modifiers else place.current

    def source(self, use: Use, place: Place) -> Current:
        """What a step takes: the tensor that `from` names, the tuple of several, else the current one."""
        if "from" not in use.modifiers:
            return self.there(place.current)
        tree, lexical = use.modifiers["from"]
        if type(tree) is Scalar:
            # The common case, `from: name`, without the lists that splicing needs.
            entry = lexical.frame.names.get(tree.text)
            if entry is not None and type(entry.value) is Tensor and not entry.unfinished:
                return entry.value
        found = self.values.references(tree, lexical, "from")
        self.limits.join(len(found), tree.span, place.frame)
        if not found:
            raise Fault("`from` names no tensor").on(tree.span)
        if len(found) == 1:
            return value_of(found[0][0])
        seen: dict[str, int] = {}
        for _, name in found:
            seen[name] = seen.get(name, 0) + 1
        names = tuple(name if seen[name] == 1 and not name.isdigit() else None for _, name in found)
        return Bundle(tuple(value_of(each) for each, _ in found), names)

    def block(self, block: Block, use: Use, place: Place, site: Site) -> Current:
        """An instance of a block: its arguments bound in a scope of its own, then its body."""
        start = self.source(use, place)
        self.builder.scope(site.path, block.name, site.repetition, use.step.span)
        frame = Frame({}, start, (*place.frame.chain, Call(block.name, use.step.span, site.path)))
        self.arguments.bind(block, use, frame)
        inner = self.names.prefix(site.path, block.body)
        site.entry.members = inner.entries
        return self.nested(block.body, Place(frame, start), inner)

    def layer(self, use: Use, place: Place, site: Site) -> Current:
        """A built-in kind that takes one tensor."""
        made = self.arguments.layer(use)
        start = self.source(use, place)
        if isinstance(start, Failed):
            raise Unknown
        if isinstance(start, Bundle):
            raise Fault(f"`{use.name}` needs one tensor and gets {describe(start)}", code="needs-one-tensor",
                        help="merge them, or name one of them with `from`")
        return self.add(use, site, made, (start, *made.lent))

    def add(self, use: Use, site: Site, made: Made, tensors: tuple[Tensor, ...]) -> Tensor:
        """Put a layer into the graph."""
        self.limits.layer(len(self.builder.nodes), use.step.span, use.place.frame)
        donor = None
        if self.sharing:
            own, other = self.sharing[-1]
            donor = other + site.path[len(own):]
        return self.builder.add(site.path, made.layer, tensors, made.written, use.step.span, donor)


def spliced(steps: Listing) -> list[Tree]:
    """The steps of a pipeline, lists in it spliced."""
    found: list[Tree] = []
    waiting: list[Tree] = [steps]
    while waiting:
        tree = waiting.pop()
        if isinstance(tree, Listing):
            waiting += reversed(tree.items)
        else:
            found.append(tree)
    return found
