"""Many requests over one pipe, to a real agent; and peers that misbehave."""

import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.errors import InputError, MachineError, NotFoundError, UnreachableError
from jupyter_mlx.link import link as link_module
from jupyter_mlx.link.connect import connect
from jupyter_mlx.link.link import Link
from jupyter_mlx.link.reader import PipeReader
from jupyter_mlx.link.upload import Upload
from jupyter_mlx.models import Machine, new_run_id
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.frames import encode
from jupyter_mlx.runner.journal import Journal
from jupyter_mlx.runner.layout import Root
from jupyter_mlx.transport.local import LocalTransport


@pytest.fixture
def root(tmp_path: Path) -> Root:
    made = Root(str(tmp_path / "root"))
    made.prepare()
    return made


@pytest.fixture
def link(root: Root) -> Iterator[Link]:
    machine = Machine("box", root=root.folder, transport="local")
    made = connect(machine, LocalTransport(machine), runner_there=False)
    yield made
    made.close()


def finished_run(root: Root, size: int) -> str:
    """A run folder with a journal of about a size and its verdict."""
    paths = root.run(new_run_id())
    os.mkdir(paths.folder)
    Path(paths.spec).write_text("{}")
    Path(paths.started).touch()
    journal = Journal(paths.journal)
    while os.path.getsize(paths.journal) < size:
        journal.extend([{"type": "log", "source": "test", "text": "x" * 1000, "t": 1.0}] * 200)
    journal.close()
    Path(paths.exit).write_text(json.dumps({"state": "succeeded", "journal_bytes": os.path.getsize(paths.journal)}))
    return paths.id


