"""A server killed in the middle of a run: who comes back with an offset misses nothing and hears nothing twice."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from jupyter_mlx.executed import compose
from tests.journeys.bed import Bed, write_notebook

from .test_stream import Tab
from .whole import TOKEN, Whole, wait

OUTPUTS = 2000
# Every second number is an output of its own, the others are text.
CODE = f"""
import time
from IPython.display import display
for n in range({OUTPUTS}):
    display({{'text/plain': f'{{n}} '}}, raw=True) if n % 2 else print(n, flush=True)
    time.sleep(0.002)
"""


@pytest.fixture
def bed(laptop, tmp_path: Path):
    one = Bed("local", tmp_path / "project", laptop.home / "data" / "jupyter_mlx" / "local", dict(os.environ))
    one.project.mkdir()
    yield one
    one.close()


def served(bed: Bed) -> Whole:
    made = Whole(bed.project, bed.env)
    bed.started.append(made.process)
    return made


async def tab_on(server: Whole, run_id: str, since: int = 0) -> Tab:
    request = HTTPRequest(server.stream, headers={"Authorization": f"token {TOKEN}"})
    tab = Tab(await websocket_connect(request, max_message_size=64 << 20))
    await tab.until("hello")
    await tab.say(type="subscribe", run=run_id, since=since)
    return tab


def numbers(events: list[dict]) -> list[int]:
    """The numbers in the order they were put out."""
    found: list[int] = []
    for told in events:
        event = told["event"]
        if event["type"] == "stream" and event["name"] == "stdout":
            found += map(int, event["text"].split())
        elif event["type"] == "output":
            found.append(int(event["output"]["data"]["text/plain"]))
    return found


async def heard_until(tab: Tab, count: int) -> int:
    """Listen until so many numbers came; the offset to come back with."""
    while True:
        for item in await tab.read() or pytest.fail("the connection ended"):
            if item["type"] == "events" and len(numbers(tab.events())) >= count:
                return int(item["next"])


def test_two_thousand_outputs_none_missing_none_doubled(bed) -> None:
    write_notebook(bed.project / "nb.ipynb", CODE)
    body = {"notebook": "nb.ipynb", "environment": f"existing:{sys.executable}"}
    first = served(bed)
    run_id = first.call("runs", body)["id"]

    async def before() -> tuple[list[dict], int]:
        tab = await tab_on(first, run_id)
        since = await heard_until(tab, 300)
        tab.socket.close()
        return tab.events(), since

    early, since = asyncio.run(before())
    first.kill()
    assert len(numbers(early)) < OUTPUTS, "the run was over before the server was killed"
    second = served(bed)

    async def after() -> list[dict]:
        tab = await tab_on(second, run_id, since)
        await tab.until("events", over=True)
        tab.socket.close()
        return tab.events()

    told = early + asyncio.run(after())
    assert [one["seq"] for one in told] == list(range(1, len(told) + 1))
    assert numbers(told) == list(range(OUTPUTS))
    assert second.call(f"runs/{run_id}")["state"] == "succeeded"
    executed = second.call(f"runs/{run_id}/notebook")["notebook"]
    assert executed["cells"] == compose(executed, [one["event"] for one in told], lambda _: b"")["cells"]
    assert bed.mirror(run_id) == bed.journal(run_id)
    assert second.stop() == 0


def test_the_command_line_takes_over_a_run_of_the_server(bed) -> None:
    code = "import time\nfor n in range(60): print(n, flush=True); time.sleep(0.1)"
    write_notebook(bed.project / "nb.ipynb", code, "import time; time.sleep(600)")
    server = served(bed)
    run_id = server.call("runs", {"notebook": "nb.ipynb", "environment": f"existing:{sys.executable}"})["id"]
    beside = bed.start("attach", run_id, "--json")  # while the server leads the mirror
    wait(lambda: len(server.call(f"runs/{run_id}/logs")["lines"]) > 5)
    server.kill()
    wait(lambda: bed.show(run_id)["cells"][0]["state"] == "succeeded")
    assert bed.json("stop", run_id, "--wait")["state"] == "cancelled"
    out, _ = beside.communicate(timeout=60)
    told = [json.loads(row) for row in out.splitlines()]
    assert told[-1]["state"] == "cancelled"
    events = [one for one in told if "seq" in one]
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    text = "".join(one["text"] for one in events if one["type"] == "stream" and one["name"] == "stdout")
    assert text.split() == [str(n) for n in range(60)]
