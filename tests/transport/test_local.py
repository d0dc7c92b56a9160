"""The local transport: the contract, and what only a child process has."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from jupyter_mlx.models import Machine
from jupyter_mlx.transport import Transport, Unattended, make_transport
from jupyter_mlx.transport.process import ProcessPipe
from tests.contracts.transport import TransportContract, read_all

LOCAL = Machine(name="local", transport="local")


class TestLocal(TransportContract):
    """The contract."""

    @pytest.fixture
    def transport(self) -> Iterator[Transport]:
        made = make_transport(LOCAL, Unattended())
        yield made
        made.close()


def test_starts_in_the_home_folder_in_its_own_session() -> None:
    transport = make_transport(LOCAL, Unattended())
    pipe = transport.open("pwd; ps -o sid= -p $$")
    folder, session = read_all(pipe).split()
    assert folder.decode() == os.path.realpath(os.path.expanduser("~"))
    assert int(session) != os.getsid(0)
    transport.close()


def test_a_command_that_ignores_the_end_of_input_and_term_is_killed() -> None:
    pipe = ProcessPipe(["/bin/sh", "-c", "trap '' TERM; echo $$; while :; do sleep 1; done"], name="x", grace=0.2)
    pid = int(pipe.receive(20))
    pipe.close()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{pid}")


def test_no_descriptor_is_left_behind() -> None:
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(5):
        pipe = ProcessPipe(["/bin/cat"], name="x")
        pipe.send(b"x")
        pipe.receive(1)
        pipe.close()
        pipe._stderr_thread.join(5)
    assert len(set(os.listdir("/proc/self/fd")) - before) <= 1  # /proc/self/fd itself


def test_a_signal_is_told_in_words() -> None:
    pipe = ProcessPipe(["/bin/sh", "-c", "kill -9 $$"], name="x")
    assert pipe.receive(1) == b""
    assert pipe.diagnosis() == "(ended by signal 9)"
    assert pipe.exit_status() is None
    pipe.close()
