"""Peaks by hand, and against a brute-force run that keeps tensors in a table and frees them after their last use."""

from collections.abc import Sequence
from math import prod
from pathlib import Path

import pytest

from cnncalc import analyze, load, loads
from cnncalc.analysis.lifetime import IN_PLACE, Timeline, bytes_of, timeline
from cnncalc.analysis.metrics import METRICS, total
from cnncalc.graph import Graph
from cnncalc.layers import BY_NAME
from cnncalc.spec.locate import bundled_files
from tests.networks import random_graph


def run(text: str, **options) -> Timeline:
    graph = loads(text)
    return timeline(graph, bytes_of(graph, 1, "float32"), **options)


def alive(found: Timeline) -> set[str]:
    return {found.graph.label(tensor) for tensor in found.alive}


CHAIN = "input: [1, 10, 10]\nlayers:\n- {conv: 4, kernel: 3, padding: 1}\n- relu\n- {conv: 1, kernel: 3, padding: 1}\n"


def test_a_chain_holds_two_tensors() -> None:
    found = run(CHAIN)
    # 100 and 400 numbers; 400 and 400; 400 and 100; four bytes each.
    assert found.live == (2000, 3200, 2000)
    assert (found.peak, found.step, alive(found)) == (3200, 1, {"conv1", "relu1"})


def test_in_place_the_two_are_one() -> None:
    found = run(CHAIN, in_place=True)
    assert found.live == (2000, 1600, 2000)
    assert (found.peak, found.step, alive(found)) == (2000, 0, {"input", "conv1"})


RESIDUAL = """input: [2, 4]
layers:
- {conv: 2, kernel: 1}
- add:
    main: [{conv: 8, kernel: 1}, {conv: 2, kernel: 1}]
    skip: []
- relu
"""


def test_a_skip_is_alive_over_its_branch() -> None:
    found = run(RESIDUAL)
    # 8 numbers in, 8 after conv1, 32 inside the branch, 8 after it: 8+8; 8+32; 8+32+8; 8+8+8; 8+8.
    assert [live // 4 for live in found.live] == [16, 40, 48, 24, 16]
    assert alive(found) == {"conv1", "main.conv1", "main.conv2"}


def test_a_result_is_alive_until_the_end_and_never_written_over() -> None:
    text = "input: [1, 4]\nlayers:\n- {relu, name: a}\n- {relu, name: b}\n- {relu, name: c}\noutputs: [a, c]\n"
    assert [live // 4 for live in run(text).live] == [8, 8, 12]
    assert [live // 4 for live in run(text, in_place=True).live] == [8, 8, 8]  # b goes over no result, c over b


def test_only_the_size_of_a_like_is_read() -> None:
    text = ("input: [1, 8, 8]\nlayers:\n- {conv: 1, kernel: 1, name: big}\n- {max_pool: 4}\n"
            "- {upsample, like: big}\n")
    assert [live // 4 for live in run(text).live] == [128, 68, 68]


def test_a_tensor_that_nobody_reads_is_there_while_it_is_made() -> None:
    text = "input: [1, 4]\nlayers:\n- relu\n- tap: {side: [{conv: 100, kernel: 1}]}\n- relu\n"
    assert [live // 4 for live in run(text).live] == [8, 404, 8]


def test_batch_and_number_format() -> None:
    graph = loads(CHAIN)
    assert timeline(graph, bytes_of(graph, 3, "float16")).peak == 3 * 3200 // 2
    assert total(analyze(graph, batch=3, dtype="float16"), METRICS["peak_memory"]) == 3 * 3200 // 2
    assert bytes_of(loads("input: [3]\nlayers: [relu]\n"), 1, "int4") == [2, 2]  # three half bytes


def simulated(graph: Graph, order: Sequence[int], in_place: bool) -> list[int]:
    """Numbers held at every step, by doing it: make the output, count, free what no later step reads."""
    base = len(graph.inputs)
    sizes = [prod(each.shape) for each in graph.inputs] + [prod(node.facts.shape) for node in graph.nodes]
    results = {output.tensor for output in graph.outputs}

    def values(number: int) -> set[int]:
        node = graph.nodes[number]
        shaped = zip(node.inputs, node.facts.reach, strict=True)
        return set() if node.layer.kind == "parameter" else {
            tensor for tensor, reach in shaped if reach or len(node.facts.shape) == 1}

    def needed(tensor: int, step: int) -> bool:
        return tensor in results or any(tensor in values(number) for number in order[step:])

    held = {tensor for tensor in range(base) if needed(tensor, 0)}
    counts = []
    for step, number in enumerate(order):
        node, output = graph.nodes[number], base + number
        over = next((tensor for tensor in node.inputs if in_place and node.layer.kind in IN_PLACE and tensor >= base
                     and tensor in values(number) and sizes[tensor] == sizes[output] and not needed(tensor, step + 1)),
                    None)
        held.discard(over)
        held.add(output)
        counts.append(sum(sizes[tensor] for tensor in held))
        held = {tensor for tensor in held if needed(tensor, step + 1)}
    return counts


@pytest.mark.parametrize("name", [Path(file).stem for file in bundled_files()])
def test_every_bundled_network_holds_what_the_simulation_holds(name: str) -> None:
    graph = load(name)
    for in_place in (False, True) if len(graph.nodes) < 300 else (True,):
        found = timeline(graph, bytes_of(graph, 1, "int8"), in_place=in_place)
        assert list(found.live) == simulated(graph, range(len(graph.nodes)), in_place)
        assert found.peak == sum(found.sizes[tensor] for tensor in found.alive) == max(found.live)


def test_random_networks_hold_what_the_simulation_holds() -> None:
    for graph in filter(None, map(random_graph, range(150))):
        for in_place in (False, True):
            found = timeline(graph, bytes_of(graph, 1, "int8"), in_place=in_place)
            assert list(found.live) == simulated(graph, range(len(graph.nodes)), in_place)


def test_in_place_kinds_exist() -> None:
    assert set(BY_NAME) >= IN_PLACE
