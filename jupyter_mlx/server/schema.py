"""Types of ours as JSON Schema (2020-12): dataclasses by name, the rest where it stands."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from typing import Any, Literal, Union

from ..models import TIMES, Json, Run
from .contract import Bounds

_PLAIN: dict[Any, Json] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    dict: {"type": "object"},
    bytes: {"type": "string", "format": "binary"},
    Any: {},
    type(None): {"type": "null"},
}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_REFERENCE = "#/components/schemas/"


class Schemas:
    """The named schemas met so far; ``asked`` types are what clients send, so what has a default may be left out."""

    def __init__(self) -> None:
        self.named: dict[str, Json] = {}

    def of(self, wanted: Any, *, asked: bool = False) -> Json:
        """The schema of a type; dataclasses and enums become references."""
        origin = typing.get_origin(wanted)
        if origin is typing.Annotated:
            inner, *marks = typing.get_args(wanted)
            return _bounded(self.of(inner, asked=asked), marks)
        if origin in (Union, types.UnionType):
            return _any_of([self.of(one, asked=asked) for one in typing.get_args(wanted)])
        if origin is Literal:
            return {"type": "string", "enum": list(typing.get_args(wanted))}
        if origin is list:
            return {"type": "array", "items": self.of(typing.get_args(wanted)[0], asked=asked)}
        if origin is dict:
            value = self.of(typing.get_args(wanted)[1], asked=asked)
            return {"type": "object", "additionalProperties": value or True}
        if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
            self.named[wanted.__name__] = {
                "type": "string",
                "enum": [one.value for one in wanted],
                "description": _says(wanted),
            }
            return {"$ref": _REFERENCE + wanted.__name__}
        if dataclasses.is_dataclass(wanted):
            return self._record(wanted, asked)
        return dict(_PLAIN[wanted])

    def _record(self, wanted: Any, asked: bool) -> Json:
        name = wanted.__name__
        if name not in self.named:
            self.named[name] = {}  # met again inside itself it is a reference
            hints = typing.get_type_hints(wanted, include_extras=True)
            properties = {}
            for known in dataclasses.fields(wanted):
                moment = known.name in TIMES and not asked
                schema = self.of(hints[known.name], asked=asked)
                properties[known.name] = _as_moment(schema) if moment else schema
            if wanted is Run:
                properties["cost"] = self.of(float | None)
            must = [one.name for one in dataclasses.fields(wanted) if not asked or _required(one)]
            self.named[name] = {
                "type": "object",
                "description": _says(wanted),
                "properties": properties,
                "required": [*must, *(["cost"] if wanted is Run else [])],
                **({"additionalProperties": False} if asked else {}),
            }
        return {"$ref": _REFERENCE + name}


def _says(wanted: Any) -> str:
    return " ".join((wanted.__doc__ or "").split())


def _required(known: Any) -> bool:
    return known.default is dataclasses.MISSING and known.default_factory is dataclasses.MISSING


def _any_of(options: list[Json]) -> Json:
    plain = [one["type"] for one in options if set(one) == {"type"}]
    return {"type": plain} if len(plain) == len(options) else {"anyOf": options}


def _as_moment(schema: Json) -> Json:
    """A time is a number inside and text outside."""
    nullable = schema.get("type") == ["number", "null"]
    return {"anyOf": [dict(_MOMENT), {"type": "null"}]} if nullable else dict(_MOMENT)


def _bounded(schema: Json, marks: list[Any]) -> Json:
    names = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}
    names["object"] = ("minProperties", "maxProperties")
    low, high = names.get(str(schema.get("type")), ("minimum", "maximum"))
    for mark in marks:
        if isinstance(mark, Bounds):
            limits = {low: mark.low, high: mark.high}
            schema = {**schema, **{key: _whole(value) for key, value in limits.items() if value is not None}}
    return schema


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value
