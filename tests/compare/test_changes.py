"""Causes: what is reported, and what is not because something else explains it."""

from __future__ import annotations

import pytest

from cnncalc import analyze, diff
from cnncalc.errors import Fault
from cnncalc.report import diff as report
from tests.compare.networks import changes, checked, flat, spec

CONV = "{conv: 8, kernel: 3, padding: 1}"


def test_an_argument() -> None:
    assert changes(flat(CONV, "relu"), flat("{conv: 8, kernel: 5, padding: 2}", "relu")) == [
        ("changed", "conv1", {"kernel": (3, 5), "padding": (1, 2)})]


def test_a_layer_between_two() -> None:
    # The edge of the second convolution changed, and the new layer is why.
    assert changes(flat(CONV, CONV), flat(CONV, "relu", CONV)) == [("added", "relu1", {})]


def test_a_layer_at_the_end() -> None:
    # The output is another layer's, and that layer is new.
    assert changes(flat(CONV), flat(CONV, "relu")) == [("added", "relu1", {})]


def test_a_layer_replaced_by_another_kind() -> None:
    assert changes(flat(CONV, "relu", CONV), flat(CONV, "gelu", CONV)) == [
        ("changed", "gelu1", {"kind": ("relu", "gelu")})]


def test_a_new_branch() -> None:
    old = "concat: {a: [{conv: 4, kernel: 1}], b: [{conv: 6, kernel: 1}]}"
    new = "concat: {a: [{conv: 4, kernel: 1}], b: [{conv: 6, kernel: 1}], c: [{max_pool: 1}, {conv: 5, kernel: 1}]}"
    assert changes(flat(old), flat(new)) == [("added", "c", {})]


def test_an_edge() -> None:
    def network(source: str):
        return flat("{conv: 8, kernel: 1, name: x}", "{conv: 8, kernel: 3, padding: 1, name: y}",
                    "{conv: 8, kernel: 5, padding: 2, name: z}", f"{{add, from: [prev, {source}]}}")

    assert changes(network("x"), network("y")) == [("changed", "add1", {"from": (("z", "x"), ("z", "y"))})]


def test_the_order_of_what_is_joined() -> None:
    def network(kind: str, sources: str):
        return flat("{conv: 8, kernel: 1, name: x}", "{conv: 8, kernel: 3, padding: 1, name: y}",
                    f"{{{kind}, from: [{sources}]}}")

    assert changes(network("concat", "x, y"), network("concat", "y, x")) == [
        ("changed", "concat1", {"from": (("x", "y"), ("y", "x"))})]
    assert changes(network("add", "x, y"), network("add", "y, x")) == []


def test_shared_weights() -> None:
    def network(share: str):
        return flat("{conv: 8, kernel: 3, padding: 1, name: x}", f"{{conv: 8, kernel: 3, padding: 1, name: y{share}}}")

    assert changes(network(""), network(", share: x")) == [("changed", "y", {"share": (None, "x")})]


def test_outputs() -> None:
    def network(names: str):
        return flat("{conv: 8, kernel: 1, name: x}", "{conv: 8, kernel: 3, name: y}", more=f"outputs: {names}\n")

    assert changes(network("[x, y]"), network("[y, x]")) == [("changed", "outputs", {"from": (("x", "y"), ("y", "x"))})]
    assert changes(network("[y]"), network("[x, y]")) == [("changed", "outputs", {"from": (("y",), ("x", "y"))})]


def test_the_input() -> None:
    found = checked(flat(CONV, "relu"), flat(CONV, "relu", input="[8, 20, 20]"))
    assert [(change.place.path, change.arguments[0][1:]) for change in found.changes] == [
        ("input", ((8, 16, 16), (8, 20, 20)))]
    assert found.affected == ((0, 0), (1, 1))


def test_one_layer_in_the_middle_of_ten_thousand() -> None:
    steps = [f"{{conv: {8 + number % 7}, kernel: {1 + 2 * (number % 2)}, padding: half}}" for number in range(10_000)]
    base = flat(*steps)
    assert changes(base, flat(*steps[:5_000], "relu", *steps[5_000:])) == [("added", "relu1", {})]
    # A convolution of a sort that is there already, so that every later one gets another number.
    found = diff(base, flat(*steps[:5_000], "{conv: 9, kernel: 1}", *steps[5_000:]))
    assert [(change.action, change.place.path) for change in found.changes] == [("added", "conv5001")]


def test_a_block_that_was_moved() -> None:
    blocks = "stage(out, kernel):\n- {conv: $out, kernel: $kernel, padding: half}\n- batch_norm\n- relu"
    a, b, c = "{stage: [8, 1], name: a}", "{stage: [8, 3], name: b}", "{stage: [8, 5], name: c}"
    found = changes(flat(a, b, c, blocks=blocks), flat(b, c, a, blocks=blocks))
    assert [(action, path) for action, path, _ in found] == [("moved", "a")]


def test_a_scope_without_partner_is_dissolved() -> None:
    # The block is gone, and its layers are there one by one; one of them changed.
    blocks = "stage(out):\n- {conv: $out, kernel: 3, padding: 1}\n- batch_norm\n- relu"
    old = flat("{stage: 8}", "{stage: 9}", blocks=blocks)
    new = flat("{stage: 8}", "{conv: 9, kernel: 3, padding: 1, bias: false}", "batch_norm", "relu", blocks=blocks)
    assert changes(old, new) == [("changed", "conv1", {"bias": (True, False)})]


