"""Random networks for tests: windows of every sort, holes, branches, parts, copies."""

from __future__ import annotations

import random

from cnncalc import load, loads
from cnncalc.errors import SpecError
from cnncalc.graph import Graph

LARGEST = 400


def random_graph(seed: int) -> Graph | None:
    """A network of 2 to 8 lines; lines that do not fit are left out. None where nothing fits, or a size exceeds 400."""
    pick = random.Random(seed)
    axes = pick.choice([1, 2])
    head = f"input: {[2] + [pick.randint(5, 14) for _ in range(axes)]}\nlayers:\n"
    lines: list[str] = []
    graph = None
    for _ in range(pick.randint(2, 8)):
        line = _line(pick, axes)
        try:
            grown = loads(head + "\n".join([*lines, line]))
        except SpecError:
            continue
        if all(size <= LARGEST for node in grown.nodes for size in node.facts.shape):
            lines.append(line)
            graph = grown
    return graph


def _line(pick: random.Random, axes: int) -> str:
    chance = pick.random()
    if chance < 0.75:
        return f"- {_step(pick, axes)}"
    if chance < 0.9:
        return (f"- {{concat: [[{_step(pick, axes)}], [{_step(pick, axes)}, {_step(pick, axes)}], []], "
                f"axis: {pick.randint(1, axes + 1)}}}")
    return f"- {{add: [[{_step(pick, axes)}], [], [relu, sigmoid]]}}"


def _step(pick: random.Random, axes: int) -> str:
    def sizes(most: int) -> object:
        return [pick.randint(1, most) for _ in range(axes)] if pick.random() < 0.3 else pick.randint(1, most)

    axis = pick.randint(2, axes + 1)
    pads = [[pick.randint(-1, 2), pick.randint(-1, 2)] for _ in range(axes)]
    window = f"kernel: {sizes(4)}, stride: {sizes(3)}, dilation: {sizes(3)}"
    return pick.choice([
        *[f"{{conv: 2, {window}, padding: {sizes(3)}}}"] * 5,
        *[f"{{conv_transpose: 2, {window}, padding: {pick.randint(0, 1)}}}"] * 3,
        f"{{max_pool: 3, stride: {sizes(3)}, padding: 1, dilation: {pick.randint(1, 2)}}}",
        f"{{avg_pool: 2, stride: {sizes(3)}, ceil_mode: true}}",
        f"{{upsample: {pick.choice([2, 3, 1.5, 0.5, 2.5])}}}",
        f"{{upsample: {pick.choice([2, 1.5])}, mode: linear}}",
        f"{{adaptive_avg_pool: {sizes(7)}}}",
        f"{{zero_insert: {sizes(3)}}}", f"{{unpool: {sizes(3)}}}", f"{{crop: {pick.randint(2, 5)}}}",
        f"{{slice: [{pick.randint(0, 2)}, {pick.randint(3, 5)}], axis: {axis}}}",
        f"{{select: [{pick.randint(0, 3)}, {pick.randint(0, 3)}, {pick.randint(0, 3)}], axis: {axis}}}",
        f"{{pad: {pads}, mode: {pick.choice(['constant', 'reflect', 'replicate', 'circular'])}}}",
        f"{{softmax: {axis}}}", "relu", "{group_norm: 1}", "{layer_norm: channels}", "global_avg_pool",
        "{mean: -1, keep: true}", "{flatten: 2}", "{permute: [1, 3, 2]}" if axes == 2 else "{permute: [2, 1]}",
        "{mul: [[], [{mean: -1, keep: true}]], broadcast: true}",
    ])


def small(name: str) -> Graph:
    """A bundled network at the first of a few small inputs, height unlike width, that it accepts; else at its own."""
    own = load(name)
    channels, *sizes = own.inputs[0].shape
    for size in (33, 64, 96, 129, 193, 256, 1024, 2048):
        smaller = [min(n, size + 32 * axis) for axis, n in enumerate(sizes)]
        if len(own.inputs) == 1 and smaller != sizes:
            try:
                return load(name, input=[channels, *smaller])
            except SpecError:
                continue
    return own
