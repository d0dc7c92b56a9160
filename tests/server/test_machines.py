"""Machines over REST, tests of them, and the questions they raise."""

from __future__ import annotations

import asyncio
import json

import pytest

from jupyter_mlx.server import machine_test
from jupyter_mlx.server.routes import ROOT


async def test_the_list_and_its_changes(api) -> None:
    status, listed = await api("GET", "machines")
    assert status == 200
    assert [one["machine"]["name"] for one in listed["machines"]] == ["local"]
    status, made = await api("POST", "machines", {"name": "box", "host": "box.example", "port": 2222})
    assert (status, made["machine"]["port"], made["machine"]["source"]) == (201, 2222, "list")
    assert (await api("POST", "machines", {"name": "box"}))[0] == 409
    assert (await api("PATCH", "machines/box", {"port": None, "slots": 3}))[1]["machine"]["port"] is None
    assert (await api("GET", "machines/box"))[1]["machine"]["slots"] == 3
    assert (await api("DELETE", "machines/box")) == (204, "")
    assert (await api("DELETE", "machines/box"))[0] == 404
    assert (await api("DELETE", "machines/local"))[0] == 409
    assert (await api("GET", "machines/..%2fx"))[0] == 404


async def test_this_computer_passes_its_test(api) -> None:
    status, checks = await api("POST", "machines/local/test", {})
    assert status == 200
    ids = [check["id"] for check in checks]
    assert ids[:4] == ["machine", "contact", "answer", "clock"]
    assert {"python", "memory", "processors", "gpus"} < set(ids)
    assert all(check["then"] and check["limit_s"] > 0 for check in checks)
    assert not [check for check in checks if check["ok"] is False and check["required"]]


async def answered(api, answer: dict, task: asyncio.Future) -> dict:
    """Answer the first question that comes up; the question."""
    for _ in range(300):
        open_now = (await api("GET", "prompts"))[1]
        if open_now:
            assert (await api("POST", f"prompts/{open_now[0]['id']}", answer))[0] == 204
            return open_now[0]
        assert not task.done(), task.result()
        await asyncio.sleep(0.05)
    raise AssertionError("nobody asked")


@pytest.mark.parametrize("accept", [True, False])
async def test_an_unknown_host_key_is_asked_in_the_page(api, sshd, jp_serverapp, accept) -> None:
    server = sshd()
    await add(api, server)
    task = asyncio.ensure_future(api("POST", "machines/box/test", {}, request_timeout=60))
    question = await answered(api, {"accept": accept}, task)
    assert question["kind"] == "host_key"
    _, checks = await task
    assert question["fingerprint"] == server.fingerprint()
    way = ["machine", "resolve", "port", "host_key"]
    assert [check["id"] for check in checks[:4]] == way
    if accept:
        assert [check["id"] for check in checks[4:8]] == ["login", "contact", "answer", "clock"]
        assert all(check["ok"] for check in checks[:8]), checks
    else:
        assert (len(checks), checks[-1]["ok"]) == (4, False)
        assert "test again" in checks[-1]["remedy"] and "--accept" not in checks[-1]["remedy"]
    assert (await api("GET", "prompts"))[1] == []
    assert (await api("POST", f"prompts/{question['id']}", {"accept": True}))[0] == 404


async def add(api, server) -> None:
    """Put a machine on the list whose host key is not known."""
    fields = {"host": server.host, "port": server.port, "identity_file": str(server.user_key), "user": server.user}
    status, made = await api("POST", "machines", {"name": "box", **fields})
    assert status == 201, made


async def test_a_step_that_hangs_ends_the_test_at_its_limit(api, sshd, monkeypatch) -> None:
    server = sshd()
    await add(api, server)
    monkeypatch.setitem(machine_test.LIMITS, "host_key", 0.0)
    monkeypatch.setattr(machine_test, "GRACE_S", 0.2)
    server.pause()
    _, checks = await api("POST", "machines/box/test", {}, request_timeout=60)
    assert [check["id"] for check in checks] == ["machine", "resolve", "port", "host_key"]
    assert checks[-1]["problem"] == "no answer within 0 s" and checks[-1]["required"]


async def test_a_machine_that_is_away_fails_at_the_port_with_cause_and_remedy(api, sshd) -> None:
    server = sshd()
    await add(api, server)
    server.stop_listening()
    _, checks = await api("POST", "machines/box/test", {}, request_timeout=60)
    assert [check["id"] for check in checks] == ["machine", "resolve", "port"]
    assert "refused" in checks[-1]["problem"] and "is sshd running" in checks[-1]["remedy"]
    listed = (await api("GET", "machines/box"))[1]
    assert listed["status"]["unreachable_since"] and "refused" in listed["status"]["why"]


async def test_a_name_that_nobody_knows_fails_at_the_first_step(api) -> None:
    await api("POST", "machines", {"name": "nowhere", "host": "nowhere.invalid"})
    _, checks = await api("POST", "machines/nowhere/test", {}, request_timeout=60)
    assert (checks[-1]["id"], checks[-1]["ok"]) == ("resolve", False)


async def test_a_key_that_is_not_there_is_a_mistake_of_the_settings(api, sshd) -> None:
    await add(api, sshd())
    await api("PATCH", "machines/box", {"identity_file": "/nowhere/key"})
    _, checks = await api("POST", "machines/box/test", {}, request_timeout=60)
    assert (checks[-1]["id"], checks[-1]["ok"]) == ("settings", False)
    assert "/nowhere/key" in checks[-1]["problem"]


async def test_a_test_tells_the_lists_what_the_machine_has(api) -> None:
    assert (await api("GET", "machines/local"))[1]["status"]["facts"] == {}
    await api("POST", "machines/local/test", {})
    facts = (await api("GET", "machines/local"))[1]["status"]["facts"]
    assert facts["cpu_count"] >= 1 and facts["disk_free"] > 0 and facts["measured"].endswith("Z")
    assert isinstance(facts["gpus"], list) and isinstance(facts["environments"], dict)


@pytest.mark.parametrize(("ahead", "ok"), [(0.4, True), (-2.0, True), (3600.0, False), (-3600.0, False)])
def test_a_clock_that_is_wrong_is_told(ahead, ok) -> None:
    check = machine_test._clock(ahead)
    assert check.ok is ok
    assert bool(check.remedy) is not ok
    assert not check.required


async def test_a_tab_is_told_what_a_machine_has(api, jp_ws_fetch) -> None:
    socket = await jp_ws_fetch(ROOT, "stream")
    await api("POST", "machines/local/test", {})
    told: list[dict] = []
    while not any(item["type"] == "machine" and "disk_free" in item["status"]["facts"] for item in told):
        told += json.loads(await asyncio.wait_for(socket.read_message(), 30))["items"]
    assert told[0]["type"] == "hello"
    socket.close()
