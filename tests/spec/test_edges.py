"""Sentences of the language at their edges: small networks, worked out by hand."""

from __future__ import annotations

import pytest

from cnncalc import SpecError, loads
from tests.spec.networks import codes, edges, net

TWO = "inputs: {left: [3, 8, 8], right: [5, 8, 8]}"
BLOCKS = """\
input: [3, 8, 8]
blocks:
  unit(out=3, stride=1): {conv: $out, kernel: 1, stride: $stride, name: c}"""


def channels(layers: str, head: str = "input: [3, 8, 8]", **choice: object) -> list[int]:
    return [node.facts.shape[0] for node in net(layers, head, **choice).nodes]


def said(layers: str, head: str = "input: [3, 8, 8]", **choice: object) -> tuple[str, str]:
    """The first message and its help."""
    with pytest.raises(SpecError) as caught:
        loads(f"{head}\nlayers:\n{layers}", **choice)
    return caught.value.diagnostics[0].message, caught.value.diagnostics[0].help


class TestRepetition:
    def test_first_sees_the_loop_variables(self) -> None:
        assert channels("- {conv: $n, kernel: 1, repeat: {n: [4, 5]}, first: {out: $n + 10}}\n") == [14, 5]
        assert channels("- {unit, repeat: {n: 2}, first: {out: $n + 7}}\n", BLOCKS) == [7, 3]

    def test_arguments_see_the_current_tensor_of_their_repetition(self) -> None:
        assert channels("- {conv: 2*$prev.channels, kernel: 1, repeat: 3}\n") == [6, 12, 24]
        assert channels("- {unit: 2*$prev.channels, repeat: 2}\n", BLOCKS) == [6, 12]
        assert channels("- {conv: 2*$in.channels, kernel: 1, repeat: 2}\n") == [6, 6]

    def test_stars_in_stars(self) -> None:
        graph = net("- {layers: [{conv: 4, kernel: 1, repeat: 2, name: y}], repeat: 2, name: x}\n- {add, from: x.*.y.*}\n")
        assert edges(graph)[-1] == "add1 <- x.0.y.0 x.0.y.1 x.1.y.0 x.1.y.1"

    def test_a_number_and_a_list(self) -> None:
        assert channels("- {conv: $a*$n + 1, kernel: 1, repeat: {n: 2, a: [5, 7]}}\n") == [1, 8]
        assert channels("- {relu, repeat: {n: []}}\n- tanh\n") == [3]

    def test_let_belongs_to_one_repetition(self) -> None:
        graph = net("- let: {c: 9}\n- {layers: [{let: {c: $n + 1}}, {conv: $c, kernel: 1}], repeat: {n: 2}}\n"
                    "- {conv: $c, kernel: 1}\n")
        assert [node.facts.shape[0] for node in graph.nodes] == [1, 2, 9]

    def test_let_in_a_branch_or_group_is_seen_after_it(self) -> None:
        assert channels("- {layers: [{let: {c: 5}}]}\n- {conv: $c, kernel: 1}\n") == [5]
        assert channels("- add: {a: [{let: {c: 3}}, {conv: $c, kernel: 1}], b: }\n- {conv: $c, kernel: 1}\n") == [3, 3, 3]


class TestSharing:
    def test_every_repetition_shares_with_a_step_that_is_not_repeated(self) -> None:
        """DRCN's recursion: one convolution's weights, again and again."""
        graph = net("- {conv: 3, kernel: 3, padding: 1, name: a}\n"
                    "- {conv: 3, kernel: 3, padding: 1, share: a, repeat: 2, name: b}\n")
        assert [node.shares for node in graph.nodes] == [None, 1, 1]
        graph = net("- {unit, name: a}\n- {unit, share: a, repeat: 2}\n- {unit, share: a, each: [a, prev]}\n", BLOCKS)
        assert [node.shares for node in graph.nodes] == [None, 1, 1, 1, 1]

    def test_repetitions_share_with_repetitions_in_order(self) -> None:
        graph = net("- {unit, name: a, repeat: 2}\n- {unit, share: a, repeat: 2}\n", BLOCKS)
        assert [node.shares for node in graph.nodes] == [None, None, 1, 2]

    def test_one_step_shares_with_one_repetition(self) -> None:
        assert [node.shares for node in net("- {unit, name: a, repeat: 2}\n- {unit, share: a.1}\n", BLOCKS).nodes] == [
            None, None, 2]
        assert said("- {unit, name: a, repeat: 2}\n- {unit, share: a}\n", BLOCKS) == (
            "`a` is repeated, and this step is not", "name one repetition: `share: a.0`")


