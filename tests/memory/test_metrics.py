"""The list of quantities: every one on every sort of network, through columns, JSON and roll-ups."""

import json
from itertools import pairwise

import pytest

from cnncalc import analyze, load, loads
from cnncalc.analysis import Settings
from cnncalc.analysis.conventions import PAPER
from cnncalc.analysis.devices import device_of
from cnncalc.analysis.metrics import METRICS, largest, metric, rank, total
from cnncalc.budget.measure import Conditions, Measured
from cnncalc.errors import Fault
from cnncalc.report import comparison, csv, summary
from cnncalc.report.columns import columns, layer_rows, rolled_up

TWO_INPUTS = """inputs: {a: [1, 8, 8], b: [1, 16, 8]}
layers:
- {conv: 2, kernel: 3, from: a, name: of_a}
- {conv: 2, kernel: [9, 5], stride: [2, 1], padding: [3, 1], from: b}
- {crop: 6}
- {add, from: [of_a, prev]}
- global_avg_pool
"""


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("text", [TWO_INPUTS, "input: [5]\nlayers: [{linear: 3}, softmax]\n",
                                  "input: [5]\nlayers: [identity]\n"])
def test_every_metric_of_every_network(name: str, text: str) -> None:
    analysis = analyze(loads(text), settings=Settings(device=device_of("t4")))
    found = metric(name)
    values = found.layers(analysis)
    assert len(values) == len(analysis.layers)
    whole = found.total(analysis, values)
    if found.additive:
        assert whole == sum(values)  # type: ignore[arg-type]
    options = summary.Options(columns([name], analysis), sort=name, depth=1)
    assert summary.plain(analysis, options)
    assert csv.summary(analysis, options)
    json.loads(summary.to_json(summary.as_json(analysis, [found])))
    assert comparison.plain([analysis, analysis], options.columns)


def test_values_per_axis_and_absent_ones() -> None:
    analysis = analyze(loads(TWO_INPUTS))
    fields = METRICS["receptive_field"].layers(analysis)
    assert fields == [(3, 3), (9, 5), (9, 5), (9, 5), (16, 8)]
    assert METRICS["stride"].layers(analysis)[1] == (2, 1)
    assert METRICS["offset"].layers(analysis)[1] == (-3, -1)
    assert total(analysis, METRICS["receptive_field"]) == (16, 8)
    assert METRICS["receptive_field"].layers(analyze(loads("input: [5]\nlayers: [identity]\n"))) == [None]
    shown = summary.Options(columns(["receptive_field", "offset"], analysis))
    assert csv.summary(analysis, shown).splitlines()[1:3] == ["of_a,3×3,0×0", "conv1,9×5,-3×-1"]
    data = summary.as_json(analysis, [METRICS["receptive_field"], METRICS["intensity"]])
    assert data["layers"][1]["receptive_field"] == (9, 5)
    assert data["totals"]["receptive_field"] == (16, 8)


def test_a_scope_has_its_last_layers_field_and_its_largest_memory() -> None:
    # Araujo et al. give VGG-16's last pooling 212, 32 and -90; its first stage ends with a pool of 2 after two 3×3s:
    # 6 cells, 2 apart, from -2 on. At the stage's second activation two tensors of 64·224·224 are alive.
    analysis = analyze(load("vgg16"))
    names = ["receptive_field", "stride", "offset", "peak_memory"]
    shown = columns(names, analysis)
    rows = {row.path: row.values for row in rolled_up(analysis, layer_rows(analysis, shown), 1)}
    assert [rows["stage5"][name] for name in names[:3]] == [(212, 212), (32, 32), (-90, -90)]
    assert [rows["stage1"][name] for name in names] == [(6, 6), (2, 2), (-2, -2), 2 * 64 * 224 * 224 * 4]
    measured = Measured(analysis.graph, Conditions())
    assert measured.places("offset", PAPER)["stage5"] == (-90, -90)
    assert measured.places("peak_memory", PAPER)["stage1"] == 2 * 64 * 224 * 224 * 4
    assert measured.places("params", PAPER)["fc8"] == 4_097_000


def test_what_binds_and_what_fits() -> None:
    def told(name: str, device: str, dtype: str) -> list[str]:
        analysis = analyze(load(name), dtype=dtype, settings=Settings(device=device_of(device)))
        return [" ".join(line.split()) for line in summary.plain(analysis, summary.Options(columns(None, analysis))
                                                                 ).splitlines()]

    page = told("lenet5", "stm32h743", "int8")
    # 61,706 numbers of a byte; two of 6·28·28.
    assert "fits yes weights 60.3 KiB of 2 MiB of storage, activations at their peak 9.19 KiB of 1.04 MiB of memory" in page
    page = told("vgg16", "stm32h743", "int8")
    assert any(line.startswith("fits no weights 132 MiB of 2 MiB of storage") for line in page)
    page = told("lenet5", "t4", "float32")
    assert "fits yes weights 241 KiB and activations at their peak 36.8 KiB, in 16 GiB" in page
    # Every layer of LeNet-5 moves more than 25 bytes (8.1T/320G) for an operation.
    assert any("; memory binds 100.0% of it" in line for line in page)