def test_requests_from_many_threads_get_their_own_answers(link: Link) -> None:
    trips: list[float] = []
    threads = [threading.Thread(target=lambda: trips.extend(link.ping() for _ in range(20))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trips) == 320


def test_blobs_arrive_whole_squeezed_or_not(link: Link, root: Root, tmp_path: Path) -> None:
    here = BlobStore(str(tmp_path / "here"))
    ids = [here.put(data) for data in (b"", b"x", b"text " * 100_000, os.urandom(700_000))]
    upload = Upload(link._send)
    assert upload.blobs(here, ids, {}) == set(ids)
    upload.flush()
    assert link.request("have", ids=ids)["missing"] == []
    there = BlobStore(root.blobs)
    for blob in ids:
        assert Path(there.path(blob)).read_bytes() == Path(here.path(blob)).read_bytes()


def test_a_large_blob_goes_on_where_it_was_cut(link: Link, root: Root, tmp_path: Path) -> None:
    here = BlobStore(str(tmp_path / "here"))
    data = os.urandom(5 << 20)
    blob = here.put(data)
    link._send(encode({"op": "blob", "id": blob, "size": len(data), "offset": 0, "z": 0}, data[: 1 << 20]))
    told = link.request("have", ids=[blob])
    assert told["missing"] == [blob]
    assert told["partial"] == {blob: 1 << 20}
    upload = Upload(link._send)
    upload.blobs(here, [blob], told["partial"])
    upload.flush()
    assert link.request("have", ids=[blob])["missing"] == []


def test_follow_hands_over_every_byte_however_slow_the_taker(link: Link, root: Root) -> None:
    run_id = finished_run(root, 9 << 20)
    taken: list[bytes] = []
    pause = threading.Event()

    def sink(offset: int, data: bytes) -> None:
        assert offset == sum(map(len, taken))
        taken.append(data)
        pause.wait(0.01)

    assert link.follow(run_id, 0, sink, threading.Event()) is True
    journal = Path(root.run(run_id).journal).read_bytes()
    assert b"".join(taken) == journal
    taken.clear()
    rest = b""

    def from_the_middle(offset: int, data: bytes) -> None:
        nonlocal rest
        rest += data

    assert link.follow(run_id, 1000, from_the_middle, threading.Event()) is True
    assert rest == journal[1000:]


def test_a_follow_is_stopped_from_outside(link: Link, root: Root) -> None:
    run_id = finished_run(root, 1000)
    stop = threading.Event()
    stop.set()
    assert link.follow(run_id, 0, lambda offset, data: None, stop) is False
    assert link.ping() >= 0


def test_ranged_reads(link: Link, root: Root) -> None:
    run_id = finished_run(root, 9 << 20)
    journal = Path(root.run(run_id).journal).read_bytes()
    assert b"".join(link.read(run_id, "journal", "")) == journal
    assert b"".join(link.read(run_id, "journal", "", 5, 10)) == journal[5:15]
    assert b"".join(link.read(run_id, "journal", "", len(journal))) == b""


def test_refusals_come_back_as_their_errors(link: Link) -> None:
    with pytest.raises(NotFoundError):
        link.status(new_run_id())
    with pytest.raises(InputError):
        link.request("nonsense")
    with pytest.raises(InputError):
        link.request("read", run="../../etc", area="outputs", path="passwd")
    assert link.alive


def test_an_agent_that_dies_is_unreachable_for_whoever_waits(link: Link, root: Root) -> None:
    os.kill(int(link.facts["pid"]), signal.SIGKILL)
    with pytest.raises(UnreachableError):
        for _ in range(100):
            link.ping()
    assert not link.alive


def test_a_silent_agent_is_given_up(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "PING_EVERY_S", 0.2)
    monkeypatch.setattr(link_module, "SILENCE_S", 1.0)
    machine = Machine("box", root=root.folder, transport="local")
    link = connect(machine, LocalTransport(machine))
    pid = int(link.facts["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(UnreachableError, match="no sign of life"):
            link.request("status", run=new_run_id(), timeout=30)
    finally:
        with contextlib.suppress(ProcessLookupError):  # the link ended it with the transport
            os.kill(pid, signal.SIGCONT)
        link.close()


class Fake:
    """A pipe and its transport over a socket pair, the peer in the test's hand."""

    def __init__(self) -> None:
        self.mine, self.peer = socket.socketpair()

    def open(self, command: str) -> "Fake":
        return self

    def send(self, data: bytes) -> None:
        self.mine.sendall(data)

    def receive(self, limit: int) -> bytes:
        try:
            return self.mine.recv(limit)
        except OSError as error:
            raise UnreachableError(str(error)) from error

    def close(self) -> None:
        try:
            self.mine.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def diagnosis(self) -> str:
        return ""

    def exit_status(self) -> "int | None":
        return None


HOSTILE: list[bytes] = [
    b"\xff" * 64,
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    encode({"n": 1})[:-1] + b"\x00",
    (5).to_bytes(4, "big") + (0).to_bytes(4, "big") + b"[1,2]",
    (40_000).to_bytes(4, "big") + (0).to_bytes(4, "big") + b'{"a":' * 6666 + b"1" + b"}" * 6669,
]


@pytest.mark.parametrize("junk", HOSTILE)
def test_a_peer_that_breaks_the_protocol_is_cut_off_and_named(junk: bytes) -> None:
    fake = Fake()
    link = Link("box", fake, fake, PipeReader(fake), {})
    fake.peer.sendall(junk)
    fake.peer.shutdown(socket.SHUT_WR)
    with pytest.raises((MachineError, UnreachableError), match="box"):
        link.request("status", run="x", timeout=10)
    assert not link.alive
    fake.peer.close()
    fake.mine.close()


@pytest.mark.parametrize("header", [{}, {"n": "1"}, {"n": 99}, {"n": None, "error": {"code": "input"}}])
def test_frames_that_answer_nothing_are_dropped(header: dict[str, Any]) -> None:
    fake = Fake()
    link = Link("box", fake, fake, PipeReader(fake), {})
    fake.peer.sendall(encode(header))

    def answer() -> None:
        fake.peer.recv(1000)
        fake.peer.sendall(encode(header) + encode({"n": 1, "seq": 5}))

    peer = threading.Thread(target=answer)
    peer.start()
    assert link.request("inbox", timeout=10) == {"n": 1, "seq": 5}
    peer.join()
    link.close()
    fake.peer.close()
    fake.mine.close()
