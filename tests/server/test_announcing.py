"""Events of Jupyter's event system: a run's states, told to whoever listens."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from pathlib import Path

import pytest
import yaml

from jupyter_mlx.models import RunState
from jupyter_mlx.server import announcing
from jupyter_mlx.server.announcing import Announcer
from jupyter_mlx.server.base import SETTING
from jupyter_mlx.server.routes import ROOT
from jupyter_mlx.workbench import Workbench
from tests.store.bed import a_run, exit_event, journal
from tests.tree import ROOT as REPOSITORY


@pytest.fixture
def bench(tmp_path: Path):
    with Workbench(tmp_path / "data", tmp_path / "config") as made:
        yield made
        made.store.close()


def grow(store, run_id: str, *events: dict, first: int = 1) -> None:
    mirror = store.mirror(run_id)
    assert mirror.try_lead()
    mirror.append(mirror.offset, journal(*events, first=first))
    mirror.release()


def test_each_change_is_told_once(bench) -> None:
    store, told = bench.store, []
    old = store.create({}, a_run())
    announcer = Announcer(bench, told.append)
    announcer.look()
    assert told == []
    new = store.create({}, a_run(state=RunState.QUEUED))
    store.set_state(old.id, RunState.SENDING)
    announcer.look()
    assert {(one["run"], one["previous"], one["state"]) for one in told} == {
        (new.id, None, "queued"),
        (old.id, "queued", "sending"),
    }
    told.clear()
    store.update(new.id, title="another title")
    announcer.look()
    assert told == []
    grow(store, old.id, {"type": "state", "state": "running"})
    announcer.look()
    now = time.time()
    grow(store, old.id, exit_event("failed", started=now - 5, ended=now, duration_s=5.0, reason="why"), first=2)
    announcer.look()
    announcer.look()
    assert [(one["previous"], one["state"], one["final"]) for one in told] == [
        ("sending", "running", False),
        ("running", "failed", True),
    ]
    assert (told[-1]["reason"], told[-1]["duration_s"]) == ("why", 5.0)
    store.delete(old.id)
    announcer.look()
    assert len(told) == 2


def test_runs_that_are_found_again_are_no_news(bench) -> None:
    told: list[dict] = []
    announcer = Announcer(bench, told.append)
    announcer.look()
    run = a_run()
    bench.store.rebuild_from({"id": run.id, "project": "/p", "notebook": "n.ipynb"}, "box")
    grow(bench.store, run.id, exit_event())
    announcer.look()
    assert told == []


async def test_a_listener_hears_of_a_run_to_its_end(jp_serverapp, jp_fetch, new_run) -> None:
    heard: list[dict] = []

    async def listen(logger: object, schema_id: str, data: dict) -> None:
        heard.append(data)

    (extension,) = jp_serverapp.extension_manager.extension_apps["jupyter_mlx"]
    await extension._start_jupyter_server_extension(jp_serverapp)
    jp_serverapp.event_logger.add_listener(schema_id=announcing.SCHEMA_ID, listener=listen)
    answer = await jp_fetch(
        ROOT, "runs", method="POST", body=json.dumps(new_run("1")), headers={"Content-Type": "application/json"}
    )
    run_id = json.loads(answer.body)["id"]
    for _ in range(600):
        if any(one["final"] for one in heard):
            break
        await asyncio.sleep(0.1)
    assert {one["run"] for one in heard} == {run_id}
    assert (heard[0]["previous"], heard[-1]["state"], heard[-1]["machine"]) == (None, "succeeded", "local")
    assert all(before["state"] == after["previous"] for before, after in itertools.pairwise(heard))
    assert not jp_serverapp.web_app.settings[SETTING].workbench.store.open_runs()


def test_the_page_tells_every_field_of_the_schema() -> None:
    schema = yaml.safe_load(announcing.SCHEMA.read_text())
    page = (REPOSITORY / "docs" / "reference" / "events.md").read_text()
    assert schema["$id"] == announcing.SCHEMA_ID
    assert announcing.SCHEMA_ID in page
    assert re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE) == list(schema["properties"]) == schema["required"]
    assert schema["properties"]["state"]["enum"] == [state.value for state in RunState]
