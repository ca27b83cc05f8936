"""Small graphs whose receptive fields can be counted on fingers, and what `varies`."""

import pytest

from cnncalc import loads
from cnncalc.analysis.receptive import LIMIT, Pattern, clipped, follow, receptive_fields
from cnncalc.errors import Fault


def last(steps: str, size: str = "[1, 32]") -> list[tuple[int, int | None, int | None] | None]:
    """Extent, stride and offset of the last layer, per axis."""
    graph = loads(f"input: {size}\nlayers:\n" + "\n".join(f"- {step}" for step in steps.split(" ; ")))
    return [axis and (axis.extent, axis.stride, axis.offset) for axis in receptive_fields(graph)[-1]]


@pytest.mark.parametrize(("steps", "expected"), [
    ("relu", (1, 1, 0)),
    ("{conv: 1, kernel: 3, padding: 1}", (3, 1, -1)),
    ("{conv: 1, kernel: 3, dilation: 4}", (9, 1, 0)),  # holes included
    ("{conv: 1, kernel: 3, stride: 2, padding: 1} ; {max_pool: 2}", (5, 4, -1)),
    # The later window reads every second cell of the first: 3 + 2·2·2 = 11 cells.
    ("{conv: 1, kernel: 3, stride: 2} ; {conv: 1, kernel: 3, dilation: 2}", (11, 2, 0)),
    # Two cells from each input cell: neighbours move by 0, then by 1.
    ("{upsample: 2}", (1, None, None)),
    ("{upsample: 2} ; {max_pool: 2}", (1, 1, 0)),
    ("{upsample: 2, mode: linear}", (2, None, None)),
    # A kernel of 4 put down at every second cell: every cell is under two stamps.
    ("{conv_transpose: 1, kernel: 4, stride: 2, padding: 1}", (2, None, None)),
    # Stamps of one cell leave gaps; a window of two cells meets one value, of three one or two.
    ("{zero_insert: 2}", (1, None, None)),
    ("{zero_insert: 2} ; {conv: 1, kernel: 2}", (1, None, None)),
    ("{zero_insert: 2} ; {conv: 1, kernel: 3, dilation: 2}", (3, None, None)),  # odd cells meet nothing at all
    # 32 cells in 5 windows: 0-6, 6-12, 12-19, 19-25, 25-31.
    ("{adaptive_avg_pool: 5}", (8, None, None)),
    ("{adaptive_avg_pool: 1}", (32, 0, 0)),
    ("global_avg_pool", (32, 0, 0)),
    ("{conv: 1, kernel: 5, padding: 2} ; global_avg_pool", (32, 0, 0)),
    ("flatten", (32, 0, 0)),
    ("{softmax: -1}", (32, 0, 0)),
    ("{slice: [10, end], axis: 2} ; {conv: 1, kernel: 3}", (3, 1, 10)),
    ("{crop: 30} ; {softmax: -1}", (30, 0, 1)),  # it keeps the axis, and reads what the crop left
    ("{select: [3, 9, 4], axis: 2} ; {conv: 1, kernel: 2}", (7, None, None)),  # 3-9, 4-9
    ("{pad: [[3, 0]]} ; {conv: 1, kernel: 4}", (4, 1, -3)),  # causal
    # A branch that sees 7 and one that sees 1, centred: the union.
    ("{add: [[{conv: 1, kernel: 7, padding: 3}], []]}", (7, 1, -3)),
    # Off centre: -1 to 1, and 0 to 2 one cell on.
    ("{add: [[{conv: 1, kernel: 3, padding: 1}], [{pad: [[0, 2]]}, {conv: 1, kernel: 3}]]}", (4, 1, -1)),
    # Squeeze and excitation: each cell depends on all.
    ("{mul: [[], [{mean: 2, keep: true}]], broadcast: true}", (32, 0, 0)),
    # Along the axis: a cell belongs to one of the parts, so it sees what that part sees.
    ("{concat: [[], [{conv: 1, kernel: 3, padding: 1}]], axis: 2}", (3, None, None)),
])
def test_by_hand(steps: str, expected: tuple[int, int | None, int | None]) -> None:
    assert last(steps) == [expected]


