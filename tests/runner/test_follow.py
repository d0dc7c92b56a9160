from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlx.runner import watch
from jupyter_mlx.runner.durable import write_json
from jupyter_mlx.runner.follow import WINDOW, Follow
from jupyter_mlx.runner.journal import Record, read
from jupyter_mlx.runner.layout import Root

from .bed import Peer, eventually, made_run, written


@pytest.fixture
def root(tmp_path):
    return Root(str(tmp_path / "root"))


@pytest.fixture
def living(root):
    """A run whose supervisor lives: this process holds its lock."""
    paths = made_run(root)
    fd = os.open(paths.alive, os.O_RDWR | os.O_CREAT)
    fcntl.flock(fd, fcntl.LOCK_EX)
    yield paths
    os.close(fd)


@pytest.fixture
def agent(root):
    one = Peer(Path(root.folder))
    yield one
    one.close()


def end(paths) -> bytes:
    """The run's own end: the last event, then exit.json."""
    whole = written(paths, {"type": "exit", "state": "succeeded"})
    write_json(paths.exit, {"state": "succeeded", "journal_bytes": len(whole)})
    return whole


class Sink:
    """What a follow sent."""

    def __init__(self) -> None:
        self.data = b""
        self.ended = threading.Event()
        self.follow: Follow | None = None
        self.acking = True

    def __call__(self, fields, body=b""):
        if fields.get("end"):
            assert fields["offset"] == len(self.data)
            self.ended.set()
            return
        assert fields["offset"] == len(self.data)
        self.data += body
        if self.acking and self.follow:
            self.follow.ack(len(self.data))


def following(paths, offset=0) -> tuple[Sink, threading.Thread]:
    sink = Sink()
    sink.data = b"\0" * offset
    sink.follow = Follow(paths, offset, sink)
    thread = threading.Thread(target=sink.follow.run, daemon=True)
    thread.start()
    return sink, thread


@pytest.mark.parametrize("polling", [False, True])
def test_lines_come_as_they_are_written_and_the_end_comes_last(living, polling, monkeypatch):
    if polling:
        monkeypatch.setattr(watch, "_inotify", lambda paths: None)
    sink, thread = following(living)
    for n in range(20):
        whole = written(living, {"type": "log", "text": str(n)})
        eventually(lambda: sink.data == whole, 10)  # noqa: B023
        assert not sink.ended.is_set()
    whole = end(living)
    assert sink.ended.wait(20)
    assert sink.data == whole
    thread.join(10)
    assert not thread.is_alive()


def test_from_any_offset_and_of_a_run_that_is_over(living):
    written(living, {"type": "log", "text": "x" * 1000})
    whole = end(living)
    for offset in (0, 1, 500, len(whole) - 1, len(whole)):
        sink, thread = following(living, offset)
        thread.join(20)
        assert sink.ended.is_set() and sink.data == b"\0" * offset + whole[offset:]


def test_an_offset_beyond_the_journal_is_refused(agent, living):
    whole = end(living)
    reply = agent.request("follow", run=living.id, offset=len(whole) + 1)
    assert reply["error"]["code"] == "conflict" and str(len(whole)) in reply["error"]["message"]
    other = made_run(Root(agent.hello["root"]))
    write_json(other.exit, {"state": "failed"})
    assert agent.request("follow", run=other.id, offset=5)["error"]["code"] == "conflict"
    frames = agent.frames("follow", run=other.id, offset=0)
    assert frames[-1].header["end"] and frames[-1].header["offset"] == 0, "a run without a journal is over at once"


def test_what_comes_between_the_verdict_and_the_last_read_is_sent(living):
    """The journal's last bytes and exit.json appear together: the end must not overtake the bytes."""
    for _ in range(30):
        paths = made_run(Root(os.path.dirname(os.path.dirname(living.folder))))
        fd = os.open(paths.alive, os.O_RDWR | os.O_CREAT)
        fcntl.flock(fd, fcntl.LOCK_EX)
        sink, thread = following(paths)
        whole = end(paths)
        thread.join(20)
        os.close(fd)
        assert sink.data == whole