class TestSeveralInputs:
    def test_branches_and_groups_may_start_at_inputs(self) -> None:
        """Two towers: nothing but the branches themselves says where they start."""
        graph = net("- concat: {a: [{from: left}], b: [{relu, from: right}, tanh]}\n", TWO)
        assert edges(graph) == ["b.relu1 <- right", "b.tanh1 <- b.relu1", "concat1 <- left b.tanh1"]
        graph = net("- parallel: {a: [{from: left}, relu], b: [{from: right}]}\n- concat\n", TWO)
        assert edges(graph)[-1] == "concat1 <- a.relu1 right"
        graph = net("- {layers: [{from: left}, relu]}\n- {concat, from: [prev, right]}\n", TWO)
        assert edges(graph) == ["layers1.relu1 <- left", "concat1 <- layers1.relu1 right"]

    @pytest.mark.parametrize(("when", "found"), [
        ("true", ["side.relu1 <- left", "main <- right"]), ("false", ["main <- right"])])
    def test_so_may_taps(self, when: str, found: list[str]) -> None:
        graph = net(f"- {{tap: {{side: [{{from: left}}, relu]}}, when: {when}}}\n- {{tanh, name: main, from: right}}\n",
                    f"{TWO}\noutputs: [side, main]")
        assert edges(graph) == found
        assert len(graph.outputs) == len(found)

    @pytest.mark.parametrize("step", ["- concat: {a: [{from: left}], b: }\n", "- concat: {a: relu, b: [{from: left}]}\n",
                                      "- {layers: [relu]}\n", "- concat\n", "- {relu, repeat: 2}\n",
                                      "- {tap: {side: relu}}\n"])
    def test_the_rest_says_where_it_starts(self, step: str) -> None:
        assert codes(step, TWO) == ["needs-one-tensor"]

    def test_a_variant_replaces_inputs_by_name(self) -> None:
        head = "inputs: {left: [3, 8, 8], right: [5, 8, 8]}\nvariants: {v: {input: {left: [4, 8, 8]}}}"
        assert channels("- {concat, from: [left, right]}\n", head, variant="v") == [9]
        head = "inputs: {image: [3, 8, 8]}\nvariants: {v: {input: [4, 8, 8]}}"
        assert channels("- relu\n", head, variant="v") == [4]

    def test_a_variant_with_a_wrong_input_is_refused(self) -> None:
        head = "inputs: {left: [3, 8, 8], right: [5, 8, 8]}\nvariants: {v: {input: %s}}"
        step = "- {concat, from: [left, right]}\n"
        assert said(step, head % "[4, 8, 8]", variant="v") == (
            "say which input is meant", "write `input: {left: […]}` or `input: {right: […]}`")
        assert said(step, head % "{lft: [4, 8, 8]}", variant="v") == (
            "the spec has no input `lft`", "did you mean `left`?")

    def test_no_inputs(self) -> None:
        assert said("- relu\n", "inputs: {}") == ("`inputs` names no input", "add `input: [3, 224, 224]`")


class TestBranches:
    def test_a_branch_of_a_list_may_be_missing(self) -> None:
        assert edges(net("- add: [[relu], {branch: [tanh], when: false}]\n- elu\n")) == [
            "add1.0.relu1 <- input", "elu1 <- add1.0.relu1"]
        assert edges(net("- add: [[relu], {branch: tanh, when: true}]\n"))[-1] == "add1 <- add1.0.relu1 add1.1.tanh1"

    def test_an_argument_among_the_branches(self) -> None:
        assert said("- add: {a: relu, b: global_avg_pool, broadcast: true}\n") == (
            "`broadcast` stands among the branches of `add`", "put it beside them: `{add: {…}, broadcast: true}`")

    def test_an_absent_step_in_a_branch_is_the_identity(self) -> None:
        assert edges(net("- concat: {a: [{conv: 4, kernel: 1, when: false}], b: tanh}\n"))[-1] == (
            "concat1 <- input b.tanh1")

    def test_a_tuple_of_one_is_a_tuple(self) -> None:
        assert edges(net("- parallel: {a: relu}\n- concat\n- tanh\n"))[-1] == "tanh1 <- a.relu1"
        assert said("- parallel: {a: relu}\n- tanh\n")[0] == "`tanh` needs one tensor and gets a tuple of 1: a"


