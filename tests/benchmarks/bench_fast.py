"""Multiply-adds a second by layer shape, against `sum(map(mul, …))` in the same run.

    PYTHONPATH=. python tests/benchmarks/bench_fast.py

Processor time, the best of three runs each, with one per cent recomputed by the plain kernel ("with") and without.
Ends with 1 if a convolution is less than five times as fast as the sum.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import mul
from time import process_time
from typing import Any

from cnncalc.reference import SmallNumbers, Step, execute, sample
from cnncalc.reference.fast import FAST, recheck

SHAPES: list[tuple[str, str, tuple[int, ...], dict[str, Any]]] = [
    ("11×11 stride 4", "conv", (3, 224, 224), {"out": 64, "kernel": 11, "stride": 4, "padding": 2}),
    ("5×5", "conv", (64, 27, 27), {"out": 192, "kernel": 5, "padding": 2}),
    ("3×3", "conv", (64, 56, 56), {"out": 64, "kernel": 3, "padding": 1}),
    ("3×3 on 7×7", "conv", (512, 7, 7), {"out": 512, "kernel": 3, "padding": 1}),
    ("1×1", "conv", (256, 56, 56), {"out": 64, "kernel": 1}),
    ("1×1 on 7×7", "conv", (512, 7, 7), {"out": 2048, "kernel": 1}),
    ("3×3×3", "conv", (16, 8, 28, 28), {"out": 32, "kernel": 3, "padding": 1}),
    ("transposed 4×4", "conv_transpose", (128, 16, 16), {"out": 64, "kernel": 4, "stride": 2, "padding": 1}),
    ("depthwise 3×3", "depthwise_conv", (144, 56, 56), {"kernel": 3, "padding": 1}),
    ("linear", "linear", (9216,), {"out": 4096}),
]
LEAST = 5


def seconds(run: Callable[[], object]) -> float:
    """Processor time of the best of three."""
    times = []
    for _ in range(3):
        start = process_time()
        run()
        times.append(process_time() - start)
    return min(times)


def baseline() -> float:
    """Multiply-adds a second of one sum over plain numbers."""
    weights, activations = (sample((200_000,), name).cells for name in "wx")
    return len(weights) / seconds(lambda: sum(map(mul, weights, activations)))


def rate(kind: str, shape: tuple[int, ...], args: dict[str, Any], share: int) -> float:
    """Multiply-adds a second of a layer, one output cell in `share` recomputed."""
    recheck.SHARE = share
    inputs = {"x": sample(shape, "x")}
    inputs["x"] = type(inputs["x"])(shape, SmallNumbers().settle(inputs["x"].cells))
    step = Step("layer", kind, args, ("x",))
    done = 0

    def run() -> None:
        nonlocal done
        done = execute([step], inputs, SmallNumbers(), kernels=FAST).steps["layer"].multiply_adds

    return 1 / (seconds(run) / done)


def main() -> int:
    """Print the table."""
    plain, slow = baseline(), []
    print(f"{'sum(map(mul, …))':16} {plain / 1e6:9.0f} million a second")
    for name, kind, shape, args in SHAPES:
        alone, checked = (rate(kind, shape, args, share) for share in (10**12, 100))
        print(f"{name:16} {alone / 1e6:9.0f} {alone / plain:6.1f}×   with {checked / 1e6:6.0f} {checked / plain:6.1f}×")
        if kind == "conv" and checked < LEAST * plain:
            slow.append(name)
    return bool(slow)


if __name__ == "__main__":
    sys.exit(main())
