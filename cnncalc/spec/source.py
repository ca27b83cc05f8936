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
MAX_VALUES = 3_500_000
"""Scalars, starts and ends of collections in one text: 200,000 layers that are written out take 2 to 3 million."""

MOST_WORDS = 20_000
"""Different words that are kept once; beyond them, keeping track costs more than it saves."""

MOST = 1_000
"""Problems after which a text is not read on."""


class Scalar(NamedTuple):
    """A word, number or expression as written; `text` is empty for a key without a value.

    The place stands in it number by number: a long text holds millions of scalars, and few are ever asked for it.
    """

    text: str
    line: int
    column: int
    length: int = 1
    quoted: bool = False

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.line, self.column, self.length)

    @classmethod
    def at(cls, text: str, span: Span, quoted: bool = False) -> Scalar:
        """A scalar at a place."""
        return cls(text, *span, quoted)


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
    reader = _read(source, source.text)
    if reader.problems:
        raise SpecError(tuple(reader.problems))
    if reader.root is None:
        raise SpecError((Diagnostic("empty", "the text is empty", source, Span(1, 1),
                                    help="a network needs at least `input:` and `layers:`"),))
    return reader.root


def _read(source: Source, text: str) -> _Reader:
    """A reader that has read a text: the source's, or its beginning."""
    reader = _Reader(source)
    parser: Any = None
    try:
        if sum(map(text.count, _MARKS)) > MAX_VALUES:
            reader.count(parser := _parser(text))
            parser.dispose()
        reader.build(parser := _parser(text))
    except yaml.YAMLError as error:
        if getattr(error, "problem", "") == _TOO_DEEP and text is source.text:
            return _read(source, text[:error.problem_mark.index])  # type: ignore[attr-defined]
        reader.problems.append(_syntax(source, error))
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        column = error.start - text.rfind("\n", 0, error.start)
        reader.complain("encoding", "the text holds half of a surrogate pair", Span(line, column))
    finally:
        if parser is not None:
            parser.dispose()
    return reader


_TOO_DEEP = "exceeded maximum nesting depth"
"""What newer libyamls say at a depth of 1,000. They look ahead, so nothing was seen yet of the depth that is ours."""


def _parser(text: str) -> Any:
    """The C parser where the wheel has it, the pure one otherwise; the same events from both."""
    return yaml.CSafeLoader(text) if yaml.__with_libyaml__ else yaml.SafeLoader(text)


_MARKS = ",-:[{[{"
"""What values stand behind; a text with more marks than values are allowed may be one to refuse before it is kept."""


class _Open(NamedTuple):
    """A collection that is being read: where its values go, a mapping's keys so far, the key that waits."""

    into: list[Any]
    seen: dict[str, Scalar] | None
    key: Scalar | None


