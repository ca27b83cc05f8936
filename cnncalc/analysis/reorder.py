"""The order of a branching network that needs the least activation memory.

Layers may run in any order in which every tensor is made before it is read (a size that one lends another is known
beforehand: nothing waits for it). Where the graph narrows to one layer that
all others come before or after, the order splits: what is before it stays before it. Each part between two such layers
is searched on its own, best first by the highest memory so far, over the sets of layers already run (the memory of a
set does not depend on the order inside it), which is exact. A part with more than `STATES` such sets is searched by a
beam of `BEAM` sets instead: a good order, not proven to be the best. The result is never worse than the order given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple

from cnncalc.analysis.lifetime import Timeline, may_inherit, timeline
from cnncalc.analysis.reads import reads
from cnncalc.graph import Graph

STATES = 20_000
BEAM = 32
LONGEST = 5_000


class Reordering(NamedTuple):
    """The best order that was found, and whether no order can do better (`exact`)."""

    timeline: Timeline
    exact: bool


class _Part(NamedTuple):
    """Some layers, searched on their own. Sets of layers are bits of a whole number, by their place in the part.

    By layer: `outputs` (bytes), `inputs` (tensors), `needs` (the layers that come before), `next` (those that read it),
    `heirs` (inputs that it may write over), `loose` (nobody reads it). `readers` are the part's layers that read a
    tensor that nothing after the part needs; `live` bytes are alive before the part, `held` of them throughout.
    """

    outputs: list[int]
    inputs: list[tuple[int, ...]]
    needs: list[int]
    next: list[list[int]]
    heirs: list[list[int]]
    loose: list[bool]
    readers: dict[int, int]
    sizes: Sequence[int]
    live: int
    held: set[int]


class _State(NamedTuple):
    """The layers run, those that can run next, the bytes alive, the most so far, and the layers run in their order."""

    done: int
    ready: tuple[int, ...]
    live: int
    peak: int
    path: tuple[Any, int] | None


def reorder(graph: Graph, sizes: Sequence[int], *, in_place: bool = False) -> Reordering:
    """The order with the lowest peak; `sizes` are the tensors' bytes by id. The order given where none is lower."""
    given = timeline(graph, sizes, in_place=in_place)
    parts = _parts(graph)
    free = {place for start, stop in parts for place in range(start, stop)}
    bound = max((live for place, live in enumerate(given.live) if place not in free), default=0)
    exact, order = True, list(given.order)
    # Only a part that is higher than all others at their best can lower the peak.
    for peak, start, stop in sorted(((max(given.live[a:b]), a, b) for a, b in parts), reverse=True):
        if peak <= bound:
            break
        found = None
        if stop - start <= LONGEST:
            part = _part(graph, sizes, start, stop, in_place)
            found, proven = _best_first(part)
            found = found or _beam(part)
        else:
            proven = False
        best = peak
        if found is not None and found.peak < peak:
            best, order[start:stop] = found.peak, [start + place for place in _walk(found)]
        if best > bound:
            bound, exact = best, proven
    found_order = timeline(graph, sizes, order, in_place=in_place)
    return Reordering(found_order if found_order.peak < given.peak else given, exact)


def _parts(graph: Graph) -> list[tuple[int, int]]:
    """The runs of layers between those that all others come before or after, as start and stop."""
    count, inputs = len(graph.nodes), len(graph.inputs)
    before = [sorted({tensor - inputs for tensor in reads(node) if tensor >= inputs}) for node in graph.nodes]
    after: list[list[int]] = [[] for _ in range(count)]
    for place, sources in enumerate(before):
        for source in sources:
            after[source].append(place)
    # A layer comes after all earlier ones when it is then the only one that no other reads; and the same from the end.
    alone = [a and b for a, b in zip(_single(before), _single([[count - 1 - place for place in reversed(after[count - 1
             - turned])] for turned in range(count)])[::-1], strict=True)]
    parts, start = [], None
    for place, fixed in enumerate([*alone, True]):
        if fixed and start is not None:
            parts.append((start, place))
            start = None
        elif not fixed and start is None:
            start = place
    return parts


def _single(before: list[list[int]]) -> list[bool]:
    """For every layer, whether it is the only one so far that no layer up to it reads."""
    read = [False] * len(before)
    ends, result = 0, []
    for sources in before:
        for source in sources:
            if not read[source]:
                read[source] = True
                ends -= 1
        ends += 1
        result.append(ends == 1)
    return result


