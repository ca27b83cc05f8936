"""The top level of a spec: what it says about itself, its hyperparameters under a variant and overrides, its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncalc.errors import Diagnostic, Fault, Source, Span, SpecError, did_you_mean
from cnncalc.graph import Header, Input
from cnncalc.layers import BY_NAME
from cnncalc.layers.base import Shape
from cnncalc.layers.forms import show, told
from cnncalc.spec.inputs import MAX_AXES, MAX_INPUTS, replaced, sizes_of, varied
from cnncalc.spec.scope import Frame, Place, StepValue, Unknown, Word
from cnncalc.spec.source import MOST, Scalar, Table, Tree, read
from cnncalc.spec.steps import Block, block_of, check_name
from cnncalc.spec.values import Values, failed_value, plain

VERSION = 1
KEYS = ("cnncalc", "name", "description", "family", "year", "source", "hyperparameters", "variants", "input", "inputs",
        "blocks", "layers", "outputs", "budget")
VARIANT_KEYS = ("input", "description", "source", "year", "budget")
"""What a variant may hold besides hyperparameters; so these words name no hyperparameter."""

_MAPPINGS = {"hyperparameters": "hyperparameters: {width: 64}", "variants": "variants: {large: {width: 128}}",
             "inputs": "inputs: {left: [3, 64, 64], right: [3, 64, 64]}", "blocks": "blocks: {stage(out): […]}"}
"""How the parts that are mappings look."""


class Document(NamedTuple):
    """A spec's parts, with its hyperparameters evaluated and its input shapes known.

    A block whose signature cannot be read is None: its calls are no further problem.
    """

    source: Source
    header: Header
    variant: str | None
    overrides: Mapping[str, Any]
    hyperparameters: dict[str, Any]
    inputs: tuple[Input, ...]
    blocks: dict[str, Block | None]
    layers: Tree | None
    outputs: Tree | None
    budget: Tree | None
    problems: list[Diagnostic]


class Choice(NamedTuple):
    """What the user asks of a spec: a variant, hyperparameters (values, or texts in the language), input shapes."""

    variant: str | None = None
    set: Mapping[str, Any] = {}
    input: Any = None


def variants_of(source: Source) -> list[str]:
    """The names of a spec's variants, in order, without reading the rest of it."""
    tree = read(source)
    variants = tree.get("variants") if isinstance(tree, Table) else None
    return [key.text for key, _ in variants.entries] if isinstance(variants, Table) else []


def document(source: Source, choice: Choice) -> Document:
    """Read the top level. Raises `SpecError` where nothing can be built; other problems are collected."""
    tree = read(source)
    if not isinstance(tree, Table):
        raise SpecError((Diagnostic("bad-spec", "a spec is a mapping at its top", source, tree.span,
                                    help="start with `input: [3, 224, 224]`, then `layers:` and the list of steps"),))
    return _Top(source, tree, choice).document()


