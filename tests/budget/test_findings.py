"""Limits against networks: what holds, what does not, by how much, and what costs most."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc import SpecError, analyze, check, load, loads
from cnncalc.analysis.metrics import METRICS
from cnncalc.units import BYTES

from .nets import net


def held(budget, *, width=16, base=None, text=None):
    """Status, excess and note of each finding of a budget on the small network, perhaps against another width of it."""
    now = analyze(loads(text or net(width=width)))
    before = None if base is None else analyze(loads(net(width=base)))
    return [(each.status, each.excess, each.note) for each in check(now, budget, base=before)]


@pytest.mark.parametrize(("budget", "status", "excess"), [
    ({"params": "618"}, "ok", 0), ({"params": 617}, "fail", 1), ({"params": {"min": 619}}, "fail", 1),
    ({"params": {"min": 618}}, "ok", 0), ({"params": {"max": "0.6k", "level": "warn"}}, "warn", 18),
    ({"macs": "388960"}, "ok", 0), ({"macs": "388.959k"}, "fail", 1), ({"flops": "388960"}, "ok", 0),
    ({"flops": "388960", "convention": "flops2"}, "fail", None),
    ({"weights": "2472 B"}, "ok", 0), ({"weights": "2.4 KiB"}, "fail", None), ({"weights": "2.472kB"}, "ok", 0),
    ({"weights@int8": "618 B"}, "ok", 0), ({"output": [10]}, "ok", 0), ({"output": [1000]}, "fail", 0),
])
def test_the_whole_network(budget, status, excess) -> None:
    ((found, over, _),) = held(budget)
    assert found == status
    assert excess is None or over == excess


def test_macs_do_not_depend_on_the_convention() -> None:
    assert held({"macs": "388960", "convention": "flops2"}) == [("ok", 0, "")]


@pytest.mark.parametrize(("pattern", "scopes"), [
    ("conv1", ["conv1"]), ("head", ["head"]), ("head.fc", ["head.fc"]), ("**.fc", ["head.fc"]), ("*", [
        "conv1", "relu1", "max_pool1", "head"]), ("head.**", ["head.global_avg_pool1", "head.flatten1", "head.fc"]),
    ("*.f*", ["head.flatten1", "head.fc"]), ("**", ["conv1", "relu1", "max_pool1", "head", "head.global_avg_pool1",
                                                   "head.flatten1", "head.fc"]),
])
def test_a_limit_holds_for_each_match_on_its_own(pattern: str, scopes: list[str]) -> None:
    found = check(analyze(loads(net())), {"layers": {pattern: {"params": 170}}})
    assert [each.scope for each in found] == scopes
    numbers = {"conv1": 448, "head": 170, "head.fc": 170}
    assert [(each.actual, each.status) for each in found] == [
        (numbers.get(scope, 0), "fail" if scope == "conv1" else "ok") for scope in scopes]


def test_the_output_of_a_layer_and_of_a_scope() -> None:
    found = check(analyze(loads(net())), {"layers": {"conv1": {"output": [16, 30, 30]}, "head": {"output": [9]}}})
    assert [(each.status, each.actual) for each in found] == [("ok", (16, 30, 30)), ("fail", (10,))]


def test_a_pattern_that_matches_nothing() -> None:
    with pytest.raises(SpecError) as caught:
        check(analyze(loads(net())), {"layers": {"head.fcc": {"params": 1}, "conv1": {"params": 999}}})
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.help) == (
        "unmatched-pattern", "`head.fcc` matches no layer and no scope", "did you mean `head.fc`?")


def test_several_outputs_need_a_path() -> None:
    text = net() + "outputs: [head, c]\n".replace("c]", "stem]").replace("stem", "s")
    text = text.replace("kernel: 3}", "kernel: 3, name: s}")
    with pytest.raises(SpecError) as caught:
        check(analyze(loads(text)), {"output": [10]})
    assert caught.value.diagnostics[0].message == "the network has 2 outputs: head, s"


def test_costs_are_the_largest_layers_first() -> None:
    (found,) = check(analyze(loads(net())), {"params": 100})
    assert [(each.path, each.value, round(each.share or 0, 3)) for each in found.costs] == [
        ("conv1", 448, 0.725), ("head.fc", 170, 0.275)]  # 448/618, 170/618
    (scope,) = check(analyze(loads(net())), {"layers": {"head": {"params": 100}}})
    assert [each.path for each in scope.costs] == ["head.fc"]
    (layer,) = check(analyze(loads(net())), {"layers": {"conv1": {"params": 100}}})
    assert layer.costs == ()


@pytest.mark.parametrize(("allowed", "now", "base", "status", "excess"), [
    # 16 maps: 618 parameters; 17: 27·17 + 17 + 17·10 + 10 = 656, which is 38 more, or 6.15 %
    ("7%", 17, 16, "ok", 0), ("6%", 17, 16, "fail", None), ("+38", 17, 16, "ok", 0), ("37", 17, 16, "fail", 1),
    ("0", 16, 16, "ok", 0), ("0%", 17, 16, "fail", 38), ("0%", 15, 16, "ok", 0),
])
def test_increases(allowed, now, base, status, excess) -> None:
    ((found, over, _),) = held({"params": {"max_increase": allowed}}, width=now, base=base)
    assert found == status
    assert excess is None or over == excess


def test_against_a_base_of_nothing_any_increase_breaks() -> None:
    text = net().replace("- [relu,", "- [batch_norm, relu,")  # 2·16 running statistics, and the base has none
    assert held({"buffers": {"max_increase": "50%"}}, text=text, base=16) == [("fail", 32, "")]


def test_without_a_base_an_increase_is_skipped() -> None:
    assert held({"params": {"max_increase": "2%"}}) == [("skip", 0, "no base was given")]


@pytest.mark.parametrize(("limit", "now", "base", "status"), [
    ("600", 17, 16, "fail"), ("600", 16, 16, "warn"), ("630", 17, 16, "fail"), ("600", 15, 16, "ok"),
    ({"max": "600"}, 20, 21, "warn"),
    ({"min": 700}, 16, 16, "warn"), ({"min": 700}, 15, 16, "fail"), ({"min": 700}, 17, 16, "warn"),
    ({"min": 630}, 16, 17, "fail"),
])
def test_what_the_base_breaks_already(limit, now, base, status) -> None:
    (found,) = held({"params": limit}, width=now, base=base)
    assert found[0] == status
    broken_before = (base, limit) not in ((16, "630"), (17, {"min": 630}))
    assert found[2].startswith("broken in the base already") == (status != "ok" and broken_before)


def test_an_output_that_the_base_has_wrong_already() -> None:
    assert held({"output": [9]}, base=16)[0][0] == "warn"
    assert held({"output": [9]}, base=16, text=net().replace("linear: 10", "linear: 11"))[0][0] == "fail"


def test_the_spec_carries_its_budget_and_its_line() -> None:
    (found,) = check(analyze(loads(net("{params: 600}"), label="net.yaml")))
    assert (found.status, found.span.line) == ("fail", 2)
    (given,) = check(analyze(loads(net(), label="net.yaml")), {"params": 600})
    assert given.span.line == 4  # the convolution, which costs most


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_can_be_limited(name: str) -> None:
    unit = METRICS[name].unit
    full = f"{name}@a100" if name == "time" else name
    written = {"bytes": "1 TiB", "seconds": "100000 s"}.get(unit, "1T")
    budget = {full: written} if name in ("offset", "stride") else {full: {"max": written, "min": "0"}}
    found = check(analyze(load("alexnet")), budget)
    assert {each.status for each in found} <= {"ok"}, [each.actual for each in found]


def test_time_without_a_device_is_refused_at_its_place() -> None:
    with pytest.raises(SpecError) as caught:
        check(analyze(loads(net())), {"time": "1 s"})
    assert caught.value.diagnostics[0].code == "no-device"


def test_an_axis_counts_on_its_own() -> None:
    spec = loads("input: [1, 64, 64]\nlayers: [{conv: 1, kernel: [3, 9]}]\n")
    most, least = check(analyze(spec), {"receptive_field": {"max": 8, "min": 4}})
    assert (most.actual, most.status, most.excess) == ((3, 9), "fail", 1)
    assert (least.status, least.excess) == ("fail", 1)


def test_decimal_and_binary_units_differ() -> None:
    assert [BYTES[unit] for unit in ("kB", "KiB", "MB", "MiB")] == [1000, 1024, 1_000_000, 1_048_576]


def test_the_public_name() -> None:
    assert cnncalc.check is check
    assert cnncalc.Finding.__name__ == "Finding"
