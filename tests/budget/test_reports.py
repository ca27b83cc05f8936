"""Budgets as they look: golden texts that a person has read; nothing of a stranger's is obeyed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cnncalc.budget.reading import limits_from
from cnncalc.budget.run import Request, check_specs
from cnncalc.errors import Source
from cnncalc.report import check as report
from cnncalc.report import check_github, check_json, check_markdown, check_table
from cnncalc.report.check import ALL, Options, brief
from cnncalc.report.text import Screen
from cnncalc.spec.locate import Located, locate

from .nets import net

GOLDEN = Path(__file__).parent / "golden"


def of(text: str, **budget):
    """The report on one text."""
    return check_specs([Located(Source("net.yaml", text))], Request(limits=limits_from(budget) if budget else ()))


def alexnet():
    limits = limits_from({"params": {"max": "50M", "message": "the phone's limit"},
                          "macs": {"max": "700M", "level": "warn"},
                          "receptive_field": {"min": 224}, "weights@int8": "60 MiB", "output": [10],
                          "layers": {"conv*": {"params": "800k"}}, "buffers": {"max_increase": 0}}, "budget.yaml")
    return check_specs(locate("alexnet"), Request(limits=limits))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_on_a_terminal(width: int, golden) -> None:
    golden(GOLDEN / f"alexnet_{width}.txt", check_table.table(alexnet(), ALL, Screen(True, False, width)))


def test_in_ascii(golden) -> None:
    golden(GOLDEN / "alexnet_ascii.txt", check_table.table(alexnet(), ALL, Screen(True, False, 120, unicode=False)))


def test_in_a_pipe(golden) -> None:
    golden(GOLDEN / "alexnet_plain.txt", report.plain(alexnet()))
    golden(GOLDEN / "alexnet_why.txt", report.plain(alexnet(), Options(quiet=True, why=True)))


def test_in_a_workflow_and_a_pull_request(golden) -> None:
    golden(GOLDEN / "alexnet_github.txt", check_github.render(alexnet(), ALL, lambda label: f"specs/{label}"))
    golden(GOLDEN / "alexnet_markdown.md", check_markdown.render(alexnet()))


def test_as_json() -> None:
    found = json.loads(check_json.render(of(net("{params: 600}"))))
    assert found["schema"] == "cnncalc.check/1"
    (finding,) = found["findings"]
    assert finding | {"costs": []} == {
        "spec": {"label": "net.yaml", "name": "Net", "variant": None}, "scope": None, "metric": "params", "rule": "max",
        "status": "fail", "level": "error", "written": "600", "budget": 600, "actual": 618, "base": None, "excess": 18,
        "used": 1.03, "message": "", "note": "", "line": 2, "column": 18,
        "limit": {"label": "net.yaml", "line": 2, "convention": "paper"}, "costs": []}
    assert finding["costs"][0] == {"path": "conv1", "kind": "conv", "value": 448, "share": 448 / 618, "line": 5}


def test_quiet_shows_failures_only() -> None:
    quiet = report.plain(alexnet(), Options(quiet=True))
    assert not re.search(r"^(ok|warn|skip)\b", quiet, re.MULTILINE)
    assert quiet.count("FAIL") == 3  # params, output, conv3
    assert report.plain(of(net("{params: 618}")), Options(quiet=True)) == ""


@pytest.mark.parametrize(("value", "unit", "text"), [
    (10_965_224, "count", "10.97 M"), (1, "count", "1"), (9999, "count", "9,999"), (10_000, "count", "10 k"),
    (999_960, "count", "1 M"), (3, "bytes", "3 B"), (1024, "bytes", "1 KiB"), (244_403_360, "bytes", "233.1 MiB"),
])
def test_amounts(value: int, unit, text: str) -> None:
    assert brief(value, unit) == text


def test_used_never_reads_as_a_full_budget_where_it_is_broken() -> None:
    broken = of(net(), weights="2471.9 B").findings[0]
    assert report.used(broken) == ">100%"
    short = of(net(), weights={"min": "2472.1 B"}).findings[0]
    assert report.used(short) == "<100%"


def test_used_never_reads_as_nothing_where_there_is_something() -> None:
    assert report.used(of(net(), weights="1 GB").findings[0]) == "<0.1%"  # 2472 B
    assert report.used(of(net(), buffers=5).findings[0]) == "0.0%"


HOSTILE = "::error::a%0A##[error]|`<b>\\u001b[31m\\u202e@me\\n::set-output name=x::y"


@pytest.mark.parametrize("render", [
    lambda found: report.plain(found), lambda found: check_markdown.render(found),
    lambda found: check_github.render(found, ALL, lambda label: label), lambda found: check_json.render(found),
    lambda found: check_table.table(found, ALL, Screen(True, False, 100)),
])
def test_hostile_words_stay_words(render) -> None:
    text = net(f'{{params: {{max: 1, message: "{HOSTILE}"}}}}')
    located = Located(Source("::warning::%0Ax,y:z.yaml\n::error::", text))
    shown = render(check_specs([located], Request()))
    assert "\x1b" not in shown.replace("\x1b[", "") or "\x1b[31m" not in shown
    assert "##[error]" not in shown or shown.startswith("{")  # JSON is data: nothing in it starts a line
    assert "\u202e" not in shown or shown.startswith("{")
    commands = [line for line in shown.splitlines() if line.lstrip().startswith("::")]
    assert all(re.match(r"::error title=[^:,]*::params over by 617", line) for line in commands)
    assert len(commands) <= 1


def test_a_command_is_escaped_as_the_runner_reads_it() -> None:
    assert check_github.command("error", {"file": "a,b:c%.yaml", "line": "1", "title": ""}, "50%\r\nmore: x, y") == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1::50%25%0D%0Amore: x, y")


def test_markdown_keeps_its_cells() -> None:
    text = check_markdown.render(of(net('{params: {max: 1, message: "a|b <img src=x> [l](http://e.com) @me"}}')))
    assert "<img" not in text
    assert "a\\|b" in text
    assert all(line.count("|") - line.count("\\|") == 10 for line in text.splitlines() if line.startswith("|"))


def test_a_path_of_control_characters_reaches_no_log() -> None:
    found = check_specs([Located(Source("d\x1b[31m\u202e.yaml", "layers: 5\n"))], Request())
    assert "::error file=d\\x1b[31m\\u202e.yaml,line=1," in check_github.render(found, ALL, lambda label: label)


def test_flops_never_stand_without_their_convention() -> None:
    found = of(net("{flops: 1k, convention: thop, macs: 1}"))
    assert "flops (thop) over by" in report.plain(found)
    assert "title=flops (thop) budget of net.yaml" in check_github.render(found, ALL, lambda label: label)
    assert "| flops (thop) |" in check_markdown.render(found)
    assert "macs over by" in report.plain(found)
