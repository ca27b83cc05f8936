"""`cnncalc schema`."""

from __future__ import annotations

import json

from cnncalc.cli import options
from cnncalc.cli.output import write
from cnncalc.spec.jsonschema import schema


def command(output: options.Output = None) -> None:
    """The language as JSON Schema (draft 7), for editors that complete and check YAML."""
    write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", output)
