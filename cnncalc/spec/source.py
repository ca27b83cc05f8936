"""YAML text to values with places; knows no layer.

The tree is built from PyYAML's event stream, iteratively: nothing is constructed, nothing recurses, so a hostile text
costs no more than its length. Scalars keep their raw text; `expression.parse` types them.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from cnncalc.errors import Diagnostic, Source, Span, SpecError

MAX_BYTES = 16 * 2**20
MAX_NESTING = 64
MAX_VALUES = 2_000_000
"""Scalars and collections of one text, keys included: about 750 MiB of memory at most."""

MOST = 1_000
"""Problems after which a text is not read on."""


class Scalar(NamedTuple):
    """A word, number or expression as written; `text` is empty for a key without a value."""

    text: str
    span: Span
    quoted: bool = False


class Listing(NamedTuple):
    """A YAML sequence."""

    items: list[Tree]
    span: Span


class Table(NamedTuple):
    """A YAML mapping, in order; keys are scalars and unique."""

    entries: list[tuple[Scalar, Tree]]
    span: Span

    def get(self, key: str) -> Tree | None:
        """The value of a key, or None."""
        return next((value for name, value in self.entries if name.text == key), None)


Tree = Scalar | Listing | Table


def read(source: Source) -> Tree:
    """The one document of a text as a tree.

    Raises:
        SpecError: not YAML, or YAML that the language does without (anchors, tags, several documents, duplicate keys).
    """
    if len(source.text) > MAX_BYTES:
        raise SpecError((Diagnostic("too-large", f"the text is over {MAX_BYTES >> 20} MiB", source),))
    reader = _Reader(source)
    parser: Any = None
    try:
        # The C parser where the wheel has it, the pure one otherwise; the same events from both.
        parser = yaml.CSafeLoader(source.text) if yaml.__with_libyaml__ else yaml.SafeLoader(source.text)
        reader.build(parser)
    except yaml.YAMLError as error:
        reader.problems.append(_syntax(source, error))
    except UnicodeEncodeError as error:
        line = source.text.count("\n", 0, error.start) + 1
        column = error.start - source.text.rfind("\n", 0, error.start)
        reader.complain("encoding", "the text holds half of a surrogate pair", Span(line, column))
    finally:
        if parser is not None:
            parser.dispose()
    if reader.problems:
        raise SpecError(tuple(reader.problems))
    if reader.root is None:
        raise SpecError((Diagnostic("empty", "the text is empty", source, Span(1, 1),
                                    help="a network needs at least `input:` and `layers:`"),))
    return reader.root


class _Open(NamedTuple):
    """A collection that is being read: its node, the places of its keys, and the key that waits for a value."""

    node: Listing | Table
    seen: dict[str, Span]
    key: list[Scalar]


_new = tuple.__new__
"""Makes a record of a tuple at once: half of the time of calling its class, and there are many scalars."""


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Diagnostic] = []
        self.root: Tree | None = None
        self.stack: list[_Open] = []
        self.texts: dict[str, str] = {}
        self.documents = 0

    def complain(self, code: str, message: str, span: Span, help: str = "", detail: str = "") -> None:
        self.problems.append(Diagnostic(code, message, self.source, span, detail, help))

    def build(self, parser: Any) -> None:
        """Read all events, or up to the first that ends the matter."""
        from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

        texts, left, event_of = self.texts, MAX_VALUES, parser.get_event
        while (event := event_of()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                start, end = event.start_mark, event.end_mark
                column = start.column
                length = end.column - column if end.line == start.line else 1
                span = _new(Span, (start.line + 1, column + 1, length if length > 0 else 1))
                if event.anchor is not None or event.tag is not None:
                    self.feature(event, span)
                text = event.value
                # Words repeat themselves: one object for all of them.
                self.place(_new(Scalar, (texts.setdefault(text, text), span, event.style in _QUOTES)))
            elif kind is SequenceStartEvent or kind is MappingStartEvent:
                if not self.open(event, kind is SequenceStartEvent):
                    return
            elif kind is SequenceEndEvent or kind is MappingEndEvent:
                self.stack.pop()
            elif not self.rare(event):
                return
            left -= 1
            if left < 0 or len(self.problems) >= MOST:
                if left < 0:
                    self.complain("too-large", f"the text holds over {MAX_VALUES:,} values", _span(event))
                return

    def rare(self, event: Any) -> bool:
        """An event that is no value; whether reading goes on."""
        name = type(event).__name__
        if name == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                self.complain("yaml-feature", "a spec is one document", _span(event), "remove the line `---`")
                return False
        elif name == "AliasEvent":
            self.complain("yaml-feature", "aliases are not part of the language", _span(event),
                          "write a block, and call it twice")
            self.place(Scalar("", _span(event)))
        return True

    def open(self, event: Any, sequence: bool) -> bool:
        span = _span(event)
        if event.anchor is not None or event.tag is not None:
            self.feature(event, span)
        if len(self.stack) >= MAX_NESTING:
            self.complain("too-deep", f"lists and mappings are nested more than {MAX_NESTING} deep", span)
            return False
        node: Listing | Table = Listing([], span) if sequence else Table([], span)
        waiting = self.stack[-1] if self.stack else None
        if waiting is not None and type(waiting.node) is Table and not waiting.key:
            self.complain("yaml-syntax", "a key must be a word", span,
                          "quote it if it is an expression; a `{` or `[` at the start of a key opens a collection")
            return False
        self.place(node)
        self.stack.append(_Open(node, {}, []))
        return True

    def place(self, node: Tree) -> None:
        """Put a value where it belongs: into a list, behind its key, or as a key."""
        if not self.stack:
            if self.root is None:
                self.root = node
            return
        within, _, waiting = top = self.stack[-1]
        if type(within) is Listing:
            within.items.append(node)
        elif waiting:
            key = waiting.pop()
            within.entries.append((key, node))  # type: ignore[union-attr]
            if type(node) is Scalar and not node.quoted and (not node.text or "(" in node.text):
                self.traps(key, node)
        else:
            assert type(node) is Scalar
            self.key(top, node)

    def key(self, top: _Open, key: Scalar) -> None:
        top.key.append(key)
        if key.text == "<<":
            self.complain("yaml-feature", "merge keys are not part of the language", key.span,
                          "write the arguments out, or make a block with defaults")
        span = key.span
        first = top.seen.setdefault(key.text, span)
        if first is not span:
            self.complain("duplicate-key", f"`{key.text}` stands twice in one mapping", span,
                          detail=f"first at line {first.line}, column {first.column}")

    def traps(self, key: Scalar, value: Scalar) -> None:
        """Mistakes that are valid YAML and never what was meant."""
        if not value.text and not key.quoted and _GLUED.match(key.text):
            word, rest = key.text.split(":", 1)
            self.complain("yaml-syntax", f"`{key.text}` is one word", key.span, "put a space after `:`: "
                          f"`{word}: {rest}`")
        elif value.text.count("(") > value.text.count(")"):
            self.complain("yaml-syntax", f"`{value.text}` lacks its closing parenthesis", value.span,
                          'quote expressions that contain a comma: "make_divisible($c, 4)"')

    def feature(self, event: Any, span: Span) -> None:
        what = "anchors" if event.anchor is not None else "tags"
        help = "write a block, and call it twice" if event.anchor is not None else "values need no tags"
        self.complain("yaml-feature", f"{what} are not part of the language", span, help)


_QUOTES = ("'", '"', "|", ">")
_GLUED = re.compile(r"\w+:\S")


def _span(event: Any) -> Span:
    return Span(event.start_mark.line + 1, event.start_mark.column + 1)


def _syntax(source: Source, error: yaml.YAMLError) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).split("\n")[0]
    if mark is None:
        position = getattr(error, "position", None)
        if not isinstance(position, int):
            return Diagnostic("yaml-syntax", f"not YAML: {problem}", source, Span(1, 1))
        before = source.text[:position] if not yaml.__with_libyaml__ else source.text.encode()[:position].decode(
            errors="ignore")
        span = Span(before.count("\n") + 1, len(before) - before.rfind("\n"))
        return Diagnostic("yaml-syntax", "the text holds a control character", source, span, help="remove it")
    span = Span(mark.line + 1, mark.column + 1)
    lines = source.text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    help = ""
    if "mapping values are not allowed" in problem:
        help = "wrap the step in { }: `- {conv: 64, kernel: 3}`" if line.lstrip().startswith("-") else (
            "quote a value that contains `: `")
    elif "alphabetic or numeric" in problem:
        help = 'quote a text that starts with `*` or `&`: `"**.fc"`'
    elif "\t" in line:
        help = "indent with spaces, not with tabs"
    elif "expected ',' or" in problem or "did not find expected ',' or" in problem:
        help = "close the `{` or `[` that is open, or put a comma between its entries"
    return Diagnostic("yaml-syntax", f"not YAML: {problem}", source, span, help=help)
