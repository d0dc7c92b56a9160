"""The store at a glance."""

from __future__ import annotations

import threading

from jupyter_mlx.models import RunState
from tests.store.bed import T0, a_run, a_spec, exit_event, journal


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


def took(store, seconds: float, state: str = "succeeded", **more) -> None:
    run = store.create({}, a_run(**more))
    mirror = store.mirror(run.id)
    assert mirror.try_lead()
    start = {"type": "state", "state": "running"}
    mirror.append(0, journal(start, exit_event(state, started=T0, ended=T0 + seconds, duration_s=seconds)))
    mirror.release()


def test_how_long_a_run_takes_is_the_median_of_late_ones_like_it(store):
    for seconds in (10, 30, 500):
        took(store, seconds)
    took(store, 1, state="failed")
    took(store, 1, notebook="other.ipynb")
    took(store, 1, machine="other")
    took(store, 1, project="/other")
    assert store.expected_s("/home/me/project", "train.ipynb", "gpu-box") == 30
    assert store.expected_s("/home/me/project", "train.ipynb", "new") is None
    waiting, strange = store.create({}, a_run()), store.create({}, a_run(notebook="new.ipynb"))
    assert store.expected([waiting, strange, *store.runs()]) == {waiting.id: 30}
    for _ in range(20):
        took(store, 7)
    assert store.expected([waiting]) == {waiting.id: 7}


def test_a_machine_has_an_environment_once_a_run_there_told_so(store):
    spec = {"environment": {"kind": "kernel", "digest": "d" * 64}}
    run = store.create(spec, a_run(environment=spec["environment"]))

    def used(digest="d" * 64, project=run.project, machine=run.machine) -> bool:
        return store.used_environment(project, machine, digest)

    assert not used()
    mirror = store.mirror(run.id)
    assert mirror.try_lead()
    mirror.append(0, journal({"type": "environment", "digest": "of the machine", "kind": "kernel", "seconds": 3.5}))
    mirror.release()
    assert used()
    assert not used("e" * 64)
    assert not used(machine="other")
    assert not used(project="/other")
