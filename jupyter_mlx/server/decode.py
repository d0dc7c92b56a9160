"""JSON and query strings into dataclasses of ours: nothing unknown, nothing of another type."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union

from ..errors import InputError, LimitError
from ..runner.frames import MAX_DEPTH, depth_of
from .contract import Bounds

_WORDS: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
}


class NotJsonError(ValueError):
    """Bytes that are no JSON document we take."""


def parse(data: bytes) -> Any:
    """A JSON document. Raises NotJsonError; `InputError` for a key that stands twice."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise NotJsonError("nested too deep") from None
    except ValueError as error:
        raise NotJsonError(str(error)[:200]) from None
    if depth_of(value) > MAX_DEPTH:
        raise NotJsonError("nested too deep")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise InputError(f"{ascii(twice)[:80]} stands there twice", field=twice[:80])
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def decode(wanted: Any, value: Any, field: str = "") -> Any:
    """A JSON value as a type of ours. Raises `InputError` and `LimitError` naming the field."""
    origin = typing.get_origin(wanted)
    if origin is typing.Annotated:
        inner, *marks = typing.get_args(wanted)
        found = decode(inner, value, field)
        for mark in marks:
            _judge(mark, found, field)
        return found
    if origin in (Union, types.UnionType):
        options = typing.get_args(wanted)
        if value is None and type(None) in options:
            return None
        return decode(next(one for one in options if one is not type(None)), value, field)
    if origin is Literal:
        if not isinstance(value, str) or value not in typing.get_args(wanted):
            raise InputError(f"{field} is none of {', '.join(typing.get_args(wanted))}", field=field)
        return value
    if origin is list:
        return [decode(typing.get_args(wanted)[0], item, field) for item in _of(list, value, field, "a list")]
    if origin is dict:
        items = _of(dict, value, field, "an object").items()
        return {key: decode(typing.get_args(wanted)[1], item, f"{field}.{key[:80]}") for key, item in items}
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        words = [one.value for one in wanted]
        if value not in words:
            raise InputError(f"{field} is none of {', '.join(words)}", field=field)
        return wanted(value)
    if dataclasses.is_dataclass(wanted):
        return _record(wanted, value, field)
    return _plain(wanted, value, field)


def _of(kind: type, value: Any, field: str, words: str) -> Any:
    if not isinstance(value, kind):
        raise InputError(f"{field or 'the body'} must be {words}", field=field or "body")
    return value


def _plain(wanted: Any, value: Any, field: str) -> Any:
    if wanted is Any:
        return value
    fits = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
    if not fits or (isinstance(value, bool) and wanted is not bool):  # bool is an int to Python
        raise InputError(f"{field} must be {_WORDS[wanted]}", field=field)
    if wanted is float:
        try:
            value = float(value)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise InputError(f"{field} is no finite number", field=field)
    return value


def _record(wanted: Any, value: Any, field: str) -> Any:
    given = _of(dict, value, field, "an object")
    hints = typing.get_type_hints(wanted, include_extras=True)
    prefix = f"{field}." if field else ""
    for name in given:
        if name not in hints:
            raise InputError(f"there is no field {ascii(name)[:80]}", field=(prefix + name)[:200] or "body")
    for known in dataclasses.fields(wanted):
        missing = known.default is dataclasses.MISSING and known.default_factory is dataclasses.MISSING
        if missing and known.name not in given:
            raise InputError(f"{prefix}{known.name} is missing", field=prefix + known.name)
    return wanted(**{name: decode(hints[name], item, prefix + name) for name, item in given.items()})


def _judge(mark: Any, value: Any, field: str) -> None:
    if not isinstance(mark, Bounds) or value is None:
        return
    sized = isinstance(value, (str, list, dict))
    measure = len(value) if sized else value
    what = "characters" if isinstance(value, str) else "items" if sized else ""
    if mark.high is not None and measure > mark.high:
        error = LimitError if sized else InputError
        raise error(f"{field} is above {mark.high:g} {what}".rstrip(), field=field)
    if mark.low is not None and measure < mark.low:
        raise InputError(f"{field} is below {mark.low:g} {what}".rstrip(), field=field)


def decode_query(wanted: Any, given: Mapping[str, list[bytes]]) -> Any:
    """Arguments of a URL as a dataclass; a list takes an argument as often as it comes. Raises `InputError`."""
    hints = typing.get_type_hints(wanted, include_extras=True) if wanted else {}
    values: dict[str, Any] = {}
    for name, raw in given.items():
        try:
            texts = [one.decode("utf-8") for one in raw]
        except UnicodeDecodeError:
            raise InputError(f"{name[:80]} is no text", field=name[:80]) from None
        hint = hints.get(name)
        if hint is not None and _base(hint) is not list and len(texts) > 1:
            raise InputError(f"{name} is given twice", field=name)
        base = _base(hint)
        values[name] = texts if base is list else _from_text(base, texts[0], name)
    return decode(wanted or _Nothing, values)


@dataclasses.dataclass(frozen=True)
class _Nothing:
    """A route that takes no arguments."""


def _base(hint: Any) -> Any:
    """The type below ``Annotated`` and ``| None``."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _base(typing.get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return _base(next(one for one in typing.get_args(hint) if one is not type(None)))
    return origin or hint


def _from_text(base: Any, text: str, name: str) -> Any:
    try:
        if base is bool:
            return {"true": True, "false": False}[text]
        if base in (int, float):
            if len(text) > 40 or not text.isascii() or "_" in text:
                raise ValueError(text)
            return base(text)
    except (KeyError, ValueError):
        raise InputError(f"{name} must be {_WORDS[base]}", field=name) from None
    return text
