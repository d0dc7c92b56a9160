from __future__ import annotations

import threading

import pytest

from jupyter_mlx.errors import ConflictError, NotFoundError
from jupyter_mlx.models import RunState, new_run_id
from jupyter_mlx.store import Store
from tests.store.bed import T0, a_run, a_spec, a_whole_run, cells, exit_event, journal


def mirrored(store: Store, run_id: str, *events: dict) -> None:
    mirror = store.mirror(run_id)
    assert mirror.try_lead()
    mirror.append(mirror.offset, journal(*events))
    mirror.release()


def test_numbers_count_in_each_project(store):
    made = [store.create({}, a_run(project)) for project in ("/a", "/b", "/a", "/a", "/b")]
    assert [run.number for run in made] == [1, 1, 2, 3, 2]


def test_what_was_created_is_there_for_another_process(store, folder):
    run = store.create({"cells": [1], "kernel": {"name": "x"}}, a_run(title="t", cells=cells(3), params={"a": 1}))
    with Store(folder) as other:
        assert other.run(run.id) == run
        assert other.spec(run.id) == {
            "cells": [1],
            "kernel": {"name": "x"},
            "id": run.id,
            "number": 1,
            "created": run.created,
        }


def test_an_id_exists_once(store):
    run = store.create({}, a_run())
    with pytest.raises(ConflictError, match=run.id):
        store.create({}, run)
    assert len(store.runs()) == 1


def test_paths_that_are_no_utf8(store):
    run = store.create({"project": "/p\udcff"}, a_run("/p\udcff", "n\udc80.ipynb"))
    assert store.create({}, a_run("/p\udcff")).number == 2
    assert store.run(run.id).notebook == "n\udc80.ipynb"
    assert store.spec(run.id)["project"] == "/p\udcff"
    assert len(store.runs(project="/p\udcff")) == 2


@pytest.mark.parametrize(
    "name", ["a b'\";$(touch x)\n.ipynb", "-rf.ipynb", "x" * 249 + ".ipynb", "🎉.ipynb", "'; DROP TABLE runs; --"]
)
def test_hostile_names_are_names(store, name):
    run = store.create({}, a_run(notebook=name, title=name))
    assert store.run(run.id).notebook == name
    assert [found.id for found in store.runs(text=name)] == [run.id]


def test_unknown_ids(store):
    for ask in (store.run, store.spec, store.request_cancel, store.metrics, store.log, store.findings, store.delete):
        with pytest.raises(NotFoundError, match="NOPE"):
            ask("NOPE")


def test_filters(store):
    one = store.create({}, a_run("/a", "x/train.ipynb", machine="m1", title="First 50% try", created=T0))
    two = store.create({}, a_run("/a", "b.ipynb", machine="m2", tags=["größe=1"], created=T0 + 1))
    three = store.create({}, a_run("/b", "c.ipynb", machine="m1", experiment="lr_sweep", created=T0 + 2))
    store.set_state(two.id, RunState.SENDING)

    def ids(**filters):
        return [
            [one, two, three].index(next(r for r in (one, two, three) if r.id == run.id))
            for run in store.runs(**filters)
        ]

    assert ids() == [2, 1, 0]
    assert ids(limit=2) == [2, 1]
    assert ids(limit=0) == []
    assert ids(project="/a") == [1, 0]
    assert ids(machine="m1") == [2, 0]
    assert ids(state="sending") == ids(state=RunState.SENDING) == ids(state=[RunState.SENDING]) == [1]
    assert ids(state=["queued", "sending"]) == [2, 1, 0]
    assert ids(state=[]) == []
    assert ids(since=T0 + 1) == [2, 1]
    assert ids(text="TRAIN") == [0]
    assert ids(text="50%") == ids(text="first") == [0]
    assert ids(text="5_%") == []
    assert ids(text="lr_s") == [2]
    assert ids(text="größe") == [1]
    assert ids(text=two.id[:10], machine="m2") == [1]
    assert ids(project="/a", machine="m1", state="queued", text="try") == [0]
    with pytest.raises(ValueError, match="dancing"):
        store.runs(state="dancing")


def test_open_runs_are_those_from_which_something_is_expected(store):
    queued = store.create({}, a_run(created=T0))
    given_up = store.create({}, a_run(created=T0 + 1))
    running = store.create({}, a_run(created=T0 + 2, machine="other"))
    ended = store.create({}, a_run(created=T0 + 3))
    half = store.create({}, a_run(created=T0 + 4))
    store.set_state(given_up.id, RunState.CANCELLED)
    mirrored(store, running.id, {"type": "state", "state": "running"})
    mirrored(store, ended.id, *a_whole_run())
    mirrored(store, half.id, {"type": "state", "state": "succeeded"})  # its verdict is still to come
    assert [run.id for run in store.open_runs()] == [queued.id, running.id, half.id]
    assert [run.id for run in store.open_runs("other")] == [running.id]


