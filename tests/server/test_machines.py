"""Machines over REST, tests of them, and the questions they raise."""

from __future__ import annotations

import asyncio

import pytest


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
    assert [check["id"] for check in checks[:3]] == ["machine", "contact", "answer"]
    assert len(checks) > 5
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
    fields = {"host": server.host, "port": server.port, "identity_file": str(server.user_key), "user": server.user}
    status, made = await api("POST", "machines", {"name": "box", **fields})
    assert status == 201, made
    task = asyncio.ensure_future(api("POST", "machines/box/test", {}, request_timeout=60))
    question = await answered(api, {"accept": accept}, task)
    assert question["kind"] == "host_key"
    assert question["fingerprint"].startswith("SHA256:")
    _, checks = await task
    if accept:
        assert [check["id"] for check in checks[:2]] == ["machine", "contact"]
        assert checks[1]["ok"], checks
    else:
        assert (checks[-1]["id"], checks[-1]["ok"]) == ("host_key", False)
    assert (await api("GET", "prompts"))[1] == []
    assert (await api("POST", f"prompts/{question['id']}", {"accept": True}))[0] == 404
