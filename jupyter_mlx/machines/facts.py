"""What lists show of a machine: facts it told itself, so each is bounded and of the right kind, or left out."""

from __future__ import annotations

from collections.abc import Mapping

from ..models import Json, iso
from ..untrusted import count, line, moment, seconds

MAX_GPUS = 64
MAX_PYTHONS = 30
MAX_ENVIRONMENTS = 200

_WORDS = ("platform", "machine", "python", "hostname", "root", "user")
_COUNTS = ("cpu_count", "memory_total", "memory_used", "disk_free")


def measured(probe: Mapping[str, object]) -> Json:
    """The part of a probe's facts (runner/probe.py) that lists show; of that part itself it is all."""
    found: Json = {name: count(probe.get(name)) for name in _COUNTS}
    found["load"] = seconds(probe.get("load"))
    found["gpus"] = [_gpu(one) for one in _items(probe.get("gpus"))[:MAX_GPUS] if isinstance(one, Mapping)]
    pythons = _items(probe.get("pythons"))[:MAX_PYTHONS]
    versions = [one.get("version") if isinstance(one, Mapping) else one for one in pythons]
    found["pythons"] = [text for text in (line(one, 40) for one in versions) if text]
    named = probe.get("environments")
    pairs = list(named.items())[:MAX_ENVIRONMENTS] if isinstance(named, Mapping) else []
    environments = {line(str(name), 100) or "": line(path, 300) for name, path in pairs}
    found["environments"] = {name: path for name, path in environments.items() if name and path}
    return {name: value for name, value in found.items() if value is not None}


def shown(facts: Mapping[str, object]) -> Json:
    """What is remembered of a machine, as lists show it; ``measured`` is when the changing part was asked for."""
    said = {name: line(facts.get(name), 300) for name in _WORDS}
    known: Json = {name: text for name, text in said.items() if text}
    probe = facts.get("probe")
    if isinstance(probe, Mapping):
        when = iso(moment(probe.get("measured")))
        known.update(measured(probe))
        known.update({"measured": when} if when else {})
    return known


def _gpu(told: Mapping[str, object]) -> Json:
    words = {name: line(told.get(name), 100) or "" for name in ("uuid", "name")}
    sizes = {name: count(told.get(name)) for name in ("memory_total", "memory_used")}
    return {**words, **sizes, "util": seconds(told.get("util"))}


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
