"""Budgets as written: what they say, and every refusal with its place and its help."""

from __future__ import annotations

import pytest

from cnncalc import SpecError, loads
from cnncalc.analysis.conventions import PAPER
from cnncalc.budget.files import read_budgets
from cnncalc.budget.reading import MOST, budgeted_variants, limits_of, limits_of_options
from cnncalc.errors import Source

from .nets import net


def limits(budget: str):
    return limits_of(loads(net(budget), label="net.yaml"))


def refusals(budget: str) -> list[tuple[str, str, int]]:
    """Message, help and column of each problem; the budget stands on line 2, from column 9."""
    with pytest.raises(SpecError) as caught:
        limits(budget)
    assert all(each.span.line == 2 for each in caught.value.diagnostics)
    return [(each.message, each.help, each.span.column) for each in caught.value.diagnostics]


def test_every_form_of_a_limit() -> None:
    found = limits('{params: 5M, macs: {max: 600M, min: 1k, message: small, level: warn}, weights@int8: 4 MiB, '
                   'output: [10], flops: {max_increase: 2%}, layers: {"head.*": {params: 1k}, fc: {output: [10]}}}')
    assert [(each.metric, each.rule, each.written, each.pattern, each.level, each.message) for each in found] == [
        ("params", "max", "5M", None, "error", ""),
        ("macs", "max", "600M", None, "warn", "small"),
        ("macs", "min", "1k", None, "warn", "small"),
        ("weights@int8", "max", "4 MiB", None, "error", ""),
        ("output", "output", "[10]", None, "error", ""),
        ("flops", "max_increase", "2%", None, "error", ""),
        ("params", "max", "1k", "head.*", "error", ""),
        ("output", "output", "[10]", "fc", "error", ""),
    ]
    assert (found[0].span.line, found[0].span.column) == (2, 18)


def test_no_budget_and_an_empty_one() -> None:
    assert limits_of(loads(net())) == ()
    assert limits("{}") == ()
    assert limits_of(loads("budget:\n" + net())) == ()


def test_the_convention_is_the_budgets_own() -> None:
    found = limits("{flops: 1M, convention: flops2}")
    assert [each.convention.name for each in found] == ["flops2"]
    assert limits("{flops: 1M}")[0].convention is PAPER


@pytest.mark.parametrize(("budget", "message", "help", "column"), [
    ("{parms: 5M}", "there is no metric `parms`", "did you mean `params`?", 10),
    ("{weights@int9: 5MB}", "there is no number format `int9`", "did you mean `int8`?", 10),
    ("{params@int8: 5}", "`params` takes nothing after `@`", "write `params`", 10),
    ("{params: 5K}", "there is no unit `K` of counts", "did you mean `k`?", 18),
    ("{params: {max: 5, maximum: 6}}", "a limit has no `maximum`", "did you mean `max`?", 27),
    ("{params: {level: warn}}", "`params` has no limit", "give `max`, `min` or `max_increase`", 10),
    ("{params: {max: 5, level: warning}}", "`level` is `error` or `warn`, not `warning`", "did you mean `warn`?", 34),
    ("{params: {max: 5, message: [a]}}", "`message` is a text", "", 36),
    ("{params: {max: 5, min: 6}}", "`min` is above `max`, so `params` can never hold", "", 32),
    ("{params: {max: [5]}}", "`max` is an amount", "", 24),
    ("{params: [5]}", "`params` takes one amount, not a list", "", 18),
    ("{params: $x}", "`$x` is not an amount", "write `5M`", 18),
    ("{output: 10}", "`output` is a list of sizes",
     "write channels first, without the batch: `output: [64, 56, 56]`", 18),
    ("{layers: [a]}", "`layers` is a mapping from patterns to budgets", 'write `layers: {"**.fc": {params: 3M}}`', 18),
    ("{layers: {a: 5}}", "`a` needs limits", "write `{params: 3M}`", 22),
    ("{layers: {a..b: {params: 5}}}", "`a..b` is not a pattern", "components are joined by single points: "
     "`layer4.*.conv1`", 19),
    ("{layers: {a: {convention: paper}}}", "there is no metric `convention`", "", 23),
    ("{convention: papre}", "there is no convention `papre`", "did you mean `paper`?", 22),
    ("{convention: /etc/passwd}", "there is no convention `/etc/passwd`", "", 22),
    ("5M", "a budget is a mapping", "write `budget: {params: 5M}`", 9),
])
def test_refusals(budget: str, message: str, help: str, column: int) -> None:
    (found,) = refusals(budget)
    assert found[0] == message
    assert found[2] == column
    assert found[1] == help or (not help and found[1])  # a long list of what there is


