"""What holds for every bundled spec: names, sources, budgets, lengths, and the time that all of them take."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from time import process_time

import pytest

from cnncalc import Graph, SpecError, analyze, check, load, loads
from cnncalc.spec.document import variants_of
from cnncalc.spec.locate import bundled

SPECS = dict(bundled())
NETWORKS = [(name, variant) for name, source in SPECS.items() for variant in (None, *variants_of(source))]
PLACES = [f"{name}@{variant}" if variant else name for name, variant in NETWORKS]

KEYS = ("name", "family", "year", "source", "hyperparameters", "budget", "variants", "input", "x-functional", "blocks",
        "layers", "outputs")
"""The order in which every spec has them; no bundled one has others."""

WARNED = {"wavenet": "the last layer's residual, which the paper draws too"}


def graph_of(name: str, variant: str | None) -> Graph:
    return loads(SPECS[name].text, label=name, variant=variant)


def test_names_are_unique_over_all_specs() -> None:
    """A variant is found by its name alone, so no two are called alike, nor a variant like a spec."""
    names = Counter([*SPECS, *(variant for _, variant in NETWORKS if variant)])
    assert [name for name, count in names.items() if count > 1] == []


def test_there_are_at_least_110_variants() -> None:
    assert sum(variant is not None for _, variant in NETWORKS) >= 110


@pytest.mark.parametrize(("name", "variant"), NETWORKS, ids=PLACES)
def test_every_network(name: str, variant: str | None) -> None:
    """Says where it was published, builds without a warning, and keeps a budget just above its size."""
    graph = graph_of(name, variant)
    header = graph.header
    assert header.name
    assert header.family
    assert header.source
    assert header.year is not None
    assert 1989 <= header.year <= 2025
    assert str(header.year) in header.source
    assert [warning.code for warning in graph.warnings] == (["unused-result"] if name in WARNED else [])
    findings = check(analyze(graph))
    assert [finding.limit.metric for finding in findings] == ["params", "macs"]
    for finding in findings:
        assert finding.status == "ok"
        assert finding.bound <= 1.01 * finding.actual


@pytest.mark.parametrize("name", SPECS)
def test_every_text(name: str) -> None:
    """Lines of at most 120 columns, a comment first, the keys in one order, and at most 60 lines for a classifier."""
    lines = SPECS[name].text.splitlines()
    assert lines[0].startswith("# ")
    assert max(map(len, lines)) <= 120
    keys = re.findall(r"^([a-z-]+):", SPECS[name].text, re.MULTILINE)
    assert keys == [key for key in KEYS if key in keys]
    graph = graph_of(name, None)
    if len(graph.shape(graph.outputs[0].tensor)) == 1:
        assert len(lines) <= 60


def test_a_spec_is_called_like_its_file() -> None:
    """A bundled spec is a file of `specs/` and is called like it."""
    folder = Path(__file__).parents[2] / "specs"
    assert sorted(SPECS) == sorted(path.stem for path in folder.glob("*.yaml"))


def test_the_whole_zoo_takes_seconds() -> None:
    """Reading, expanding and counting all networks, in one process."""
    start = process_time()
    for name, variant in NETWORKS:
        analyze(graph_of(name, variant))
    assert process_time() - start < 15


@pytest.mark.parametrize(("typed", "help"), [
    ("gogglenet", "did you mean `googlenet`?"),
    ("mobilenetv2", "did you mean `mobilenet_v2`?"),
    ("lraspp", "did you mean `lraspp_mobilenet_v3_large`?"),
    ("dcgan", "did you mean `dcgan_discriminator` or `dcgan_generator`?"),
    ("deeplabv3", "did you mean `deeplabv3_mobilenet_v3_large`, `deeplabv3_resnet50` or `deeplabv3_resnet101`?"),
    ("wide_resnet", "did you mean `wide_resnet50_2` or `wide_resnet101_2`?"),
    ("transformer", "`cnncalc list` shows the bundled ones"),
])
def test_an_unknown_name_is_answered_with_the_nearest(typed: str, help: str) -> None:
    """What begins so, else what looks like it."""
    with pytest.raises(SpecError) as caught:
        load(typed)
    assert caught.value.diagnostics[0].help == help
