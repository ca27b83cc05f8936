"""`list`, `expand`, `schema`, `new`, completion, and the formats of `summarize`, as processes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT, cnncalc, environment


def run(*arguments: object, code: int = 0, text: str | None = None, cwd: Path | None = None, **env: str) -> str:
    done = subprocess.run([*cnncalc(), *map(str, arguments)], capture_output=True, encoding="utf-8", input=text,
                          cwd=cwd, env=environment(**env), check=False)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


# expand

@pytest.mark.parametrize("spec", ["googlenet", "resnet50", "retinanet", "segnet", "mobilenet_v2"])
def test_expand_reads_back(spec: str) -> None:
    """The same text in every format: title, paths, numbers, totals."""
    flat = run("expand", spec)
    assert flat.count("\n- {") > 50
    for options in ((), ("--depth", "1"), ("--format", "csv"), ("--format", "markdown")):
        assert run("summarize", "-", *options, text=flat) == run("summarize", spec, *options)
    ours, theirs = (json.loads(run("summarize", *given, "--format", "json", text=flat)) for given in (["-"], [spec]))
    for part in ("layers", "scopes", "totals", "outputs", "inputs"):
        assert ours[part] == theirs[part]


def test_expand_takes_a_choice() -> None:
    flat = run("expand", "mobilenet_v2", "--set", "width=0.5", "--input", "3x96x96")
    assert flat.startswith("name: MobileNetV2 (width=0.5)\n")
    assert "\ninput: [3, 96, 96]\n" in flat


# list

def test_list() -> None:
    found = json.loads(run("list", "--format", "json"))
    assert found["schema"] == "cnncalc.list/1"
    networks = {(each["name"], each["variant"]): each for each in found["networks"]}
    # torchvision's published numbers of ResNet-18; He's paper has the year.
    assert networks["resnet", "resnet18"] == {"name": "resnet", "variant": "resnet18", "family": "ResNet", "year": 2015,
                                              "input": [3, 224, 224], "params": 11689512, "macs": 1814073344}
    assert {path.stem for path in (ROOT / "specs").glob("*.yaml")} == {name for name, _ in networks}


def test_list_finds_what_fits() -> None:
    small = list(csv.DictReader(io.StringIO(run("list", "--max", "params=5M", "--max", "macs=0.3G", "--sort", "params",
                                                "--format", "csv"))))
    sizes = [int(each["params"]) for each in small]
    assert sizes == sorted(sizes)
    assert max(sizes) <= 5_000_000
    assert max(int(each["macs"]) for each in small) <= 300_000_000
    assert any(each["variant"] == "mobilenet_v2_050" or each["name"] == "shufflenet_v2" for each in small)
    assert "`many` is no amount" in run("list", "--max", "params=many", code=2)


def test_list_has_lower_limits_too() -> None:
    found = list(csv.DictReader(io.StringIO(run("list", "--min", "year=2021", "--max", "year=2021", "--format", "csv"))))
    # Tan and Le, Mehta and Rastegari, Ding et al.
    assert {each["name"] for each in found} == {"efficientnet_v2", "mobilevit", "repvgg"}
    assert "`soon` is no amount\n  = help: write `--min year=2015`" in run("list", "--min", "year=soon", code=2)


def test_a_default_that_is_a_variant_is_one_row() -> None:
    lines = run("list").splitlines()
    names = [line.partition("  ")[0] for line in lines]
    assert "resnet@resnet50 *" in names          # `resnet` alone is ResNet-50
    assert "resnet" not in names
    assert {"alexnet", "alexnet@ungrouped"} <= set(names)
    assert lines[-1].endswith("* what the spec's name alone means")


def test_list_in_markdown() -> None:
    lines = run("list", "--format", "markdown").splitlines()
    assert lines[0] == "| Network | Family | Year | Input | Params | FLOPs |"
    assert lines[1] == "| --- | --- | --- | --- | ---: | ---: |"
    assert any("| 11,689,512 | 1,814,073,344 |" in line for line in lines)
    assert lines[-1].startswith("FLOPs: paper: 1 FLOP = 1 multiply-add")


def test_list_by_family() -> None:
    """LeNet: 2,578 parameters and 91,520 multiply-adds in 1989; 61,706 and 416,520 for LeNet-5 with full connections."""
    lines = run("list", "--by", "family").splitlines()
    assert lines[0].split() == ["Family", "Year", "Input", "Params", "FLOPs", "Networks"]
    assert re.split("  +", lines[1]) == ["LeNet", "1989–1998", "1×28×28, 1×32×32", "2.58–61.7 k", "91.5–417 k",
                                         "lenet1, lenet5, lenet5_1998"]
    years = [re.split("  +", line)[1] for line in lines[1:-2]]
    assert years == sorted(years)
    assert lines[-1] == "FLOPs: paper: 1 FLOP = 1 multiply-add"
    [row] = csv.DictReader(io.StringIO(run("list", "--by", "family", "--max", "params=0.1M", "--max", "macs=1M",
                                           "--format", "csv")))
    assert row == {"family": "LeNet", "first_year": "1989", "last_year": "1998", "params_min": "2578",
                   "params_max": "61706", "macs_min": "91520", "macs_max": "416520",
                   "networks": "lenet1 lenet5 lenet5_1998"}
    assert "there is no row per `layer`" in run("list", "--by", "layer", code=2)


def test_list_by_family_as_data() -> None:
    found = json.loads(run("list", "--by", "family", "--sort", "macs", "--format", "json"))
    assert found["schema"] == "cnncalc.families/1"
    least = [each["macs"][0] for each in found["families"]]
    assert least == sorted(least)
    vgg = next(each for each in found["families"] if each["family"] == "VGG")
    # torchvision's published numbers of VGG-11, VGG-19 with batch normalisation, and VGG-16
    assert (vgg["years"], vgg["params"]) == ([2014, 2014], [132863336, 143678248])
    assert {"name": "vgg", "variant": "vgg16", "family": "VGG", "year": 2014, "input": [3, 224, 224],
            "params": 138357544, "macs": 15470264320} in vgg["networks"]
    every = json.loads(run("list", "--format", "json"))["networks"]
    assert sum(len(each["networks"]) for each in found["families"]) == len(every)


def test_a_narrow_terminal_shows_all_names_of_a_family() -> None:
    shown = run("list", "--by", "family", FORCE_COLOR="1", COLUMNS="80")
    assert "Params" not in shown
    assert "regnet_y_128gf" in shown
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines())) <= 80


# new

def test_new(tmp_path: Path) -> None:
    run("new", "mynet", cwd=tmp_path)
    assert "mynet" in run("summarize", "mynet.yaml", "mynet.yaml@wide", cwd=tmp_path)
    before = (tmp_path / "mynet.yaml").read_text()
    assert "exists" in run("new", "mynet", code=2, cwd=tmp_path)
    assert "exists" in run("new", "mynet.yaml", "--from", "alexnet", code=2, cwd=tmp_path)
    assert (tmp_path / "mynet.yaml").read_text() == before
    run("new", "mynet", "--from", "resnet50", "--force", cwd=tmp_path)
    assert (tmp_path / "mynet.yaml").read_text() == (ROOT / "specs" / "resnet.yaml").read_text()
    assert run("new", "no/such/folder", code=2, cwd=tmp_path).startswith("error[io]")
    run("new", "name: [odd] #", cwd=tmp_path)
    assert "name: [odd] #" in run("summarize", "name: [odd] #.yaml", cwd=tmp_path)


# formats

HOSTILE = """\
name: {name}
input: [3, 8, 8]
layers: [relu]
"""


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\\t=1", "|x", "%x", " =1", "\\r=1"])
def test_csv_holds_no_formula(name: str) -> None:
    text = HOSTILE.format(name=f'"{name}"') + 'variants: {v: {}}\n'
    folder_of_two = run("summarize", "-", "-", "--format", "csv", text=text)
    for row in csv.reader(io.StringIO(folder_of_two)):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "|", "%")) for cell in row)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a | b", "`code`", "*bold*", "[x](http://x)", "_x_",
                                  "![](x)", "@someone", "#1", "&lt;", "\\n::error::x", "http://x.y", "~~x~~", "$x$"])
def test_markdown_is_escaped(name: str) -> None:
    text = HOSTILE.format(name=f"'{name}'" if "\\" not in name else f'"{name}"')
    for specs in (["-"], ["-", "-"]):
        shown = run("summarize", *specs, "--format", "markdown", text=text)
        assert name not in shown
        assert not any(line.startswith("::") for line in shown.splitlines())
        rows = [line for line in shown.splitlines() if line.startswith("|")]
        assert len({line.replace("\\|", "").count("|") for line in rows[:3]}) == 1


def test_csv_has_whole_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(run("summarize", "resnet18", "--format", "csv"))))
    assert sum(int(row["params"]) for row in rows) == 11_689_512
    assert sum(int(row["flops"]) for row in rows) == 1_814_073_344
    assert abs(sum(float(row["share"]) for row in rows) - 1) < 1e-4


# completion

def test_completion_knows_commands_options_and_networks() -> None:
    def offered(line: str) -> list[str]:
        return run(COMP_WORDS=line, COMP_CWORD=str(len(line.split(" ")) - 1), _CNNCALC_COMPLETE="complete_bash").split()

    assert "summarize" in offered("cnncalc su")
    assert "--format" in offered("cnncalc summarize --f")
    assert "json" in offered("cnncalc summarize --format j")
    assert {"resnet18", "resnet50"} <= set(offered("cnncalc summarize resnet"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    script = run("completion", shell)
    assert "_CNNCALC_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_completion_in_bash() -> None:
    """What bash makes of the script: the words that it would show."""
    if "CNNCALC_COMMAND" not in environment() and shutil.which("cnncalc") is None:
        pytest.skip("the command is not installed")
    line = ('COMP_WORDS=(cnncalc summarize mobilenet_v1); COMP_CWORD=2; _cnncalc_completion cnncalc\n'
            'echo "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", run("completion", "bash") + line], capture_output=True, text=True, check=True)
    assert "mobilenet_v1" in done.stdout.split()


# several SPECs

def test_every_broken_spec_is_told(tmp_path: Path) -> None:
    for name, kind in (("a", "rellu"), ("b", "relu"), ("c", "tahn")):
        (tmp_path / f"{name}.yaml").write_text(f"input: [1, 4, 4]\nlayers: [{kind}]\n")
    told = run("summarize", tmp_path, code=2)
    assert "a.yaml:2:10" in told
    assert "c.yaml:2:10" in told
    assert "b.yaml" not in told
