"""One entry of the machine list: what may stand in it."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import InputError
from ..models import Machine

LOCAL = "local"
LOCAL_FIELDS = ("price", "currency", "slots")  # all that can be said about this machine itself
TRANSPORTS = ("ssh", "openssh")
MAX_SLOTS = 1024

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?\Z")
_IPV6 = re.compile(r"(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]{1,32})?\Z")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _quoted(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:56] + "…" + text[0]


def _refuse(field: str, value: object, expected: str) -> InputError:
    return InputError(f"{field} {_quoted(value)} is not {expected}", field=field)


def checked_name(value: object) -> str:
    """A machine's name, returned unchanged. Raises InputError."""
    if not isinstance(value, str) or not _NAME.match(value):
        raise _refuse("name", value, "a machine's name: letters, digits, dot, dash and underscore, 64 at most")
    return value


def _host(value: object) -> str:
    if not isinstance(value, str) or not (_HOST.match(value) or _IPV6.match(value)):
        raise _refuse("host", value, "a host name or an IP address")
    return value


def _user(value: object) -> str:
    if not isinstance(value, str) or not _USER.match(value):
        raise _refuse("user", value, "a user name: letters, digits and _ . @ + -, not starting with a sign")
    return value


def _port(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise _refuse("port", value, "a whole number from 1 to 65535")
    return value


def _path(field: str, value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 1000 or _CONTROL.search(value):
        raise _refuse(field, value, "a path")
    return value


def _identity_file(value: object) -> str:
    path = _path("identity_file", value)
    if path.endswith(".pub"):
        raise InputError(
            f"identity_file {_quoted(path)} is the public half of a key",
            field="identity_file",
            hint=f"name the private key: {path[:-4]}",
        )
    if path.startswith("-"):
        raise _refuse("identity_file", path, "a path")
    return path


def _root(value: object) -> str:
    path = _path("root", value)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    absolute = path.startswith("/") and len(parts) > 0
    in_home = path.startswith("~/") and len(parts) > 1
    if not (absolute or in_home) or ".." in parts:
        raise _refuse("root", path, "an absolute folder on the machine (not / itself) or one like ~/name")
    return path.rstrip("/")


def _price(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _refuse("price", value, "a price per hour, 0 or more")
    if not math.isfinite(value) or value < 0 or value > 1e9:
        raise _refuse("price", value, "a price per hour, 0 or more")
    return float(value)


def _currency(value: object) -> str:
    if not isinstance(value, str) or not _CURRENCY.match(value):
        raise _refuse("currency", value, "a currency of three capitals, such as USD")
    return value


def _python(value: object) -> str:
    path = _path("python", value)
    if not path.startswith("/") or path.endswith("/"):
        raise _refuse("python", path, "the absolute path of a Python on the machine")
    return path


def _transport(value: object) -> str:
    if value not in TRANSPORTS:
        raise _refuse("transport", value, "ssh or openssh")
    return str(value)


def _slots(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_SLOTS:
        raise _refuse("slots", value, f"a number of runs at a time, 1 to {MAX_SLOTS}")
    return value


RULES: dict[str, Callable[[object], Any]] = {
    "host": _host,
    "user": _user,
    "port": _port,
    "identity_file": _identity_file,
    "root": _root,
    "price": _price,
    "currency": _currency,
    "python": _python,
    "transport": _transport,
    "slots": _slots,
}


def checked_fields(values: Mapping[str, object]) -> dict[str, Any]:
    """Fields of an entry without its name, each judged; None stays None. Raises InputError naming the field."""
    known: dict[str, Any] = {}
    for field, value in values.items():
        rule = RULES.get(field)
        if rule is None:
            close = difflib.get_close_matches(field, RULES, n=1)
            hint = f"did you mean {close[0]}?" if close else "known are " + ", ".join(RULES)
            raise InputError(f"a machine has no field {_quoted(field)}", field=_quoted(field), hint=hint)
        known[field] = None if value is None else rule(value)
    return known


def machine_from(name: object, values: Mapping[str, object]) -> Machine:
    """An entry as a `Machine` that is reached over SSH. Raises InputError."""
    fields = {field: value for field, value in checked_fields(values).items() if value is not None}
    return Machine(name=checked_name(name), source="list", **fields)


def entry_of(machine: Machine) -> dict[str, Any]:
    """A machine as the list keeps it: its name and what differs from the defaults."""
    entry: dict[str, Any] = {"name": machine.name}
    for field in dataclasses.fields(Machine):
        value = getattr(machine, field.name)
        if field.name in RULES and value != field.default:
            entry[field.name] = value
    return entry
