"""A small network whose numbers are worked out here, and the tools that several tests share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# conv1: 3·3·3·16 + 16 = 448 parameters, 16·30·30·27 = 388,800 multiply-adds; fc: 16·10 + 10 = 170, 160.
# Together 618 parameters, 388,960 multiply-adds; float32 weights 4·618 = 2,472 bytes.
NET = """\
name: Net
{budget}input: [3, 32, 32]
layers:
- {{conv: {width}, kernel: 3}}
- [relu, {{max_pool: 2}}]
- {{layers: [global_avg_pool, flatten, {{linear: 10, name: fc}}], name: head}}
"""


def net(budget: str = "", width: int = 16) -> str:
    """The network as text, with a budget in flow form on line 2 (`{params: 5k}`)."""
    return NET.format(budget=f"budget: {budget}\n" if budget else "", width=width)


def cnncalc(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, without what a workflow or a terminal would tell it."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "cnncalc", *arguments]
    given = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "HOME": str(cwd), "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run(command, cwd=cwd, env=given, capture_output=True, text=True, check=False, encoding="utf-8")
