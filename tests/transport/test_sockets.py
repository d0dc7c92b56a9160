"""Dialling: the first address that answers, a deadline, a reason."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from jupyter_mlx.errors import UnreachableError
from jupyter_mlx.transport import sockets
from jupyter_mlx.transport.sockets import dial


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def test_the_socket_is_tuned(listener: socket.socket) -> None:
    with dial("127.0.0.1", port_of(listener)) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
        if sys.platform.startswith("linux"):
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15
        assert sock.getblocking()


def test_a_closed_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = port_of(gone)
    with pytest.raises(UnreachableError, match="refused") as caught:
        dial("127.0.0.1", port)
    assert str(port) in caught.value.message
    assert "is sshd running" in (caught.value.hint or "")


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(UnreachableError, match=r"no-such-host\.invalid cannot be resolved|no answer about the name"):
        dial("no-such-host.invalid", 22)


def test_a_name_that_is_none_is_no_crash() -> None:
    with pytest.raises(UnreachableError, match="cannot be resolved"):
        dial("a" * 70 + ".example", 22)  # a label over 63 bytes fails in the idna codec


def addresses(*targets: tuple[str, int]) -> list[tuple[object, object, int, str, object]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", target) for target in targets]


def test_a_silent_address_does_not_hold_up_the_next(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:  # a full backlog drops what comes next, silently
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        found = addresses(full.getsockname(), ("127.0.0.1", port_of(listener)))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
        with dial("two-addresses", 22, timeout=8) as sock:
            assert sock.getpeername() == listener.getsockname()
        for filler in fillers:
            filler.close()


def test_all_reasons_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = port_of(gone)
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *a, **k: addresses(("127.0.0.1", port), ("127.0.0.2", port), ("127.0.0.1", port))
    )
    with pytest.raises(UnreachableError) as caught:
        dial("many", 22)
    assert caught.value.message.count("refused") == 2


def test_a_resolver_that_hangs_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: release.wait(30) and [])
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="no answer about the name"):
        dial("slow", 22, timeout=0.3)
    assert time.monotonic() - began < 20  # and not the resolver's 30
    release.set()


def test_families_take_turns() -> None:
    four, six = (socket.AF_INET,), (socket.AF_INET6,)
    mixed = sockets._interleaved([(*six, 0, 0, "", 1), (*six, 0, 0, "", 2), (*four, 0, 0, "", 3)])
    assert [one[4] for one in mixed] == [1, 3, 2]
