"""The WebSocket: a run followed to its end, returns with an offset, hostile clients."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from jupyter_server.auth.authorizer import Authorizer
from tornado.httpclient import HTTPClientError

from jupyter_mlx.models import new_run_id
from jupyter_mlx.server import watching
from jupyter_mlx.server.routes import ROOT

LINES = 300


class Tab:
    """What a page makes of the frames."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.items: list[dict[str, Any]] = []

    async def say(self, **message: object) -> None:
        await self.socket.write_message(json.dumps(message))

    async def read(self) -> list[dict[str, Any]] | None:
        raw = await asyncio.wait_for(self.socket.read_message(), 60)
        if raw is None:
            return None
        items = json.loads(raw)["items"]
        self.items += items
        return items

    async def until(self, kind: str, **fields: object) -> dict[str, Any]:
        while True:
            for item in await self.read() or pytest.fail("the connection ended"):
                if item["type"] == kind and fields.items() <= item.items():
                    return item

    def events(self) -> list[dict[str, Any]]:
        return [event for item in self.items if item["type"] == "events" for event in item["events"]]


@pytest.fixture
def tab(jp_ws_fetch, service):
    async def connect() -> Tab:
        one = Tab(await jp_ws_fetch(ROOT, "stream"))
        await one.until("hello")
        return one

    return connect


async def test_a_run_is_followed_to_its_end_and_from_anywhere(tab, api, new_run) -> None:
    first = await tab()
    code = f"import time\nfor n in range({LINES}): print(n, flush=True); time.sleep(0.005)"
    run = (await api("POST", "runs", new_run(code)))[1]
    await first.say(type="subscribe", run=run["id"])
    middle = await first.until("events", run=run["id"])
    first.socket.close()

    second = await tab()
    await second.say(type="subscribe", run=run["id"], since=middle["next"])
    await second.until("events", run=run["id"], over=True)
    both = first.events() + second.events()
    assert [event["seq"] for event in both] == list(range(1, len(both) + 1))
    text = "".join(one["event"]["text"] for one in both if one["event"]["type"] == "stream")
    assert text.split() == [str(n) for n in range(LINES)]
    assert next(one["run"]["id"] for one in first.items if one["type"] == "run") == run["id"]

    third = await tab()
    await third.say(type="subscribe", run=run["id"])
    await third.until("events", over=True)
    assert third.events() == both
    page = (await api("GET", f"runs/{run['id']}/events?limit=10000"))[1]
    assert page["events"] == both and page["over"]


async def test_offsets_are_clamped_and_wrong_ones_named(tab, api, new_run, service) -> None:
    run = (await api("POST", "runs", new_run("1")))[1]
    one = await tab()
    for since in (-1, 2**63, 10**12):
        await one.say(type="subscribe", run=run["id"], since=since)
    for wrong in ("x", True, 1.5, None):
        await one.say(type="subscribe", run=run["id"], since=wrong)
        assert (await one.until("error"))["error"]["field"] == "since"
    for unknown in (new_run_id(), "../..", "last"):
        await one.say(type="subscribe", run=unknown)
        assert (await one.until("error"))["error"]["code"] == "not_found"
    await one.say(type="unsubscribe", run=run["id"])
    await one.say(type="subscribe", run=run["id"], since=-1)
    await one.until("events", run=run["id"], over=True)
    assert one.events()[-1]["event"]["type"] == "exit"


@pytest.mark.parametrize(
    ("message", "binary", "code"),
    [
        (b"\x00\x01", True, 1003),
        ("no json", False, 1008),
        ("[]", False, 1008),
        ('{"type": "drop table"}', False, 1008),
        ('{"type": ["subscribe"]}', False, 1008),
        ("[" * 60_000, False, 1008),
        ("x" * (1 << 20), False, 1009),
    ],
)
async def test_what_no_page_sends_ends_the_connection(tab, message, binary, code) -> None:
    one = await tab()
    await one.socket.write_message(message, binary=binary)
    while await one.read() is not None:
        pass
    assert one.socket.close_code == code


async def test_a_storm_ends_the_connection(tab) -> None:
    one = await tab()
    for _ in range(1000):
        one.socket.write_message('{"type": "unsubscribe", "run": "x"}')
    while await one.read() is not None:
        pass
    assert one.socket.close_code == 1008


async def test_too_many_runs_are_refused(service, monkeypatch, api, new_run) -> None:
    run = (await api("POST", "runs", new_run("1")))[1]
    other = (await api("POST", "runs", new_run("1")))[1]
    monkeypatch.setattr(watching, "MOST_RUNS", 1)
    seen = await service.quickly(lambda: watching.Watching(service.workbench.store, service.questions))
    assert await service.quickly(lambda: [seen.follow(run["id"], 0), seen.follow(run["id"], 5)]) == [True, True]
    assert not await service.quickly(lambda: seen.follow(other["id"], 0))


async def test_too_many_changes_at_once_ask_for_a_resync(service, monkeypatch, api, new_run) -> None:
    seen = await service.quickly(lambda: watching.Watching(service.workbench.store, service.questions))
    await api("POST", "runs", new_run("1"))
    monkeypatch.setattr(watching, "MOST_CHANGES", 0)
    items, _ = await service.quickly(seen.news)
    assert {"type": "resync"} in items


async def test_a_large_journal_comes_in_bounded_frames(service, monkeypatch, api, new_run) -> None:
    monkeypatch.setattr(watching, "FRAME_BYTES", 2000)
    run = (await api("POST", "runs", new_run(f"for n in range({LINES}): print('x' * 50, n)")))[1]
    for _ in range(300):
        if (await api("GET", f"runs/{run['id']}"))[1]["exit"]:
            break
        await asyncio.sleep(0.1)
    seen = await service.quickly(lambda: watching.Watching(service.workbench.store, service.questions))
    await service.quickly(lambda: seen.follow(run["id"], 0))
    told: list[int] = []
    more, frames = True, 0
    while more:
        items, more = await service.quickly(seen.news)
        for item in items:
            if item["type"] == "events":
                assert len(item["events"]) == 1 or item["next"] - item["since"] <= 2000
                told += [event["seq"] for event in item["events"]]
        frames += 1
    assert told == list(range(1, len(told) + 1))
    assert frames > 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "token wrong"},
        {"Host": "evil.example"},
        {"Authorization": "", "Origin": "https://evil.example"},
    ],
)
async def test_strangers_are_refused_before_the_upgrade(jp_ws_fetch, service, headers) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(ROOT, "stream", headers=headers)
    assert caught.value.code == 403


async def test_a_hidden_tab_is_told_less_often(tab) -> None:
    one = await tab()
    await one.say(type="pace", hidden=True)
    await one.say(type="pace", hidden="yes")
    assert (await one.until("error"))["error"]["field"] == "hidden"


class Nobody(Authorizer):
    """Lets people run, but not read."""

    def is_authorized(self, handler: object, user: object, action: str, resource: str) -> bool:
        return (action, resource) != ("read", "jupyter_mlx:runs")


async def test_who_may_not_read_runs_is_refused_before_the_upgrade(jp_ws_fetch, jp_serverapp, service) -> None:
    jp_serverapp.web_app.settings["authorizer"] = Nobody(parent=jp_serverapp)
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(ROOT, "stream")
    assert caught.value.code == 403


async def test_a_ping_is_answered_also_to_a_hidden_tab(tab) -> None:
    one = await tab()
    for hidden in (False, True):
        await one.say(type="pace", hidden=hidden)
        await one.say(type="ping")
        await one.until("pong")
