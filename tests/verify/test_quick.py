"""The size that `--quick` runs at: small, unequal, accepted, and never above the spec's own."""

from __future__ import annotations

import pytest

from cnncalc import load, loads, verify
from cnncalc.report.verify import size
from cnncalc.spec.smallest import smallest


def shape(text: str, **choice: object) -> tuple[int, ...]:
    return smallest(loads(text, **choice)).inputs[0].shape  # type: ignore[arg-type]


@pytest.mark.parametrize(("sizes", "layers", "expected"), [
    ([3, 224, 224], "[{conv: 4, kernel: 3, padding: 1}]", (3, 32, 33)),
    ([3, 224, 40], "[relu]", (3, 32, 33)),
    ([1, 28, 28], "[{conv: 4, kernel: 3}, {max_pool: 2}, {conv: 4, kernel: 3}]", (1, 8, 9)),  # no floor below 32
    ([1, 32, 32], "[{conv: 4, kernel: 32}]", (1, 32, 32)),  # one size only
    ([1, 400, 400], "[{conv: 4, kernel: 300}]", (1, 300, 301)),  # beyond the sizes that are tried one by one
    ([4, 64, 64], "[{identity, name: a}, {max_pool: 16}, {upsample: 16}, {add, from: [a, prev]}]", (4, 32, 48)),
    ([4, 9000], "[{max_pool: 4}]", (4, 32)),
    ([1, 16, 64, 64], "[{max_pool: 2}]", (1, 2, 32, 33)),
    ([10], "[{linear: 3}]", (10,)),
    ([3, 50, 50], "[{reshape: [3, 2500]}]", (3, 50, 50)),
])
def test_sizes(sizes: list[int], layers: str, expected: tuple[int, ...]) -> None:
    assert shape(f"input: {sizes}\nlayers: {layers}\n") == expected


def test_several_inputs_keep_their_proportion() -> None:
    text = """
inputs: {image: [3, 128, 128], half: [8, 64, 64], label: [10]}
layers:
- {max_pool: 2, from: image}
- {concat, from: [prev, half]}
- {tap: {other: [{linear: 2}]}, from: label}
"""
    graph = smallest(loads(text.replace("- {tap: {other: [{linear: 2}]}, from: label}\n", "")))
    assert [each.shape for each in graph.inputs] == [(3, 32, 34), (8, 16, 17), (10,)]


def test_variants_and_overrides_stay() -> None:
    text = """
hyperparameters: {width: 4}
variants: {wide: {width: 8}}
input: [$width, 64, 64]
layers: [{conv: $width, kernel: 3}]
"""
    assert smallest(loads(text, variant="wide")).nodes[0].facts.shape == (8, 30, 31)
    assert smallest(loads(text, set={"width": 5})).nodes[0].facts.shape == (5, 30, 31)
    assert smallest(loads(text, input="4x40x40")).inputs[0].shape == (4, 32, 33)


def test_what_is_said() -> None:
    net = loads("input: [1, 64, 64]\nlayers: [relu]\n")
    assert size(verify(net, quick=True)) == "ran at 1×32×33; the spec's size is 1×64×64"
    assert size(verify(loads("input: [1, 4, 4]\nlayers: [relu]\n"))) == "ran at 1×4×4, the spec's size"
    other = loads("input: [1, 64, 64]\nlayers: [relu]\n", input="1x5x6")
    assert size(verify(other)) == "ran at 1×5×6; the spec's size is 1×64×64"
    assert size(verify(other, quick=True)) == "ran at 1×1×2; the spec's size is 1×64×64"
    assert size(verify(load("lenet5"), quick=True)) == ("ran at 1×32×32, the spec's size: it accepts no smaller one "
                                                        "with different sizes")
