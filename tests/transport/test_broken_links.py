"""Links that break while a pipe is open: cut, frozen, black-holed; noticed or wakeable, and usable again afterwards."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from jupyter_mlx.errors import HostKeyError, MlxError, UnreachableError
from jupyter_mlx.models import Machine
from jupyter_mlx.transport import Pipe, Transport, Unattended, make_transport
from tests.contracts.transport import read_all
from tests.support.fixtures import Laptop, RelayFactory, SshdFactory
from tests.support.relay import Relay
from tests.support.sshd import IS_ROOT, Sshd


@pytest.fixture(params=["ssh", "openssh"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(sshd: SshdFactory) -> Sshd:
    return sshd()


@pytest.fixture
def bad(server: Sshd, relay: RelayFactory, laptop: Laptop) -> Relay:
    made = relay(server.port)
    laptop.add_host(server, port=made.port)
    return made


@pytest.fixture
def transport(bad: Relay, kind: str) -> Iterator[Transport]:
    made = make_transport(Machine(name="box", transport=kind), Unattended())
    yield made
    made.close()


def echoed(pipe: Pipe) -> None:
    pipe.send(b"ping")
    assert pipe.receive(4) == b"ping"


def fails(act: object, within: float = 60) -> UnreachableError:
    """Run something in a thread that has to raise; the error."""
    caught: list[MlxError] = []

    def run() -> None:
        try:
            act()  # type: ignore[operator]
        except MlxError as error:
            caught.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(within)
    assert not thread.is_alive(), "still blocked"
    assert len(caught) == 1
    assert isinstance(caught[0], UnreachableError)
    return caught[0]


def test_reset_while_reading(transport: Transport, bad: Relay) -> None:
    pipe = transport.open("cat")
    echoed(pipe)
    threading.Timer(0.3, bad.reset).start()
    assert "box" in fails(lambda: drained(pipe)).message
    again = transport.open("cat")
    echoed(again)
    again.close()


def drained(pipe: Pipe) -> None:
    """Read until an error, or the end."""
    while pipe.receive(65536):
        pass


def test_reset_while_writing(transport: Transport, bad: Relay) -> None:
    pipe = transport.open("cat >/dev/null; sleep 60")
    bad.cut_after(3 << 20, "up")
    fails(lambda: pipe.send(bytes(64 << 20)))
    pipe.close()
    echoed(transport.open("cat"))


def test_sessions_killed_on_the_server(transport: Transport, server: Sshd) -> None:
    pipe = transport.open("cat")
    echoed(pipe)
    assert server.kill_sessions() > 0
    fails(lambda: drained(pipe))
    echoed(transport.open("cat"))


def test_a_frozen_link_can_be_given_up_at_once(transport: Transport, bad: Relay) -> None:
    pipe = transport.open("cat")
    echoed(pipe)
    bad.freeze()
    caught: list[UnreachableError] = []

    def blocked(act: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                act()
            except UnreachableError as error:
                caught.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    reader, writer = blocked(lambda: pipe.receive(10)), blocked(lambda: pipe.send(bytes(64 << 20)))
    time.sleep(0.5)  # let both block
    assert reader.is_alive()
    assert writer.is_alive()
    began = time.monotonic()
    pipe.close()
    transport.close()
    reader.join(20)
    writer.join(20)
    assert not reader.is_alive()
    assert not writer.is_alive()
    assert time.monotonic() - began < 20
    assert len(caught) == 2
    bad.heal()
    echoed(transport.open("cat"))


def test_a_frozen_link_that_heals_loses_nothing(transport: Transport, bad: Relay) -> None:
    pipe = transport.open("head -c 6000000 /dev/zero | tr '\\0' x; echo end")
    first = pipe.receive(1000)
    bad.freeze()
    threading.Timer(2, bad.heal).start()
    data = first + read_all(pipe)
    assert hashlib.sha256(data).digest() == hashlib.sha256(b"x" * 6_000_000 + b"end\n").digest()
    pipe.close()


def test_another_host_after_a_cut_gets_nothing(transport: Transport, bad: Relay, server: Sshd) -> None:
    pipe = transport.open("cat")
    echoed(pipe)
    server.swap_host_keys()
    server.restart()
    bad.reset()
    pipe.close()
    transport.close()
    with pytest.raises(HostKeyError, match="has changed"):
        transport.open("cat")
    assert "Accepted" not in server.log().rsplit("Server listening", 1)[1]


def test_opening_on_a_connection_that_died_unnoticed_dials_anew(transport: Transport, server: Sshd) -> None:
    echoed(transport.open("cat"))
    server.kill()
    server.start()
    echoed(transport.open("cat"))


@pytest.mark.skipif(not IS_ROOT or not shutil.which("iptables"), reason="needs root and iptables")
def test_a_black_hole_is_noticed(server: Sshd, laptop: Laptop, kind: str) -> None:
    laptop.add_host(server)
    transport = make_transport(Machine(name="box", transport=kind), Unattended())
    pipe = transport.open("cat")
    echoed(pipe)
    try:
        hole = server.packets_dropped()
        hole.__enter__()
    except subprocess.CalledProcessError:
        pytest.skip("iptables does not work here")
    try:
        pipe.send(b"into the void")
        began = time.monotonic()
        fails(lambda: drained(pipe), within=60)
        assert time.monotonic() - began < 40  # 15 s by TCP_USER_TIMEOUT or ServerAlive; a busy machine may add
    finally:
        hole.__exit__(None, None, None)
    transport.close()
    echoed(transport.open("cat"))
    transport.close()