def test_at_most_a_window_is_under_way(living):
    piece = {"type": "stream", "text": "x" * 60_000}
    whole = written(living, *[piece] * 160)
    assert len(whole) > 2 * WINDOW
    sink = Sink()
    sink.acking = False
    sink.follow = Follow(living, 0, sink)
    thread = threading.Thread(target=sink.follow.run, daemon=True)
    thread.start()
    eventually(lambda: len(sink.data) == WINDOW)
    time.sleep(0.2)
    assert len(sink.data) == WINDOW
    sink.follow.ack(1 << 20)
    eventually(lambda: len(sink.data) == WINDOW + (1 << 20))
    sink.follow.ack(1 << 62)
    eventually(lambda: len(sink.data) == 2 * WINDOW + (1 << 20)), "an ack counts only what was sent"
    sink.follow.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_stop_ends_a_waiting_follow(living):
    sink, thread = following(living)
    assert sink.follow
    sink.follow.stop()
    thread.join(10)
    assert not thread.is_alive() and not sink.ended.is_set()


def test_follow_over_the_wire_with_a_journal_that_appears_later(agent, living):
    number = agent.ask("follow", run=living.id, offset=0)
    assert "time" in agent.request("ping")
    got = b""
    for n in range(5):
        whole = written(living, {"type": "log", "text": str(n)})
        while len(got) < len(whole):
            frame = agent.receive()
            assert frame.header == {"n": number, "offset": len(got)}
            got += frame.body
    agent.send({"op": "unfollow", "follow": number})
    again = agent.frames("follow", run=living.id, offset=len(got)) if not end(living) else None
    assert again is None
    frames = agent.frames("follow", run=living.id, offset=len(got))
    assert got + b"".join(frame.body for frame in frames) == Path(living.journal).read_bytes()
    assert frames[-1].header["offset"] == os.stat(living.journal).st_size


def test_unacknowledged_megabytes_hold_one_follow_back_and_nothing_else(agent, living):
    whole = written(living, *[{"type": "stream", "text": "x" * 60_000}] * 100)
    number = agent.ask("follow", run=living.id, offset=0)
    got = 0
    while got < WINDOW:
        got += len(agent.receive().body)
    assert set(agent.request("ping")) == {"time"}
    agent.send({"op": "ack", "follow": number, "offset": got})
    while got < len(whole):
        got += len(agent.receive().body)
    assert got == len(whole)


def test_two_follows_with_one_number_are_refused(agent, living):
    written(living, {"type": "log"})
    agent.send({"op": "follow", "n": 7, "run": living.id, "offset": 0})
    assert agent.receive().header["n"] == 7
    agent.send({"op": "follow", "n": 7, "run": living.id, "offset": 0})
    assert agent.receive().header["error"]["field"] == "n"
    agent.send({"op": "follow", "run": living.id, "offset": 0})
    assert agent.receive().header["error"]["field"] == "n"


def test_a_follower_of_a_dead_run_gets_the_verdict_and_the_end(agent, root):
    paths = made_run(root)
    written(paths, {"type": "state", "state": "running"}, {"type": "cell", "cell": 3, "state": "running"})
    frames = agent.frames("follow", run=paths.id, offset=0)
    assert b"".join(frame.body for frame in frames) == Path(paths.journal).read_bytes()
    events = [item.event for item in read(paths.journal) if isinstance(item, Record)]
    assert [event["type"] for event in events] == ["state", "cell", "state", "exit"]
    assert events[-1]["state"] == "lost" and events[-1]["cell"] == 3


def test_a_dead_supervisor_is_noticed_although_something_still_writes(agent, root):
    paths = made_run(root)
    stop = threading.Event()

    def chatter():
        while not stop.wait(0.05):
            written(paths, {"type": "log", "text": "still here"})

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        agent.ask("follow", run=paths.id, offset=0)
        eventually(lambda: os.path.exists(paths.exit))
    finally:
        stop.set()
        thread.join()
