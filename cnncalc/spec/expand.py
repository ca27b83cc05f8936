"""Blocks, repetitions, branches and references, expanded in file order into a graph.

Expansion and shape inference are one pass: `$in.channels` exists when a step is read. A step that fails hands on
`FAILED`; what depends on it is skipped in silence, so one cause gives one message.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnncalc.errors import Call, Diagnostic, Fault, Source, Span, SpecError
from cnncalc.graph import Graph, GraphBuilder, Output, Tensor
from cnncalc.layers import BY_NAME
from cnncalc.layers.base import Layer
from cnncalc.layers.forms import show
from cnncalc.spec import repetition, schema
from cnncalc.spec.arguments import Arguments, Made, Use
from cnncalc.spec.document import Choice, Document, document
from cnncalc.spec.fitting import with_fitting_sizes
from cnncalc.spec.merges import merge
from cnncalc.spec.outputs import outputs, unused
from cnncalc.spec.paths import Names, Prefix
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
    value_of,
)
from cnncalc.spec.source import Listing, Scalar, Table, Tree
from cnncalc.spec.steps import Block, Step, check_name, name_of, step_of
from cnncalc.spec.values import Values, failed_value, plain

MAX_LAYERS = 200_000
MAX_NESTING = 64

STEPS = 3
"""Steps, repetitions, branches and local values that one layer may cost, on average over `max_layers`.

