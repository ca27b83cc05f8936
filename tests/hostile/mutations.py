"""Mutated specs: `python -m tests.hostile.mutations FIRST COUNT` reads so many, from that seed on.

Every input ends in a network or in diagnostics, within seconds. What does not is printed with its seed, and
`python -m tests.hostile.mutations SEED` shows that text. The same seed gives the same text.
"""

from __future__ import annotations

import re
import resource
import signal
import sys
import traceback
from pathlib import Path
from random import Random
from types import FrameType

from cnncalc.analysis import analyze
from cnncalc.errors import Source, SpecError
from cnncalc.layers import BY_NAME
from cnncalc.report import diagnostics, summary
from cnncalc.report.columns import columns
from cnncalc.report.flat import flat
from cnncalc.spec import fitting
from cnncalc.spec.document import KEYS, Choice, variants_of
from cnncalc.spec.expand import build
from cnncalc.spec.steps import MODIFIERS, STRUCTURES

ROOT = Path(__file__).parents[2]
LAYERS = 150
"""The limit of layers: enough to be reached, and soon."""
SECONDS = 5
"""What takes longer hangs."""

TOKEN = re.compile(r"\$?[A-Za-z_0-9.]+|\s+|.", re.DOTALL)
WORD = re.compile(r"[A-Za-z0-9_]")
TAME = ("0", "-1", "1", "2", "3", "7", "1000000", "9223372036854775807", "99999999999999999999", "1e308", "0.1", "-0.0",
        "1.5", "true", "false", "null", "[]", "{}", "[[]]", "[1, 2]", "[3, 3, 3]", "{relu: }", "$in", "$in.channels",
        "$prev.height", "$x", "prev", "in", "input", "half", "same", "x.0", "$c // 0", "1 if true else 2", "[prev, in]",
        "make_divisible(7)", "{a: 1}", "$in.size.2", "-$in.channels", "[relu, relu]", "identity", "aux",
        *MODIFIERS, *STRUCTURES, *KEYS, *BY_NAME)
"""Values and words that leave a text YAML, mostly."""
ODD = (*TAME, "*", "x.*", "'", '"', "|", ">", "&a", "*a", "!!x", "? ", "- ", ": ", "#", "\t", "\n", "\r", "\x00",
       "\x1b[31m", "\u202e", "\ufeff", "é", "🧠", "%", "@", "`", "<<", "---")


def seeds() -> list[str]:
    """The specs to start from: all that ship, and those of the tests; short ones more often."""
    paths = sorted([*ROOT.glob("specs/*.yaml"), *ROOT.glob("tests/data/networks/*.yaml")])
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return [text for text in texts for _ in range(max(1, 12_000 // len(text)))]


def mutated(texts: list[str], seed: int) -> str:
    """One mutated text."""
    rng = Random(seed)
    text = rng.choice(texts)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        text = rng.choice((_word,) * 12 + (_token, _swap, _line, _line, _character, _splice))(rng, text, texts)
    return text


def _word(rng: Random, text: str, texts: list[str]) -> str:
    """A word or number by another, so that most of the text stays what it was."""
    tokens = TOKEN.findall(text)
    words = [index for index, token in enumerate(tokens) if WORD.search(token)]
    if words:
        tokens[rng.choice(words)] = rng.choice(TAME) if rng.random() < 0.6 else tokens[rng.choice(words)]
    return "".join(tokens)


def _token(rng: Random, text: str, texts: list[str]) -> str:
    """A token by another, of the text or odd."""
    tokens = TOKEN.findall(text) or [""]
    tokens[rng.randrange(len(tokens))] = rng.choice(ODD) if rng.random() < 0.7 else rng.choice(tokens)
    return "".join(tokens)


def _swap(rng: Random, text: str, texts: list[str]) -> str:
    """Two tokens change places."""
    tokens = TOKEN.findall(text) or [""]
    a, b = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    tokens[a], tokens[b] = tokens[b], tokens[a]
    return "".join(tokens)


def _line(rng: Random, text: str, texts: list[str]) -> str:
    """A line goes, comes twice, moves, or is indented otherwise."""
    lines = text.split("\n")
    index = rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        del lines[index]
    elif how == 1:
        lines.insert(index, lines[index])
    elif how == 2:
        lines.insert(rng.randrange(len(lines)), lines.pop(index))
    else:
        lines[index] = " " * rng.randrange(8) + lines[index].lstrip()
    return "\n".join(lines)


def _character(rng: Random, text: str, texts: list[str]) -> str:
    """A character goes, or another comes."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(("", "", *"[]{}(),:'\"$*&!|>%@`#-\n\t 0a")) + text[at + rng.randrange(3):]


def _splice(rng: Random, text: str, texts: list[str]) -> str:
    """A piece of another spec."""
    other = rng.choice(texts)
    at, start = rng.randrange(len(text) + 1), rng.randrange(len(other))
    return text[:at] + other[start:start + rng.randrange(200)] + text[at + rng.randrange(200):]


def read(text: str, rng: Random) -> str:
    """What becomes of a text: `fine` or the first code. Everything that a command shows is made, and thrown away."""
    source = Source("mutated.yaml", text)
    try:
        names = variants_of(source)
        graph = build(source, Choice(rng.choice([None, *names])), LAYERS)
        analysis = analyze(graph)
        summary.plain(analysis, summary.Options(columns(None, analysis)))
        flat(graph)
        diagnostics.plain(graph.warnings)
    except SpecError as error:
        if not diagnostics.plain(error.diagnostics).replace("\n", "").isprintable():
            raise ValueError("a control character is shown") from error
        return error.diagnostics[0].code
    return "fine"


def _hang(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"over {SECONDS} seconds")


def main(first: int, count: int) -> int:
    """Read them; what is wrong is printed. The exit code says whether anything was."""
    texts, found, wrong = seeds(), dict[str, int](), 0
    fitting.MAX_STEPS = 200     # the search for sizes that fit has a limit of its own, and would take all the time
    signal.signal(signal.SIGALRM, _hang)
    for seed in range(first, first + count):
        signal.alarm(SECONDS)
        try:
            code = read(mutated(texts, seed), Random(seed))
            found[code] = found.get(code, 0) + 1
        except Exception:
            wrong += 1
            print(f"seed {seed}:\n{traceback.format_exc(limit=-4)}")
        signal.alarm(0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count} texts, {wrong} wrong, {peak} MiB;", ", ".join(f"{code} {number}" for code, number in sorted(
        found.items(), key=lambda pair: -pair[1])))
    return bool(wrong)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(mutated(seeds(), int(sys.argv[1])))
    else:
        sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
