"""The values of the language and its arithmetic: numbers, booleans, words, and expressions over `$paths`.

One language for specs, counting conventions and explanations: `a if c else b`, `or and not`, comparisons,
`+ - * / // %`, unary minus, numbers, `true false`, `$paths`, and a few calls. Whole numbers stay exact; a number with
a point or exponent is an IEEE double. Every intermediate value is finite and below 2^63 in size.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc.errors import Fault, did_you_mean
from cnncalc.layers.forms import LIMIT, show

MAX_LENGTH = 200
MAX_DEPTH = 50


class Name(NamedTuple):
    """A bare word or path: `nearest`, `relu`, `x.b0`, `x.*.skip`."""

    parts: tuple[str, ...]


class Expression(NamedTuple):
    """Parsed arithmetic: `tree` is a nested tuple, `path` its parts when it is nothing but one `$path`."""

    text: str
    tree: tuple[Any, ...]
    path: tuple[str, ...] | None


Lookup = Callable[[tuple[str, ...]], Any]
"""From the parts of a `$path` to its value; raises `Fault`."""

Literal = int | float | bool | Name | Expression | None


class ExpressionFault(Fault):
    """A fault inside a text, `offset` characters from its start."""

    def __init__(self, message: str, offset: int, help: str = "", code: str = "bad-expression") -> None:
        super().__init__(message, code=code, help=help)
        self.offset = offset


def parse(text: str) -> Literal:
    """What a scalar is, in this order: a number, `true`/`false`, a word or path, an expression; None when empty."""
    try:
        return _CACHE[text]
    except KeyError:
        value = _parse(text)
        if len(_CACHE) < 10_000:
            _CACHE[text] = value
        return value


_CACHE: dict[str, Literal] = {"": None, "true": True, "false": False, "nearest-exact": Name(("nearest-exact",))}
"""What texts were found to be; PyTorch's `nearest-exact` is the one word with a hyphen."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]+)?|-?\.[0-9]+([eE][+-]?[0-9]+)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.([A-Za-z_][A-Za-z0-9_]*|[0-9]+|\*))*")
_TOKEN = re.compile(r"\s*(?:(?P<path>\$[A-Za-z_0-9.]+)|(?P<number>[0-9.][0-9A-Za-z_.]*(?:(?<=[0-9.][eE])[+-][0-9]+)?)"
                    r"|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)|(?P<sign>\*\*|//|==|!=|<=|>=|[-+*/%<>(),]))")


def _parse(text: str) -> Literal:
    if _NUMBER.fullmatch(text):
        return _number(text, 0)
    if _NAME.fullmatch(text):
        parts = tuple(text.split("."))
        if len(text) > MAX_LENGTH and (len(parts) > MAX_LENGTH or max(map(len, parts)) > MAX_LENGTH):
            raise Fault(f"the name is over {MAX_LENGTH} characters, or parts", code="too-large")
        return Name(parts)
    if len(text) > MAX_LENGTH:
        raise Fault(f"the expression is over {MAX_LENGTH} characters", code="bad-expression",
                    help="name its parts with `let`")
    tree = _Parser(text).whole()
    return Expression(text, tree, tree[1] if tree[0] == "$" else None)


def _number(text: str, offset: int) -> int | float:
    if not _NUMBER.fullmatch(text):
        bare = text.replace("_", "").lstrip("0")
        help = f"write `{bare}`" if bare.isdigit() else ""
        raise ExpressionFault(f"`{show(text)}` is not a number", offset, help, "bad-number")
    if len(text) > 40:
        raise ExpressionFault("the number is too long", offset, code="bad-number")
    value: int | float = int(text) if text.lstrip("-").isdigit() else float(text)
    _bounded(value)
    return value