def test_all_problems_at_once() -> None:
    assert [message for message, _, _ in refusals("{parms: 5M, macs: 5K, layers: {a: {paramz: 1}}}")] == [
        "there is no metric `parms`", "there is no unit `K` of counts", "there is no metric `paramz`"]


def test_a_budget_is_bounded() -> None:
    many = ", ".join(f"l{number}: {{params: 1}}" for number in range(MOST + 1))
    assert refusals(f"{{layers: {{{many}}}}}")[0][0] == "a budget has at most 1000 limits, and this one has 1001"
    stars = ", ".join(f'"**.l{number}": {{params: 1}}' for number in range(101))
    assert refusals(f"{{layers: {{{stars}}}}}")[0][0] == (
        "a budget has at most 100 patterns with a `*`, and this one has 101")


@pytest.mark.parametrize(("given", "message", "help"), [
    ("parms=70M", "there is no metric `parms`", "did you mean `params`?"),
    ("params", "`--max params` has no amount", "write `--max params=5M`"),
    ("output=1000", "`output` is limited in a spec's budget or a budgets file",
     "write `output: [64, 56, 56]` there: channels first, without the batch"),
    ("params=", "`--max params=` has no amount", "write `--max params=5M`"),
    ("weights=4", "an amount of bytes needs a unit", "write `4 B`, or kB, MB, GB (powers of 1000), KiB, MiB, GiB "
     "(powers of 1024)"),
])
def test_options(given: str, message: str, help: str) -> None:
    with pytest.raises(SpecError) as caught:
        limits_of_options("max", [given], PAPER)
    (found,) = caught.value.diagnostics
    assert (found.message, found.help, found.source.label) == (message, help, "--max")


def test_a_budgets_file() -> None:
    globs = read_budgets(Source("b.yaml", '"specs/*.yaml": {params: 5M}\nnet.yaml@big*: {macs: 1G}\n'))
    assert [(each.pattern, each.variant) for each in globs] == [("specs/*.yaml", None), ("net.yaml", "big*")]
    one, two = globs
    assert one.means("specs/a.yaml", None)
    assert not one.means("specs/deep/a.yaml", None)
    assert not one.means("specs/a.yaml", "big")
    assert two.means("net.yaml", "bigger")
    assert not two.means("net.yaml", None)


@pytest.mark.parametrize(("text", "message", "help"), [
    ("*.yaml: {params: 5M}\n", None, 'quote a text that starts with `*` or `&`: `"**.fc"`'),
    ("[a]\n", "a budgets file is a mapping from globs to budgets", 'write `"specs/*.yaml": {params: 5M}`'),
    ("a.yaml: {parms: 5}\n", "there is no metric `parms`", "did you mean `params`?"),
])
def test_a_bad_budgets_file(text: str, message: str | None, help: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_budgets(Source("b.yaml", text))
    found = caught.value.diagnostics[0]
    assert found.help == help
    assert message is None or found.message == message


def test_variants_with_a_budget() -> None:
    text = "variants: {a: {budget: {params: 1}}, b: {}, c: {budget: }}\n" + net()
    assert budgeted_variants(Source("n", text)) == ["a", "c"]
    assert budgeted_variants(Source("n", "variants: [budget")) == []
