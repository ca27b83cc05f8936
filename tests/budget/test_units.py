"""Amounts as people write them: exact, and refused with the right spelling."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cnncalc.errors import Fault
from cnncalc.units import Increase, amount, increase


@pytest.mark.parametrize(("text", "unit", "value"), [
    ("5M", "count", 5_000_000), ("5 M", "count", 5_000_000), ("0", "count", 0), ("1.5k", "count", 1500),
    ("62.4M", "flops", 62_400_000), ("3e6", "count", 3_000_000), ("1.1T", "count", 1_100_000_000_000),
    ("0.3", "ratio", Fraction(3, 10)), ("224", "cells", 224),
    ("4 MiB", "bytes", 4 * 1024 * 1024), ("4MB", "bytes", 4_000_000), ("1 kB", "bytes", 1000), ("1KiB", "bytes", 1024),
    ("512 B", "bytes", 512), ("0", "bytes", 0), ("1.5 GiB", "bytes", 1_610_612_736),
    ("5 ms", "seconds", Fraction(5, 1000)), ("2s", "seconds", 2), ("1 µs", "seconds", Fraction(1, 10**6)),
])
def test_amounts(text: str, unit: str, value: Fraction) -> None:
    assert amount(text, unit) == value


@pytest.mark.parametrize(("text", "unit", "message", "help"), [
    ("5K", "count", "there is no unit `K` of counts", "did you mean `k`?"),
    ("5m", "count", "there is no unit `m` of counts", "did you mean `M`?"),
    ("5B", "count", "there is no unit `B` of counts", "did you mean `G`?"),
    ("5 dogs", "count", "there is no unit `dogs` of counts", "counts take k, M, G, T (powers of 1000)"),
    ("5MiB", "count", "`MiB` is a unit of bytes, and this is a count", "counts take k, M, G, T (powers of 1000)"),
    ("4M", "bytes", "an amount of bytes needs a unit", "write `4 MB` (powers of 1000) or `4 MiB` (powers of 1024)"),
    ("4000", "bytes", "an amount of bytes needs a unit",
     "write `4000 B`, or kB, MB, GB (powers of 1000), KiB, MiB, GiB (powers of 1024)"),
    ("4KB", "bytes", "there is no unit `KB` of bytes", "write `4 kB` (powers of 1000) or `4 KiB` (powers of 1024)"),
    ("4Mb", "bytes", "there is no unit `Mb` of bytes", "write `4 MB` (powers of 1000) or `4 MiB` (powers of 1024)"),
    ("4", "seconds", "a time needs a unit", "write `4 ms`, or s, us, ns"),
    ("4 h", "seconds", "there is no unit `h` of time", "write `4 ms`, or s, us, ns"),
    ("-5", "count", "`-5` is not an amount", "write `5M`"), ("", "bytes", "`` is not an amount", "write `4 MiB`"),
    ("010", "count", "`010` is not an amount", "write `5M`"), ("$x", "count", "`$x` is not an amount", "write `5M`"),
    ("1_000", "count", "`1_000` is not an amount", "write `5M`"),
    ("1e999999999", "count", "`1e999999999` is not an amount", "write `5M`"),
    ("9e99T", "count", "`9e99T` is too large: numbers are below 2^63", ""),
])
def test_refusals(text: str, unit: str, message: str, help: str) -> None:
    with pytest.raises(Fault) as caught:
        amount(text, unit)
    assert (caught.value.message, caught.value.help) == (message, help)


@pytest.mark.parametrize(("text", "unit", "wanted"), [
    ("2%", "count", Increase(Fraction(1, 50), True)), ("+2%", "bytes", Increase(Fraction(1, 50), True)),
    ("+50k", "count", Increase(Fraction(50_000), False)), ("50k", "count", Increase(Fraction(50_000), False)),
    ("+1 MiB", "bytes", Increase(Fraction(1 << 20), False)), ("0", "count", Increase(Fraction(0), False)),
    ("0.5 %", "count", Increase(Fraction(1, 200), True)),
])
def test_increases(text: str, unit: str, wanted: Increase) -> None:
    assert increase(text, unit) == wanted
