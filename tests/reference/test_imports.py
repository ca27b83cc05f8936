"""The executor stands on the standard library alone, and knows nothing of the rest of cnncalc."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cnncalc.reference

FILES = sorted(Path(cnncalc.reference.__file__).parent.rglob("*.py"))
ALLOWED = "cnncalc.reference"


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: relative imports hide where they lead"
            yield str(node.module)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_imports_nothing_but_itself_and_the_standard_library(file: Path) -> None:
    for name in imported(file):
        own = name == ALLOWED or name.startswith(f"{ALLOWED}.")
        assert own or name.partition(".")[0] in sys.stdlib_module_names, f"{file.name} imports {name}"


def test_there_is_something_to_check() -> None:
    assert len(FILES) > 10