Real networks stay below 2; what expands to steps without layers is stopped by it.
"""
JOINED = 5
"""Tensors that one layer may join, on average over `max_layers`; a chain of dense blocks takes less than 1."""
CHARACTERS = 200
"""Length of a path, on average over `max_layers`; real ones stay below 60."""
MOST_PROBLEMS, MOST_REPORTS = 1_000, 20_000
"""Different problems, and instances of problems, after which a spec is not read on."""

_PLAIN = frozenset(("name", "from"))
"""Modifiers that leave a step a single one."""


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
        return False, expander.expanded
    return True, expander.expanded


class Site(NamedTuple):
    """Where one instance is put: its path, its entry, the prefix that its branches stand in, its number if repeated."""

    path: str
    entry: Entry
    prefix: Prefix
    number: int | None


class _Stop(Exception):
    """A limit was reached, and is reported: the expansion ends."""


class Expander:
    """One expansion of one document."""

    def __init__(self, doc: Document, max_layers: int) -> None:
        self.doc = doc
        self.max_layers = max_layers
        self.builder = GraphBuilder(doc.inputs)
        self.inputs = {each.name: Tensor(number, each.shape) for number, each in enumerate(doc.inputs)}
        self.values = Values(doc.hyperparameters, self.inputs)
        self.arguments = Arguments(self.values, self.builder, self.report)
        self.names = Names()
        self.steps: dict[int, Step] = {}
        self.sharing: list[tuple[str, str]] = []
        self.problems: dict[tuple[str, Span | None], Diagnostic] = {}
        self.spliced: dict[int, list[Tree]] = {}
        self.silent: Span | None = None
        self.expanded = self.joined = self.depth = self.characters = self.reports = 0

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
                self.report(fault, layers.span, frame)
            except (_Stop, Unknown):
                pass
        found = [*self.doc.problems, *self.problems.values()]
        if self.silent is not None and all(problem.severity != "error" for problem in found):
            lost = Fault("this step takes a result that is not there", code="unknown-reference")
            found.append(lost.at(self.doc.source, self.silent))
        if any(problem.severity == "error" for problem in found):
            raise SpecError(tuple(sorted(found, key=lambda problem: problem.span or Span(0, 0))))
        graph = Graph(self.doc.header, self.doc.source, self.doc.variant, self.doc.overrides, self.doc.inputs,
                      tuple(self.builder.nodes), self.builder.inhabited(), results, self.doc.budget, tuple(found))
        return graph._replace(warnings=(*found, *unused(graph)))

    def report(self, fault: Fault, span: Span | None, frame: Frame) -> None:
        """Note a problem; the same problem at the same place in another instance is counted."""
        made = fault.at(self.doc.source, span, frame.chain)
        before = self.problems.get((made.code, made.span))
        self.problems[made.code, made.span] = made if before is None else before._replace(
            instances=before.instances + 1)
        self.reports += 1
        if self.reports > MOST_REPORTS or len(self.problems) > MOST_PROBLEMS:
            raise _Stop

    def stop(self, what: str, limit: int, span: Span, frame: Frame) -> None:
        """Report a limit and end the expansion."""
        self.report(Fault(f"the spec expands to over {limit:,} {what}", code="too-large",
                          help="`--max-layers` raises the limit, if this is meant"), span, frame)
        raise _Stop

    def count(self, steps: int, span: Span, frame: Frame) -> None:
        """Count what costs time without making a layer, up to the limit."""
        self.expanded += steps
        if self.expanded > STEPS * self.max_layers:
            self.stop("steps", STEPS * self.max_layers, span, frame)

    def join(self, tensors: int, span: Span, frame: Frame) -> None:
        """Count tensors that are joined, up to the limit."""
        self.joined += tensors
        if self.joined > JOINED * self.max_layers:
            self.stop("joined tensors", JOINED * self.max_layers, span, frame)

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
        self.enter()
        result = self.pipeline(steps, place, prefix)
        self.depth -= 1
        return self.there(result)

    def enter(self) -> None:
        """Go one level deeper, up to the nesting limit."""
        if self.depth == MAX_NESTING:
            raise Fault(f"blocks, branches and groups are nested more than {MAX_NESTING} deep", code="too-deep",
                        help="a block that calls itself needs a `when` that ends it")
        self.depth += 1

    def there(self, current: Current | None) -> Current:
        """The current tensor, which a network with several inputs lacks at its start. Raises `Fault`."""
        if current is None:
            raise Fault("the first step of a network with several inputs says where it starts", code="needs-one-tensor",
                        help="write " + " or ".join(f"`from: {name}`" for name in list(self.inputs)[:4]))
        return current

    def step(self, tree: Tree, place: Place, prefix: Prefix) -> Current | None:
        """One step; its problems are reported, and then its result is `FAILED`."""
        self.count(1, tree.span, place.frame)
        depth = self.depth
        step = self.steps.get(id(tree))
        try:
            if step is None:
                step = self.steps[id(tree)] = step_of(tree)
            return self.build(step, place, place, prefix)
        except Fault as fault:
            self.report(fault, tree.span if step is None else step.span, place.frame)
        except Unknown:
            self.silent = self.silent or tree.span
        self.depth = depth
        return FAILED

    def build(self, step: Step, place: Place, lexical: Place, prefix: Prefix) -> Current | None:
        """A step at its place: name it, then make it. `lexical` is where it was written, which may be elsewhere."""
        kind = step.kind.text if step.kind is not None else ""
        if kind == "let":
            self.let(step, place)
            return place.current
        if kind == "tap":
            self.tap(step, place, prefix)
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
            entry.value = self.perform(use, place, prefix, entry)
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
        self.enter()
        inner = self.use(step_of(value.tree), value.place)
        self.depth -= 1
        return inner._replace(modifiers={**inner.modifiers, **modifiers})

    def meaning(self, word: str, step: Step) -> type[Layer] | Block | None:
        """The block or kind of that name; None for the words of structure. Raises `Fault`, `Unknown`."""
        found = self.doc.blocks.get(word, BY_NAME.get(word))
        if found is None and word in self.doc.blocks:
            raise Unknown
        if found is None and word not in ("layers", "parallel"):
            raise schema.unknown_kind(word, self.doc.blocks, step).on(step.span)
        return found

    # modifiers

    def perform(self, use: Use, place: Place, prefix: Prefix, entry: Entry) -> Current:
        """A step under its modifiers."""
        if use.modifiers.keys() <= _PLAIN:
            return self.once(use, place, Site(entry.path, entry, prefix, None))
        if "when" in use.modifiers and not self.condition(use.modifiers["when"]):
            return self.absent(use, place, entry)
        shared = repetition.sharing(self.values, use, entry) if "share" in use.modifiers else None
        if "each" in use.modifiers:
            return self.each(use, place, entry, shared)
        return self.repeat(use, place, prefix, entry, None, shared)

    def condition(self, modifier: tuple[Tree, Place]) -> bool:
        """The value of a `when`."""
        tree, lexical = modifier
        value = self.values.of(tree, lexical)
        if not isinstance(value, bool):
            raise Fault(f"`when` is `true` or `false`, not `{show(plain(value))}`",
                        help="write a comparison, as in `$stride != 1`").on(tree.span)
        return value

    def absent(self, use: Use, place: Place, entry: Entry) -> Current:
        """A step that is not there hands on its own input: the one tensor that `from` names, else the current one."""
        entry.absent = True
        if "repeat" in use.modifiers or "each" in use.modifiers:
            entry.repetitions = []
        branches = isinstance(use.what, type) and use.what.merges and use.step.primary is not None
        if "from" in use.modifiers and not branches:
            tree, lexical = use.modifiers["from"]
            found = self.values.references(tree, lexical, "from")
            if len(found) == 1:
                return value_of(found[0][0])
        return self.there(place.current)

    def each(self, use: Use, place: Place, entry: Entry, shared: repetition.Sharing | None) -> Current:
        """Apply a step to every tensor of a list; the result is the tuple."""
        tree, lexical = use.modifiers["each"]
        if "from" in use.modifiers:
            raise Fault("`each` and `from` both say where the input comes from", code="bad-step").on(tree.span)
        starts = [value_of(found) for found, _ in self.values.references(tree, lexical, "each")]
        if len(starts) == 1 and isinstance(starts[0], Bundle):
            starts = list(starts[0].members)
        if not starts:
            raise Fault("`each` names no tensor").on(tree.span)
        entry.repetitions = []
        self.builder.scope(entry.path, _block_name(use), None, use.step.span)
        for number, start in enumerate(starts):
            self.count(1, use.step.span, place.frame)
            child = Entry(f"{entry.path}.{number}", use.name)
            entry.repetitions.append(child)
            here = Place(place.frame.within({}), start)
            try:
                child.value = self.repeat(use, here, Prefix(child.path), child, number, shared)
            finally:
                child.unfinished = False
        return Bundle(tuple(child.value for child in entry.repetitions), (None,) * len(starts))

    def repeat(self, use: Use, place: Place, prefix: Prefix, entry: Entry, element: int | None,
               shared: repetition.Sharing | None) -> Current:
        """A step once, or in sequence; `element` is its number in an `each`."""
        first = repetition.first(use)
        if "repeat" not in use.modifiers:
            return self.shared(use, place, Site(entry.path, entry, prefix, element), shared, not element)
        loops = repetition.loops(self.values, use)
        if not loops:
            return self.absent(use, place, entry)
        entry.repetitions = []
        self.builder.scope(entry.path, _block_name(use), element, use.step.span)
        current = place.current
        for number, variables in enumerate(loops):
            self.count(1, use.step.span, place.frame)
            child = Entry(f"{entry.path}.{number}", use.name)
            frame = place.frame.within(variables)
            written = frame if use.place.frame is place.frame else use.place.frame.within(variables)
            now = use._replace(place=Place(written, current), first=first if number == 0 else None)
            if number == 1 and "from" in use.modifiers:
                use = use._replace(modifiers={key: value for key, value in use.modifiers.items() if key != "from"})
                now = now._replace(modifiers=use.modifiers)
            site = Site(child.path, child, Prefix(child.path), number)
            child.value = current = self.shared(now, Place(frame, current), site, shared, not element and number == 0)
            child.unfinished = False
            entry.repetitions.append(child)
        return self.there(current)

    def shared(self, use: Use, place: Place, site: Site, shared: repetition.Sharing | None, first: bool) -> Current:
        """One instance, with the weights of another where `share` says so."""
        pair = shared.pair(site.path, first) if shared is not None else None
        if pair is None:
            return self.once(use, place, site)
        self.sharing.append(pair)
        try:
            return self.once(use, place, site)
        finally:
            self.sharing.pop()

    # one instance of a step

    def once(self, use: Use, place: Place, site: Site) -> Current:
        """One instance of a step at its path."""
        self.characters += len(site.path)
        if self.characters > CHARACTERS * self.max_layers:
            self.stop("characters of paths", CHARACTERS * self.max_layers, use.step.span, place.frame)
        if isinstance(use.what, type) and not use.what.merges:
            return self.layer(use, place, site)
        if isinstance(use.what, Block):
            return self.block(use.what, use, place, site)
        if isinstance(use.what, type) or use.name == "parallel":
            return merge(self, use, place, site)
        start = self.source(use, place)
        if not use.name:
            return start
        self.builder.scope(site.path, None, _number(site), use.step.span)
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
        self.enter()
        inner = Prefix(site.path)
        site.entry.members = inner.entries
        frame, current = place
        for value in values:
            if not isinstance(value, Word | StepValue):
                raise Fault(f"`{show(plain(value))}` cannot be a step", code="unknown-kind")
            tree = Scalar(value.text, value.span) if isinstance(value, Word) else value.tree
            current = self.build(step_of(tree), Place(frame, current), value.place, inner)
        self.depth -= 1
        return self.there(current)

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
        self.join(len(found), tree.span, place.frame)
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
        self.builder.scope(site.path, block.name, _number(site), use.step.span)
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
        if len(self.builder.nodes) >= self.max_layers:
            self.stop("layers", self.max_layers, use.step.span, use.place.frame)
        donor = None
        if self.sharing:
            own, other = self.sharing[-1]
            donor = other + site.path[len(own):]
        return self.builder.add(site.path, made.layer, tensors, made.written, use.step.span, donor)

    # steps that build nothing themselves

    def tap(self, step: Step, place: Place, prefix: Prefix) -> None:
        """Side pipelines by name; the main path does not move."""
        wrong = next((key for key, _ in step.modifiers.values() if key.text not in ("when", "from")), None)
        if wrong is not None:
            raise Fault(f"`tap` has no `{wrong.text}`", code="bad-step",
                        help="its pipelines are named by their keys").on(wrong.span)
        if not isinstance(step.primary, Table) or step.args:
            raise Fault("`tap` is a mapping of named pipelines, as in `tap: {aux: […]}`", code="bad-step")
        use = Use("tap", None, step, place, {key: (tree, place) for key, (_, tree) in step.modifiers.items()})
        there = "when" not in step.modifiers or self.condition(use.modifiers["when"])
        start = self.source(use, place)
        for key, steps in step.primary.entries:
            self.count(1, key.span, place.frame)
            check_name(key.text, key.span, "tap", ("prev", "in"))
            inner = self.names.prefix(prefix.join(key.text), steps)
            entry = Entry(inner.path, "tap", inner.entries)
            self.register(key.text, entry, place.frame, prefix, key.span)
            entry.absent = not there
            entry.value = start
            try:
                if there:
                    self.builder.scope(inner.path, None, None, key.span)
                    entry.value = self.nested(steps, Place(place.frame, start), inner)
            finally:
                entry.unfinished = False

    def let(self, step: Step, place: Place) -> None:
        """Local values, in order."""
        if step.modifiers or step.args or not isinstance(step.primary, Table):
            raise Fault("`let` is a mapping of names to values and takes nothing else", code="bad-step",
                        help="write `let: {half: $out // 2}`")
        for key, tree in step.primary.entries:
            self.count(1, key.span, place.frame)
            check_name(key.text, key.span, "value")
            if key.text in place.frame.variables:
                raise Fault(f"`{key.text}` has a value in this scope already", code="duplicate-name").on(key.span)
            try:
                place.frame.variables[key.text] = self.values.of(tree, place)
            except Fault as fault:
                self.report(fault, key.span, place.frame)
                place.frame.variables[key.text] = failed_value()
            except Unknown:
                place.frame.variables[key.text] = failed_value()


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


def _number(site: Site) -> int | None:
    """Which repetition an instance is: counted, or written as the end of a dotted name."""
    last = site.path.rpartition(".")[2]
    return int(last) if site.number is None and last.isdigit() else site.number


def _block_name(use: Use) -> str | None:
    return use.what.name if isinstance(use.what, Block) else None
