"""The flat spec of a network reads back to the same network: for all that ship, odd ones, and random ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.analysis import analyze
from cnncalc.analysis.conventions import BUNDLED
from cnncalc.errors import Fault, Source
from cnncalc.graph import Graph
from cnncalc.report.flat import flat
from cnncalc.spec.document import Choice, variants_of
from cnncalc.spec.expand import build
from tests.random_specs import random_spec

ROOT = Path(__file__).parents[2]
SPECS = sorted([*ROOT.glob("specs/*.yaml"), *ROOT.glob("tests/data/networks/*.yaml")])

ODD = {
    "several inputs": "inputs: {a: [3, 8, 8], b: [3, 8, 8]}\nblocks:\n  f(x): [{conv: $x, kernel: 1}]\nlayers:\n"
                      "- {f: 4, from: b}\n- {add: {one: {conv: 4, kernel: 1, from: a}, two: }}\n",
    "input called like a layer": "inputs: {conv1: [3, 8, 8], b: [3, 8, 8]}\nlayers:\n- {conv: 3, kernel: 1, from: b}\n"
                                 "- {add, from: [prev, conv1]}\n",
    "branches by number": "input: [3, 8, 8]\nlayers:\n- {add: [[{conv: 3, kernel: 1}], []]}\n"
                          "- {concat: [[], [relu], [{conv: 1, kernel: 1}]], name: c}\n",
    "one branch": "input: [3, 8, 8]\nlayers:\n- {add: [[{conv: 3, kernel: 1}]]}\n"
                  "- {add: {a: {branch: [relu], when: false}, b: [tanh]}}\n",
    "tuple by number": "input: [3, 8, 8]\nlayers:\n- {parallel: [[relu], [{conv: 2, kernel: 1}]]}\n- concat\n",
    "tuple as a result": "input: [3, 8, 8]\nlayers:\n- {parallel: {x: [relu], y: [{conv: 2, kernel: 1}]}}\n",
    "outputs of one name": "input: [3, 8, 8]\nblocks:\n  k(): [{relu, name: o}]\nlayers:\n- {k, name: a}\n"
                           "- {k, name: b}\noutputs: [a.o, b.o]\n",
    "outputs with names":
        "input: [3, 8, 8]\nlayers: [{relu, name: a}, {tanh, name: b}]\noutputs: {first: a, second: b}\n",
    "all repetitions": "input: [3, 8, 8]\nlayers: [{relu, name: a, repeat: 3}]\noutputs: [a.*]\n",
    "an earlier result": "input: [3, 8, 8]\nlayers: [{relu, name: a}, {tap: {t: [tanh]}}]\noutputs: [a, t]\n",
    "identity alone": "input: [3, 8, 8]\nlayers: []\n",
    "taps and groups":
        "input: [3, 8, 8]\nlayers:\n- {layers: [{tap: {aux: [{conv: 2, kernel: 1}]}}, relu], name: g, repeat: 2}\n",
    "repetition of a merge": "input: [3, 8, 8]\nlayers:\n- {add: [[relu], []], repeat: 2, name: m}\n",
    "shared heads":
        "input: [3, 8, 8]\nblocks:\n  h(c): [{conv: $c, kernel: 1}, batch_norm]\nlayers:\n"
        "- {parallel: {x: [relu], y: [tanh]}, name: p}\n- {h: 4, each: [p.x, p.y], share: true, name: heads}\n",
    "references": "input: [3, 8, 8]\nlayers:\n- {max_pool: 2, name: p}\n- {max_unpool: p}\n- {upsample, like: p}\n"
                  "- {upsample: 2, mode: nearest-exact}\n- {crop, like: p}\n",
    "values": "input: [3, 8, 8]\nlayers:\n- {multiply: 1e-7}\n- {leaky_relu: 0.1}\n"
              "- {pad: [[1, 2], [0, 3]], mode: reflect}\n"
              "- {slice: [0, end]}\n- {select: [2, 0]}\n- {multiply: -2.5e+5}\n",
    "notes":
        'input: [3, 8, 8]\nx-functional: ["**.relu1", "*.pool"]\nx-"b": {a: [1, "c: d"], e: , "f #": ""}\n'
        "blocks:\n  b(): [relu]\nlayers: [b, {relu, name: pool}]\n",
    "texts":
        'name: "a: b # c \\u202e \\"q\\" \\\\ \\e[31m \U0001f9e0 é"\ndescription: "- x"\nsource: "{x}"\nyear: 1998\n'
             'budget: {params: 5M, "**.fc": {max: 1 MiB}}\ninput: [3, 8, 8]\nlayers: [relu]\n',
}


def assert_same(graph: Graph) -> None:
    text = flat(graph)
    again = build(Source("flat.yaml", text), Choice(), 10**6)
    for describe in (layers, scopes, outputs, lambda each: analyze(each).totals):
        assert describe(again) == describe(graph), text
    if "x-functional" in graph.text.text:
        assert counts(again) == counts(graph)
    header = again.header._replace(name=graph.header.name) if graph.variant or graph.overrides else again.header
    assert header == graph.header
    assert flat(again) == text


def counts(graph: Graph) -> list[object]:
    """The total under every convention, or why there is none."""
    found: list[object] = []
    for name in BUNDLED:
        try:
            found.append(analyze(graph, convention=name).totals.flops)
        except Fault as fault:
            found.append(fault.message)
    return found


def layers(graph: Graph) -> list[object]:
    return [(node.path, node.layer.kind, node.layer.resolved(graph.input_shapes(node)), node.facts,
             [graph.label(source) for source in node.inputs], node.shares) for node in graph.nodes]


def scopes(graph: Graph) -> list[object]:
    return [(scope.path, scope.block, scope.repetition) for scope in graph.scopes.values()]


def outputs(graph: Graph) -> list[object]:
    return [(output.name, graph.label(output.tensor)) for output in graph.outputs]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_all_that_ship(path: Path) -> None:
    source = Source(path.name, path.read_text(encoding="utf-8"))
    for variant in (None, *variants_of(source)[:3]):
        assert_same(build(source, Choice(variant)))


@pytest.mark.parametrize("name", ODD)
def test_odd(name: str) -> None:
    assert_same(build(Source(name, ODD[name])))


def test_notes_are_kept() -> None:
    lines = flat(build(Source("notes", ODD["notes"]))).split("\n")
    assert lines[1:3] == ['x-functional: ["**.relu1", "*.pool"]', '"x-\\"b\\"": {a: [1, "c: d"], e: , "f #": ""}']


def test_random(request: pytest.FixtureRequest) -> None:
    for seed in range(request.config.getoption("--many") // 2):
        assert_same(build(Source("random", random_spec(seed))))
