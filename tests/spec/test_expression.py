"""The arithmetic of the language: Python's numbers, a small grammar, and refusals that point at the character."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.errors import Fault
from cnncalc.spec.expression import Expression, ExpressionFault, Name, evaluate, parse

VALUES: dict[str, Any] = {"w": 64, "half": 0.5, "yes": True, "no": False, "row": (3, (4, 5))}


def lookup(parts: tuple[str, ...]) -> Any:
    value = VALUES[parts[0]]
    for part in parts[1:]:
        value = value[int(part)]
    return value


def value(text: str) -> Any:
    parsed = parse(text)
    return evaluate(parsed, lookup) if isinstance(parsed, Expression) else parsed


@pytest.mark.parametrize(("text", "expected"), [
    ("7", 7), ("-7", -7), ("0", 0), ("1.50", 1.5), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), ("1E-2", 0.01),
    ("true", True), ("false", False), ("", None),
    ("4*$w", 256), ("$w", 64), ("$row.1.0", 4), ("$row", (3, (4, 5))),
    ("1 + 2*3 - 4", 3), ("(1 + 2)*3", 9), ("2*-3", -6), ("- - 3 + 1", 4), ("-7 // 2", -4), ("-7 % 3", 2),
    ("8/2", 4), ("7/2", 3.5), ("7.5 // 2", 3.0), ("$w*$half", 32.0),
    ("1 if $yes else 2", 1), ("1 if $no else 2 if $no else 3", 3), ("1 + 1 if $yes else 0", 2),
    ("$no or $yes", True), ("$yes and not $no", True), ("not not $yes", True), ("not 1 == 2", True),
    ("1 < 2 <= 2 < 3", True), ("1 < 3 < 2", False), ("$w != 64", False), ("$yes == true", True),
    ("min(3, 1, 2)", 1), ("max($w, 100)", 100), ("abs(-3)", 3), ("floor(2.7)", 2), ("ceil(2.1)", 3),
    ("round(2.5)", 2), ("round(3.5)", 4), ("make_divisible(18)", 24), ("make_divisible(3)", 8),
    ("make_divisible(180*1.4)", 248), ("make_divisible(30, 4)", 32), ("round_up(17)", 24), ("round_up(16.1, 4)", 20),
])
def test_values(text: str, expected: Any) -> None:
    got = value(text)
    assert got == expected
    assert type(got) is type(expected)


def test_make_divisible_never_falls_a_tenth_below() -> None:
    """The frameworks' rule by hand: 11 rounds to 8, which is below 0.9·11 = 9.9, so 16."""
    assert value("make_divisible(11)") == 16
    assert value("make_divisible(9)") == 16  # int(9 + 4) // 8 * 8 = 8, below 8.1
    assert value("make_divisible(20)") == 24  # int(24) // 8 * 8
    assert value("make_divisible(19)") == 24  # 16 is below 17.1


def test_conditions_are_lazy() -> None:
    assert value("1 if $yes else 1/0") == 1
    assert value("$yes or 1/0 == 1") is True


@pytest.mark.parametrize("text", ["nearest", "x.b0", "x.*.skip", "inf", "nan", "no", "on", "_x"])
def test_words(text: str) -> None:
    assert parse(text) == Name(tuple(text.split(".")))


@pytest.mark.parametrize(("text", "offset"), [
    ("2**3", 1), ("4 ^ 2", 2), ("width*2", 0), ("2*width", 2), ("sqrt(4)", 0), ("(1", 2), ("5)", 1), ("'a'", 0),
    ("010", 0),
    ("1_000", 0), ("0x10", 0), ("$", 0), ("$a..b + 1", 0), ("1 if 2", 6), ("max()", 0), ("abs(1, 2)", 0), ("1 2", 2),
    ("3 +", 2), ("a b", 0), ("x = 1", 2), ("1 + é", 4),
])
def test_refusals_point_at_the_character(text: str, offset: int) -> None:
    with pytest.raises(ExpressionFault) as caught:
        value(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize("text", [
    "1/0", "1//0", "1 % 0", "9223372036854775807 + 1", "9223372036854775808", "1e308 * 10", "-9223372036854775808 - 1",
    "$yes + 1", "1 < $yes", "$yes < $no", "$row + 1", "not 1", "1 if 2 else 3", "make_divisible(8, 0)",
    "round_up(8, 0.5)",
    "$w > 'a'", "1e400", "1" * 41,
])
def test_impossible(text: str) -> None:
    with pytest.raises(Fault):
        value(text)


def test_bounds() -> None:
    assert value("+".join(["1"] * 100)) == 100
    with pytest.raises(Fault, match="over 200 characters"):
        value("1+" * 100 + "1")
    assert value("(" * 49 + "1" + ")" * 49) == 1
    with pytest.raises(Fault, match="more than 50 deep"):
        value("(" * 60 + "1" + ")" * 60)
    assert value("9223372036854775807") == 2**63 - 1
