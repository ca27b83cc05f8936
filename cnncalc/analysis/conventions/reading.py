"""A convention's text to a record: every key and formula is checked, and all problems are shown at once."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.analysis.conventions import Convention
from cnncalc.analysis.conventions.formula import Cases, Formula, Rule, formula, paths
from cnncalc.analysis.conventions.quantities import QUANTITIES
from cnncalc.errors import Diagnostic, Fault, Source, Span, SpecError, did_you_mean
from cnncalc.layers import BY_NAME
from cnncalc.layers.base import Layer
from cnncalc.layers.forms import show
from cnncalc.spec.source import Listing, Scalar, Table, Tree, read

KEYS = ("name", "unit", "about", "version", "source", "bugs", "formulas", "others", "reason")


def read_convention(source: Source) -> Convention:
    """A convention from its text. Raises `SpecError`."""
    tree = read(source)
    if not isinstance(tree, Table):
        raise SpecError((Diagnostic("bad-convention", "a convention is a mapping at its top", source, tree.span,
                                    help="start with `unit:` and `formulas:`"),))
    reader = _Reader(source, tree)
    convention = reader.convention()
    if reader.problems:
        raise SpecError(tuple(reader.problems))
    return convention


class _Reader:
    def __init__(self, source: Source, tree: Table) -> None:
        self.source = source
        self.tree = tree
        self.problems: list[Diagnostic] = []

    def complain(self, fault: Fault, span: Span) -> None:
        self.problems.append(fault.at(self.source, span))

    def convention(self) -> Convention:
        for key, _ in self.tree.entries:
            if key.text not in KEYS and not key.text.startswith("x-"):
                self.complain(Fault(f"a convention has no key `{show(key.text)}`", code="unknown-key",
                                    help=did_you_mean(key.text, KEYS, "the keys are " + ", ".join(KEYS))), key.span)
        rules = self.rules()
        others = self.others()
        return Convention(self.words("name") or self.source.label, self.words("unit", required=True),
                          self.words("about"), self.words("version"), self.words("source"), self.bugs(), rules, others,
                          self.words("reason"), self.source.label)

    def words(self, key: str, required: bool = False) -> str:
        tree = self.tree.get(key)
        if isinstance(tree, Scalar) and (tree.text or not required):
            return tree.text
        if tree is not None:
            self.complain(Fault(f"`{key}` is a text", code="bad-convention"), tree.span)
        elif required:
            self.complain(Fault(f"the convention has no `{key}`", code="missing-key",
                                help="say what one FLOP is, `unit: multiply-add`: none is printed without it"),
                          self.tree.span)
        return ""

    def bugs(self) -> tuple[str, ...]:
        tree = self.tree.get("bugs")
        if tree is None:
            return ()
        items = tree.items if isinstance(tree, Listing) else [tree]
        if not all(isinstance(item, Scalar) for item in items):
            self.complain(Fault("`bugs` is a list of texts", code="bad-convention"), tree.span)
        return tuple(item.text for item in items if isinstance(item, Scalar))

    def others(self) -> Rule:
        tree = self.tree.get("others")
        if tree is None:
            self.complain(Fault("the convention does not say what other kinds count", code="missing-key",
                                help="write `others: error`, or `others: 0` with a `reason`"), self.tree.span)
            return Formula("error", None, self.tree.span)
        if not isinstance(tree, Scalar) or tree.text not in ("0", "error"):
            self.complain(Fault("`others` is `0` or `error`", code="bad-convention"), tree.span)
        elif tree.text == "0" and not self.words("reason"):
            self.complain(Fault("`others: 0` needs a `reason`", code="missing-key",
                                help="free by convention and unknown are different: say why the rest is free"),
                          tree.span)
        return Formula("error", None, tree.span) if getattr(tree, "text", "") != "0" else Formula("0", 0, tree.span)

    def rules(self) -> dict[str, Rule]:
        tree = self.tree.get("formulas")
        if not isinstance(tree, Table):
            self.complain(Fault("`formulas` is a mapping from kinds to formulas", code="bad-convention",
                                help="write `formulas: {conv: $M, linear: $M}`"),
                          self.tree.span if tree is None else tree.span)
            return {}
        found: dict[str, Rule] = {}
        for key, kinds, value in self.kinds(tree):
            for kind in kinds:
                if kind.kind in found:
                    self.complain(Fault(f"`{kind.kind}` has two formulas", code="duplicate-key"), key.span)
                rule = self.rule(kind, value)
                if rule is not None:
                    found[kind.kind] = rule
        return found

    def kinds(self, tree: Table) -> Iterator[tuple[Scalar, list[type[Layer]], Tree]]:
        """The entries, a key of several kinds split at its commas."""
        for key, value in tree.entries:
            kinds = []
            for word in (part.strip() for part in key.text.split(",")):
                if word in BY_NAME:
                    kinds.append(BY_NAME[word])
                else:
                    self.complain(Fault(f"there is no kind `{show(word)}`", code="unknown-kind",
                                        help=did_you_mean(word, BY_NAME, "`cnncalc explain` lists them")),
                                  key.span)
            yield key, kinds, value

    def rule(self, kind: type[Layer], tree: Tree) -> Rule | None:
        if isinstance(tree, Scalar):
            return self.formula(kind, tree)
        by = tree.get("by") if isinstance(tree, Table) else None
        if not isinstance(tree, Table) or not isinstance(by, Scalar):
            self.complain(Fault("a rule is a formula, or a mapping with `by`", code="bad-convention",
                                help="write `upsample: {by: mode, linear: 4*$O, else: $O}`"), tree.span)
            return None
        if by.text not in kind.fields:
            self.complain(Fault(f"`{kind.kind}` has no argument `{show(by.text)}`", code="unknown-argument",
                                help=did_you_mean(by.text, kind.fields)), by.span)
            return None
        cases: dict[str | None, Formula] = {}
        for key, value in tree.entries:
            if key.text == "by":
                continue
            if not isinstance(value, Scalar):
                self.complain(Fault("a case is a formula", code="bad-convention"), value.span)
            elif (made := self.formula(kind, value)) is not None:
                cases[None if key.text == "else" else key.text] = made
        return Cases(by.text, cases)

    def formula(self, kind: type[Layer], tree: Scalar) -> Formula | None:
        try:
            made = formula(tree.text, tree.span)
            for path in paths(made):
                if len(path) > 1 or (path[0] not in QUANTITIES and path[0] not in kind.fields):
                    written = ".".join(path)
                    raise Fault(f"a formula of `{kind.kind}` cannot see `${written}`", code="unknown-name",
                                help=did_you_mean(written, (*QUANTITIES, *kind.fields),
                                                  "it sees $" + ", $".join((*QUANTITIES, *kind.fields))))
        except Fault as fault:
            self.complain(fault, tree.span)
            return None
        return made
