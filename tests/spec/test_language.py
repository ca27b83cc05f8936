"""The language where a wrong reading would build another network without a word: edges, not totals."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.spec.networks import codes, edges, net

BLOCKS = dedent("""\
    input: [3, 8, 8]
    blocks:
      cr(out, kernel=1, act=relu):
      - [{conv: $out, kernel: $kernel, padding: half}, $act]
      two(out): [{conv: $out, kernel: 1, name: a}, {conv: $out, kernel: 1, name: b}]
      skip(other): {add, from: [prev, $other]}
      pair(c):
      - parallel: {b0: {conv: $c, kernel: 1}, b1: {conv: $c, kernel: 1}}""")


class TestSteps:
    def test_a_pipeline_is_sequential_and_lists_are_spliced(self) -> None:
        graph = net("- [{conv: 4, kernel: 1}, [relu, [relu]]]\n- relu\n")
        assert edges(graph) == ["conv1 <- input", "relu1 <- conv1", "relu2 <- relu1", "relu3 <- relu2"]

    def test_modifiers_may_come_before_the_kind(self) -> None:
        assert edges(net("- {name: a, conv: 4, kernel: 1}\n")) == ["a <- input"]

    def test_the_primary_argument_may_be_given_by_name(self) -> None:
        assert net("- {conv, out: 4, kernel: 1}\n").nodes == net("- {conv: 4, kernel: 1}\n").nodes

    def test_quotes_never_change_a_meaning(self) -> None:
        graph = net('- {"conv": "4", \'kernel\': "1 + 0", name: "a"}\n- {relu, from: "a"}\n')
        assert edges(graph) == ["a <- input", "relu1 <- a"]
        assert graph.nodes[0].facts.shape == (4, 8, 8)

    def test_a_key_without_a_value(self) -> None:
        assert edges(net("- {conv: 4, kernel: 1, name: a}\n- {concat, from: [a, in]}\n"))[1] == "concat1 <- a input"

    def test_from_alone_moves_the_path_and_builds_nothing(self) -> None:
        graph = net("- {conv: 4, kernel: 1, name: a}\n- {relu, name: b}\n- {from: a, name: again}\n- tanh\n"
                    "- {add, from: [again, b]}\n")
        assert edges(graph) == ["a <- input", "b <- a", "tanh1 <- a", "add1 <- a b"]


class TestAbsent:
    def test_hands_on_the_current_tensor(self) -> None:
        assert edges(net("- {relu, name: a}\n- {conv: 4, kernel: 1, when: false}\n- tanh\n"))[1] == "tanh1 <- a"

    def test_hands_on_the_tensor_that_from_names(self) -> None:
        graph = net("- {relu, name: a}\n- {relu, name: b}\n- {conv: 4, kernel: 1, from: a, when: false}\n- tanh\n")
        assert edges(graph)[2] == "tanh1 <- a"

    def test_a_join_hands_on_the_current_one(self) -> None:
        graph = net("- {relu, name: a}\n- {relu, name: b}\n- {add, from: [a, in], when: false, name: s}\n"
                    "- {tanh, from: s}\n")
        assert edges(graph)[2] == "tanh1 <- b"

    def test_a_join_with_branches_hands_on_the_current_one(self) -> None:
        graph = net("- {relu, name: a}\n- {relu, name: b}\n- {add: {x: tanh, skip}, from: a, when: false}\n- gelu\n")
        assert edges(graph)[2] == "gelu1 <- b"

    def test_its_arguments_are_not_evaluated(self) -> None:
        assert edges(net("- {conv: $nowhere, kernel: nonsense, when: false}\n- relu\n")) == ["relu1 <- input"]

    def test_its_automatic_number_stays_taken(self) -> None:
        graph = net("- {relu, when: false}\n- relu\n")
        assert edges(graph) == ["relu2 <- input"]

    def test_its_name_means_its_input(self) -> None:
        graph = net("- {tanh, name: t}\n- {elu, when: false, name: p}\n- relu\n- {add, from: [p, prev]}\n")
        assert edges(graph)[2] == "add1 <- t relu1"

    def test_repeat_zero_is_absent_and_when_is_decided_once(self) -> None:
        assert edges(net("- {relu, repeat: 0, name: z}\n- {tanh, from: z}\n")) == ["tanh1 <- input"]
        graph = net("- {conv: 6, kernel: 1, repeat: 2, when: $prev.channels == 3, name: c}\n")
        assert edges(graph) == ["c.0 <- input", "c.1 <- c.0"]

    def test_an_absent_output_or_tap_is_left_out(self) -> None:
        graph = net("- {relu, name: a}\n- {tap: {aux: tanh}, when: false}\n- {relu, name: b, when: false}\n",
                    "input: [3, 8, 8]\noutputs: [a, aux, b]")
        assert [output.name for output in graph.outputs] == ["a"]


class TestBranches:
    def test_an_empty_branch_is_the_identity(self) -> None:
        assert edges(net("- relu\n- add: {main: tanh, skip}\n"))[2] == "add1 <- main.tanh1 relu1"

    def test_every_branch_starts_at_the_current_tensor_and_keeps_its_order(self) -> None:
        graph = net("- relu\n- concat: {b: [tanh], a: [gelu, elu], c: }\n")
        assert edges(graph)[1:] == ["b.tanh1 <- relu1", "a.gelu1 <- relu1", "a.elu1 <- a.gelu1",
                                    "concat1 <- b.tanh1 a.elu1 relu1"]

    def test_the_list_form_takes_lists_only(self) -> None:
        assert edges(net("- add: [[tanh], [gelu, elu], []]\n"))[-1] == "add1 <- add1.0.tanh1 add1.1.elu1 input"
        assert codes("- add: [tanh, gelu]\n") == ["ambiguous-branch"]
        assert codes("- add: [[tanh], gelu]\n") == ["ambiguous-branch"]

    def test_a_missing_branch_is_not_the_identity(self) -> None:
        graph = net("- concat: {a: tanh, b: gelu, c: {branch: elu, when: false}}\n")
        assert edges(graph)[-1] == "concat1 <- a.tanh1 b.gelu1"
        absent = net("- concat: {a: tanh, b: gelu, c: {elu, when: false}}\n")
        assert edges(absent)[-1] == "concat1 <- a.tanh1 b.gelu1 input"

    def test_a_merge_of_one_is_that_tensor_and_of_none_an_error(self) -> None:
        graph = net("- {concat: {a: tanh, b: {branch: elu, when: false}}, name: m}\n- {relu, from: m}\n")
        assert edges(graph) == ["a.tanh1 <- input", "relu1 <- a.tanh1"]
        assert codes("- concat: {b: {branch: elu, when: false}}\n") == ["needs-tensors"]

    def test_a_merge_that_names_nothing_joins_a_tuple_or_is_an_error(self) -> None:
        assert codes("- relu\n- add\n") == ["needs-tensors"]
        assert edges(net("- {relu, name: a}\n- {add, from: [a]}\n- tanh\n"))[-1] == "tanh1 <- a"

    def test_from_moves_the_start_of_the_branches(self) -> None:
        graph = net("- {relu, name: a}\n- tanh\n- {add: {x: gelu, y: }, from: a}\n")
        assert edges(graph)[2:] == ["x.gelu1 <- a", "add1 <- x.gelu1 a"]

    def test_a_second_key_of_the_same_name_gets_a_counter(self) -> None:
        graph = net("- add: {main: tanh, skip}\n- add: {main: tanh, skip}\n- {relu, from: main2}\n",
                    "input: [3, 8, 8]\nx-note: the second branch is read")
        assert edges(graph)[2:] == ["main2.tanh1 <- add1", "add2 <- main2.tanh1 add1", "relu1 <- main2.tanh1"]


class TestRepetition:
    def test_is_indexed_even_once_and_its_name_is_the_last(self) -> None:
        graph = net("- {tanh, repeat: 1}\n- {conv: 4, kernel: 1, repeat: 3, name: c}\n- {relu, from: c}\n")
        assert edges(graph) == ["tanh1.0 <- input", "c.0 <- tanh1.0", "c.1 <- c.0", "c.2 <- c.1", "relu1 <- c.2"]

    def test_from_feeds_the_first(self) -> None:
        graph = net("- {relu, name: a}\n- tanh\n- {conv: 3, kernel: 1, repeat: 2, from: a}\n")
        assert edges(graph)[2:] == ["conv1.0 <- a", "conv1.1 <- conv1.0"]

    def test_first_overrides_by_name_however_given(self) -> None:
        graph = net("- {cr: [4, 3], repeat: 2, first: {out: 8, kernel: 1}}\n", BLOCKS)
        convs = [node for node in graph.nodes if node.layer.kind == "conv"]
        assert [node.facts.weights["weight"] for node in convs] == [(8, 3, 1, 1), (4, 8, 3, 3)]
        graph = net("- {conv: 4, kernel: 1, repeat: 2, first: {out: 8}}\n")
        assert [node.facts.shape[0] for node in graph.nodes] == [8, 4]

    def test_first_is_an_error_without_repeat_and_on_a_group(self) -> None:
        assert codes("- {conv: 4, kernel: 1, first: {out: 8}}\n") == ["bad-step"]
        assert codes("- {layers: [relu], repeat: 2, first: {out: 8}}\n") == ["bad-step"]

    def test_variables_count_from_0_or_give_items(self) -> None:
        graph = net("- {conv: $n + 1, kernel: $k, repeat: {n: 2, k: [1, 3]}, name: c}\n")
        assert [node.facts.weights["weight"] for node in graph.nodes] == [(1, 3, 1, 1), (2, 1, 3, 3)]
        assert codes("- {conv: $n, kernel: 1, repeat: {n: [1, 2], k: [1]}}\n") == ["bad-value"]

    def test_variables_are_seen_in_a_group_and_not_in_a_block(self) -> None:
        assert len(net("- {layers: [{conv: $n + 1, kernel: 1}], repeat: {n: 3}}\n").nodes) == 3
        head = "input: [3, 8, 8]\nblocks:\n  b(): {conv: $n + 1, kernel: 1}"
        assert codes("- {b, repeat: {n: 3}}\n", head) == ["unknown-name"]

    def test_a_repetition_is_a_name_scope_that_sees_outward(self) -> None:
        graph = net("- {relu, name: a}\n- {layers: [{tanh, name: t}, {add, from: [t, a]}], repeat: 2, name: g}\n"
                    "- {concat, from: [g.0.t, g.1.t]}\n")
        assert edges(graph)[-1] == "concat1 <- g.0.t g.1.t"


class TestReferences:
    def test_paths_as_the_report_prints_them(self) -> None:
        graph = net("- {two: 4, name: x}\n- {two: 4, name: y}\n- {concat, from: [x.a, y.a, x]}\n", BLOCKS)
        assert edges(graph)[-1] == "concat1 <- x.a y.a x.b"

    def test_a_branch_of_a_named_merge(self) -> None:
        graph = net("- {add: {b1: tanh, b3: [gelu, elu]}, name: x}\n- {concat, from: [x.b3, x.b1, x]}\n")
        assert edges(graph)[-1] == "concat1 <- b3.elu1 b1.tanh1 x"

    def test_all_repetitions_spliced(self) -> None:
        graph = net("- {conv: 4, kernel: 1, repeat: 3, name: x}\n- {concat, from: [in, x.*]}\n")
        assert edges(graph)[-1] == "concat1 <- input x.0 x.1 x.2"

    def test_all_repetitions_of_an_absent_step_are_none(self) -> None:
        graph = net("- {conv: 4, kernel: 1, repeat: 0, name: x}\n- {relu, name: r}\n- {concat, from: [in, x.*, r]}\n")
        assert edges(graph)[-1] == "concat1 <- input r"
        assert codes("- {conv: 4, kernel: 1, repeat: 0, name: x}\n- {relu, from: x.0}\n") == ["unknown-reference"]

    def test_an_inner_name_of_all_repetitions(self) -> None:
        graph = net("- {layers: [relu, {tap: {s: tanh}}], repeat: 2, name: l}\n- {add, from: l.*.s}\n")
        assert edges(graph)[-1] == "add1 <- l.0.s.tanh1 l.1.s.tanh1"

    def test_only_after_the_definition_and_only_written_names(self) -> None:
        assert codes("- {relu, from: later}\n- {relu, name: later}\n") == ["unknown-reference"]
        assert codes("- relu\n- {tanh, from: relu1}\n") == ["unknown-reference"]

    def test_a_body_sees_nothing_else_of_its_caller(self) -> None:
        head = "input: [3, 8, 8]\nblocks:\n  b(): {add, from: [prev, a]}"
        assert codes("- {relu, name: a}\n- b\n", head) == ["unknown-reference"]

    def test_a_word_is_resolved_where_it_was_written(self) -> None:
        head = ("input: [3, 8, 8]\nblocks:\n  b(x, y=in):\n  - {relu, name: a}\n  - tanh\n"
                "  - {concat, from: [$x, $y, a, prev]}")
        graph = net("- {gelu, name: a}\n- {elu, name: c}\n- {b: a, from: c, name: z}\n", head)
        assert edges(graph)[-1] == "z.concat1 <- a c z.a z.tanh1"

    def test_prev_as_an_argument_is_the_callers(self) -> None:
        head = "input: [3, 8, 8]\nblocks:\n  b(x): [relu, tanh, {concat, from: [$x, prev]}]"
        assert edges(net("- gelu\n- {b: prev, name: z}\n", head))[-1] == "z.concat1 <- gelu1 z.tanh1"

    def test_a_list_of_references_is_spliced(self) -> None:
        head = "input: [3, 8, 8]\nblocks:\n  b(row): {concat, from: [$row, prev]}"
        assert edges(net("- {relu, name: a}\n- {tanh, name: c}\n- {b: [[a, c]]}\n", head))[-1] == "b1.concat1 <- a c c"


class TestTuples:
    def test_members_by_name_and_number(self) -> None:
        graph = net("- {parallel: {l: relu, r: tanh}, name: t}\n- {concat, from: [t.1, t.l, t.r]}\n")
        assert edges(graph)[-1] == "concat1 <- r.tanh1 l.relu1 r.tanh1"

    def test_as_a_blocks_input_and_output(self) -> None:
        head = ("input: [3, 8, 8]\nblocks:\n  swap():\n  - parallel: [[{from: in.r}], [{from: in.l}]]\n"
                "  half(): {conv: $in.l.channels // 2 + 1, kernel: 1, from: in.l}")
        graph = net("- {parallel: {l: {conv: 6, kernel: 1}, r: tanh}, name: t}\n- swap\n- concat\n", head)
        assert edges(graph)[-1] == "concat1 <- r.tanh1 l.conv1"
        graph = net("- {parallel: {l: {conv: 6, kernel: 1}, r: tanh}}\n- half\n", head)
        assert graph.nodes[-1].facts.shape == (4, 8, 8)

    def test_from_on_a_block_makes_one_with_names(self) -> None:
        head = "input: [3, 8, 8]\nblocks:\n  b(): {concat, from: [in.c, in.a, in.0]}"
        assert edges(net("- {relu, name: a}\n- {tanh, name: c}\n- {b, from: [a, c]}\n", head))[-1] == (
            "b1.concat1 <- c a a")

    def test_what_repeat_hands_on(self) -> None:
        head = ("input: [3, 8, 8]\nblocks:\n  m():\n  - parallel: {a: [{from: in.a}, relu], b: [{from: in.b}, tanh]}")
        graph = net("- parallel: {a: elu, b: gelu}\n- {m, repeat: 2, name: m}\n- {concat, from: [m.b, m.a]}\n", head)
        assert edges(graph)[-1] == "concat1 <- m.1.b.tanh1 m.1.a.relu1"

    def test_members_of_the_output_win_over_inner_names(self) -> None:
        """HRNet's modules name their branches twice: the block's name means what it hands on."""
        head = ("input: [3, 8, 8]\nblocks:\n  m():\n  - {parallel: {b0: relu, b1: tanh}, name: x}\n"
                "  - parallel: {b0: {gelu, from: x.b0}, b1: {elu, from: x.b1}}")
        assert edges(net("- {m, name: s}\n- {concat, from: [s.b1, s.b0]}\n", head))[-1] == (
            "concat1 <- s.b12.elu1 s.b02.gelu1")

    def test_a_merge_without_branches_takes_one(self) -> None:
        assert edges(net("- parallel: {a: relu, b: tanh}\n- add\n"))[-1] == "add1 <- a.relu1 b.tanh1"

    def test_each_applies_a_step_to_every_tensor(self) -> None:
        graph = net("- {relu, name: a}\n- {tanh, name: c}\n- {conv: 4, kernel: 1, each: [a, c], share: true, name: h}\n"
                    "- {add, from: h}\n")
        assert edges(graph)[2:] == ["h.0 <- a", "h.1 <- c", "add1 <- h.0 h.1"]
        assert [node.shares for node in graph.nodes[2:4]] == [None, 3]

    def test_every_other_kind_refuses_one(self) -> None:
        assert codes("- parallel: {a: relu, b: tanh}\n- {conv: 4, kernel: 1}\n") == ["needs-one-tensor"]
        assert codes("- {conv: 4, kernel: 1, from: [in, prev]}\n") == ["needs-one-tensor"]


class TestKindsAsArguments:
    def test_a_word_a_step_and_identity(self) -> None:
        graph = net("- {cr: 4}\n- {cr: 4, act: tanh}\n- {cr: 4, act: {leaky_relu: 0.1}}\n"
                    "- {cr: 4, act: identity}\n", BLOCKS)
        kinds = [node.layer.kind for node in graph.nodes]
        assert kinds == ["conv", "relu", "conv", "tanh", "conv", "leaky_relu", "conv", "identity"]
        assert graph.nodes[5].path == "cr3.leaky_relu1"

    def test_a_block_by_hyperparameter(self) -> None:
        head = BLOCKS.replace("input:", "hyperparameters: {head: cr}\ninput:", 1)
        assert edges(net("- {$head: 4, name: h}\n", head)) == ["h.conv1 <- input", "h.relu1 <- h.conv1"]
        assert [node.path for node in net("- {$head: 4, name: h}\n", head, set={"head": "two"}).nodes] == ["h.a", "h.b"]

    def test_modifiers_on_a_handed_in_step(self) -> None:
        head = "input: [3, 8, 8]\nblocks:\n  b(act): [{$act, when: $in.channels == 3, name: y}, {add, from: [y, in]}]"
        assert edges(net("- {b: {leaky_relu: 0.2}, name: z}\n", head)) == ["z.y <- input", "z.add1 <- z.y input"]

    def test_an_option_is_the_word_itself(self) -> None:
        head = "input: [3, 8, 8]\nblocks:\n  b(m, p=half): [{upsample: 2, mode: $m}, {conv: 3, kernel: 3, padding: $p}]"
        assert net("- {b: nearest}\n", head).nodes[-1].facts.shape == (3, 16, 16)


class TestSharing:
    def test_parameters_count_at_the_first_use_by_namesake(self) -> None:
        graph = net("- {cr: 3, name: a}\n- {cr: 3, name: b, share: a}\n", BLOCKS)
        assert [graph.label(node.shares) if node.shares is not None else None for node in graph.nodes] == [
            None, None, "a.conv1", None]

    def test_true_shares_with_the_first_repetition(self) -> None:
        graph = net("- {cr: 3, repeat: 3, share: true, name: a}\n", BLOCKS)
        donors = [graph.label(node.shares) for node in graph.nodes if node.shares is not None]
        assert donors == ["a.0.conv1", "a.0.conv1"]

    def test_other_shapes_kinds_and_missing_namesakes_are_errors(self) -> None:
        assert codes("- {conv: 3, kernel: 1, name: a}\n- {conv: 3, kernel: 3, share: a}\n") == ["share"]
        assert codes("- {conv: 3, kernel: 1, name: a}\n- {linear: 3, axis: last, share: a}\n") == ["share"]
        head = "input: [3, 8, 8]\nblocks:\n  b(n): {conv: 3, kernel: 1, repeat: $n, name: c}"
        assert codes("- {b: 1, name: x}\n- {b: 2, share: x}\n", head) == ["share"]


class TestNamesAndPaths:
    def test_counters_skip_written_names_and_count_per_prefix(self) -> None:
        graph = net("- {relu, name: relu2}\n- relu\n- relu\n- {layers: [relu, relu], name: g}\n")
        assert [node.path for node in graph.nodes] == ["relu2", "relu1", "relu3", "g.relu1", "g.relu2"]

    def test_counters_skip_branch_keys(self) -> None:
        graph = net("- tanh\n- add: {tanh1: gelu, skip}\n")
        assert [node.path for node in graph.nodes] == ["tanh2", "tanh1.gelu1", "add1"]

    def test_a_dotted_name_puts_the_step_there(self) -> None:
        graph = net("- {relu, name: layer2.0.main.conv1}\n- {tanh, from: layer2.0.main.conv1}\n")
        assert edges(graph) == ["layer2.0.main.conv1 <- input", "tanh1 <- layer2.0.main.conv1"]
        assert [(scope.path, scope.repetition) for scope in graph.scopes.values()] == [
            ("layer2", None), ("layer2.0", 0), ("layer2.0.main", None)]

    def test_a_name_is_unique_in_its_scope_branches_included(self) -> None:
        assert codes("- {relu, name: a}\n- add: {x: {tanh, name: a}, y: }\n") == ["duplicate-name"]

    def test_scopes_without_layers_are_none(self) -> None:
        assert list(net("- add: {main: tanh, skip}\n").scopes) == ["main"]


class TestValues:
    def test_let_is_seen_to_the_end_of_the_body_and_set_once(self) -> None:
        assert net("- let: {c: 2 * $in.channels, d: $c + 1}\n- {conv: $d, kernel: 1}\n").nodes[0].facts.shape[0] == 7
        assert codes("- let: {c: 1}\n- let: {c: 2}\n- relu\n") == ["duplicate-name"]

    def test_facts_of_tensors(self) -> None:
        graph = net("- {conv: $prev.height + $prev.width * 10 + $prev.size.1, kernel: 1}\n", "input: [3, 4, 5]")
        assert graph.nodes[0].facts.shape[0] == 4 + 50 + 3
        graph = net("- {conv: $in.depth * 100 + $in.height * 10 + $in.width, kernel: 1}\n", "input: [3, 2, 4, 5]")
        assert graph.nodes[0].facts.shape[0] == 245
        assert net("- {conv: $in.length, kernel: 1}\n", "input: [3, 7]").nodes[0].facts.shape == (7, 7)

    def test_a_variable_comes_before_a_tensor_of_that_name(self) -> None:
        head = "input: [3, 8, 8]\nhyperparameters: {a: [5, 6]}"
        assert net("- {relu, name: a}\n- {conv: $a.1, kernel: 1}\n", head).nodes[1].facts.shape[0] == 6

    def test_a_size_is_whole_within_a_billionth(self) -> None:
        assert net("- {conv: 0.1 * 30, kernel: 1}\n").nodes[0].facts.shape[0] == 3
        assert codes("- {conv: 0.1 * 31, kernel: 1}\n") == ["bad-value"]

    def test_published_widths_are_doubles(self) -> None:
        """`make_divisible(180 * 1.4)` is 248 in the frameworks' own code: 180 * 1.4 is 251.99999999999997."""
        assert net("- {conv: make_divisible(180 * 1.4), kernel: 1}\n").nodes[0].facts.shape[0] == 248

    def test_blocks_may_call_themselves_under_a_when(self) -> None:
        head = "input: [3, 8, 8]\nblocks:\n  tree(n): [relu, {tree: $n - 1, when: $n > 0}]"
        assert len(net("- {tree: 5}\n", head).nodes) == 6


