"""COUNTING.md: its generated part is what the data files say, and its example is a convention."""

from __future__ import annotations

import re
from pathlib import Path

from cnncalc import analyze, loads
from cnncalc.analysis.conventions import BUNDLED, bundled
from cnncalc.errors import Source
from cnncalc.report.conventions import reference

PAGE = Path(__file__).parents[2] / "COUNTING.md"
_GENERATED = re.compile(r"(<!-- generated .*? -->\n).*(<!-- end -->)", re.DOTALL)


def renewed(page: str) -> str:
    table = reference([bundled(name) for name in BUNDLED])
    return _GENERATED.sub(lambda found: f"{found[1]}{table}\n{found[2]}", page)


def test_the_table_is_what_the_files_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert _GENERATED.search(page)
    assert renewed(page) == page, "run `python tests/conventions/test_counting.py`"


def test_its_example_is_a_convention() -> None:
    page = PAGE.read_text(encoding="utf-8")
    example = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    net = "input: [1, 28, 28]\nlayers:\n- [{conv: 6, kernel: 5, padding: 2}, batch_norm, {max_pool: 2}]\n"
    # 6·28·28 = 4,704 cells of 25 products each; batch_norm 2 per cell; the pool is free
    assert analyze(loads(net), convention=Source("example", example)).totals.flops == 2 * 117_600 + 4_704 + 2 * 4_704


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