_new = tuple.__new__
"""Makes a record of a tuple at once: half of the time of calling its class, and there are many scalars."""


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Diagnostic] = []
        self.root: Tree | None = None
        self.documents = 0

    def complain(self, code: str, message: str, span: Span, help: str = "", detail: str = "") -> None:
        self.problems.append(Diagnostic(code, message, self.source, span, detail, help))

    def count(self, parser: Any) -> None:
        """Refuse a text of too many values without keeping one. Raises `SpecError`."""
        from yaml.events import MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent

        left, depth = MAX_VALUES, 0
        while depth <= MAX_NESTING and (event := parser.get_event()) is not None:
            kind = type(event)
            left -= 1
            if kind is SequenceStartEvent or kind is MappingStartEvent:
                depth += 1
            elif kind is SequenceEndEvent or kind is MappingEndEvent:
                depth -= 1
            if left < 0:
                self.complain("too-large", f"the text holds over {MAX_VALUES:,} values", _span(event))
                raise SpecError(tuple(self.problems))

    def build(self, parser: Any) -> None:
        """Read all events, or up to the first that ends the matter.

        The loop that most of the time of a long spec is spent in: what is open stands in local variables.
        """
        from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

        words: dict[str, str] = {}      # words repeat themselves: one object for all of them
        stack: list[_Open] = []
        top: list[Any] = []
        into = top
        seen: dict[str, Scalar] | None = None
        key: Scalar | None = None
        line = 0
        left, event_of, problems = MAX_VALUES, parser.get_event, self.problems
        while (event := event_of()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                text, start, quoted = event.value, event.start_mark, event.style in _QUOTES
                if event.anchor is not None or event.tag is not None:
                    self.feature(event, _span(event)._replace(length=_length(event)))
                if (known := words.get(text)) is not None:
                    text = known
                elif len(words) < MOST_WORDS:
                    words[text] = text
                if start.line != line - 1:
                    line = start.line + 1       # one number object for all that stands on a line
                length = _length(event) if quoted else len(text) or 1
                node = _new(Scalar, (text, line, start.column + 1, length, quoted))
                if seen is None:
                    into.append(node)
                elif key is None:
                    key = node
                    if seen.setdefault(text, key) is not key or text == "<<":
                        self.bad_key(key, seen[text])
                else:
                    into.append((key, node))
                    if not quoted and (not text or "(" in text):
                        self.traps(key, node)
                    key = None
            elif kind is SequenceStartEvent or kind is MappingStartEvent:
                if not self.may_open(event, len(stack), seen is not None and key is None):
                    return
                inner: list[Any] = []
                collection = (Listing if kind is SequenceStartEvent else Table)(inner, _span(event))
                into.append(collection if seen is None else (key, collection))
                stack.append(_Open(into, seen, None))
                into, seen, key = inner, None if kind is SequenceStartEvent else {}, None
            elif kind is SequenceEndEvent or kind is MappingEndEvent:
                into, seen, key = stack.pop()
            elif not self.rare(event):
                return
            elif type(event).__name__ == "AliasEvent":
                node = Scalar.at("", _span(event))
                if seen is None or key is not None:
                    into.append(node if seen is None else (key, node))
                    key = None
                else:
                    key = node
            left -= 1
            if left < 0 or len(problems) >= MOST:
                if left < 0:
                    self.complain("too-large", f"the text holds over {MAX_VALUES:,} values", _span(event))
                return
            if top:
                self.root = top[0]

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
        return True

    def may_open(self, event: Any, depth: int, as_key: bool) -> bool:
        """Whether a collection may start here, `depth` of them being open."""
        if event.anchor is not None or event.tag is not None:
            self.feature(event, _span(event))
        if depth >= MAX_NESTING:
            self.complain("too-deep", f"lists and mappings are nested more than {MAX_NESTING} deep", _span(event))
        elif as_key:
            self.complain("yaml-syntax", "a key must be a word", _span(event),
                          "quote it if it is an expression; a `{` or `[` at the start of a key opens a collection")
        return depth < MAX_NESTING and not as_key

    def bad_key(self, key: Scalar, first: Scalar) -> None:
        """A key that stands twice, or that YAML itself would obey."""
        if key.text == "<<":
            self.complain("yaml-feature", "merge keys are not part of the language", key.span,
                          "write the arguments out, or make a block with defaults")
        if first is not key:
            self.complain("duplicate-key", f"`{key.text}` stands twice in one mapping", key.span,
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


def _length(event: Any) -> int:
    """Characters of a quoted scalar, quotes included; 1 for one of several lines."""
    start, end = event.start_mark, event.end_mark
    return max(end.column - start.column, 1) if end.line == start.line else 1


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
    span, detail = Span(mark.line + 1, mark.column + 1), ""
    start, context = getattr(error, "context_mark", None), str(getattr(error, "context", None))
    if start is not None and start.line < mark.line and ("flow" in context or "quoted" in context):
        what = "quote" if "quoted" in context else "`{`" if "mapping" in context else "`[`"
        detail = f"the {what} at line {start.line + 1}, column {start.column + 1} is open"
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
    elif "${" in line:
        help = "a value is written `$width`, without braces"
    elif "unexpected end of stream" in problem:
        help = "close the quote that is open"
    elif "expected ',' or" in problem or "did not find expected ',' or" in problem:
        help = "close the `{` or `[` that is open, or put a comma between its entries"
    return Diagnostic("yaml-syntax", f"not YAML: {problem}", source, span, detail, help)