class TestInputsAndOutputs:
    HEAD = "inputs: {left: [3, 8, 8], right: [3, 8, 8]}"

    def test_several_inputs_are_named(self) -> None:
        assert edges(net("- {relu, from: left}\n- {add, from: [prev, right]}\n", self.HEAD))[1] == "add1 <- relu1 right"
        for step in ("- relu\n", "- {relu, from: in}\n", "- {conv: $in.channels, kernel: 1, from: left}\n"):
            assert codes(step + "- {relu, from: left}\n", self.HEAD)[0] in (
                "needs-one-tensor", "unknown-reference", "unknown-name")

    def test_a_tuple_gives_one_output_per_member(self) -> None:
        graph = net("- {relu, name: a}\n- {conv: 2, kernel: 1, each: [a, in], name: h}\n",
                    "input: [3, 8, 8]\noutputs: [h, a]")
        assert [(output.name, graph.label(output.tensor)) for output in graph.outputs] == [
            ("h.0", "h.0"), ("h.1", "h.1"), ("a", "a")]

    def test_a_result_that_reaches_no_output_is_a_warning(self) -> None:
        assert codes("- {relu, name: a}\n- {tanh, from: in}\n- {gelu, from: a}\n") == ["unused-result"]


@pytest.mark.parametrize("step", ["- {linear: 10}\n", "- [global_avg_pool, {linear: 10}]\n"])
def test_linear_on_an_image_is_refused(step: str) -> None:
    assert codes(step) == ["wrong-rank"]


def test_linear_on_the_last_axis_is_asked_for() -> None:
    assert net("- {linear: 10, axis: last}\n").nodes[0].facts.shape == (3, 8, 10)


def test_broadcast_is_asked_for() -> None:
    assert codes("- global_avg_pool\n- {mul, from: [in, prev]}\n") == ["shape-mismatch"]
    assert net("- global_avg_pool\n- {mul, from: [in, prev], broadcast: true}\n").nodes[1].facts.shape == (3, 8, 8)
