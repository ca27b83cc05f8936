"""What is no change in the network: names, blocks, the order of what is written, other words for the same."""

from __future__ import annotations

import pytest

from cnncalc import diff, load, loads
from cnncalc.compare.renames import renames
from cnncalc.spec.locate import bundled_names
from tests.compare.networks import SPECS, changes, checked, flat, spec

RESNET = (SPECS / "resnet.yaml").read_text()


def same(a, b) -> bool:
    return checked(a, b).same


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_network_does_not_differ_from_itself(name: str) -> None:
    found = diff(load(name), load(name))
    assert found.same
    assert not found.affected
    assert len(found.pairs) == len(found.a.layers)


def test_a_renamed_block() -> None:
    found = checked(spec("resnet"), loads(RESNET.replace("layer3", "stage_c").replace("bottleneck", "residual")))
    assert found.same
    # layer3: 6 blocks of 10 layers, and a projection of 2 in the first.
    assert renames(found).names == (("layer3", "stage_c", 62),)


def test_hyperparameters_in_another_order() -> None:
    other = RESNET.replace("{classes: 1000, depths: [3, 4, 6, 3]}", "{depths: [3, 4, 6, 3], classes: 1000}")
    assert other != RESNET
    assert same(spec("resnet"), loads(other))


def test_with_and_without_blocks() -> None:
    blocks = "stage(out):\n- {conv: $out, kernel: 3, padding: half}\n- batch_norm\n- relu"
    steps = ("{conv: 8, kernel: 3, padding: half}", "batch_norm", "relu", "{conv: 9, kernel: 3, padding: half}",
             "batch_norm", "relu")
    assert same(flat("{stage: 8}", "{stage: 9}", blocks=blocks), flat(*steps))


def test_expanded_and_as_written() -> None:
    from cnncalc.report.flat import flat as expanded

    graph = spec("resnet")
    assert same(graph, loads(expanded(graph)))


@pytest.mark.parametrize(("one", "two"), [
    ("{conv: 8, kernel: 3, padding: half}", "{conv: 8, kernel: 3, padding: 1}"),
    ("{max_pool: 2}", "{max_pool: 2, stride: 2}"),
    ("{conv: 8, kernel: 3}", "{conv: 8, kernel: [3, 3], bias: true}"),
    ("batch_norm", "{batch_norm, eps: 0.00001}"),
])
def test_other_words_for_the_same(one: str, two: str) -> None:
    assert same(flat(one), flat(two))
    # Also where something else changed, so that trees are aligned.
    found = changes(flat(one, "{conv: 4, kernel: 1, name: last}"), flat(two, "{conv: 5, kernel: 1, name: last}"))
    assert found == [("changed", "last", {"out": (4, 5)})]


def test_branches_of_an_addition_in_another_order() -> None:
    main = "main: [{conv: 8, kernel: 3, padding: 1}, relu]"
    skip = "skip: [{conv: 8, kernel: 1}, batch_norm]"
    assert same(flat(f"add: {{{main}, {skip}}}"), flat(f"add: {{{skip}, {main}}}"))


def test_what_pads_the_same_way_on_another_input_is_no_cause() -> None:
    # `same` pads 1 cell of 16 and 2 of 15; the output has 8 either way.
    steps = "{conv: 8, kernel: 3, stride: 2, padding: same}", "{conv: 8, kernel: 3, padding: same}"
    found = checked(flat(*steps, input="[8, 16, 16]"), flat(*steps, input="[8, 15, 15]"))
    assert [change.place.path for change in found.changes] == ["input"]
    assert found.affected == ()
    assert checked(flat(*steps, input="[8, 16, 16]"), flat(*steps, input="[8, 18, 18]")).affected == ((0, 0), (1, 1))
