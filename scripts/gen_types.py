"""Writes src/api/types.ts from the OpenAPI document; ``--check`` only says whether it is up to date."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from jupyter_mlx.server.openapi import document
from jupyter_mlx.server.routes import TABLE

PAGE = Path(__file__).parent.parent / "src" / "api" / "types.ts"
WIDTH = 80
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")


def render() -> str:
    """The whole file, as prettier would leave it."""
    schemas = document(TABLE)["components"]["schemas"]
    parts = ["/*\n * Made by scripts/gen_types.py from the OpenAPI document of the server; not edited by hand.\n */\n"]
    for name, schema in schemas.items():
        parts.append(_comment(schema.get("description", ""), ""))
        parts.append(_enum(name, schema) if "enum" in schema else _interface(name, schema))
    return "\n".join(parts).replace("*/\n\nexport", "*/\nexport")


def _comment(text: str, indent: str) -> str:
    return f"{indent}/**\n{indent} * {text}\n{indent} */\n"


def _enum(name: str, schema: dict[str, Any]) -> str:
    values = [_quoted(one) for one in schema["enum"]]
    return f"export type {name} =\n" + "\n".join(f"  | {one}" for one in values) + ";\n"


def _interface(name: str, schema: dict[str, Any]) -> str:
    must = set(schema.get("required", []))
    lines = []
    for key, value in schema["properties"].items():
        shown = key if _NAME.match(key) else _quoted(key)
        optional = "" if key in must else "?"
        lines.append(_property(f"  {shown}{optional}:", value))
    if not lines:
        return f"export type I{name} = Record<string, never>;\n"
    return f"export interface I{name} {{\n" + "".join(lines) + "}\n"


def _property(head: str, schema: dict[str, Any]) -> str:
    line = f"{head} {_type(schema)};"
    if len(line) <= WIDTH:
        return line + "\n"
    array = schema.get("type") == "array"
    options = (schema["items"] if array else schema).get("anyOf") or []
    rows = [_type(one) for one in options] or [_quoted(one) for one in schema.get("enum", [])]
    if not rows:
        return line + "\n"
    if array:
        return head + " (\n" + "\n".join(f"    | {one}" for one in rows) + "\n  )[];\n"
    return head + "\n" + "\n".join(f"    | {one}" for one in rows) + ";\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name if name == "RunState" else f"I{name}"
    if "enum" in schema:
        return " | ".join(_quoted(one) for one in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({"type": one}) for one in kind)
    if kind == "array":
        item = _type(schema["items"])
        return f"({item})[]" if " " in item and not item.startswith("Record") else f"{item}[]"
    if kind == "object":
        more = schema.get("additionalProperties", True)
        return f"Record<string, {'unknown' if more is True else _type(more)}>"
    return _PLAIN[kind] if kind else "unknown"


def _quoted(text: str) -> str:
    return "'" + json.dumps(text)[1:-1].replace("'", "\\'") + "'"


def main() -> int:
    """0 when the file is as it should be, or has been written."""
    text = render()
    if "--check" in sys.argv:
        return 0 if PAGE.is_file() and PAGE.read_text("utf-8") == text else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
