"""The list of runs over REST: orders, tags, pages, how long a run will take."""

from __future__ import annotations

import urllib.parse

import pytest

from jupyter_mlx.models import Run, RunState
from jupyter_mlx.server.watching import Watching
from tests.store.bed import T0, a_run, exit_event, journal

LOSSES = (0.5, "NaN", 0.25, None, 4)


def logged(store, loss: object, **more: object) -> Run:
    """A run of a minute that logged a loss."""
    run = store.create({}, a_run(**more))
    mirror = store.mirror(run.id)
    assert mirror.try_lead()
    values = [] if loss is None else [{"type": "metric", "values": {"loss/a b": loss}}]
    mirror.append(0, journal({"type": "state", "state": "running"}, *values, exit_event(duration_s=60.0)))
    mirror.release()
    return store.run(run.id)


@pytest.fixture
def runs(service) -> list[Run]:
    store = service.workbench.store
    return [logged(store, loss, created=T0 + n, tags=["starred"] * (n % 2)) for n, loss in enumerate(LOSSES)]


async def paged(api, query: str, size: int) -> list[str]:
    found: list[str] = []
    before = ""
    while True:
        status, page = await api("GET", f"runs?limit={size}&{query}{before}")
        assert status == 200, page
        found += [run["id"] for run in page["runs"]]
        assert len(page["runs"]) <= size
        if page["next"] is None:
            return found
        before = f"&before={urllib.parse.quote(page['next'])}"


async def test_orders_and_tags_in_pages(api, runs) -> None:
    by_loss = [runs[n].id for n in (4, 0, 2, 3, 1)]
    for size in (1, 2, 5):
        assert await paged(api, "", size) == [run.id for run in reversed(runs)]
        assert await paged(api, "sort=metric:loss/a%20b", size) == by_loss
        assert await paged(api, "sort=metric:loss/a%20b&order=asc", size) == [runs[n].id for n in (2, 0, 4, 1, 3)]
        assert await paged(api, "sort=duration&order=asc", size) == [run.id for run in runs]
        assert await paged(api, "tag=starred", size) == [runs[3].id, runs[1].id]
    assert await paged(api, "tag=star", 5) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("order=up", "order"), ("sort=", "sort"), ("sort=loss", "sort"), ("sort=metric", "sort")],
)
async def test_what_is_no_order_is_named(api, runs, query, field) -> None:
    status, report = await api("GET", f"runs?{query}")
    assert (status, report["field"]) == (422, field)


async def test_a_place_of_another_list_is_refused(api, runs) -> None:
    for wrong in ("nothing~0.5", f"{runs[0].id}~x"):
        status, report = await api("GET", f"runs?sort=duration&before={wrong}")
        assert (status, report["field"]) == (422, "before"), wrong


async def test_open_runs_say_how_long_they_will_take_in_the_list_and_the_stream(api, runs, service) -> None:
    store = service.workbench.store
    seen = await service.quickly(lambda: Watching(store, service.questions))
    waiting = store.create({}, a_run(state=RunState.QUEUED))
    other = store.create({}, a_run(notebook="new.ipynb"))
    page = (await api("GET", "runs"))[1]["runs"]
    told = {run["id"]: run["expected_s"] for run in page}
    assert told == {waiting.id: 60.0, other.id: None, **{run.id: None for run in runs}}
    items, _ = await service.quickly(seen.news)
    assert {item["run"]["id"]: item["run"]["expected_s"] for item in items} == {waiting.id: 60.0, other.id: None}


async def test_the_preflight_knows_earlier_runs(api, new_run, service, jp_root_dir) -> None:
    body = new_run("1")
    first = (await api("POST", "preflight", body))[1]
    assert (first["expected_s"], first["software"]["cached"]) == (None, None)
    logged(service.workbench.store, 1, project=first["project"], notebook=first["notebook"], machine="local")
    assert (await api("POST", "preflight", body))[1]["expected_s"] == 60.0
