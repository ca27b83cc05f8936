"""Variants, `--set` and `--input`."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc import SpecError, loads

SPEC = """\
input: [3, $size, $size]
hyperparameters: {size: 8, width: 1, depths: [1, 2], act: relu, deep: false, hidden: 4*$width}
variants:
  wide: {width: 2.5, depths: [3, 4]}
  large: {input: [3, 32, 32], year: 2020, description: larger}
layers:
- {conv: ceil(4*$width), kernel: 1, repeat: $depths.1, name: c}
- $act
"""


def graph(**choice: Any):
    return loads(SPEC, label="net.yaml", **choice)


def refusal(**choice: Any) -> tuple[str, str, str]:
    with pytest.raises(SpecError) as caught:
        graph(**choice)
    (found,) = caught.value.diagnostics
    return found.code, found.message, found.help


def test_set_wins_over_the_variant_and_the_variant_over_the_default() -> None:
    assert graph().nodes[0].facts.shape == (4, 8, 8)
    assert graph(variant="wide").nodes[0].facts.shape == (10, 8, 8)
    assert graph(variant="wide", set={"width": "3"}).nodes[0].facts.shape == (12, 8, 8)
    assert len(graph(variant="wide").nodes) == 5


def test_values_may_be_texts_or_python_values() -> None:
    assert len(graph(set={"depths": "[1, 5]"}).nodes) == len(graph(set={"depths": [1, 5]}).nodes) == 6
    assert graph(set={"act": "tanh"}).nodes[-1].layer.kind == "tanh"


def test_later_hyperparameters_and_the_input_use_earlier_ones() -> None:
    assert graph(set={"size": 16}).inputs[0].shape == (3, 16, 16)


def test_a_variant_may_hold_an_input_and_words_about_itself() -> None:
    large = graph(variant="large")
    assert (large.inputs[0].shape, large.header.year, large.header.description) == ((3, 32, 32), 2020, "larger")


@pytest.mark.parametrize("wanted", ["3x16x20", "input=3x16x20", "3×16×20", ["3x16x20"], [3, 16, 20],
                                    {"input": [3, 16, 20]}])
def test_an_input_shape_is_replaced(wanted: Any) -> None:
    assert graph(input=wanted).inputs[0].shape == (3, 16, 20)


def test_refusals() -> None:
    assert refusal(variant="wild") == ("unknown-variant", "`net.yaml` has no variant `wild`", "did you mean `wide`?")
    assert refusal(variant="x") == ("unknown-variant", "`net.yaml` has no variant `x`", "its variants are wide, large")
    assert refusal(set={"widht": "1"}) == (
        "unknown-hyperparameter", "the spec has no hyperparameter `widht`", "did you mean `width`?")
    assert refusal(set={"width": "wide"})[:2] == (
        "bad-value", "`width` is a number by default, and this is a word")
    assert refusal(set={"deep": "1"})[1] == "`deep` is true or false by default, and this is a number"
    assert refusal(set={"depths": "3"})[1] == "`depths` is a list by default, and this is a number"
    assert refusal(set={"width": ""})[1] == "`--set width` has no value"
    assert refusal(input="left=3x8x8") == ("unknown-input", "the spec has no input `left`", "its inputs are input")
    assert refusal(input="3xax8")[1] == "`3xax8` is not a shape"
    assert refusal(input="3x0x8")[1] == "a size is a whole number of at least 1, not `0`"


def test_several_inputs_want_names() -> None:
    text = "inputs: {a: [3, 8, 8], b: [3, 8, 8]}\nlayers:\n- {add, from: [a, b]}\n"
    assert [each.shape for each in loads(text, input=["a=3x4x4", "b=3x4x4"]).inputs] == [(3, 4, 4), (3, 4, 4)]
    with pytest.raises(SpecError) as caught:
        loads(text, input="3x4x4")
    assert caught.value.diagnostics[0].help == "write `a=3x64x64` or `b=3x64x64`"


def test_a_variant_without_its_own_budget_has_none() -> None:
    text = "input: [3, 8, 8]\nbudget: {params: 5}\nvariants: {a: {}, b: {budget: {params: 6}}}\nlayers: [relu]\n"
    assert loads(text).budget is not None
    assert loads(text, variant="a").budget is None
    assert loads(text, variant="b").budget.entries[0][1].text == "6"


def test_a_hyperparameter_that_fails_is_reported_once() -> None:
    text = ("input: [3, 8, 8]\nhyperparameters: {a: 1/0, b: 2*$a}\n"
            "layers:\n- {conv: $b, kernel: 1}\n- {conv: $a, kernel: 1}\n")
    with pytest.raises(SpecError) as caught:
        loads(text)
    assert [each.message for each in caught.value.diagnostics] == ["division by zero"]