def _part(graph: Graph, sizes: Sequence[int], start: int, stop: int, in_place: bool) -> _Part:
    """The layers from `start` to before `stop`."""
    base = len(graph.inputs)
    results = {output.tensor for output in graph.outputs}
    nodes = graph.nodes[start:stop]
    last: dict[int, int] = {tensor: len(graph.nodes) for tensor in results}
    for place, node in enumerate(graph.nodes):
        for tensor in reads(node):
            last[tensor] = max(last.get(tensor, 0), place)
    before = [tensor for tensor in last if tensor < base + start and last[tensor] >= start]
    readers: dict[int, int] = {}
    following: list[list[int]] = [[] for _ in nodes]
    for place, node in enumerate(nodes):
        for tensor in reads(node):
            if last[tensor] < stop:
                readers[tensor] = readers.get(tensor, 0) | 1 << place
        for tensor in reads(node):
            if tensor >= base + start:
                following[tensor - base - start].append(place)
    return _Part(
        [sizes[base + start + place] for place in range(len(nodes))], [reads(node) for node in nodes],
        [sum({1 << tensor - base - start for tensor in reads(node) if tensor >= base + start}) for node in nodes],
        following, [may_inherit(graph, start + place, results) if in_place else [] for place in range(len(nodes))],
        [base + start + place not in last for place in range(len(nodes))], readers, sizes,
        sum(sizes[tensor] for tensor in before), {tensor for tensor in before if last[tensor] >= stop})


def _start(part: _Part) -> _State:
    """Nothing run. The most so far is what no order can avoid: a layer with its inputs and what is held."""
    least = max(sum(part.sizes[tensor] for tensor in part.held.union(inputs)) + (0 if heirs else out)
                for inputs, heirs, out in zip(part.inputs, part.heirs, part.outputs, strict=True))
    ready = tuple(place for place, needs in enumerate(part.needs) if not needs)
    return _State(0, ready, part.live, max(part.live, least), None)


def _run(part: _Part, state: _State, place: int) -> _State:
    """One more layer."""
    done = state.done | 1 << place
    freed = [tensor for tensor in part.inputs[place] if not part.readers.get(tensor, ~done) & ~done]
    out = part.outputs[place]
    peak = state.live + (0 if any(tensor in freed for tensor in part.heirs[place]) else out)
    live = state.live + (0 if part.loose[place] else out) - sum(part.sizes[tensor] for tensor in freed)
    ready = (*(other for other in state.ready if other != place),
             *(other for other in part.next[place] if not part.needs[other] & ~done))
    return _State(done, ready, live, max(state.peak, peak), (state.path, place))


def _next(part: _Part, state: _State) -> Iterator[_State]:
    """The states one layer on. A layer that costs nothing, now or later, is run at once: waiting cannot help."""
    found = []
    for place in state.ready:
        after = _run(part, state, place)
        if after.peak == state.peak and after.live <= state.live:
            yield after
            return
        found.append(after)
    yield from found


def _best_first(part: _Part) -> tuple[_State | None, bool]:
    """The order with the lowest peak, or None where there are too many states."""
    full = (1 << len(part.outputs)) - 1
    start = _start(part)
    queue, closed, count = [(start.peak, 0, start)], set[int](), 0
    while queue and count <= STATES:
        _, _, state = heappop(queue)
        if state.done == full:
            return state, True
        if state.done not in closed:
            closed.add(state.done)
            for after in _next(part, state):
                count += 1
                heappush(queue, (after.peak, -count, after))
    return None, False


def _beam(part: _Part) -> _State:
    """A good order: layer by layer, the best few sets go on."""
    states = [_start(part)]
    for _ in part.outputs:
        best: dict[int, _State] = {}
        for state in states:
            for after in _next(part, state):
                known = best.get(after.done)
                if known is None or after.peak < known.peak:
                    best[after.done] = after
        states = sorted(best.values(), key=lambda state: (state.peak, state.live))[:BEAM]
    return states[0]


def _walk(state: _State) -> list[int]:
    """The layers in the order in which they were run."""
    places: list[int] = []
    path = state.path
    while path is not None:
        path, place = path
        places.append(place)
    return places[::-1]
