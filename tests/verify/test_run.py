"""`cnncalc.run`: nested lists in and out, by PyTorch's names and layouts."""

from __future__ import annotations

from typing import Any

import pytest

import cnncalc
from cnncalc.errors import Fault

NET = """
inputs: {left: [1, 2, 3], right: [1, 2, 3]}
layers:
- {add, from: [left, right], name: sum}
- {conv: 1, kernel: 2, name: conv}
outputs: [conv, sum, left]
"""
X = [[[1, 2, 3], [4, 5, 6]]]
Y = [[[1, 0, 0], [0, 0, 10]]]


def run(inputs: Any = None, weights: Any = None) -> dict[str, Any]:
    return cnncalc.run(cnncalc.loads(NET), inputs, weights)


def test_by_hand() -> None:
    weights = {"conv": {"weight": [[[[1, 0], [0, 100]]]], "bias": [0.5]}}
    assert run({"left": X, "right": Y}, weights) == {
        "sum": [[[2, 2, 3], [4, 5, 16]]],
        "conv": [[[2 + 500 + 0.5, 2 + 1600 + 0.5]]],
        "left": X,
    }


def test_what_is_not_given_is_made_of_the_seed() -> None:
    graph = cnncalc.loads(NET)
    made = cnncalc.run(graph)
    assert made == cnncalc.run(graph)
    assert made != cnncalc.run(graph, seed=1)
    assert all(isinstance(cell, int) for row in made["conv"][0] for cell in row)  # type: ignore[index, union-attr]


def test_shared_weights_and_a_pool_that_is_undone() -> None:
    graph = cnncalc.loads("""
input: [1, 4]
layers:
- {scale, repeat: 2, share: true, name: s}
- {max_pool: 2, name: p}
- {max_unpool: p}
""")
    assert cnncalc.run(graph, {"input": [[1, 2, 4, 3]]}, {"s.0": {"weight": [3]}}) == {
        "max_unpool1": [[0, 18, 36, 0]]}


def test_one_and_three_axes_and_a_tuple() -> None:
    graph = cnncalc.loads("""
input: [1, 1, 2, 2]
layers:
- {avg_pool: [1, 2, 1], stride: 1, name: p}
- {parallel: {a: {multiply: 2}, b: [{reshape: [1, 2]}, {conv: 1, kernel: 2, name: c}]}, name: t}
outputs: [t]
""")
    assert cnncalc.run(graph, {"input": [[[[1, 2], [3, 4]]]]}, {"b.c": {"weight": [[[10, 1]]], "bias": [1]}}) == {
        "t.a": [[[[4, 6]]]],
        "t.b": [[2 * 10 + 3 + 1]],
    }


def test_arrays_and_tensors_of_other_libraries() -> None:
    class Foreign:
        def __init__(self, nested: Any) -> None:
            self.nested = nested

        def tolist(self) -> Any:
            return self.nested

    given = {"weight": Foreign([[[[1, 0], [0, 100]]]]), "bias": Foreign([0.5])}
    assert run({"left": Foreign(X), "right": Y}, {"conv": given}) == run(
        {"left": X, "right": Y}, {"conv": {"weight": [[[[1, 0], [0, 100]]]], "bias": [0.5]}}
    )


def test_a_declared_layer_has_no_values() -> None:
    graph = cnncalc.loads("input: [2]\nlayers: [{custom: [3], params: 1, macs: 2, name: mystery}, relu]\n")
    with pytest.raises(Fault, match="`mystery` is declared and not defined"):
        cnncalc.run(graph)


@pytest.mark.parametrize(("inputs", "weights", "words"), [
    ({"lfet": X}, None, "has no input `lfet`"),
    ({"left": [[1, 2, 3]]}, None, "`left` must be 1×2×3"),
    (X, None, "`inputs` must be nested lists by input name"),
    ({"left": [[1], [2, 3]]}, None, "`left` cannot be read: the nested lists are ragged: 1 and 2 entries"),
    ({"left": [[[1, 2, None]]]}, None, "hold what is no int or float: None"),
    ({"left": []}, None, "one of the nested lists is empty"),
    (None, {"conv": {"weight": [1]}}, "`weight` must be 1×1×2×2, and 1 was given"),
    (None, {"conf": {"weight": [1]}}, "`conf`, which is no layer of the network"),
    (None, {"conv": [1]}, "`weights` must be {path: {name: nested lists}}"),
    (None, [1], "`weights` must be {path: {name: nested lists}}"),
    (None, {"conv": {"gamma": [1]}}, "has no `gamma`"),
])
def test_refused(inputs: Any, weights: Any, words: str) -> None:
    with pytest.raises(Fault, match=words):
        run(inputs, weights)
