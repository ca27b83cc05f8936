"""What an argument accepts. One small class per form: it reads a value, names itself, and gives its JSON Schema."""

from __future__ import annotations

from typing import Any, ClassVar

from cnncalc.errors import Fault, did_you_mean
from cnncalc.layers.base import Raw

LIMIT = 2**63
ROUNDERS = "`floor`, `ceil`, `round` or `make_divisible`"


def show(value: object) -> str:
    """A value as the language writes it, shortened."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, tuple | list):
        text = "[" + ", ".join(show(item) for item in value[:8]) + (", …]" if len(value) > 8 else "]")
    else:
        text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def told(value: object) -> str:
    """A value in a message: in backticks, and `None` as the word that it is."""
    return "nothing" if value is None else f"`{show(value)}`"


def whole_number(value: Raw) -> int | None:
    """An exact int for a value that is whole within 1e-9 (relative), else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        nearest = round(value)
        if abs(value - nearest) <= 1e-9 * max(1.0, abs(value)):
            return nearest
    return None


class Form:
    """What a value may be; `words` completes the sentence 'expects …'."""

    words: str = "a value"
    reference: ClassVar[bool] = False
    """The value names a tensor: the expander resolves it and hands over a `Referent`."""

    def read(self, value: Raw) -> Any:
        """The value in the type that the layer keeps; raises `Fault`."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a literal value."""
        raise NotImplementedError

    def refuse(self, value: Raw) -> Fault:
        """The standard refusal."""
        return Fault(f"expects {self.words}, not {told(value)}")


class Whole(Form):
    """A whole number, bounded below (and above)."""

    def __init__(self, minimum: int | None = 1, maximum: int | None = None) -> None:
        self.minimum, self.maximum = minimum, maximum
        self.words = "a whole number" + (f" of at least {minimum}" if minimum is not None else "")
        if maximum is not None:
            self.words += f" and at most {maximum}"

    def read(self, value: Raw) -> int:
        number = whole_number(value)
        if number is None:
            if isinstance(value, float):
                raise Fault(f"expects {self.words}, not `{show(value)}`", help=f"make it whole with {ROUNDERS}")
            raise self.refuse(value)
        if (self.minimum is not None and number < self.minimum) or (self.maximum is not None and number > self.maximum):
            raise self.refuse(number)
        return number

    def schema(self) -> dict[str, Any]:
        result: dict[str, Any] = {"type": "integer"}
        if self.minimum is not None:
            result["minimum"] = self.minimum
        if self.maximum is not None:
            result["maximum"] = self.maximum
        return result


class Real(Form):
    """A number with or without a point."""

    def __init__(self, minimum: float | None = None, maximum: float | None = None) -> None:
        self.minimum, self.maximum = minimum, maximum
        self.words = "a number" + (f" of at least {minimum:g}" if minimum is not None else "")
        if maximum is not None:
            self.words += f" and at most {maximum:g}"

    def read(self, value: Raw) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(value)
        if (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            raise self.refuse(value)
        return value

    def schema(self) -> dict[str, Any]:
        result: dict[str, Any] = {"type": "number"}
        if self.minimum is not None:
            result["minimum"] = self.minimum
        if self.maximum is not None:
            result["maximum"] = self.maximum
        return result


class Flag(Form):
    """`true` or `false`."""

    words = "`true` or `false`"

    def read(self, value: Raw) -> bool:
        if not isinstance(value, bool):
            raise self.refuse(value)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Word(Form):
    """One of a few words."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices
        self.words = " or ".join(f"`{choice}`" for choice in choices)

    def read(self, value: Raw) -> str:
        if isinstance(value, str) and value in self.choices:
            return value
        help = did_you_mean(value, self.choices) if isinstance(value, str) else ""
        raise Fault(f"expects {self.words}, not {told(value)}", help=help)

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)}


class ListOf(Form):
    """A list of one form, of a length within bounds."""

    def __init__(self, item: Form, minimum: int = 1, maximum: int | None = None) -> None:
        self.item, self.minimum, self.maximum = item, minimum, maximum
        self.words = f"a list, each item {item.words}"
        if maximum == minimum:
            self.words = f"a list of {minimum}, each {item.words}"

    def read(self, value: Raw) -> tuple[Any, ...]:
        if not isinstance(value, tuple) or len(value) < self.minimum:
            raise self.refuse(value)
        if self.maximum is not None and len(value) > self.maximum:
            raise self.refuse(value)
        return tuple(self.item.read(item) for item in value)

    def schema(self) -> dict[str, Any]:
        result: dict[str, Any] = {"type": "array", "items": self.item.schema(), "minItems": self.minimum}
        if self.maximum is not None:
            result["maxItems"] = self.maximum
        return result


class Either(Form):
    """The first of several forms that accepts the value; a list is judged by the list forms alone."""

    def __init__(self, *forms: Form) -> None:
        self.forms = forms
        self.words = " or ".join(form.words for form in forms)

    def read(self, value: Raw) -> Any:
        for form in self.forms:
            try:
                return form.read(value)
            except Fault as fault:
                if fault.help:
                    raise
        raise self.refuse(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [form.schema() for form in self.forms]}


class PerAxis(Either):
    """A whole number for every spatial axis, or a list with one per axis."""

    def __init__(self, minimum: int | None = 1) -> None:
        one = Whole(minimum)
        super().__init__(one, ListOf(one))
        self.words = f"{one.words}, or one per axis"


class PaddingForm(Either):
    """A number, a number per axis, pairs `[[top, bottom], [left, right]]`, or a word."""

    def __init__(self) -> None:
        one = Whole(0)
        super().__init__(one, Word("half", "same", "same_lower", "valid"), ListOf(one), ListOf(ListOf(one, 2, 2)))
        self.words = "a number, a number or a pair per axis, `half`, `same`, `same_lower` or `valid`"


class Reference(Form):
    """The name of an earlier tensor."""

    words = "the name of an earlier step"
    reference = True

    def read(self, value: Raw) -> Any:
        raise self.refuse(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}
