"""The language as JSON Schema (draft 7), from the fields of the kinds: for editors that complete and check YAML.

A schema knows no order, no names and no arithmetic, so it is wider than the language: a text with `$` or an operator
passes as any argument, and an unknown key as the call of a block. Everything that it refuses, the language refuses too,
unless a block of the spec hides a kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.layers import KINDS
from cnncalc.layers.base import REQUIRED, Layer
from cnncalc.spec.document import KEYS
from cnncalc.spec.synonyms import ARGUMENTS

Schema = dict[str, Any]

COMPUTED = {"type": "string", "pattern": r"[$()*/%+<>]|^-?\.?[0-9]| - |^true$|^false$"}
"""A value that is computed (or a number in quotes), as against a word."""

_PATH = {"type": "string", "pattern": r"^\$?[A-Za-z_][A-Za-z0-9_]*(\.([A-Za-z_][A-Za-z0-9_]*|[0-9]+|\*))*$"}
_REFERENCES = {"anyOf": [_PATH, {"type": "array", "items": {"$ref": "#/definitions/references"}}]}
_NAMES = {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}

MODIFIERS: Mapping[str, Schema] = {
    "name": {"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$",
             "description": "what the step is called; a dotted name puts it at that path"},
    "from": {"$ref": "#/definitions/references", "description": "the tensor or tensors that the step takes"},
    "when": {"anyOf": [{"type": "boolean"}, COMPUTED], "description": "the step is absent if this is false"},
    "repeat": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "object", "minProperties": 1}, COMPUTED],
               "description": "how often, in sequence; `{name: n or list}` names the number"},
    "first": {"type": "object", "description": "arguments of the first repetition"},
    "each": {"$ref": "#/definitions/references", "description": "apply the step to every one of these tensors"},
    "share": {"anyOf": [{"const": True}, _PATH], "description": "use the weights of the step of this name"},
}


def schema() -> Schema:
    """The schema of a spec."""
    pipeline = {"$ref": "#/definitions/pipeline"}
    shape = {"type": "array", "minItems": 1, "maxItems": 16,
             "items": {"anyOf": [{"type": "integer", "minimum": 1}, COMPUTED]}}
    text = {"type": ["string", "number"]}
    properties: Schema = {
        "cnncalc": {"const": 1, "description": "version of the language"},
        "name": text, "description": text, "family": text, "source": text,
        "year": {"type": "integer", "minimum": 1000, "maximum": 9999},
        "hyperparameters": {"type": ["object", "null"], "propertyNames": _NAMES},
        "variants": {"type": ["object", "null"], "additionalProperties": {"type": ["object", "null"]}},
        "input": shape, "inputs": {"type": "object", "minProperties": 1, "propertyNames": _NAMES,
                                   "additionalProperties": shape},
        "blocks": {"type": ["object", "null"], "additionalProperties": pipeline,
                   "propertyNames": {"pattern": r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*(\([\s\S]*\))?\s*$"}},
        "layers": pipeline,
        "outputs": {"anyOf": [{"$ref": "#/definitions/references"}, {"type": "object", "additionalProperties": _PATH}]},
        "budget": {"type": ["object", "null"]},
    }
    assert set(properties) == set(KEYS)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "cnncalc.spec/1",
        "title": "cnncalc spec",
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        "required": ["layers"],
        "oneOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "definitions": _definitions(pipeline),
    }


def _definitions(pipeline: Schema) -> Schema:
    named = {"type": "object", "propertyNames": _NAMES}
    optional = {"type": "object", "required": ["branch"], "additionalProperties": False,
                "properties": {"branch": {"anyOf": [{"type": "null"}, pipeline]}, "when": MODIFIERS["when"]}}
    listed = {"type": "array", "items": {"anyOf": [{"type": "array", "items": pipeline}, optional]}}
    branch = {"if": {"type": "object", "required": ["branch"]}, "then": optional,
              "else": {"anyOf": [{"type": "null"}, pipeline]}}
    word = {"type": "string", "minLength": 1}
    return {
        "references": _REFERENCES,
        "pipeline": {"anyOf": [{"$ref": "#/definitions/step"}, {"type": "array", "items": pipeline}]},
        "branches": {"anyOf": [{**named, "additionalProperties": branch}, listed]},
        "step": {"anyOf": [word, {"$ref": "#/definitions/mapping"}]},
        "mapping": {"type": "object", "minProperties": 1, "properties": {
            **MODIFIERS,
            "let": {**named, "description": "local values"},
            "tap": {**named, "additionalProperties": pipeline, "description": "side pipelines by name"},
            "layers": {"anyOf": [pipeline, COMPUTED], "description": "a group of steps"},
        }, "allOf": [_kind(kind) for kind in KINDS] + [_structure("parallel")]},
        **{f"kind_{kind.kind}": _call(kind) for kind in KINDS},
    }


def _kind(kind: type[Layer]) -> Schema:
    """A mapping that holds a kind's name is a step of that kind.

    A kind without required arguments (`dropout`, `relu`, `scale`) may as well be the argument of a block, which then
    is a key that the kind does not know.
    """
    call: Schema = {"$ref": f"#/definitions/kind_{kind.kind}"}
    if all(field.default is not REQUIRED for field in kind.fields.values()):
        own = [*MODIFIERS, *ARGUMENTS, *kind.fields, kind.kind]
        block = {"not": {"propertyNames": {"enum": own}}, "properties": dict.fromkeys(kind.fields, False)}
        call = {"anyOf": [call, block]}
    return {"if": {"required": [kind.kind]}, "then": call}


def _structure(word: str) -> Schema:
    return {"if": {"required": [word]},
            "then": {"properties": {**MODIFIERS, word: {"$ref": "#/definitions/branches"}, "branches": {}},
                     "additionalProperties": False}}


def _call(kind: type[Layer]) -> Schema:
    """A step of a kind: its primary argument by the kind's name, the others by theirs, modifiers, and nothing else."""
    primary = kind.primary
    own = {name: {**computed(field.form.schema()), "description": field.help} for name, field in kind.fields.items()}
    given: list[Schema] = [{"type": "null"}]
    if kind.merges:
        given.append({"$ref": "#/definitions/branches"})
        own["branches"] = {"$ref": "#/definitions/branches"}
    elif primary is not None:
        given.append(own[primary])
    required = [name for name, field in kind.fields.items() if field.default is REQUIRED and name != primary]
    result: Schema = {"description": (kind.__doc__ or "").strip().split("\n")[0],
                      "properties": {**MODIFIERS, **own, kind.kind: {"anyOf": given}}, "additionalProperties": False}
    if required:
        result["required"] = required
    if primary is not None and kind.fields[primary].default is REQUIRED:
        result["anyOf"] = [{"properties": {kind.kind: {"not": {"type": "null"}}}}, {"required": [primary]}]
    return result


def computed(literal: Schema) -> Schema:
    """The schema of a literal, and of what may be computed instead of it or of any item in it."""
    parts = literal.get("anyOf", [literal])
    return {"anyOf": [*({**part, "items": computed(part["items"])} if "items" in part else part for part in parts),
                      COMPUTED]}
