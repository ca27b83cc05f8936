"""What ARCHITECTURE.md says of the whole house: who imports what, who may speak, and that its map is complete."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cnncalc

ROOT = Path(cnncalc.__file__).parent
TEXT = (ROOT.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
FILES = sorted(ROOT.rglob("*.py"))

ORDER = ("errors", "layers", "graph", "spec", "analysis", "execution", "budget", "compare", "explain", "report", "cli")
"""Rooms in the order of the flow: none imports a later one, except to say what a type is."""


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def room(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that run time imports, in functions, too."""
    skipped = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
               for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield str(node.module)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports(file: Path) -> None:
    here = room(file)
    for name in imported(ast.parse(file.read_text(encoding="utf-8"))):
        top, _, rest = name.partition(".")
        assert top != "typer" or here == "cli", name
        assert top != "rich" or here in ("cli", "report"), name
        there = rest.partition(".")[0]
        if top == "cnncalc" and here in ORDER and there in ORDER:
            assert ORDER.index(there) <= ORDER.index(here), f"{here} imports {name}"


@pytest.mark.parametrize("file", [file for file in FILES if room(file) not in ("cli", "__main__")], ids=name_of)
def test_the_library_neither_prints_nor_exits_nor_reads_the_environment(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    # A child process that was forked for half of the work ends itself.
    forked = {"os._exit"} if name_of(file) == "reference/fast/halves.py" else set()
    assert not called & {"print", "input", "exit", "sys.exit", "os._exit", "os.getenv"} - forked
    named = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    # git is handed the environment that we were handed, and reads it.
    assert "os.environ" not in named or name_of(file) == "spec/locate.py"
    assert not named & {"sys.stdout", "sys.stderr"}


def test_the_map_is_complete() -> None:
    rooms = {room(file) for file in FILES} - {"__init__", "__main__"}
    assert {each for each in rooms if f"`cnncalc/{each}/`" not in TEXT and f"`cnncalc/{each}.py`" not in TEXT} == set()
    for folder in ("spec", "compare", "budget"):
        line = next(line for line in TEXT.splitlines() if line.startswith(f"| `cnncalc/{folder}/`"))
        files = {file.name for file in (ROOT / folder).glob("*.py")}
        assert files - {"__init__.py"} == set(re.findall(r"`(\w+\.py)`", line))
