"""What is known of a step and a block before anything is evaluated: kind, arguments, modifiers, signature."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnncalc.errors import Fault, Source, Span, SpecError
from cnncalc.layers.forms import show
from cnncalc.spec.source import Listing, Scalar, Table, Tree, read

MODIFIERS = ("name", "from", "when", "repeat", "first", "each", "share")
STRUCTURES = ("layers", "let", "tap", "parallel")
"""Step words that build no layer and that no block may be called."""

MAX_NAME = 100
_COUNT = re.compile(r"0|[1-9][0-9]{0,8}")
_SIGNATURE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\((.*)\))?\s*", re.DOTALL)


class Step(NamedTuple):
    """A step as written. `kind` is None for a step of modifiers alone; `primary` for a kind without a value."""

    kind: Scalar | None
    primary: Tree | None
    args: tuple[tuple[Scalar, Tree], ...]
    modifiers: dict[str, tuple[Scalar, Tree]]
    span: Span

    def modifier(self, name: str) -> Tree | None:
        """The value of a modifier, or None."""
        found = self.modifiers.get(name)
        return None if found is None else found[1]


class Block(NamedTuple):
    """A block: its parameters in order (with their defaults), and its body."""

    name: str
    parameters: dict[str, Tree | None]
    body: Tree
    span: Span


def step_of(tree: Tree) -> Step:
    """A step from a word or a mapping. Raises `Fault`."""
    if isinstance(tree, Scalar):
        if not tree.text:
            raise Fault("this step is empty", code="bad-step", help="write a kind, or remove the entry").on(tree.span)
        return Step(tree, None, (), {}, tree.span)
    assert isinstance(tree, Table)
    if not tree.entries:
        raise Fault("this step is empty", code="bad-step", help="write a kind: `{conv: 64, kernel: 3}`").on(tree.span)
    kind: Scalar | None = None
    primary: Tree | None = None
    args: list[tuple[Scalar, Tree]] = []
    modifiers: dict[str, tuple[Scalar, Tree]] = {}
    for key, value in tree.entries:
        if key.text in MODIFIERS:
            modifiers[key.text] = (key, value)
        elif kind is None:
            kind = key
            primary = None if isinstance(value, Scalar) and not value.text and not value.quoted else value
        else:
            args.append((key, value))
    return Step(kind, primary, tuple(args), modifiers, tree.span if kind is None else kind.span)


def name_of(step: Step) -> str | None:
    """The written name of a step, which may be dotted. Raises `Fault`."""
    tree = step.modifier("name")
    if tree is None:
        return None
    if not isinstance(tree, Scalar):
        raise Fault("a name is a word, not a list or mapping", code="bad-name").on(tree.span)
    name = tree.text
    if not is_identifier(name):
        check_path(name, tree.span)
    check_name(name.partition(".")[0], tree.span, "step", ("prev", "in"))
    return name


def is_identifier(text: str) -> bool:
    """Letters, digits and `_` of ASCII, not starting with a digit."""
    return text.isidentifier() and text.isascii()


def check_path(text: str, span: Span) -> None:
    """A dotted name: identifiers and, after the first, numbers. Raises `Fault`."""
    parts = text.split(".")
    if not all(is_identifier(part) or (index and _COUNT.fullmatch(part)) for index, part in enumerate(parts)):
        raise Fault(f"`{show(text)}` is not a name", code="bad-name",
                    help="a name is letters, digits and `_`, not starting with a digit").on(span)
    if len(max(parts, key=len)) > MAX_NAME or len(parts) > 2 * MAX_NAME:
        raise Fault(f"the name is over {MAX_NAME} characters", code="too-large").on(span)


def check_name(name: str, span: Span, what: str, reserved: tuple[str, ...] = (*MODIFIERS, "prev", "in")) -> None:
    """A name that the user chooses must be an identifier and not mean something else already. Raises `Fault`."""
    if not is_identifier(name):
        raise Fault(f"`{show(name)}` is not a name", code="bad-name",
                    help="a name is letters, digits and `_`, not starting with a digit").on(span)
    if len(name) > MAX_NAME:
        raise Fault(f"the name is over {MAX_NAME} characters", code="too-large").on(span)
    if name in reserved or name in ("true", "false"):
        raise Fault(f"`{name}` has a meaning of its own and cannot name a {what}", code="bad-name",
                    help=f"call it `{name}_`").on(span)


def block_of(key: Scalar, body: Tree) -> Block:
    """A block from its signature, `bottleneck(width, stride=1, out=4*$width)`, and its body. Raises `Fault`."""
    match = _SIGNATURE.fullmatch(key.text)
    if not match:
        raise Fault(f"`{show(key.text)}` is not a block's signature", code="bad-signature",
                    help="write `name(first, second=1):`").on(key.span)
    check_name(match[1], key.span, "block", (*MODIFIERS, *STRUCTURES, "branch", "prev", "in"))
    parameters: dict[str, Tree | None] = {}
    for text in _split(match[2] or ""):
        name, equals, default = (part.strip() for part in text.partition("="))
        check_name(name, key.span, "parameter")
        if name in parameters:
            raise Fault(f"`{match[1]}` has the parameter `{name}` twice", code="bad-signature").on(key.span)
        if not equals and any(value is not None for value in parameters.values()):
            raise Fault(f"the parameter `{name}` has no default and follows one that has", code="bad-signature",
                        help=f"give `{name}` a default, or move it forward").on(key.span)
        parameters[name] = _default(default, key.span) if equals else None
    return Block(match[1], parameters, body, key.span)


def _split(text: str) -> list[str]:
    """Parameters, split at the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return parts if len(parts) > 1 or parts[0].strip() else []


def _default(text: str, span: Span) -> Tree:
    if text[:1] not in ("[", "{"):
        return Scalar.at(text, span)
    try:
        return _moved(read(Source("", text)), span)
    except SpecError as error:
        raise Fault(f"the default `{show(text)}` cannot be read", code="bad-signature",
                    detail=error.diagnostics[0].message).on(span) from None


def _moved(tree: Tree, span: Span) -> Tree:
    """The same tree with one place for all its parts: a signature is one key of the text."""
    if isinstance(tree, Scalar):
        return Scalar.at(tree.text, span, tree.quoted)
    if isinstance(tree, Listing):
        return Listing([_moved(item, span) for item in tree.items], span)
    return Table([(Scalar.at(key.text, span), _moved(value, span)) for key, value in tree.entries], span)


def written_names(items: Tree) -> tuple[set[str], set[str]]:
    """The names of steps, and the keys of branches, that are written directly in a pipeline (lists in it included)."""
    names: set[str] = set()
    keys: set[str] = set()
    waiting = [items]
    while waiting:
        tree = waiting.pop()
        if isinstance(tree, Listing):
            waiting += tree.items
        elif isinstance(tree, Table):
            for key, value in tree.entries:
                if type(value) is Scalar:
                    if key.text == "name":
                        names.add(value.text)
                elif type(value) is Table and key.text not in MODIFIERS:
                    (names if key.text == "tap" else keys).update(inner.text for inner, _ in value.entries)
    return names, keys
