"""Amounts as people write them: `5M`, `4 MiB`, `2%`. Exact: a decimal fraction stays one."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from cnncalc.errors import Fault
from cnncalc.layers.forms import show

COUNTS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
         "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
SECONDS = {"s": Fraction(1), "ms": Fraction(1, 10**3), "us": Fraction(1, 10**6), "µs": Fraction(1, 10**6),
           "ns": Fraction(1, 10**9)}
LIMIT = 2**63

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,18})(\.[0-9]{1,18})?([eE]\+?[0-9]{1,2})?[ ]?([A-Za-z%µ]{0,12})", re.ASCII)
_EXAMPLES = {"bytes": "4 MiB", "seconds": "5 ms"}
_SLIPS = {"K": "k", "m": "M", "mio": "M", "mn": "M", "b": "G", "bn": "G", "B": "G", "g": "G", "t": "T"}
"""Units of counts that people write, and what they mean."""


class Increase(NamedTuple):
    """How much more than the base is allowed: a share of the base (`relative`), or an amount on top of it."""

    amount: Fraction
    relative: bool


def amount(text: str, unit: str) -> Fraction:
    """What a text says in a metric's unit: counts with `k M G T`, bytes and seconds with a unit of their own.

    Raises:
        Fault: no number, no unit where one is needed, or an unknown one.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise Fault(f"`{show(text)}` is not an amount", help=f"write `{_EXAMPLES.get(unit, '5M')}`")
    whole, point, exponent, suffix = found.groups()
    value = Fraction(whole + (point or "")) * Fraction(10) ** int((exponent or "e0")[1:])
    if unit == "bytes":
        value *= 1 if value == 0 and not suffix else _bytes(suffix, whole + (point or ""))
    elif unit == "seconds":
        value *= 1 if value == 0 and not suffix else _seconds(suffix, whole + (point or ""))
    elif suffix in COUNTS:
        value *= COUNTS[suffix]
    else:
        raise _unknown_count(suffix)
    if value >= LIMIT:
        raise Fault(f"`{show(text)}` is too large: numbers are below 2^63")
    return value


def _seconds(suffix: str, digits: str) -> Fraction:
    if suffix in SECONDS:
        return SECONDS[suffix]
    raise Fault(f"there is no unit `{suffix}` of time" if suffix else "a time needs a unit", code="unknown-unit",
                help=f"write `{digits} ms`, or s, us, ns")


def _bytes(suffix: str, digits: str) -> int:
    if suffix in BYTES:
        return BYTES[suffix]
    letter = suffix[:1].upper()
    if letter in ("K", "M", "G", "T"):
        decimal = "kB" if letter == "K" else f"{letter}B"
        words = f"write `{digits} {decimal}` (powers of 1000) or `{digits} {letter}iB` (powers of 1024)"
    else:
        words = f"write `{digits} kB` (powers of 1000) or `{digits} KiB` (powers of 1024)" if suffix else (
            f"write `{digits} B`, or kB, MB, GB (powers of 1000), KiB, MiB, GiB (powers of 1024)")
    raise Fault("an amount of bytes needs a unit" if suffix in COUNTS else f"there is no unit `{suffix}` of bytes",
                code="unknown-unit", help=words)


def _unknown_count(suffix: str) -> Fault:
    if suffix in BYTES and suffix != "B":
        return Fault(f"`{suffix}` is a unit of bytes, and this is a count", code="unknown-unit",
                     help="counts take k, M, G, T (powers of 1000)")
    near = _SLIPS.get(suffix) or _SLIPS.get(suffix.lower())
    help = f"did you mean `{near}`?" if near else "counts take k, M, G, T (powers of 1000)"
    return Fault(f"there is no unit `{suffix}` of counts", code="unknown-unit", help=help)


def increase(text: str, unit: str) -> Increase:
    """How much more than the base is allowed: `2%`, `+2%`, `50k`, `+50k`, `+1 MiB`. Raises `Fault`."""
    text = text.strip().removeprefix("+").strip()
    if text.endswith("%"):
        return Increase(amount(text[:-1], "count") / 100, True)
    return Increase(amount(text, unit), False)
