"""A TCP connection made for a link that may go silent: dialled with a deadline, tuned to notice."""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys
import threading
import time
from typing import Any

from ..errors import UnreachableError
from .steps import passed

STAGGER_S = 0.25  # RFC 8305: how long an address may take before the next one is tried beside it
DIAL_S = 10.0
USER_TIMEOUT_MS = 15_000

_AddressInfo = tuple[Any, Any, int, str, Any]


def tune(sock: socket.socket) -> None:
    """No delay for small writes; keepalives; the kernel gives up on unanswered data after 15 s where it can."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options: list[tuple[str, int]] = [("TCP_NODELAY", 1), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)]
    options.append(("TCP_KEEPALIVE" if sys.platform == "darwin" else "TCP_KEEPIDLE", 15))
    if sys.platform.startswith("linux"):
        options.append(("TCP_USER_TIMEOUT", USER_TIMEOUT_MS))
    for name, value in options:
        number = getattr(socket, name, None)
        if number is not None:
            with contextlib.suppress(OSError):  # a socket that is not TCP (a proxy's) has none of these
                sock.setsockopt(socket.IPPROTO_TCP, number, value)


def dial(host: str, port: int, *, timeout: float = DIAL_S, family: int = socket.AF_UNSPEC) -> socket.socket:
    """The first address of a host that answers. Raises `UnreachableError` that says why none did."""
    deadline = time.monotonic() + timeout
    addresses = _interleaved(_resolve(host, port, family, timeout))
    found = ", ".join(dict.fromkeys(str(one[4][0]) for one in addresses[:3]))
    passed("resolve", host if found == host else f"{host} is {found}")
    sock = _first_to_connect(host, port, addresses, deadline, timeout)
    passed("port", f"{port} is open")
    sock.setblocking(True)
    tune(sock)
    return sock


def _resolve(host: str, port: int, family: int, timeout: float) -> list[_AddressInfo]:
    """``getaddrinfo`` with a deadline: it has none of its own, so it gets a thread."""
    answer: list[_AddressInfo] = []
    failure: list[Exception] = []

    def ask() -> None:
        try:
            answer.extend(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failure.append(error)

    thread = threading.Thread(target=ask, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(timeout)
    if failure:
        why = failure[0].strerror if isinstance(failure[0], OSError) else str(failure[0])
        raise UnreachableError(
            f"the name {host} cannot be resolved: {why}",
            field="host",
            hint="check the spelling (host, HostName in ssh_config), the VPN and the network",
        )
    if not answer:
        raise UnreachableError(
            f"no answer about the name {host} within {timeout:.0f} s",
            field="host",
            hint="check the network and its DNS",
        )
    return answer


def _interleaved(addresses: list[_AddressInfo]) -> list[_AddressInfo]:
    """Families in turn, the resolver's first family first, so that a dead IPv6 costs a quarter second only."""
    first = addresses[0][0]
    ours = [one for one in addresses if one[0] == first]
    others = [one for one in addresses if one[0] != first]
    mixed: list[_AddressInfo] = []
    for position in range(max(len(ours), len(others))):
        mixed += ours[position : position + 1] + others[position : position + 1]
    return mixed[:16]


def _first_to_connect(
    host: str, port: int, addresses: list[_AddressInfo], deadline: float, timeout: float
) -> socket.socket:
    failures: list[str] = []
    waiting = list(addresses)
    next_start = 0.0
    with selectors.DefaultSelector() as selector:
        try:
            while time.monotonic() < deadline and (waiting or selector.get_map()):
                now = time.monotonic()
                if waiting and (now >= next_start or not selector.get_map()):
                    _start(waiting.pop(0), selector, failures)
                    next_start = now + STAGGER_S
                    continue
                pause = deadline - now if not waiting else min(deadline, next_start) - now
                for key, _ in selector.select(max(0.0, pause)):
                    sock = key.fileobj
                    assert isinstance(sock, socket.socket)
                    selector.unregister(sock)
                    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if code == 0:
                        return sock
                    failures.append(_failure(key.data, code))
                    sock.close()
        finally:
            for key in list(selector.get_map().values()):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.close()
    raise _nobody(host, port, failures, timeout)


def _start(address: _AddressInfo, selector: selectors.BaseSelector, failures: list[str]) -> None:
    family, kind, protocol, _, target = address
    try:
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        failures.append(f"{target[0]}: {error.strerror}")
        return
    sock.setblocking(False)
    try:
        sock.connect(target)
    except BlockingIOError:
        pass
    except OSError as error:
        sock.close()
        failures.append(_failure(target, error.errno or 0))
        return
    selector.register(sock, selectors.EVENT_WRITE, target)


def _failure(target: Any, code: int) -> str:
    import os

    return f"{target[0]}: {os.strerror(code)}"


def _nobody(host: str, port: int, failures: list[str], timeout: float) -> UnreachableError:
    if not failures:
        return UnreachableError(
            f"{host} port {port} did not answer within {timeout:.0f} s",
            field="host",
            hint="is the machine on, and does a firewall or VPN stand between? try: nc -vz " + f"{host} {port}",
        )
    said = "; ".join(dict.fromkeys(failures))
    if all("refused" in one.lower() for one in failures):
        hint = f"the machine is there but nothing listens on port {port}: is sshd running, is the port right?"
    else:
        hint = "check the network, the VPN and the address"
    return UnreachableError(f"cannot connect to {host} port {port}: {said}", field="host", hint=hint)
