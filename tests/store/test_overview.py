"""The store at a glance."""

from __future__ import annotations

import threading

from jupyter_mlx.models import RunState
from tests.store.bed import a_run, a_spec


def elsewhere(work) -> None:
    """Do it in another thread, which has a connection of its own."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def made(store, **more):
    run = a_run(**more)
    return store.create(a_spec(run), run)


def test_the_stamp_tells_of_others_and_stays_otherwise(store) -> None:
    first = store.stamp()
    store.runs()
    assert store.stamp() == first
    elsewhere(lambda: made(store))
    second = store.stamp()
    assert second != first
    assert store.stamp() == second


def test_versions_go_up_with_each_change(store) -> None:
    old, new = made(store, created=1.0), made(store, created=2.0)
    before = store.versions(10)
    assert list(before) == [new.id, old.id]
    store.update(old.id, notes="x")
    after = store.versions(10)
    assert after[old.id] > before[old.id]
    assert after[new.id] == before[new.id]


def test_versions_have_the_newest_and_all_that_is_open(store) -> None:
    over, still, newest = (made(store, created=at) for at in (1.0, 2.0, 3.0))
    store.set_state(over.id, RunState.FAILED, "no")
    store.set_state(newest.id, RunState.FAILED, "no")
    assert set(store.versions(1)) == {still.id, newest.id}


def test_projects_with_what_their_runs_tell(store) -> None:
    made(store, project="/a", created=1.0)
    made(store, project="/b\udcff", created=2.0)
    last = made(store, project="/a", created=3.0)
    found = store.projects()
    assert [(row.path, row.runs, row.last_number) for row in found] == [("/a", 2, last.number), ("/b\udcff", 1, 1)]


def test_machines_there_was_a_contact_with(store) -> None:
    store.set_reachable("b", {"root": "/r"})
    store.set_unreachable("a", "gone")
    statuses = store.machine_statuses()
    assert [(one.name, one.why, one.facts) for one in statuses] == [("a", "gone", {}), ("b", None, {})]


def test_pages_go_on_behind_a_run(store) -> None:
    runs = [made(store, created=float(at)) for at in (1, 2, 2, 3)]
    whole = [run.id for run in store.runs()]
    assert set(whole) == {run.id for run in runs}
    paged, before = [], None
    while some := store.runs(limit=1, before=before):
        before = some[0].id
        paged.append(before)
    assert paged == whole
    assert store.runs(before="unknown") == []
