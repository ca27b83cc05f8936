"""How long a diff takes, in units of `python -c pass`: CPU time of both, interleaved, so that a busy machine hits both.

The least of the rounds counts, as in `timeit`: what is above it is other people's work on the same cores and caches.

Run it by hand: `python -m tests.benchmarks.bench_diff`. It exits with 1 where a bound of issue 6 is broken. Building
and counting the networks is not measured; they are frozen out of the garbage collector, as they were there before.
"""

from __future__ import annotations

import gc
import random
import resource
import subprocess
import sys
import time

from cnncalc import analyze, loads
from cnncalc.analysis import Analysis
from cnncalc.compare import diff

ROUNDS = 15


def layers(count: int) -> list[str]:
    """A flat network: convolutions of 39 sorts and activations in turn."""
    return [f"- {{conv: {16 + 8 * (i % 13)}, kernel: {(1, 3, 5)[i % 3]}, padding: half}}" if i % 2 else "- relu"
            for i in range(count)]


def network(steps: list[str]) -> Analysis:
    return analyze(loads("input: [3, 8, 8]\nlayers:\n" + "\n".join(steps) + "\n"))


def inserted(steps: list[str], count: int) -> list[str]:
    """The same with more layers at random places, of sorts that are there already: the harder case."""
    source, result = random.Random(1), list(steps)
    for place in sorted(source.sample(range(len(steps)), count), reverse=True):
        result.insert(place, source.choice(("- relu", "- {conv: 24, kernel: 3, padding: half}")))
    return result


def changed(steps: list[str]) -> list[str]:
    return [step.replace("half", "half, bias: false").replace("relu", "gelu") for step in steps]


def start() -> float:
    """CPU seconds of the interpreter that does nothing."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(5):
        subprocess.run([sys.executable, "-c", "pass"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 5


def cost(a: Analysis, b: Analysis) -> float:
    begin = time.process_time()
    diff(a, b)
    return time.process_time() - begin


def main() -> int:
    """Print a line per case; 1 where a bound is broken."""
    flat, half = layers(10_000), layers(5_000)
    shuffled = random.Random(2).sample(flat, len(flat))
    base, small = network(flat), network(half)
    cases = {
        "10,000 layers, nothing changed": (base, network(flat), 4.0),
        "10,000 layers, 50 inserted": (base, network(inserted(flat, 50)), 4.0),
        "5,000 layers, every one changed": (small, network(changed(half)), 100.0),
        "10,000 layers, every one changed": (base, network(changed(flat)), 100.0),
        "10,000 layers, in random order": (base, network(shuffled), None),
    }
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {name: [] for name in cases}
    starts = []
    for _ in range(ROUNDS):
        starts.append(start())
        for name, (a, b, bound) in cases.items():
            if (bound and bound < 100) or len(times[name]) < 3:
                times[name].append(cost(a, b))
    unit, broken = min(starts), False
    print(f"python -c pass: {1000 * unit:.1f} ms of CPU, the least of {ROUNDS} rounds")
    for name, (_, _, bound) in cases.items():
        ratio = min(times[name]) / unit
        broken |= bound is not None and ratio > bound
        print(f"{name:34} {1000 * min(times[name]):7.1f} ms  {ratio:6.1f} times  (bound: {bound or 'none'})")
    return int(broken)


if __name__ == "__main__":
    raise SystemExit(main())