class _Top:
    def __init__(self, source: Source, tree: Table, choice: Choice) -> None:
        self.source = source
        self.tree = tree
        self.choice = choice
        self.problems: list[Diagnostic] = []
        self.parts = {key.text: (key, value) for key, value in tree.entries}
        self.values = Values({}, {})
        self.place = Place(Frame({}, None, ()), None)

    def document(self) -> Document:
        self.check_keys()
        variant = self.variant()
        self.hyperparameters(variant)
        inputs = self.inputs(variant)
        layers = self.part("layers")
        if layers is None or (isinstance(layers, Scalar) and not layers.text):
            what = "the spec has no `layers`" if layers is None else "`layers` holds nothing"
            self.complain(Fault(what, code="missing-key", help="add `layers:` and the list of steps"),
                          self.parts["layers"][0].span if layers else None)
            layers = None
        return Document(self.source, self.header(variant), self.choice.variant, self.choice.set,
                        self.values.hyperparameters, inputs, self.blocks(), layers, self.part("outputs"),
                        variant.get("budget") if self.choice.variant else self.part("budget"), self.problems)

    def part(self, key: str) -> Tree | None:
        found = self.parts.get(key)
        return None if found is None else found[1]

    def complain(self, fault: Fault, span: Span | None = None) -> None:
        self.problems.append(fault.at(self.source, span or Span(1, 1)))
        if len(self.problems) >= MOST:
            raise SpecError(tuple(self.problems))

    def check_keys(self) -> None:
        for key, value in self.tree.entries:
            if key.text not in KEYS and not key.text.startswith("x-"):
                self.complain(Fault(f"unknown key `{show(key.text)}`", code="unknown-key",
                                    help=did_you_mean(key.text, KEYS, "the keys are " + ", ".join(KEYS))), key.span)
            if key.text == "cnncalc" and (not isinstance(value, Scalar) or value.text != str(VERSION)):
                self.complain(Fault(f"this spec asks for version `{show(getattr(value, 'text', 'a list'))}` of the "
                                    f"language, and this tool reads version {VERSION}", code="bad-version"), value.span)
        if "input" in self.parts and "inputs" in self.parts:
            self.complain(Fault("a spec has `input` or `inputs`, not both", code="unknown-key"),
                          self.parts["inputs"][0].span)

    def header(self, variant: Table) -> Header:
        texts = {}
        for key in ("name", "description", "family", "source", "year"):
            tree = variant.get(key) if key in VARIANT_KEYS else None
            tree = tree or self.part(key)
            texts[key] = tree.text if isinstance(tree, Scalar) else ""
            if tree is not None and not isinstance(tree, Scalar):
                self.complain(Fault(f"`{key}` is a text", code="bad-value"), tree.span)
        year = texts["year"]
        if year and not (year.isascii() and year.isdigit() and len(year) == 4):
            self.complain(Fault(f"`year` is four digits, not `{show(year)}`"), self.parts["year"][1].span)
            year = ""
        return Header(texts["name"], texts["description"], texts["family"], int(year) if year else None,
                      texts["source"])

    def variant(self) -> Table:
        variants = self.table("variants")
        declared = dict.fromkeys(key.text for key, _ in self.table("hyperparameters").entries)
        for key, value in variants.entries:
            if isinstance(value, Table):
                for inner, _ in value.entries:
                    if inner.text not in declared and inner.text not in VARIANT_KEYS:
                        self.complain(self.unknown_hyperparameter(inner.text, declared, VARIANT_KEYS), inner.span)
            elif not isinstance(value, Scalar) or value.text:
                self.complain(Fault(f"the variant `{show(key.text)}` is a mapping of hyperparameters", code="bad-value",
                                    help=f"write `{show(key.text)}: {{}}` for the defaults"), value.span)
        wanted = self.choice.variant
        if wanted is None:
            return Table([], self.tree.span)
        found = variants.get(wanted)
        if found is not None and not isinstance(found, Table):
            return Table([], found.span)
        if found is None:
            names = [key.text for key, _ in variants.entries]
            listed = "its variants are " + ", ".join(map(show, names[:20])) if names else "it has no variants"
            message = f"`{self.source.label}` has no variant `{show(wanted)}`"
            raise SpecError((Diagnostic("unknown-variant", message, self.source,
                                        help=did_you_mean(wanted, names, listed)),))
        return found

    def table(self, key: str) -> Table:
        found = self.parts.get(key)
        if found is None:
            return Table([], self.tree.span)
        if not isinstance(found[1], Table):
            if not isinstance(found[1], Scalar) or found[1].text:
                self.complain(Fault(f"`{key}` is a mapping", code="bad-value", help=f"as in `{_MAPPINGS[key]}`"),
                              found[1].span)
            return Table([], found[1].span)
        return found[1]

    def hyperparameters(self, variant: Table) -> None:
        """Evaluate in order: `--set` wins over the variant, the variant over the default."""
        declared = self.table("hyperparameters")
        names = dict.fromkeys(key.text for key, _ in declared.entries)
        chosen = {key.text: value for key, value in variant.entries if key.text not in VARIANT_KEYS}
        overrides = {name: _override(name, value) for name, value in self.choice.set.items()}
        for name, (source, _) in overrides.items():
            if name not in names:
                raise SpecError((self.unknown_hyperparameter(name, names).at(source, None),))
        for key, default in declared.entries:
            try:
                check_name(key.text, key.span, "hyperparameter", (*_RESERVED, *VARIANT_KEYS))
                value = self.values.of(default, self.place)
                if key.text in chosen:
                    value = self.typed(key.text, value, chosen[key.text])
                if key.text in overrides:
                    value = self.override(key.text, value, *overrides[key.text])
                self.values.hyperparameters[key.text] = value
            except Fault as fault:
                self.complain(fault, key.span)
                self.values.hyperparameters[key.text] = failed_value()
            except Unknown:
                self.values.hyperparameters[key.text] = failed_value()

    def unknown_hyperparameter(self, name: str, names: dict[str, None], others: tuple[str, ...] = ()) -> Fault:
        listed = "it declares " + ", ".join(map(show, list(names)[:20])) if names else "it declares none"
        return Fault(f"the spec has no hyperparameter `{show(name)}`", code="unknown-hyperparameter",
                     help=did_you_mean(name, (*names, *others), listed))

    def typed(self, name: str, default: Any, tree: Tree) -> Any:
        value = self.values.of(tree, self.place)
        if _type(value) != _type(default):
            raise Fault(f"`{name}` is {_type(default)} by default, and this is {_type(value)}", code="bad-value",
                        detail=f"the default is `{show(plain(default))}`").on(tree.span)
        return value

    def override(self, name: str, default: Any, source: Source, tree: Tree) -> Any:
        try:
            return self.typed(name, default, tree)
        except Fault as fault:
            raise SpecError((fault.at(source, tree.span),)) from None

    def inputs(self, variant: Table) -> tuple[Input, ...]:
        tree = self.part("input")
        named = self.table("inputs").entries if "inputs" in self.parts else None
        if named is None and tree is None and variant.get("input") is None:
            self.complain(Fault("the spec has no `input`", code="missing-key", help="add `input: [3, 224, 224]`"))
            return ()
        if named is not None and not named:
            self.complain(Fault("`inputs` names no input", code="missing-key", help="add `input: [3, 224, 224]`"),
                          self.parts["inputs"][0].span)
            return ()
        if named is not None and len(named) > MAX_INPUTS:
            self.complain(Fault(f"a network has at most {MAX_INPUTS} inputs, not {len(named):,}", code="too-large"),
                          self.parts["inputs"][0].span)
            raise SpecError(tuple(self.problems))
        trees = {"input": tree} if named is None else {key.text: value for key, value in named}
        try:
            trees |= varied(variant.get("input"), list(trees))
        except Fault as fault:
            self.complain(fault)
        inputs = []
        for name, each in trees.items():
            if each is None:
                continue
            try:
                check_name(name, each.span, "network input")
                inputs.append(Input(name, self.shape(each), each.span))
            except Fault as fault:
                self.complain(fault, each.span)
            except Unknown:
                pass
        return replaced(tuple(inputs), self.choice.input) if len(inputs) == len(trees) else ()

    def shape(self, tree: Tree) -> Shape:
        value = self.values.literal(tree, self.place)
        if not isinstance(value, tuple) or not 1 <= len(value) <= MAX_AXES:
            raise Fault(f"an input is a list of sizes, not {told(value)}", code="bad-value",
                        help="write channels first, without the batch: `[3, 224, 224]`").on(tree.span)
        return sizes_of(value, tree.span)

    def blocks(self) -> dict[str, Block | None]:
        blocks: dict[str, Block | None] = {}
        for key, body in self.table("blocks").entries:
            try:
                block = block_of(key, body)
            except Fault as fault:
                self.complain(fault, key.span)
                blocks.setdefault(key.text.partition("(")[0].strip(), None)
                continue
            known = blocks.get(block.name)
            if known is not None:
                first = known.span
                self.complain(Fault(f"the block `{block.name}` is defined twice", code="duplicate-name",
                                    detail=f"first at line {first.line}, column {first.column}"), key.span)
            elif block.name in BY_NAME:
                self.problems.append(Diagnostic("hidden-kind", f"the block `{block.name}` hides the kind of that name",
                                                self.source, key.span, severity="warning"))
            blocks[block.name] = block
        return blocks


_RESERVED = ("name", "from", "when", "repeat", "first", "each", "share", "prev", "in")


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, Word):
        return "a word"
    if isinstance(value, StepValue):
        return "a step"
    return "nothing" if value is None else "a list"


def _override(name: str, value: Any) -> tuple[Source, Tree]:
    """A `--set` value as a tree: texts are read in the language, Python values as what they are."""
    text = value if isinstance(value, str) else show_value(value)
    source = Source(f"--set {name}", text)
    if not text.strip():
        raise SpecError((Diagnostic("bad-value", f"`--set {name}` has no value", source,
                                    help=f"write `--set {name}=1`"),))
    return source, read(source)


def show_value(value: Any) -> str:
    """A Python value in the language's own notation."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(show_value, value)) + "]"
    return str(value)
