"""The JSON Schema: every spec passes, wrong arguments do not, and all that it refuses the language refuses too."""

from __future__ import annotations

from pathlib import Path
from random import Random

import jsonschema
import pytest
import yaml

from cnncalc.errors import SpecError
from cnncalc.layers import KINDS
from cnncalc.spec.jsonschema import schema
from cnncalc.spec.load import loads
from cnncalc.spec.template import template
from tests.random_specs import random_spec

ROOT = Path(__file__).parents[2]
SPECS = sorted([*ROOT.glob("specs/*.yaml"), *ROOT.glob("tests/data/networks/*.yaml")])
VALIDATOR = jsonschema.Draft7Validator(schema())

RIGHT = ["{conv: 64, kernel: 3}", "{conv: 64, kernel: [3, $k], padding: half}", "{conv, out: 3, kernel: 3}",
         "{max_pool: 2}", "{up: 3, dropout: 0.3}", "{unit: 3, scale: 4, max: 2}", "{concat, from: [a, prev]}",
         "{add: {a: [relu], b: }}", "{add: {a: {branch: [relu], when: true}, b: {branch: }}}",
         "relu", "{from: a}", '[relu, {conv: "64", kernel: 2}]', "{hard_tanh, max: 3}", "{add: [[relu], []]}",
         "{upsample, like: a, mode: nearest-exact}", "{relu, when: $c != 3, repeat: 2, name: a.0}", "$act",
         "{conv: make_divisible($c), kernel: 3, bias: true}", "{layers: [relu], repeat: {i: 3}}", "{pad: -1}"]
WRONG = ["{conv: 64, kernel: big}", "{conv: 64}", "{conv: 64, kernal: 3}", "{conv: 64, kernel: 3, strides: 2}",
         "{max_pool: 3, strid: 2}", "{conv: -1, kernel: 3}", "{conv: 64, kernel: 3, padding: smae}", "{batch_norm: 3}",
         "{dropout: 3}", "{relu: 1}", "{conv: 3, kernel: 3, bias: 1}", "{add: [relu, relu]}", "{max_pool: 0}",
         "{conv: 1.5, kernel: 3}", "{dropout: 0.5, rate: 3}", "{conv: 64, kernel: 3, repeat: -1}",
         "{concat: {a: relu}, axis: 0}", "{hard_tanh, max: x}", "{relu, name: 3a}", "{}",
         "{parallel: {a: relu}, axis: 1}", "{add: {a: {branch: relu, wen: true}, b: }}",
         "{add: {a: {branch: [{conv: 3, kernal: 1}], when: true}, b: }}"]
ODD = ["0,", "-1,", "1.5,", "half,", "true,", "nosuch:", "[1]", "[],"]


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(schema())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_spec_passes(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_the_template_passes() -> None:
    VALIDATOR.validate(yaml.safe_load(template("x", "x.yaml")))


@pytest.mark.parametrize("step", [*RIGHT, *WRONG])
def test_step(step: str) -> None:
    document = yaml.safe_load(f"input: [3, 8, 8]\nlayers:\n- {step}\n")
    assert VALIDATOR.is_valid(document) == (step in RIGHT)


@pytest.mark.parametrize("text", [
    "layers: [relu]", "input: [3]", "input: [3]\nlayer: [relu]", "input: []\nlayers: [relu]", "[relu]",
    "input: [3]\ninputs: {a: [3]}\nlayers: [relu]", "input: [0]\nlayers: [relu]",
])
def test_wrong_at_the_top(text: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_an_unknown_argument_of_every_kind(kind: type) -> None:
    """Beside one that the kind knows, or for a kind that needs one."""
    fields = [name for name in kind.fields if name != kind.primary]
    step = {kind.kind: None, **dict.fromkeys(fields, "$x"), "nosuch": 1}
    if kind.primary:
        step[kind.primary] = "$x"
    if kind.fields:
        assert not VALIDATOR.is_valid({"input": [3, 8, 8], "layers": [step]})
        del step["nosuch"]
    VALIDATOR.validate({"input": [3, 8, 8], "layers": [{key: value for key, value in step.items() if key != "nosuch"}]})


def test_what_it_refuses_the_language_refuses() -> None:
    """Random specs pass; with a word changed, a refused one is refused by the language too."""
    rng, refused = Random(0), 0
    for seed in range(40):
        text = random_spec(seed)
        VALIDATOR.validate(yaml.safe_load(text))
        for _ in range(5):
            words = text.split(" ")
            words[rng.randrange(len(words))] = rng.choice(ODD)
            changed = " ".join(words)
            try:
                document = yaml.safe_load(changed)
            except yaml.YAMLError:
                continue
            if not VALIDATOR.is_valid(document):
                refused += 1
                with pytest.raises(SpecError):
                    loads(changed)
    assert refused > 20
