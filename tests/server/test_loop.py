"""The event loop waits for nobody: twenty runs that are told at once and a machine that hangs do not keep it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_mlx.server.routes import ROOT
from tests.store.bed import a_run, exit_event, journal

from .test_stream import Tab

RUNS = 20
EVENTS = 100  # of each run
HANGING = 8


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a machine that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class Streaming:
    """Runs that tell something all the time, each in a thread of its own, until all was told."""

    def __init__(self, service: Any) -> None:
        store = service.workbench.store
        self.runs = [store.create({}, a_run()).id for _ in range(RUNS)]
        self.go_on = threading.Semaphore(0)

        def work(run_id: str) -> None:
            mirror = store.mirror(run_id)
            assert mirror.try_lead()
            for n in range(1, EVENTS + 1):
                self.go_on.acquire()
                told = {"type": "stream", "cell": 0, "name": "stdout", "text": f"{n}\n" * 100}
                mirror.append(mirror.offset, journal(told, first=n))
            mirror.append(mirror.offset, journal(exit_event(), first=EVENTS + 1))
            mirror.release()

        self.threads = [threading.Thread(target=work, args=(run_id,)) for run_id in self.runs]
        for thread in self.threads:
            thread.start()


async def test_others_are_answered_while_runs_stream_and_a_machine_hangs(jp_ws_fetch, api, service, silent) -> None:
    fields = {"name": "hang", "host": "127.0.0.1", "port": silent, "user": "me"}
    assert (await api("POST", "machines", fields))[0] == 201
    hanging = [asyncio.ensure_future(api("POST", "machines/hang/test", {}, request_timeout=90)) for _ in range(HANGING)]
    streaming = Streaming(service)
    tab = Tab(await jp_ws_fetch(ROOT, "stream"))
    await tab.until("hello")
    for run_id in streaming.runs:
        await tab.say(type="subscribe", run=run_id)
    answered = 0
    for _ in range(EVENTS):
        streaming.go_on.release(RUNS)
        for path in ("status", "runs?limit=5"):
            status, _answer = await api("GET", path)
            answered += status == 200
    assert answered == 2 * EVENTS
    assert not all(task.done() for task in hanging), "the machine did not hang"
    over: set[str] = set()
    while len(over) < RUNS:
        over |= {item["run"] for item in await tab.read() or [] if item["type"] == "events" and item["over"]}
    told = [item for item in tab.items if item["type"] == "events"]
    for run_id in streaming.runs:
        seqs = [event["seq"] for item in told if item["run"] == run_id for event in item["events"]]
        assert seqs == list(range(1, EVENTS + 2))
    tab.socket.close()
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
