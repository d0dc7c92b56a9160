"""Freeing space on a machine over REST: told first, then done; what a machine answers is not believed."""

from __future__ import annotations

import json
import math

import pytest

from jupyter_mlx.server.cleaning import MAX_ITEMS, cleaned
from tests.journeys.bed import until


async def test_what_would_go_is_told_and_then_goes(api, new_run, service) -> None:
    run = (await api("POST", "runs", new_run("print(1)", title="first try")))[1]
    store = service.workbench.store
    while not (await api("GET", f"runs/{run['id']}"))[1]["ended"]:
        pass
    until(lambda: not store.open_runs(), "the run to be mirrored")
    folder = service.workbench.data / "local" / "runs" / run["id"]
    assert folder.is_dir()
    status, kept = await api("POST", "machines/local/clean", {}, request_timeout=60)
    assert (status, kept["dry_run"], kept["items"], kept["bytes"]) == (200, True, [], 0)
    _, would = await api("POST", "machines/local/clean", {"keep_days": 0}, request_timeout=60)
    assert (would["kinds"][0]["kind"], would["kinds"][0]["count"]) == ("run", 1)
    assert would["items"][0]["title"] == "#1 first try"
    assert would["bytes"] == sum(kind["bytes"] for kind in would["kinds"]) > 0
    assert folder.is_dir()
    _, gone = await api("POST", "machines/local/clean", {"dry_run": False, "keep_days": 0}, request_timeout=60)
    assert (gone["dry_run"], gone["bytes"] > 0) == (False, True)
    assert not folder.exists()
    assert (await api("GET", f"runs/{run['id']}"))[1]["state"] == "succeeded"  # the history keeps it


@pytest.mark.parametrize("body", [{"keep_days": -1}, {"keep_days": 1e9}, {"dry_run": 1}, {"force": True}])
async def test_nothing_is_cleaned_by_a_wrong_wish(api, body) -> None:
    assert (await api("POST", "machines/local/clean", body))[0] == 422


async def test_a_machine_that_nobody_knows_is_not_found(api) -> None:
    assert (await api("POST", "machines/nobody/clean", {}))[0] == 404
    assert (await api("POST", "machines/..%2fx/clean", {}))[0] == 404


def test_what_a_machine_answers_is_bounded(service) -> None:
    store = service.workbench.store
    odd = [None, 5, {}, {"kind": "disk", "id": "x", "bytes": 5}, {"kind": ["run"]}]
    item = {"kind": "blob", "id": "\x1b[31m" + "x" * 10_000, "bytes": math.inf}
    many = [{"kind": "run", "id": "../../etc", "bytes": n} for n in range(3 * MAX_ITEMS)]
    found = cleaned("box", {"freed": -5, "items": [*odd, item, *many]}, store, dry_run=True)
    assert found.bytes == 0
    assert [(one.kind, one.count) for one in found.kinds] == [("run", 3 * MAX_ITEMS), ("blob", 1)]
    assert len(found.items) == MAX_ITEMS and found.items[0].bytes == 3 * MAX_ITEMS - 1
    assert len(json.dumps([one.id for one in found.items])) < 150 * MAX_ITEMS
    assert cleaned("box", {"items": "all"}, store, dry_run=False).items == []
