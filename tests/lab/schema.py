# SPDX-License-Identifier: MIT
"""What --json prints, held against dist/schema: each output that a test sees."""

import json
from functools import cache
from pathlib import Path

from .base import Failed

SCHEMAS = Path(__file__).parents[2] / "dist/schema"
COMMANDS = {"check", "explain", "print", "status"}
ANY_WORD = {"type": "string"}


def closed(schema):
    """SCHEMA without what it leaves open for versions to come: of this one no field
    and no word may be missing there."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(one) for name, one in schema.items()}
    if found.get("type") == "object" and "properties" in found:
        found["additionalProperties"] = False
    either = found.get("anyOf", [])
    if ANY_WORD in either and any("enum" in one for one in either):
        either.remove(ANY_WORD)
    return found


@cache
def validator(command):
    from jsonschema import Draft202012Validator     # the demo does without it
    schema = json.loads((SCHEMAS / f"{command}.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(closed(schema))


def read(command, text):
    """What COMMAND printed as TEXT; Failed if that is not what it promises."""
    found = json.loads(text)
    for error in validator(command).iter_errors(found):
        raise Failed(f"{command} --json: at {list(error.absolute_path)}: {error.message}")
    return found