def test_numbers_of_different_conventions_are_refused() -> None:
    graph = flat(CONV)
    with pytest.raises(Fault, match="`paper` and `flops2` cannot be subtracted"):
        diff(analyze(graph), analyze(graph, convention="flops2"))
    with pytest.raises(Fault, match="batches of 1 and 2"):
        diff(analyze(graph), analyze(graph, batch=2))
    assert diff(analyze(graph, convention="flops2"), analyze(graph, convention="flops2")).same


def test_stride_moved() -> None:
    # 3 blocks: a 1×1 over 4 times as many cells before: 3·(102,760,448 − 25,690,112) = 231,211,008.
    found = checked(spec("resnet"), spec("resnet_stride_on_1x1"))
    assert found.b.totals.flops - found.a.totals.flops == -231_211_008
    assert [change.place.path for change in found.changes] == [
        f"layer{stage}.0.main.conv_bn{conv}.conv1" for stage in (2, 3, 4) for conv in (1, 2)]
    assert len(found.affected) == 6  # norm and activation between the two convolutions


def test_two_layers_that_change_places() -> None:
    steps = ["{conv: 8, kernel: 3, padding: half, name: x}", "{conv: 8, kernel: 5, padding: half, name: y}",
             "{conv: 8, kernel: 7, padding: half, name: z}"]
    for one, two, three in ((0, 1, 2), (1, 0, 2), (0, 2, 1)):
        found = changes(flat(*steps), flat(steps[one], steps[two], steps[three]))
        assert [action for action, _, _ in found] == ["moved"] * ((one, two) != (0, 1))
    # The same without names: conv1 and conv2 are told apart by what they are.
    bare = [step.partition(", name")[0] + "}" for step in steps]
    assert [action for action, _, _ in changes(flat(*bare), flat(bare[1], bare[0], bare[2]))] == ["moved"]


def test_a_stage_that_went() -> None:
    # `$in.channels` makes the first block of a stage another one, so stages are known by their last block.
    blocks = "unit(out):\n- {conv: 2*$in.channels, kernel: 1}\n- {conv: $out, kernel: 1}"
    a, b, c = (f"{{unit: {out}, repeat: 3}}" for out in (8, 16, 24))
    found = changes(flat(a, b, c, blocks=blocks), flat(a, c, blocks=blocks))
    assert found == [("removed", "unit2", {}), ("changed", "unit2.0.conv1", {"out": (32, 16)})]
    # As many stages as before stand for each other, though the first of the wider ones ends as the second did.
    wider = changes(*(flat(*(f"{{unit: {out}, repeat: 3}}" for out in outs), blocks=blocks)
                      for outs in ((4, 12), (12, 20))))
    assert {action for action, _, _ in wider} == {"changed"}


def test_two_blocks_that_change_places_in_every_block_around_them() -> None:
    blocks = ("row(out):\n- {conv: $out, kernel: [1, 7], padding: half}\n- relu\n"
              "column(out):\n- {conv: $out, kernel: [7, 1], padding: half}\n- relu\n"
              "both(c):\n- [FIRST, SECOND]")
    old = blocks.replace("FIRST", "{row: $c}").replace("SECOND", "{column: 16}")
    new = blocks.replace("FIRST", "{column: $c}").replace("SECOND", "{row: 16}")
    steps = "{both: 8}", "{both: 16}"
    found = checked(flat(*steps, blocks=old), flat(*steps, blocks=new)).changes
    # The first block's old column is the second's new one, argument by argument, and did not go there.
    assert [(change.action, change.old.path) for change in found if change.old.path != change.new.path] == []
    assert {change.action for change in found} == {"moved", "changed"}


def test_costs_of_a_move_count_once() -> None:
    blocks = "unit(out):\n- {conv: $out, kernel: 3, padding: half}\n- {conv: 8, kernel: 1}\n- relu"
    unit, pool = "{unit: 4, name: u}", ("{max_pool: 2, name: p}", "tanh")
    text = report.plain(checked(flat(unit, *pool, blocks=blocks), flat(*pool, unit, blocks=blocks)), report.Options())
    # 16·16 cells before, 8·8 after: 192 fewer with 8·9·4 + 4·8 products each.
    assert "~ u  unit, 3 layers\n    moved: reads input → tanh1 · −61,440 FLOPs (−75.0%)\n" in text
    assert "= 2 layers unchanged (--all)" in text


def test_what_went_from_a_moved_block_is_told_once() -> None:
    inner = "{conv: 8, kernel: 3, padding: 1}, "  # 8·8·9 + 8 = 584 parameters
    p, q = "{layers: [{conv: 8, kernel: 1}, %stanh], name: p}", "{layers: [{conv: 8, kernel: 5}, sigmoid], name: q}"
    found = checked(flat(p % inner, q), flat(q, p % ""))
    assert [(change.action, change.place.path) for change in found.changes] == [("moved", "p"), ("removed", "p.conv2")]
    for columns in ((), ("params",)):
        text = report.plain(found, report.Options(columns=columns))
        assert "~ p  2 layers\n    moved: reads input → q.sigmoid1" in text
        assert text.count("−584 params") == 1
        assert "= 2 layers unchanged" in text  # those of q


def test_branches_in_another_order() -> None:
    p, q = "p: [{conv: 8, kernel: 1}, %stanh]", "q: [{conv: 8, kernel: 1}, sigmoid]"
    found = checked(flat(f"{{concat: {{{p % 'relu, '}, {q}}}}}"), flat(f"{{concat: {{{q}, {p % ''}}}}}"))
    assert ("moved", "p") in [(change.action, change.place.path) for change in found.changes]
    assert "    moved: in another order\n" in report.plain(found, report.Options())