class TestStepsOfFromAlone:
    @pytest.mark.parametrize("modifier", ["when: false", "repeat: 2", "share: a", "repeat: 2, first: {out: 1}"])
    def test_take_no_other_modifier(self, modifier: str) -> None:
        """`{from: a, when: c}` would move the path whatever `c` is: an absent step hands on what `from` names."""
        assert codes(f"- {{relu, name: a}}\n- {{from: in, {modifier}}}\n- tanh\n") == ["bad-step"]

    @pytest.mark.parametrize("modifier", ["when: true", "repeat: 2"])
    def test_nor_do_steps_of_nothing(self, modifier: str) -> None:
        assert codes(f"- relu\n- {{{modifier}}}\n- tanh\n") == ["bad-step"]

    def test_a_tuple_may_depend_on_a_condition(self) -> None:
        text = "- {relu, name: a}\n- {tanh, name: b}\n- {from: [a, b], when: WHEN}\n- {gelu, when: not WHEN}\n- {add, when: WHEN}\n"
        assert edges(net(text.replace("WHEN", "true")))[-1] == "add1 <- a b"
        assert edges(net(text.replace("WHEN", "false")))[-1] == "gelu1 <- b"
        text = "- {relu, name: a}\n- {tanh, name: b}\n- let: {both: [a, b]}\n- {from: $both, when: false}\n- gelu\n"
        assert edges(net(text))[-1] == "gelu1 <- b"

    def test_a_group_moves_the_path_under_a_condition(self) -> None:
        assert edges(net("- {relu, name: a}\n- {layers: [{from: in}], when: false}\n- tanh\n"))[-1] == "tanh1 <- a"


class TestVariants:
    def test_an_empty_one_is_the_default(self) -> None:
        assert channels("- relu\n", "input: [3, 8, 8]\nvariants: {v: }", variant="v") == [3]

    def test_one_that_is_no_mapping_is_refused_as_such(self) -> None:
        assert said("- relu\n", "input: [3, 8, 8]\nvariants: {v: 3}", variant="v") == (
            "the variant `v` is a mapping of hyperparameters", "write `v: {}` for the defaults")

    def test_misspelt_keys_are_found_in_every_one(self) -> None:
        head = "input: [3, 8, 8]\nhyperparameters: {width: 1}\nvariants: {v: {widht: 2}, w: {inputs: {a: [3]}}}"
        with pytest.raises(SpecError) as caught:
            net("- relu\n", head)
        assert [(each.message, each.help) for each in caught.value.diagnostics] == [
            ("the spec has no hyperparameter `widht`", "did you mean `width`?"),
            ("the spec has no hyperparameter `inputs`", "did you mean `input`?")]


class TestAdvice:
    @pytest.mark.parametrize(("step", "help"), [
        ("{conv: width, kernel: 1}", "a value is written `$width`"),
        ("{conv: 4, kernel: 1, repeat: width}", "a value is written `$width`"),
        ("{conv: 4, kernel: 1, when: deep}", "a value is written `$deep`"),
        ("{conv: 4, kernel: [3, 3, 3]}", "write one number for all axes, or one for each"),
        ("{relu, inplace: true}", "`relu` takes no arguments"),
        ("relu, tanh", "several steps on one line are a list: `[relu, tanh]`"),
        ("{conv: ${width}, kernel: 1}", "a value is written `$width`, without braces"),
    ])
    def test_beginners_mistakes(self, step: str, help: str) -> None:
        assert said(f"- {step}\n", "input: [3, 8, 8]\nhyperparameters: {width: 4, deep: true}")[1] == help

    def test_a_mapping_where_a_value_belongs(self) -> None:
        assert said("- {conv: 4, kernel: {a: 3}}\n")[0] == "a value is expected here, not a mapping"

    def test_what_is_open_is_named(self) -> None:
        with pytest.raises(SpecError) as caught:
            net("- {conv: 4, kernel: 3\n- relu\n")
        assert caught.value.diagnostics[0].detail == "the `{` at line 3, column 3 is open"
        with pytest.raises(SpecError) as caught:
            net("- relu\n", 'name: "abc\ninput: [3, 8, 8]')
        assert (caught.value.diagnostics[0].detail, caught.value.diagnostics[0].help) == (
            "the quote at line 1, column 7 is open", "close the quote that is open")

    def test_parts_that_are_mappings(self) -> None:
        assert said("- relu\n", "input: [3, 8, 8]\nblocks: [a]") == (
            "`blocks` is a mapping", "as in `blocks: {stage(out): […]}`")
        assert said("", "input: [3, 8, 8]") == ("`layers` holds nothing", "add `layers:` and the list of steps")

    def test_first_holds_no_modifiers(self) -> None:
        assert said("- {conv: 3, kernel: 1, repeat: 2, first: {name: a}}\n") == (
            "`name` is no argument, and `first` replaces arguments alone",
            "write `name` beside `first`, for all repetitions")

    def test_a_tuple_of_none(self) -> None:
        assert said("- parallel: {a: {branch: tanh, when: false}}\n- relu\n")[0] == (
            "`relu` needs one tensor and gets a tuple of none")

    def test_parts_of_what_is_absent(self) -> None:
        assert said("- {from: [in, in], name: pair, when: false}\n- {relu, from: pair.0}\n") == (
            "`pair` has nothing called `0`", "it is absent here, and stands for the tensor that it would have taken")

    def test_outputs_of_nothing(self) -> None:
        assert said("- relu\n", "input: [3, 8, 8]\noutputs: []")[0] == "`outputs` names nothing"


