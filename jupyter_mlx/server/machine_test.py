"""The test of a machine, line by line: what it is, whether it can be reached, what it has."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..errors import AccessError, HostKeyError, MlxError, UnreachableError
from ..models import Machine, to_json
from ..untrusted import line
from ..workbench import Workbench
from .views import Check


def tested(bench: Workbench, machine: Machine) -> Iterator[bytes]:
    """Lines of JSON, one `Check` each. A failed contact is the last line, with its cause and its remedy."""
    for check in _checks(bench, machine):
        yield json.dumps(to_json(check)).encode("ascii") + b"\n"


def _checks(bench: Workbench, machine: Machine) -> Iterator[Check]:
    place = machine.host or machine.name
    yield Check("machine", ok=True, value=f"{machine.user}@{place}" if machine.user else place)
    try:
        link = bench.dispatcher.contacts.link(machine.name)
        yield Check("contact", ok=True, value=str(link.facts.get("hostname") or "")[:200], required=True)
        yield Check("answer", ok=True, value=f"{link.ping() * 1000:.0f} ms")
        found = bench.dispatcher.contacts.probe(machine.name, link).get("checks")
    except MlxError as error:
        yield Check(_step(error), ok=False, problem=error.message, remedy=error.hint or "", required=True)
        return
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict):
            ok = one.get("ok")
            words = {name: line(one.get(name), 500) or "" for name in ("value", "problem", "remedy")}
            judged = ok if isinstance(ok, bool) else None
            yield Check(line(one.get("id"), 40) or "", judged, **words, required=one.get("required") is True)


def _step(error: MlxError) -> str:
    """Which step of the contact failed."""
    if isinstance(error, HostKeyError):
        return "host_key"
    if isinstance(error, AccessError):
        return "login"
    return "reach" if isinstance(error, UnreachableError) else "contact"
