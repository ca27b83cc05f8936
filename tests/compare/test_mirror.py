"""`diff(a, b)` and `diff(b, a)` are each other's mirror image, on random pairs of networks."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnncalc import loads
from cnncalc.errors import SpecError
from cnncalc.report import diff as report
from tests.compare.networks import checked, flat
from tests.random_specs import random_spec

BLOCKS = """
stage(out, kernel=3, act=relu):
- {conv: $out, kernel: $kernel, padding: half}
- batch_norm
- $act
residual(kernel):
- add:
    main: [{stage: [8, $kernel]}, {conv: 8, kernel: 1}]
    skip: []
- relu
tail(out):
- {stage: $out, repeat: 2}
"""
STEPS = ("{stage: 8}", "{stage: 8, kernel: 5}", "{stage: 8, act: gelu}", "{stage: 8, name: NAME}", "{residual: 3}",
         "{residual: 5}", "{residual: 3, repeat: 3, name: NAME}", "{tail: 8}", "relu", "gelu", "batch_norm",
         "{conv: 8, kernel: 1}", "{conv: 8, kernel: 3, padding: 1}", "{conv: 8, kernel: 3, padding: 1, name: NAME}",
         "{add: {x: [{conv: 8, kernel: 1}], y: [{stage: 8}]}}", "{add: {y: [{stage: 8}], x: [{conv: 8, kernel: 1}]}}",
         "{layers: [relu, {conv: 8, kernel: 1}], repeat: 2}")

chosen = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from("abcd")), min_size=1, max_size=9)


def network(steps: list[tuple[str, str]]):
    taken: set[str] = set()
    lines = []
    for step, name in steps:
        while name in taken:
            name += "x"
        if "NAME" in step:
            taken.add(name)
        lines.append(step.replace("NAME", name))
    return flat(*lines, blocks=BLOCKS)


@settings(max_examples=150, deadline=None)
@example([("{stage: 8}", "a"), ("{stage: 8}", "a"), ("{stage: 8, name: NAME}", "a")],
         [("{residual: 3, repeat: 3, name: NAME}", "a"), ("{stage: 8}", "a")])  # one move within another
@given(chosen, chosen)
def test_unrelated_pairs(one: list[tuple[str, str]], two: list[tuple[str, str]]) -> None:
    checked(network(one), network(two))


@settings(max_examples=150, deadline=None)
@given(chosen, st.data())
def test_edited_pairs(steps: list[tuple[str, str]], data: st.DataObject) -> None:
    edited = list(steps)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(edited)))
        if data.draw(st.booleans()) and place < len(edited):
            edited.pop(place)
        else:
            edited.insert(place, data.draw(st.tuples(st.sampled_from(STEPS), st.sampled_from("abcd"))))
    if edited:
        found = checked(network(steps), network(edited))
        assert found.same or steps != edited


@pytest.mark.parametrize("seed", range(40))
def test_networks_of_every_kind(seed: int) -> None:
    one, two = loads(random_spec(seed)), loads(random_spec(seed + 1))
    assert checked(one, one).same
    report.plain(checked(one, two), report.Options(all=True))


def test_the_generator_makes_networks() -> None:
    for step in STEPS:
        try:
            network([(step, "a")])
        except SpecError as error:
            raise AssertionError(step) from error