def test_axes_are_independent() -> None:
    assert last("{conv: 1, kernel: [3, 5], stride: [1, 2], padding: [1, 2]}", "[1, 16, 16]") == [(3, 1, -1), (5, 2, -2)]
    # An axis that stays in its place is still followed; the ones that are moved are the whole input.
    assert last("{conv: 1, kernel: 3} ; {permute: [3, 2, 1]}", "[1, 16, 20]") == [(3, 1, 0), (20, 0, 0)]
    assert last("{conv: 1, kernel: 3} ; {flatten: 2}", "[1, 16, 20]") == [(16, 0, 0), (20, 0, 0)]
    assert last("{conv: 1, kernel: 3} ; {mean: 3}", "[1, 16, 20]") == [(3, 1, 0), (20, 0, 0)]


def test_what_does_not_depend_on_an_input_has_none() -> None:
    graph = loads("inputs: {a: [1, 8], b: [1, 8]}\nlayers:\n- {conv: 1, kernel: 3, padding: 1, from: a}\n"
                  "- {add, from: [prev, b]}\n- {upsample, like: b, from: a}\n- {parameter: [1, 8]}\n")
    of_a, of_b = (receptive_fields(graph, source) for source in (0, 1))
    assert [axes[0] and axes[0].extent for axes in of_a] == [3, 3, 1, None]
    assert [axes[0] and axes[0].extent for axes in of_b] == [None, 1, None, None]  # `like` takes the size only


def test_patterns_stay_short_and_long_ones_become_tables() -> None:
    steps = "\n".join("- {conv_transpose: 1, kernel: 4, stride: 2, padding: 1}" for _ in range(13))
    graph = loads(f"input: [1, 2]\nlayers:\n{steps}\n")
    lengths = [len(axes[0].fields) for axes in follow(graph, 0, (Pattern(1, ((0, 0),)),)) if axes[0]]
    assert lengths[:12] == [2**n for n in range(1, 13)]
    assert lengths[11] == LIMIT
    # Fields of 13 such layers: 1 + (2-1) of each rounded outwards: two or three cells whatever the depth.
    assert {axes[0].extent for axes in receptive_fields(graph) if axes[0]} == {2, 3}


def test_clipped_intervals_end_at_every_border_not_only_the_inputs() -> None:
    # The crop leaves cells 2 to 5; the padding after it is zeros, not cells 1 and 6.
    graph = loads("input: [1, 8]\nlayers:\n- {crop: 4}\n- {conv: 1, kernel: 3, padding: 1}\n")
    assert clipped(graph)["conv1"] == (((2, 3), (2, 4), (3, 5), (4, 5)),)


def test_a_copied_border_is_what_it_copies() -> None:
    graph = loads("input: [1, 4]\nlayers:\n- {pad: 1, mode: circular}\n- {conv: 1, kernel: 3}\n")
    assert clipped(graph)["pad1"] == (((3, 3), (0, 0), (1, 1), (2, 2), (3, 3), (0, 0)),)
    assert clipped(graph)["conv1"] == (((0, 3), (0, 2), (1, 3), (0, 3)),)
    assert receptive_fields(graph)[-1][0].extent == 3


def test_huge_axes_cost_nothing_where_there_is_a_pattern_and_are_refused_where_there_is_none() -> None:
    assert last("{conv: 1, kernel: 3, stride: 2} ; {avg_pool: 1000000} ; relu", "[1, 1000000000000]") == [
        (2_000_001, 2_000_000, 0)]
    assert last("{softmax: -1}", "[1, 1000000000000]") == [(10**12, 0, 0)]
    with pytest.raises(Fault, match="cells are too many to list"):
        last("{concat: [[], [relu]], axis: 2}", "[1, 1000000000000]")