BODY = "input: [3, 8, 8]\nblocks:\n  b({}): {}"


@pytest.mark.parametrize(("layers", "head", "expected"), [
    # an argument is evaluated where it is written, a default where the block stands
    ("- {conv: 4, kernel: 1}\n- {b: in}\n", BODY.format("x=in", "[tanh, {concat, from: [prev, $x]}]"), [4, 4, 7]),
    ("- {conv: 4, kernel: 1}\n- b\n", BODY.format("x=in", "[tanh, {concat, from: [prev, $x]}]"), [4, 4, 8]),
    ("- {b: {conv: $prev.channels, kernel: 1}}\n", BODY.format("s", "[{conv: 4, kernel: 1}, $s]"), [4, 3]),
    ("- {b, repeat: 3}\n", BODY.format("c=2*$in.channels", "{conv: $c, kernel: 1}"), [6, 12, 24]),
    ("- {relu, name: q}\n- {conv: 4, kernel: 1}\n- {b: q}\n",
     BODY.format("x, c=$x.channels", "{conv: $c, kernel: 1}"), [3, 4, 3]),
    # a list binds the first parameters; one that is meant for one parameter is given by name
    ("- {b: $row, repeat: {row: [[4, 5], [6, 7]]}}\n",
     BODY.format("a, c", "[{conv: $a, kernel: 1}, {conv: $c, kernel: 1}]"), [4, 5, 6, 7]),
    ("- {b, k: [3, 1]}\n", BODY.format("k", "[{conv: 4, kernel: $k}, {conv: $prev.height, kernel: 1}]"), [4, 6]),
    # `in` is the block's input in its groups, too; a group has none of its own
    ("- {conv: 5, kernel: 1}\n- {layers: [relu, {concat, from: [in, prev]}], repeat: 2}\n", "input: [3, 8, 8]",
     [5, 5, 8, 8, 11]),
    # a handed-in step takes modifiers, and `first` reaches its arguments
    ("- {b: {conv: 4, kernel: 1}}\n", BODY.format("s", "[{$s, repeat: {k: [1, 2]}, first: {out: $k + 8}}]"), [9, 4]),
    # the branches of a merge start where `from` says, and `$prev` is that tensor there
    ("- {relu, name: a}\n- {conv: 5, kernel: 1}\n- {concat: {l: , r: {conv: 2*$prev.channels, kernel: 1}}, from: a}\n"
     "- {concat, from: [prev, in]}\n", "input: [3, 8, 8]", [3, 5, 6, 9, 12]),
    # what is absent in some repetitions means what came in there
    ("- {layers: [{conv: $i + 4, kernel: 1, when: $i != 1, name: c}], repeat: {i: 3}, name: g}\n"
     "- {concat, from: g.*.c}\n", "input: [3, 8, 8]", [4, 6, 14]),
    # hyperparameters and inputs use earlier hyperparameters, a variant's value those that it replaced
    ("- {conv: $c + $in.height, kernel: 1}\n", "hyperparameters: {a: 2, b: 2*$a, c: 2*$b}\ninput: [3, $a, $b]", [10]),
])
def test_worked_out_by_hand(layers: str, head: str, expected: list[int]) -> None:
    """The channels of every layer."""
    graph = net(layers, head)
    assert [node.facts.shape[0] for node in graph.nodes] == expected
