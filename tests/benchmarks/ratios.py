"""How long commands take, as ratios to `python -c pass`: `python -m tests.benchmarks.ratios` prints them.

CPU time of the process (user and system, from `os.wait4`), the best of some runs; all commands take turns, so that a busy
machine is busy for all of them. Bytecode is cached first, as it is where the package is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.processes import cnncalc, environment


class Case(NamedTuple):
    """A command, the most that it may take (times `python -c pass`; MiB), and the environment that it needs."""

    name: str
    command: list[str]
    limit: float
    mebibytes: int = 0
    env: Mapping[str, str] = {}


class Measured(NamedTuple):
    """CPU seconds (the best run) and the largest memory in MiB."""

    seconds: float
    mebibytes: int


def flat(layers: int) -> str:
    """A flat spec as a tool would write it, about 100 bytes per layer: everything named, every source written out."""
    lines, last = ["name: flat", "input: [64, 32, 32]", "layers:"], "input"
    for number in range(layers // 4):
        name = f"stage{number:06d}"
        lines += [
            f"- {{conv: 64, kernel: 3, stride: 1, padding: 1, dilation: 1, groups: 1, bias: false, name: {name}_convolution, "
            f"from: {last}}}",
            f"- {{batch_norm, affine: true, eps: 0.001, name: {name}_norm, from: {name}_convolution}}",
            f"- {{relu, name: {name}_activation, from: {name}_norm}}",
            f"- {{max_pool: 3, stride: 1, padding: 1, ceil_mode: false, name: {name}_pool, from: {name}_activation}}",
        ]
        last = f"{name}_pool"
    return "\n".join(lines) + "\n"


def cases(folder: Path) -> list[Case]:
    """What is promised; the specs are written into the folder."""
    for layers in (10_000, 20_000):
        (folder / f"flat{layers}.yaml").write_text(flat(layers), encoding="utf-8")
    return [
        Case("python -c pass", [sys.executable, "-c", "pass"], 1),
        Case("--version", [*cnncalc(), "--version"], 2),
        Case("summarize alexnet, pipe", [*cnncalc(), "summarize", "alexnet"], 12),
        Case("summarize alexnet, table", [*cnncalc(), "summarize", "alexnet"], 16, env={"FORCE_COLOR": "1"}),
        Case("summarize 10,000 layers", [*cnncalc(), "summarize", str(folder / "flat10000.yaml")], 60, 100),
        Case("summarize 20,000 layers", [*cnncalc(), "summarize", str(folder / "flat20000.yaml")], 132, 200),
    ]


def measure(wanted: list[Case], rounds: int) -> list[Measured]:
    """Run all of them in turns."""
    best = [Measured(1e9, 0)] * len(wanted)
    for number in range(rounds + 1):
        for index, case in enumerate(wanted):
            for _ in range(5 if index == 0 else 1):
                found = once(case)
                if number:      # the first round writes bytecode and fills the caches of the system
                    best[index] = Measured(min(best[index].seconds, found.seconds), max(best[index].mebibytes, found.mebibytes))
    return best


def once(case: Case) -> Measured:
    """Run one command, its output through a pipe."""
    process = subprocess.Popen(case.command, stdout=subprocess.PIPE,
                               env=environment(PYTHONDONTWRITEBYTECODE=None, **case.env))
    assert process.stdout is not None
    process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, case.name
    return Measured(usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = cases(Path(folder))
        found = measure(wanted, 7)
    print(f"{'':28}{'times':>7}{'limit':>7}{'ms':>8}{'MiB':>6}")
    for case, each in zip(wanted, found, strict=True):
        print(f"{case.name:28}{each.seconds / found[0].seconds:7.1f}{case.limit:7.0f}{1000 * each.seconds:8.1f}{each.mebibytes:6}")
    print(f"20,000 layers cost {found[-1].seconds / found[-2].seconds:.2f} times what 10,000 do (limit 2.2)")


if __name__ == "__main__":
    main()
