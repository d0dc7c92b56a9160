"""Tabs that read slowly, are hidden, or are told much: the server's memory and the number of frames stay bounded."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_mlx.models import Run
from jupyter_mlx.server import stream
from jupyter_mlx.server.routes import ROOT
from jupyter_mlx.server.stream import StreamHandler
from jupyter_mlx.server.watching import FRAME_BYTES
from tests.store.bed import a_run, a_spec, exit_event, journal

from .test_stream import Tab

PIECE = 60_000  # characters of text in one event
EVENTS = 250


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> list[StreamHandler]:
    """The server's ends of all connections."""
    found: list[StreamHandler] = []
    opened = StreamHandler.open

    def noted(self: StreamHandler, *args: Any, **kwargs: Any) -> None:
        found.append(self)
        opened(self, *args, **kwargs)

    monkeypatch.setattr(StreamHandler, "open", noted)
    return found


def numbered(service: Any, events: int, size: int) -> Run:
    """A run that put out numbered texts of a size."""
    store = service.workbench.store
    run = a_run()
    run = store.create(a_spec(run), run)
    mirror = store.mirror(run.id)
    assert mirror.try_lead()
    texts = (f"{n} ".ljust(size, "x") for n in range(events))
    told = [{"type": "stream", "cell": 0, "name": "stdout", "text": text} for text in texts]
    for n, event in enumerate([*told, exit_event()], 1):
        mirror.append(mirror.offset, journal(event, first=n))
    mirror.release()
    return run


class SleepyTab:
    """A connection nobody reads from until `rest`, with as little room on the way as the system allows."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Authorization: token {token}",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def say(self, **message: object) -> None:
        data = json.dumps(message).encode()
        self._socket.sendall(bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data)  # masked with zeros

    def rest(self) -> list[dict[str, Any]]:
        """All whole frames that had been sent before the server gave up."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.settimeout(30)
        raw = b""
        while piece := self._socket.recv(1 << 20):
            raw += piece
        self._socket.close()
        return [item for frame in texts(raw.partition(b"\r\n\r\n")[2]) for item in json.loads(frame)["items"]]


def texts(raw: bytes) -> Iterator[bytes]:
    """The payloads of a server's text frames; a torn one at the end is left out."""
    while len(raw) > 10:
        size, head = raw[1], 2
        if size >= 126:
            head = 4 if size == 126 else 10
            size = int.from_bytes(raw[2:head], "big")
        if raw[0] == 0x81 and len(raw) >= head + size:
            yield raw[head : head + size]
        raw = raw[head + size :]


async def test_a_reader_that_sleeps_is_dropped_and_comes_back_where_it_was(
    jp_ws_fetch, service, handlers, monkeypatch, jp_serverapp, jp_base_url
) -> None:
    monkeypatch.setattr(stream, "STALL_S", 0.5)
    run = numbered(service, EVENTS, PIECE)
    token = jp_serverapp.identity_provider.token
    sleepy = await asyncio.to_thread(SleepyTab, jp_serverapp.port, f"{jp_base_url}{ROOT}/stream", token)
    sleepy.say(type="subscribe", run=run.id, since=0)
    most = 0
    while not handlers or handlers[0].ws_connection is not None:
        connection = handlers[0].ws_connection if handlers else None
        if connection is not None and connection.stream is not None:
            most = max(most, len(connection.stream._write_buffer))
        await asyncio.sleep(0.02)
    assert 0 < most < 2 * FRAME_BYTES, "a slow reader costs one frame of memory, no more"
    items = await asyncio.to_thread(sleepy.rest)
    early = [item for item in items if item["type"] == "events"]
    assert len(early) < EVENTS * PIECE / FRAME_BYTES / 2, "it was told nearly all before it was dropped"

    tab = Tab(await jp_ws_fetch(ROOT, "stream"))
    await tab.say(type="subscribe", run=run.id, since=early[-1]["next"] if early else 0)
    told = [event for item in early for event in item["events"]]
    while told[-1:] == [] or told[-1]["event"]["type"] != "exit":
        told += [event for item in await tab.read() or [] if item["type"] == "events" for event in item["events"]]
    assert [event["seq"] for event in told] == list(range(1, EVENTS + 2))
    assert [int(event["event"]["text"].split()[0]) for event in told[:-1]] == list(range(EVENTS))
    tab.socket.close()


class Chatter:
    """Changes a run without a pause, in a thread, until it is told to stop."""

    def __init__(self, service: Any) -> None:
        store = service.workbench.store
        self.run = store.create({}, a_run())
        self._stop = threading.Event()

        def work() -> None:
            mirror = store.mirror(self.run.id)
            assert mirror.try_lead()
            self.said = 0
            while not self._stop.wait(0.005):
                self.said += 1
                told = {"type": "metric", "values": {"n": self.said}}
                mirror.append(mirror.offset, journal(told, first=self.said))
            mirror.append(mirror.offset, journal(exit_event(), first=self.said + 1))
            mirror.release()

        self._thread = threading.Thread(target=work)
        self._thread.start()

    async def stop(self) -> int:
        self._stop.set()
        await asyncio.to_thread(self._thread.join)
        return self.said


async def test_ten_frames_a_second_are_enough_for_everything(jp_ws_fetch, service) -> None:
    tab = Tab(await jp_ws_fetch(ROOT, "stream"))
    chatter = Chatter(service)
    loop = asyncio.get_running_loop()
    await tab.say(type="subscribe", run=chatter.run.id)
    began, frames = loop.time(), 0
    while frames < 25:
        await tab.read()
        frames += 1
    assert frames <= (loop.time() - began) * 10 + 2
    said = await chatter.stop()
    assert said > 2 * frames, "there was more to tell than there were frames"
    await tab.until("events", over=True)
    assert [event["event"]["values"]["n"] for event in tab.events()[:-1]] == list(range(1, said + 1))
    tab.socket.close()


async def test_a_hidden_tab_is_left_alone_and_told_all_when_it_is_seen_again(jp_ws_fetch, service, monkeypatch) -> None:
    monkeypatch.setattr(stream, "HIDDEN_S", 3600.0)
    tab = Tab(await jp_ws_fetch(ROOT, "stream"))
    await tab.until("hello")
    chatter = Chatter(service)
    await tab.say(type="subscribe", run=chatter.run.id)
    await tab.until("events")
    await tab.say(type="pace", hidden=True)
    with pytest.raises(asyncio.TimeoutError):  # what was on its way comes, then nothing
        for _ in range(20):
            raw = await asyncio.wait_for(tab.socket.read_message(), 1.5)
            tab.items += json.loads(raw)["items"]
    await tab.say(type="pace", hidden=False)
    said = await chatter.stop()
    await tab.until("events", over=True)
    assert [event["event"]["values"]["n"] for event in tab.events()[:-1]] == list(range(1, said + 1))
    tab.socket.close()
