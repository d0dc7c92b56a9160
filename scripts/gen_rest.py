"""Writes docs/reference/rest.md from the OpenAPI document; ``--check`` only says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from jupyter_mlx.server.openapi import document
from jupyter_mlx.server.routes import TABLE

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "rest.md"

HEAD = """\
# REST and the WebSocket

Below the Jupyter server's base URL; the same as an OpenAPI document is at `/jupyter-mlx/openapi.json`. Every request
needs Jupyter's login and the permission named (action and resource, as Jupyter's Authorizer is asked). Every verb but
GET also needs the XSRF token, unless the login is a token in the `Authorization` header. Bodies are JSON of at most
1 MiB, of 16 MiB where a notebook is in them. An error answers with [its status](errors.md) and
`{code, message, field, hint}`. GET changes nothing.

## Routes

| | takes | answers | permission | |
|---|---|---|---|---|
"""

STREAM = """
## The list of runs

`sort` is `created` (the default), `duration` or `metric:<key>`, the last value of a metric; `order` is `desc` (the
default) or `asc`. Runs without such a number come last either way. `tag` may be repeated: a run must have them all
(one that is starred has the tag `starred`). Pages are taken one after another: ask again with the same `sort`, `order`
and filters and with `before`, the `next` of the page before. A page goes on at the place where the last one ended, not
after so many runs, so that no run comes twice or is left out when others come and go; a run whose own value changes
meanwhile may move past that place.

## The WebSocket

`/jupyter-mlx/stream`, one a tab. The tab sends one JSON object a frame:

{sent}

The server sends `{{"items": […]}}`, at most ten frames a second; what an item is says its `type`. Events of a run come
in order and each once: keep `next`, and come back with it as `since`. A tab that does not take a frame for 30 s is
dropped with code 1013 and comes back the same way. Other codes: 1003 for what is no text, 1008 for what is no message
of ours or too many of them, 1009 for one above 64 KiB. At most 32 runs are followed at once.

{told}

## Types

"""


def render() -> str:
    """The whole page."""
    found = document(TABLE)
    schemas = found["components"]["schemas"]
    rows = [
        _row(path, verb, said)
        for path, verbs in found["paths"].items()
        for verb, said in verbs.items()
        if verb != "parameters"
    ]
    socket = found["x-websocket"]
    sent = [_link(one) for one in socket["receives"]["anyOf"]]
    told = [_link(one) for one in schemas["Frame"]["properties"]["items"]["items"]["anyOf"]]
    stream = STREAM.format(sent=_listed(sent), told=_listed(told))
    return HEAD + "".join(rows) + stream + "\n".join(_schema(*one) for one in schemas.items())


def _listed(names: list[str]) -> str:
    return ", ".join(names) + "."


def _row(path: str, verb: str, said: dict[str, Any]) -> str:
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    takes = [_link(body)] if body else [f"`{one['name']}`" for one in said.get("parameters", [])]
    content = next(iter(said["responses"].values())).get("content", {})
    answers = [_shown(one["schema"]) for one in content.values()]
    names = f"`{verb.upper()} {path}`"
    return f"| {names} | {' '.join(takes)} | {' '.join(answers)} | {said['x-permission']} | {said['summary']} |\n"


def _schema(name: str, schema: dict[str, Any]) -> str:
    head = f"### {name}\n\n{schema.get('description', '')}\n"
    if "enum" in schema:
        return head + "\n" + ", ".join(f"`{one}`" for one in schema["enum"]) + "\n"
    must = schema.get("required", [])
    rows = [
        f"- `{key}`{'' if key in must else ' (optional)'}: {_shown(value)}"
        for key, value in schema["properties"].items()
    ]
    return head + ("\n" + "\n".join(rows) + "\n" if rows else "")


def _link(schema: dict[str, Any]) -> str:
    name = schema["$ref"].rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _shown(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _link(schema)
    if "anyOf" in schema:
        return " or ".join(_shown(one) for one in schema["anyOf"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(kind)
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if kind == "array":
        return f"list of {_shown(schema['items'])}"
    more = schema.get("additionalProperties")
    if kind == "object" and isinstance(more, dict):
        return f"object of {_shown(more)}"
    return {"date-time": "time", "binary": "bytes"}.get(schema.get("format", ""), kind or "anything")


def main() -> int:
    """0 when the page is as it should be, or has been written."""
    text = render()
    if "--check" in sys.argv:
        return 0 if PAGE.is_file() and PAGE.read_text("utf-8") == text else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
