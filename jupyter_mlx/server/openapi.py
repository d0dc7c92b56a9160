"""The OpenAPI 3.1 document, made from the route table and the types it names."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterable
from typing import Any

import jupyter_mlx

from ..errors import MlxError, error_types
from ..models import Json
from . import messages
from .contract import Operation
from .schema import Schemas
from .views import ErrorReport

ROOT = "/jupyter-mlx/"
_VERBS = ("get", "post", "put", "patch", "delete")
_SHAPES = {
    "run": {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
    "machine": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
}


def operations(handler: type) -> dict[str, Operation]:
    """What the verbs of a handler promise."""
    found = {verb: getattr(vars(handler).get(verb), "operation", None) for verb in _VERBS}
    return {verb: promise for verb, promise in found.items() if promise is not None}


def document(table: Iterable[tuple[str, type]]) -> Json:
    """The whole document; equal for equal tables."""
    schemas = Schemas()
    failed = schemas.of(ErrorReport)
    paths: dict[str, Json] = {}
    for path, handler in table:
        verbs = {verb: _verb(path, verb, promise, handler, schemas) for verb, promise in operations(handler).items()}
        names = re.findall(r"{([a-z]+)}", path)
        given = [{"name": name, "in": "path", "required": True, "schema": _shape(name)} for name in names]
        paths[ROOT + path] = {**({"parameters": given} if given else {}), **verbs}
    for message in messages.SENT:
        schemas.of(message, asked=True)
    frame = schemas.of(messages.Frame)
    sent = {"anyOf": [schemas.of(message, asked=True) for message in messages.SENT]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyter_mlx",
            "version": jupyter_mlx.__version__,
            "description": "Every request needs Jupyter's login; every verb but GET its XSRF token as well.",
        },
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "x-websocket": {"path": ROOT + "stream", "receives": sent, "sends": frame},
        "components": {
            "schemas": dict(sorted(schemas.named.items())),
            "responses": {
                "Failed": {
                    "description": "What happened, where, and what to do; codes: " + ", ".join(_codes()),
                    "content": {"application/json": {"schema": failed}},
                }
            },
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "username-*"},
            },
        },
    }


def _codes() -> list[str]:
    return sorted(code for code, cls in error_types().items() if cls is not MlxError)


def _shape(name: str) -> Json:
    return dict(_SHAPES.get(name, {"type": "string"}))


def _verb(path: str, verb: str, promise: Operation, handler: Any, schemas: Schemas) -> Json:
    action = promise.action or ("read" if verb == "get" else "write")
    said: Json = {
        "operationId": operation_id(path, verb),
        "summary": promise.summary,
        "x-permission": f"{action} {handler.auth_resource}",
    }
    if promise.query is not None:
        said["parameters"] = list(_arguments(promise.query, schemas))
    if promise.body is not None:
        content = {"application/json": {"schema": schemas.of(promise.body, asked=True)}}
        said["requestBody"] = {"required": True, "content": content}
    answer: Json = {"description": "Done"}
    if promise.answer is not None:
        answer["content"] = {promise.media: {"schema": schemas.of(promise.answer)}}
    statuses = ["200", "201"] if (path, promise.status) == ("runs", 201) else [str(promise.status)]
    said["responses"] = {**dict.fromkeys(statuses, answer), "default": {"$ref": "#/components/responses/Failed"}}
    return said


def operation_id(path: str, verb: str) -> str:
    """A name for one verb of one route: ``post_runs_run_stop``."""
    return "_".join([verb, *re.findall(r"[a-z]+", path)])


def _arguments(query: Any, schemas: Schemas) -> Iterable[Json]:
    hints = typing.get_type_hints(query, include_extras=True)
    for known in dataclasses.fields(query):
        schema = schemas.of(hints[known.name], asked=True)
        options = schema.get("anyOf") or [schema]
        kinds = schema.get("type")
        if isinstance(kinds, list):
            options = [{"type": kind} for kind in kinds]
        bare = next(one for one in options if one.get("type") != "null")
        default = {} if known.default in (None, dataclasses.MISSING) else {"default": known.default}
        yield {"name": known.name, "in": "query", "required": False, "schema": {**bare, **default}}
