"""What every transport keeps, as one suite; `tests/transport/` runs it for local, ssh and openssh.

A subclass gives a fixture ``transport`` (connected nowhere yet). Commands run in a POSIX shell there.
"""

from __future__ import annotations

import hashlib
import threading
import time

import pytest

from jupyter_mlx.errors import UnreachableError
from jupyter_mlx.transport import Pipe, Transport

MB = 1 << 20


def read_all(pipe: Pipe, limit: int = 65536) -> bytes:
    """Everything until the end."""
    parts = []
    while data := pipe.receive(limit):
        assert len(data) <= limit
        parts.append(data)
    return b"".join(parts)


class TransportContract:
    """The suite."""

    def test_carries_bytes_both_ways_unchanged(self, transport: Transport) -> None:
        pipe = transport.open("cat")
        data = bytes(range(256)) * 64
        pipe.send(data)
        got = b""
        while len(got) < len(data):
            got += pipe.receive(1000)
        assert got == data
        pipe.close()

    def test_a_receive_never_gives_more_than_asked(self, transport: Transport) -> None:
        pipe = transport.open("head -c 300000 /dev/zero")
        assert len(read_all(pipe, 777)) == 300_000

    def test_end_status_and_last_words(self, transport: Transport) -> None:
        pipe = transport.open("echo out; echo grumble >&2; exit 7")
        assert read_all(pipe) == b"out\n"
        assert pipe.receive(10) == b""
        said = pipe.diagnosis()
        assert "grumble" in said
        assert "7" in said
        assert pipe.exit_status() == 7
        pipe.close()

    def test_diagnosis_is_bounded(self, transport: Transport) -> None:
        pipe = transport.open("head -c 3000000 /dev/zero | tr '\\0' x >&2; echo last >&2; echo done")
        assert read_all(pipe) == b"done\n"  # stderr beyond every window does not block stdout
        assert len(pipe.diagnosis()) < 4300
        assert "last" in pipe.diagnosis()
        pipe.close()

    def test_large_data_in_both_directions_at_once(self, transport: Transport) -> None:
        pipe = transport.open("cat")
        data = hashlib.sha256(b"seed").digest() * (24 * MB // 32)
        sender = threading.Thread(target=pipe.send, args=(data,))
        sender.start()
        digest, count = hashlib.sha256(), 0
        while count < len(data):
            piece = pipe.receive(65536)
            digest.update(piece)
            count += len(piece)
        sender.join(30)
        assert digest.digest() == hashlib.sha256(data).digest()
        pipe.close()

    def test_several_pipes_at_once(self, transport: Transport) -> None:
        pipes = [transport.open("cat") for _ in range(4)]
        for number, pipe in enumerate(pipes):
            pipe.send(b"%d" % number)
        assert [pipe.receive(10) for pipe in pipes] == [b"0", b"1", b"2", b"3"]
        for pipe in pipes:
            pipe.close()

    def test_close_wakes_a_blocked_receive(self, transport: Transport) -> None:
        pipe = transport.open("sleep 60")
        assert isinstance(self._woken(pipe, lambda: pipe.receive(10)), UnreachableError)

    def test_close_wakes_a_blocked_send(self, transport: Transport) -> None:
        pipe = transport.open("sleep 60")
        assert isinstance(self._woken(pipe, lambda: pipe.send(bytes(64 * MB))), UnreachableError)

    @staticmethod
    def _woken(pipe: Pipe, act: object) -> BaseException | None:
        caught: list[BaseException] = []

        def run() -> None:
            try:
                act()  # type: ignore[operator]
            except UnreachableError as error:
                caught.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        time.sleep(0.5)  # let it block
        assert thread.is_alive()
        pipe.close()
        thread.join(15)
        assert not thread.is_alive(), "the blocked thread was not woken"
        return caught[0] if caught else None

    def test_a_closed_pipe_says_so(self, transport: Transport) -> None:
        pipe = transport.open("cat")
        pipe.close()
        pipe.close()
        with pytest.raises(UnreachableError, match="closed"):
            pipe.send(b"x")
        with pytest.raises(UnreachableError, match="closed"):
            pipe.receive(1)
        pipe.diagnosis()

    def test_sending_to_a_command_that_ended_is_an_error(self, transport: Transport) -> None:
        pipe = transport.open("exit 0")
        with pytest.raises(UnreachableError):
            for _ in range(200):
                pipe.send(bytes(256 << 10))
        pipe.close()

    def test_the_command_sees_the_end_of_its_input(self, transport: Transport, tmp_path: object) -> None:
        mark = f"{tmp_path}/ended"
        pipe = transport.open(f"cat > /dev/null; touch {mark}")
        pipe.send(b"x")
        time.sleep(0.2)
        pipe.close()
        deadline = time.monotonic() + 20
        import os

        while not os.path.exists(mark) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert os.path.exists(mark)

    def test_a_process_of_its_own_session_survives_the_close(self, transport: Transport, tmp_path: object) -> None:
        mark = f"{tmp_path}/survived"
        pipe = transport.open(f"setsid sh -c 'sleep 1.5; touch {mark}' >/dev/null 2>&1 </dev/null & echo started")
        assert pipe.receive(100) == b"started\n"
        pipe.close()
        transport.close()
        deadline = time.monotonic() + 20
        import os

        while not os.path.exists(mark) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert os.path.exists(mark)

    def test_closing_the_transport_closes_its_pipes_and_it_opens_again(self, transport: Transport) -> None:
        pipe = transport.open("cat")
        transport.close()
        transport.close()
        with pytest.raises(UnreachableError):
            pipe.send(b"x")
            pipe.receive(1)
        again = transport.open("echo again")
        assert read_all(again) == b"again\n"
        again.close()

    def test_no_agent_no_display_no_terminal_reaches_the_command(self, transport: Transport) -> None:
        pipe = transport.open("tty >/dev/null && echo terminal; cat /proc/self/sessionid >/dev/null 2>&1; echo none")
        assert read_all(pipe) == b"none\n"
        pipe.close()
