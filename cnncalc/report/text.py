"""How numbers and foreign strings are written."""

from __future__ import annotations

import re
from typing import NamedTuple

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0x2028, 0x2029, 0xFEFF}
_COMMAND = re.compile(r"^\s*::|##\[")
_ASCII = str.maketrans({"×": "x", "·": ".", "→": "->", "…": "...", "−": "-", "²": "^2", "✓": "ok", "✗": "no", "█": "#",
                        "▏": "", "▎": "", "▍": "", "▌": "#", "▋": "#", "▊": "#", "▉": "#", "─": "-", "│": "|", "├": "|",
                        "└": "`", "“": '"', "”": '"', "≤": "<=", "≥": ">=", "Δ": "d", "–": "-", "—": "-", "µ": "u"})


class Screen(NamedTuple):
    """What the output can show: a terminal (else nothing is ever cut), colour, columns, and more than ASCII."""

    terminal: bool
    color: bool
    width: int
    unicode: bool = True


PIPE = Screen(terminal=False, color=False, width=80)


def printable(text: str) -> str:
    """A foreign string without what a terminal or a CI log would obey.

    Control characters and direction marks are shown escaped, and so is the start of a workflow command (`::error::` at
    the start of a line, `##[error]` anywhere).
    """
    if text[:1].isspace() or text[:1] == ":" or "##[" in text:
        text = _COMMAND.sub(lambda found: found[0][:-1] + f"\\x{ord(found[0][-1]):02x}", text)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == " " else _escaped(ord(char)) for char in text)


def _escaped(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cells(text: str) -> int:
    """How many columns a terminal gives a text: two for a wide character, none for a mark on the one before."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(char) in ("Mn", "Me") else 1 + (east_asian_width(char) in "WF") for char in text)


def ascii_text(text: str) -> str:
    """The same text in ASCII: known signs by their usual spelling, others escaped."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def number(value: int) -> str:
    """Thousands readable."""
    return f"{value:,}"


def size_of(value: int) -> str:
    """Bytes in IEC units with three digits: `232 MiB`; below 1 KiB exact."""
    if value < 1024:
        return f"{value} B"
    units = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
    power = next((power for power in range(1, len(units)) if value < 1000 * 1024**power), len(units) - 1)
    amount = value / 1024**power
    return f"{amount:.3g} {units[power]}" if amount < 100 else f"{amount:.0f} {units[power]}"


def short(value: int) -> str:
    """A count with three digits and `k M G T P`: `61.1 M`."""
    units = ("", "k", "M", "G", "T", "P", "E")
    power = next((power for power in range(len(units)) if abs(value) < 999.5 * 1000**power), len(units) - 1)
    amount = value / 1000**power
    if not power:
        return str(value)
    return f"{amount:.3g} {units[power]}" if abs(amount) < 100 else f"{amount:.0f} {units[power]}"


def ratio(value: float) -> str:
    """Three digits; whole from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:#.3g}"


def duration(seconds: float) -> str:
    """A time with three digits: `12.3 µs`."""
    if not seconds:
        return "0 s"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if seconds >= size * 0.9995:
            return f"{ratio(seconds / size)} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def percent(part: float, whole: float) -> str:
    """A share with one digit after the point; what is there is never shown as 0."""
    if not whole:
        return "-"
    share = 100 * part / whole
    return "<0.1%" if 0 < share < 0.05 else f"{share:.1f}%"


def signed(value: int) -> str:
    """A difference with its sign."""
    return f"{'+' if value > 0 else '−'}{number(abs(value))}" if value else "0"


def percentage(old: float, new: float) -> str:
    """A difference in percent of the old number; empty where that is 0, or nothing changed."""
    if not old or old == new:
        return ""
    share = 100 * abs(new - old) / abs(old)
    return f"{'+' if new > old else '−'}{'<0.1' if share < 0.05 else f'{share:.1f}'}%"


def bar(part: int, whole: int, cells: int, unicode: bool = True) -> str:
    """A bar of at most `cells` columns, in eighths where the screen has them."""
    if whole <= 0 or part <= 0:
        return ""
    eighths = round(8 * cells * part / whole)
    if not unicode:
        return "#" * round(eighths / 8)
    return "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]
