"""The best order against every order there is, on small graphs; validity and never-worse on all."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnncalc import load, loads
from cnncalc.analysis import reorder as module
from cnncalc.analysis.lifetime import bytes_of, timeline
from cnncalc.analysis.reads import reads
from cnncalc.analysis.reorder import reorder
from cnncalc.graph import Graph
from cnncalc.spec.locate import bundled_files


def random_dag(seed: int, layers: int) -> Graph:
    """Convolutions, in-place steps and joins over any earlier tensors, some of them results; some lend a size."""
    pick = random.Random(seed)
    names, lines = ["input"], []
    for number in range(layers):
        sources = pick.sample(names[-5:], min(len(names), pick.choice([1, 1, 1, 2, 3])))
        what = "concat" if len(sources) > 1 else pick.choice([f"conv: {pick.randint(1, 9)}, kernel: 1", "relu: null",
                                                              f"upsample, like: {pick.choice(names)}"])
        lines.append(f"- {{{what}, from: [{', '.join(sources)}], name: n{number}}}".replace("relu: null", "relu"))
        names.append(f"n{number}")
    results = {names[-1], *pick.sample(names[1:], pick.randint(0, 2))}
    return loads("input: [4, 4]\nlayers:\n" + "\n".join(lines) + f"\noutputs: [{', '.join(sorted(results))}]\n")


def orders(graph: Graph, done: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Every order in which each tensor is made before it is read."""
    if len(done) == len(graph.nodes):
        yield done
    for number, node in enumerate(graph.nodes):
        before = {tensor - len(graph.inputs) for tensor in reads(node) if tensor >= len(graph.inputs)}
        if number not in done and before <= set(done):
            yield from orders(graph, (*done, number))


def check_valid(graph: Graph, order: tuple[int, ...]) -> None:
    assert sorted(order) == list(range(len(graph.nodes)))
    place = {number: step for step, number in enumerate(order)}
    for number, node in enumerate(graph.nodes):
        for tensor in reads(node):
            assert tensor < len(graph.inputs) or place[tensor - len(graph.inputs)] < place[number]


@pytest.mark.parametrize("in_place", [False, True])
def test_no_order_of_a_small_graph_has_less(in_place: bool) -> None:
    better = 0
    for seed in range(120):
        graph = random_dag(seed, 7)
        sizes = bytes_of(graph, 1, "int8")
        found = reorder(graph, sizes, in_place=in_place)
        check_valid(graph, found.timeline.order)
        least = min(timeline(graph, sizes, order, in_place=in_place).peak for order in orders(graph))
        assert (found.timeline.peak, found.exact) == (least, True), seed
        better += least < timeline(graph, sizes, in_place=in_place).peak
    assert better > 10  # the order given is not always the best, else this test would show nothing


def test_a_beam_is_valid_and_never_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STATES", 0)
    monkeypatch.setattr(module, "BEAM", 2)
    for seed in range(60):
        graph = random_dag(seed, 14)
        sizes = bytes_of(graph, 1, "int8")
        found = reorder(graph, sizes)
        check_valid(graph, found.timeline.order)
        assert found.timeline.peak <= timeline(graph, sizes).peak


def test_nothing_waits_for_a_size() -> None:
    # U-Net's first skip can be cropped at once: 64·568·568 become 64·392·392 long before they meet the decoder.
    graph = load("unet")
    found = reorder(graph, bytes_of(graph, 1, "float32"))
    paths = [graph.nodes[number].path for number in found.timeline.order]
    assert paths.index("dec1.cropped") < paths.index("dec1.up")
    # What is left is step 2: an activation beside the convolution's 64·570·570 that it reads.
    assert found.timeline.peak == 2 * 64 * 570 * 570 * 4
    assert found.exact


def test_a_small_branch_after_a_large_one() -> None:
    # The large branch is 100 numbers wide inside, and 10 at its end; the small one 50 at its end.
    text = ("input: [10, 1]\nlayers:\n- concat:\n    small: [{conv: 50, kernel: 1}]\n"
            "    large: [{conv: 100, kernel: 1}, {conv: 10, kernel: 1}]\n- {conv: 1, kernel: 1}\n")
    graph = loads(text)
    sizes = bytes_of(graph, 1, "int8")
    given, found = timeline(graph, sizes), reorder(graph, sizes)
    assert given.live == (60, 160, 160, 120, 61)  # small first: 50 are held while large needs 110
    assert found.timeline.live == (110, 120, 70, 120, 61)  # large first: 10 + 100 + 10; the join is as high
    assert found.exact


@pytest.mark.parametrize("name", [Path(file).stem for file in bundled_files()])
def test_bundled_networks(name: str) -> None:
    graph = load(name)
    sizes = bytes_of(graph, 1, "float32")
    found = reorder(graph, sizes)
    check_valid(graph, found.timeline.order)
    assert found.timeline.peak <= timeline(graph, sizes).peak
