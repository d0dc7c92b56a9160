"""What may be a host, a user, a port: an allow-list, since these words reach argument lists and ProxyCommands."""

from __future__ import annotations

import re

from ..errors import InputError

_HOST = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:-]{0,254}(%[A-Za-z0-9_.-]{1,32})?\Z")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}\Z")
_SHOWN = 60


def _shown(value: str) -> str:
    return ascii(value[:_SHOWN]) + ("…" if len(value) > _SHOWN else "")


def checked_host(value: str, where: str = "host") -> str:
    """A host name or address. Raises InputError."""
    if not _HOST.match(value):
        raise InputError(
            f"{_shown(value)} cannot be a host name",
            field=where,
            hint="letters, digits, dot, dash, underscore and colon; for other scripts the xn-- form",
        )
    return value


def checked_user(value: str, where: str = "user") -> str:
    """A login name. Raises InputError."""
    if not _USER.match(value):
        raise InputError(
            f"{_shown(value)} cannot be a user name",
            field=where,
            hint="letters, digits and . _ @ + -, no dash in front",
        )
    return value


def checked_port(value: str | int, where: str = "port") -> int:
    """A port from 1 to 65535. Raises InputError."""
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise InputError(f"{_shown(text)} is no port", field=where, hint="a whole number from 1 to 65535")
    return int(text)


def known_hosts_name(host: str, port: int) -> str:
    """The name as known_hosts writes it."""
    return host if port == 22 else f"[{host}]:{port}"