def test_a_comparison_says_what_times_are_not() -> None:
    settings = Settings(weight_dtype="int8", device=device_of("t4"))
    analyses = [analyze(load(name), settings=settings) for name in ("lenet5", "alexnet")]
    told = comparison.plain(analyses, columns(None, analyses[0])).splitlines()[-1]
    assert "weights as int8 · time on NVIDIA T4: a bound, not a forecast" in told
    assert "forecast" not in comparison.plain(analyses, None)


def test_a_device_as_data() -> None:
    device = device_of("t4")
    data = summary.as_json(analyze(load("lenet5"), settings=Settings(device=device)), [METRICS["time"]])
    assert [row["bound"] for row in data["layers"]] == ["free" if row["kind"] == "flatten" else "memory"
                                                        for row in data["layers"]]
    assert data["device"]["name"] == "NVIDIA T4"
    assert data["device"]["source"] == device.source
    assert (data["device"]["fits"], data["device"]["needs"]) == (True, {"weights": 4 * 61_706,
                                                                        "activations": 4 * 2 * 4704})
    assert "not a forecast" in data["device"]["time"]
    assert "device" not in summary.as_json(analyze(load("lenet5")))


def test_the_largest_and_the_rank() -> None:
    assert largest((3, None), (2, 7)) == (3, 7)
    assert largest(None, (2, 7)) == (2, 7)
    assert largest(None, None) is None
    assert largest(4, None) == 4
    assert sorted([(3, 9), None, (4, None)], key=rank) == [None, (4, None), (3, 9)]


def test_cells_as_people_read_them() -> None:
    def cell(name: str, value: object) -> str:
        return columns([name], analyze(loads(TWO_INPUTS)))[-1].cell(value)

    assert cell("receptive_field", (9, 5)) == "9×5"
    assert cell("receptive_field", (212, 212)) == "212"
    assert cell("stride", (None, None)) == "varies"
    assert cell("stride", (2, None)) == "2×varies"
    assert cell("receptive_field", None) == "-"
    assert cell("intensity", 0.5) == "0.500"
    assert cell("intensity", 1234.5) == "1,234"
    assert cell("time", 1.234e-5) == "12.3 µs"
    assert cell("time", 0.0) == "0 s"
    assert cell("moved", 4096) == "4 KiB"


def test_words_after_the_at_sign() -> None:
    analysis = analyze(load("lenet5"))
    params, cells = 61_706, 4_704  # LeNet-5; its largest tensors are two of 6×28×28
    assert total(analysis, metric("weights@int8")) == params
    assert total(analysis, metric("weights")) == 4 * params
    assert total(analysis, metric("peak_memory@int8")) == 2 * cells
    assert total(analysis, metric("bops@int4")) == 16 * analysis.totals.macs
    trained = [total(analysis, metric(f"training_memory@{name}")) for name in ("sgd", "momentum", "adam")]
    assert [after - before for before, after in pairwise(trained)] == [4 * params, 4 * params]
    assert total(analysis, metric("time@t4")) > 0  # type: ignore[operator]
    assert metric("weights@int8").title == "Weights int8"


def test_settings_reach_the_metrics() -> None:
    graph = load("lenet5")
    settings = Settings(weight_dtype="int8", in_place=True, freeze=("c1",))
    analysis = analyze(graph, settings=settings)
    assert total(analysis, METRICS["weights"]) == 61_706
    assert total(analysis, METRICS["peak_memory"]) == 4 * (4704 + 1176)  # 6×28×28 in place, then its pooling
    assert METRICS["backward_macs"].layers(analysis)[0] == 0
    assert total(analysis, METRICS["bops"]) == 8 * 32 * 416_520


@pytest.mark.parametrize(("name", "message"), [
    ("weight", "there is no metric `weight`"),
    ("weights@int9", "there is no number format `int9`"),
    ("weights@", "there is no number format ``"),
    ("params@int8", "`params` takes nothing after `@`"),
    ("time@abacus", "there is no device `abacus`"),
    ("training_memory@int8", "there is no optimizer `int8`"),
])
def test_names_that_are_refused(name: str, message: str) -> None:
    with pytest.raises(Fault) as refused:
        metric(name)
    assert refused.value.message == message


def test_time_needs_a_device() -> None:
    with pytest.raises(Fault, match="`time` needs a device"):
        METRICS["time"].layers(analyze(load("lenet5")))
    with pytest.raises(Fault, match="`bound` needs a device"):
        summary.plain(analyze(load("lenet5")), summary.Options(columns(["bound"], analyze(load("lenet5")))))
