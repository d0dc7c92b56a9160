"""The hosts a connection passes: ProxyJump, several hops, each resolved through ssh_config."""

from __future__ import annotations

import re

from ..errors import InputError
from .address import checked_port
from .destination import Destination
from .resolve import circle, resolve

MAX_HOPS = 8
_HOP = re.compile(
    r"(?:(?P<user>.+)@)?(?:\[(?P<bracket>[^]]+)\]|(?P<host>[^:@]+|[^@:]*:[^@:]*:[^@]*))(?::(?P<port>\d+))?"
)


def route_to(target: Destination) -> list[Destination]:
    """Jump hosts in order, the target last. Raises `InputError` where they go in a circle or are too many."""
    hops = [*_before(target, [target]), target]
    seen: dict[tuple[str, int, str], str] = {}
    for hop in hops:
        place = (hop.host, hop.port, hop.user)
        if place in seen:
            raise circle([one.alias for one in hops])
        seen[place] = hop.alias
    return hops


def _before(target: Destination, beyond: list[Destination]) -> list[Destination]:
    """As ``ssh``: only the first host of a ProxyJump list follows its own ProxyJump."""
    if target.proxy_jump is None:
        return []
    if len(beyond) > MAX_HOPS:
        raise circle([one.alias for one in reversed(beyond)])
    hops = [parse_hop(text) for text in target.proxy_jump.split(",")]
    first = hops[0]
    if any((first.host, first.port, first.user) == (one.host, one.port, one.user) for one in beyond):
        raise circle([first.alias, *(one.alias for one in reversed(beyond))])
    return [*_before(first, [*beyond, *reversed(hops)]), *hops]


def parse_hop(text: str) -> Destination:
    """``[user@]host[:port]`` or ``ssh://[user@]host[:port]``. Raises `InputError`."""
    text = text.strip()
    found = _HOP.fullmatch(text.removeprefix("ssh://").rstrip("/"))
    if found is None:
        raise InputError(f"ProxyJump: {text[:80]!a} is not [user@]host[:port]", field="ProxyJump")
    port = found["port"]
    return resolve(
        found["bracket"] or found["host"], found["user"], None if port is None else checked_port(port, "ProxyJump")
    )