def test_the_clients_states(store):
    run = store.create({}, a_run())
    assert store.set_state(run.id, RunState.SENDING, "out of reach").reason == "out of reach"
    with pytest.raises(ConflictError):
        store.set_state(run.id, RunState.CANCELLED)
    assert store.accepted(run.id).accepted
    assert store.accepted(run.id).state is RunState.PREPARING
    with pytest.raises(ConflictError):
        store.set_state(run.id, RunState.QUEUED)
    with pytest.raises(ConflictError):
        store.set_state(run.id, RunState.LOST)
    assert store.run(run.id).state is RunState.PREPARING


def test_a_wish_to_stop(store):
    run = store.create({}, a_run())
    asked = store.request_cancel(run.id)
    assert asked.cancel_requested
    assert asked.cancel_delivered is None
    assert asked.state is RunState.QUEUED
    assert store.request_cancel(run.id) == asked
    assert store.cancel_delivered(run.id).cancel_delivered
    mirrored(store, run.id, exit_event("cancelled"))
    assert store.run(run.id).state is RunState.CANCELLED


def test_what_people_write(store):
    run = store.create({}, a_run(title="a", tags=["x"]))
    assert store.update(run.id, title="b") == store.run(run.id)
    store.update(run.id, tags=["y", "z", "y"], notes="long\ntext")
    found = store.run(run.id)
    assert (found.title, found.tags, found.notes) == ("b", ["y", "z"], "long\ntext")


def test_delete_forgets_everything_and_never_gives_the_number_again(store):
    run = store.create({}, a_run())
    mirrored(store, run.id, *a_whole_run(), {"type": "late"})
    assert store.metrics(run.id)
    store.delete(run.id)
    assert not store.mirror_folder(run.id).exists()
    with store.database.read() as connection:
        for table in ("runs", "parts", "specs", "series", "points", "mirrors", "findings"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0, table
    assert store.create({}, a_run()).number == 2


def test_what_lives_is_not_deleted(store):
    run = store.create({}, a_run())
    with pytest.raises(ConflictError, match="not over"):
        store.delete(run.id)
    mirror = store.mirror(run.id)
    mirror.try_lead()
    mirror.append(0, journal(exit_event()))
    with pytest.raises(ConflictError, match="mirrored"):
        store.delete(run.id)
    mirror.release()
    store.delete(run.id)


# Rebuilding


def test_a_run_found_on_a_machine_comes_back_with_its_number(store, tmp_path):
    run = store.create({}, a_run(title="t", tags=["x"], cells=cells(2), params={"a": 1}))
    store.create({}, a_run())
    store.accepted(run.id)
    spec = store.spec(run.id) | a_spec(run)
    with Store(tmp_path / "fresh") as fresh:
        found = fresh.rebuild_from(spec, run.machine)
        assert (found.number, found.title, found.tags, found.cells, found.params) == (1, "t", ["x"], cells(2), {"a": 1})
        assert (found.state, found.machine) == (RunState.PREPARING, run.machine)
        assert fresh.rebuild_from(spec, run.machine) == found
        assert fresh.open_runs() == [found]
        assert fresh.create({}, a_run()).number == 2


def test_a_number_that_is_taken_is_replaced(store):
    store.create({}, a_run())
    spec = a_spec(a_run()) | {"number": 1}
    assert store.rebuild_from(spec, "m").number == 2
    assert store.rebuild_from(a_spec(a_run()) | {"number": 40}, "m").number == 40
    assert store.rebuild_from(a_spec(a_run()) | {"number": "x"}, "m").number == 41


def test_what_is_known_is_not_overwritten_but_known_to_be_accepted(store):
    run = store.create({}, a_run(title="mine"))
    store.set_state(run.id, RunState.FAILED, "no answer")
    elsewhere = store.rebuild_from({**a_spec(run), "title": "theirs"}, "another-box")
    assert elsewhere.state is RunState.FAILED
    found = store.rebuild_from({**a_spec(run), "title": "theirs"}, run.machine)
    assert (found.title, found.state, found.number) == ("mine", RunState.PREPARING, run.number)
    assert store.run(run.id) == found


def test_many_threads_rebuild_the_same_runs_once(store):
    specs = [a_spec(a_run()) | {"number": n % 3, "id": new_run_id()} for n in range(10)]
    threads = [threading.Thread(target=lambda: [store.rebuild_from(spec, "m") for spec in specs]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.id for run in store.runs()) == sorted(spec["id"] for spec in specs)
    assert len({run.number for run in store.runs()}) == 10