def _bounded(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise Fault("the result is not a finite number", code="bad-number")
    if not -LIMIT < value < LIMIT:
        raise Fault("the result is not below 2^63", code="bad-number")
    return value


class _Parser:
    """Recursive descent over the tokens of one expression; loosest operators first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if not match or match.lastgroup is None:
                raise self.trouble(text, position)
            self.tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            position = match.end()
        self.tokens.append(("end", "", len(text)))
        self.at = 0

    def trouble(self, text: str, position: int) -> ExpressionFault:
        position += len(text[position:]) - len(text[position:].lstrip())
        help = ""
        if text[position] == "^":
            help = "there is no power: multiply"
        elif text[position] in "'\"":
            help = "there are no strings: a word stands alone"
        elif text[position] in "=&|!":
            help = "compare with `==`; combine with `and`, `or`, `not`"
        return ExpressionFault(f"`{show(text[position])}` means nothing in an expression", position, help)

    def whole(self) -> tuple[Any, ...]:
        tree = self.conditional()
        kind, text, offset = self.tokens[self.at]
        if kind != "end":
            help = {",": "quote expressions that contain a comma", "**": "there is no power: multiply"}.get(text, "")
            raise ExpressionFault(f"`{show(text)}` is not expected here", offset, help)
        return tree

    def take(self, *texts: str) -> str:
        kind, text, _ = self.tokens[self.at]
        if kind in ("name", "sign") and text in texts:
            self.at += 1
            return text
        return ""

    def conditional(self) -> tuple[Any, ...]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionFault(f"the expression is nested more than {MAX_DEPTH} deep", self.tokens[self.at][2])
        tree = self.binary(1)
        if self.take("if"):
            condition = self.binary(1)
            if not self.take("else"):
                raise ExpressionFault("`if` lacks its `else`", self.tokens[self.at][2], "write `a if condition else b`")
            tree = ("if", condition, tree, self.conditional())
        self.depth -= 1
        return tree

    def binary(self, tightest: int) -> tuple[Any, ...]:
        """Precedence climbing: operators that bind at least as tightly as `tightest`, left to right."""
        tree = last = self.prefix()
        compared = False
        while (level := _LEVEL.get(self.tokens[self.at][1], 0)) >= tightest:
            sign = self.tokens[self.at][1]
            self.at += 1
            right = self.binary(level + 1)
            if sign in _COMPARE:
                step = ("compare", sign, last, right)
                tree = ("and", tree, step) if compared else step
                compared, last = True, right
            else:
                tree = (sign, tree, right) if sign in ("and", "or") else ("op", sign, tree, right)
        return tree

    def prefix(self) -> tuple[Any, ...]:
        if self.take("not"):
            negations = 1
            while self.take("not"):
                negations += 1
            tree = self.binary(_LEVEL["=="])
            for _ in range(negations):
                tree = ("not", tree)
            return tree
        signs = 0
        while self.take("-"):
            signs += 1
        tree = self.atom()
        return ("minus", tree) if signs % 2 else tree

    def atom(self) -> tuple[Any, ...]:
        kind, text, offset = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return ("number", _number(text, offset))
        if kind == "path":
            return self.path(text, offset)
        if kind == "name":
            return self.name(text, offset)
        if text == "(":
            tree = self.conditional()
            if not self.take(")"):
                raise ExpressionFault("`)` is missing", self.tokens[self.at][2])
            return tree
        if kind == "end":
            raise ExpressionFault("the expression ends too early", max(offset - 1, 0))
        raise ExpressionFault(f"`{text}` is not expected here", offset)

    def path(self, text: str, offset: int) -> tuple[Any, ...]:
        if not _NAME.fullmatch(text[1:]):
            raise ExpressionFault(f"`{show(text)}` is not a path", offset, "a path is `$name` or `$name.part.0`")
        return ("$", tuple(text[1:].split(".")))

    def name(self, text: str, offset: int) -> tuple[Any, ...]:
        if text in ("true", "false"):
            return ("number", text == "true")
        if not self.take("("):
            known = did_you_mean(text, CALLS) if self.tokens[self.at][1] == "(" else f"a value is written `${text}`"
            raise ExpressionFault(f"the bare word `{show(text)}` means nothing in an expression", offset, known)
        if text not in CALLS:
            raise ExpressionFault(f"there is no call `{show(text)}`", offset,
                                  did_you_mean(text, CALLS, "the calls are " + ", ".join(CALLS)))
        arguments = [] if self.tokens[self.at][1] == ")" else [self.conditional()]
        while self.take(","):
            arguments.append(self.conditional())
        if not self.take(")"):
            raise ExpressionFault("`)` is missing", self.tokens[self.at][2])
        _, least, most = CALLS[text]
        if not least <= len(arguments) <= most:
            raise ExpressionFault(f"`{text}` does not take {len(arguments)} values", offset)
        return ("call", text, tuple(arguments))


def _make_divisible(v: float, divisor: int = 8) -> int:
    """The rounding of channel counts in MobileNet's own code: the nearest multiple, never 10 % below `v`."""
    _positive(divisor, "divisor")
    n = max(divisor, int(v + divisor / 2) // divisor * divisor)
    return n + divisor if n < 0.9 * v else n


def _round_up(v: float, divisor: int = 8) -> int:
    _positive(divisor, "divisor")
    return math.ceil(v) if divisor == 1 else -(-math.ceil(v) // divisor) * divisor


def _positive(value: Any, what: str) -> None:
    if not isinstance(value, int) or value < 1:
        raise Fault(f"the {what} must be a whole number of at least 1, not `{show(value)}`", code="bad-number")


CALLS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (min, 1, 99), "max": (max, 1, 99), "abs": (abs, 1, 1), "floor": (math.floor, 1, 1),
    "ceil": (math.ceil, 1, 1), "round": (round, 1, 1), "make_divisible": (_make_divisible, 1, 2),
    "round_up": (_round_up, 1, 2),
}
"""Name of a call: its function, and how few and how many values it takes."""

_COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
            ">": operator.gt, ">=": operator.ge}
_LEVEL = {"or": 1, "and": 2, **dict.fromkeys(_COMPARE, 4), "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6}
_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod}


def evaluate(expression: Expression, lookup: Lookup) -> Any:
    """The value of an expression; one that is nothing but a `$path` may be any value, not only a number."""
    if expression.path is not None:
        return lookup(expression.path)
    return _evaluate(expression.tree, lookup)


def _evaluate(tree: tuple[Any, ...], lookup: Lookup) -> Any:
    what = tree[0]
    if what == "number":
        return tree[1]
    if what == "$":
        value = lookup(tree[1])
        if not isinstance(value, int | float):
            raise Fault(f"`${'.'.join(tree[1])}` is {_describe(value)}, and arithmetic needs a number",
                        code="bad-expression")
        return value
    if what == "op":
        return _operate(tree[1], _real(tree[2], lookup), _real(tree[3], lookup))
    if what == "minus":
        return -_real(tree[1], lookup)
    if what == "compare":
        return _compare(tree[1], _evaluate(tree[2], lookup), _evaluate(tree[3], lookup))
    if what == "if":
        return _evaluate(tree[2] if _truth(tree[1], lookup) else tree[3], lookup)
    if what == "not":
        return not _truth(tree[1], lookup)
    if what == "call":
        return _bounded(CALLS[tree[1]][0](*(_real(argument, lookup) for argument in tree[2])))
    first = _truth(tree[1], lookup)
    return first if first == (what == "or") else _truth(tree[2], lookup)


def _operate(sign: str, a: float, b: float) -> Any:
    if sign in ("/", "//", "%") and b == 0:
        raise Fault("division by zero", code="bad-number")
    if sign == "/":
        whole = isinstance(a, int) and isinstance(b, int) and a % b == 0
        return _bounded(a // b if whole else a / b)
    return _bounded(_ARITHMETIC[sign](a, b))


def _compare(sign: str, a: Any, b: Any) -> bool:
    if isinstance(a, bool) is not isinstance(b, bool) or (isinstance(a, bool) and sign not in ("==", "!=")):
        raise Fault(f"`{sign}` cannot compare `{show(a)}` with `{show(b)}`", code="bad-expression")
    return bool(_COMPARE[sign](a, b))


def _real(tree: tuple[Any, ...], lookup: Lookup) -> Any:
    value = _evaluate(tree, lookup)
    if isinstance(value, bool):
        raise Fault(f"arithmetic needs a number, not `{show(value)}`", code="bad-expression")
    return value


def _truth(tree: tuple[Any, ...], lookup: Lookup) -> bool:
    value = _evaluate(tree, lookup)
    if not isinstance(value, bool):
        raise Fault(f"a condition is `true` or `false`, not `{show(value)}`", code="bad-expression",
                    help="compare it: `!= 0`")
    return value


def _describe(value: Any) -> str:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return f"a list of {len(value)}"
    return "a word or a step" if value is not None else "nothing"
