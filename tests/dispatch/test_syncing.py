"""Open runs are looked after, within a budget, by whoever is there."""

from __future__ import annotations

import threading

import pytest

from jupyter_mlx import lifecycle
from jupyter_mlx.dispatch.contacts import Contact
from jupyter_mlx.dispatch.syncing import undelivered
from jupyter_mlx.errors import AccessError, MachineError
from jupyter_mlx.models import Json, Machine, RunState

from .bed import Bed, away, eventually


def test_nothing_open_dials_nobody(bed: Bed) -> None:
    assert bed.dispatcher.sync(10) == {}
    assert bed.workbench.dials == 0


def test_a_run_that_went_on_alone_is_caught_up(bed: Bed) -> None:
    """The client ends right after the submit; the next command sees the end."""
    run = bed.submit("print('alone')")
    bed.workbench.close()
    again = Bed(bed.home)
    ended = again.ended(run.id)
    assert ended.state is RunState.SUCCEEDED
    assert again.mirror(ended) == again.journal(ended)
    assert again.dispatcher.syncing.open_runs() == {}
    assert again.dispatcher.sync(10) == {}
    again.close()


def test_all_open_runs_of_a_machine_need_one_dial(bed: Bed) -> None:
    runs = [bed.queued(f"print({n})") for n in range(3)]
    dials = bed.workbench.dials
    assert bed.dispatcher.sync(60) == {"local": None}
    assert bed.workbench.dials == dials + 1
    assert all(bed.run(run.id).accepted for run in runs)


def test_a_machine_out_of_reach_is_tried_once_for_all_its_runs(bed: Bed) -> None:
    for _ in range(3):
        bed.queued("1")
    bed.workbench.closed = away()
    dials = bed.workbench.dials
    results = bed.dispatcher.sync(60)
    assert results["local"] is bed.workbench.closed
    assert bed.workbench.dials == dials + 1


def test_only_the_machines_asked_for(bed: Bed) -> None:
    bed.queued("1")
    assert bed.dispatcher.sync(10, machines=["elsewhere"]) == {}
    assert bed.run(bed.workbench.store.runs()[0].id).state is RunState.QUEUED


def test_a_machine_that_hangs_uses_up_the_budget_and_no_more(
    bed: Bed, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    bed.queued("1")
    bed.workbench.machines.add("other", host="127.0.0.1")
    captured = bed.capture("1", machine=bed.workbench.machines.find("other"))
    bed.workbench.closed = away()
    other = bed.dispatcher.submit(captured, bed.workbench.machines.find("other"))
    bed.workbench.closed = None
    real, release = bed.dispatcher.contacts._dial, threading.Event()
    request.addfinalizer(release.set)

    def dial(machine: Machine, known: Json) -> Contact:
        if machine.name == "other":
            release.wait(60)
            raise away("at last")
        return real(machine, known)

    monkeypatch.setattr(bed.dispatcher.contacts, "_dial", dial)
    assert bed.dispatcher.sync(4) == {"local": None}
    assert bed.run(other.id).state is RunState.QUEUED
    release.set()
    eventually(lambda: bed.workbench.store.machine_status("other").why == "at last")


def test_who_leads_a_mirror_is_left_alone(bed: Bed) -> None:
    run = bed.submit("1")
    mirror = bed.workbench.store.mirror(run.id)
    assert mirror.try_lead()
    eventually((bed.home / "state" / "local" / "runs" / run.id / "exit.json").exists)
    assert bed.dispatcher.sync(30) == {"local": None}
    assert mirror.offset == 0
    mirror.release()
    assert bed.ended(run.id).state is RunState.SUCCEEDED


def test_trouble_with_one_run_does_not_hide_the_next(bed: Bed) -> None:
    bad, good = bed.queued("1"), bed.queued("2")
    bed.workbench.blobs.discard(bed.workbench.store.spec(bad.id)["notebook_blob"])
    assert isinstance(bed.dispatcher.sync(60)["local"], MachineError)
    assert bed.run(bad.id).state is RunState.FAILED
    assert bed.run(good.id).accepted is not None


def test_a_verdict_without_a_last_event_is_asked_for(bed: Bed) -> None:
    """A full disk may leave exit.json alone to tell; a damaged record likewise."""
    run = bed.submit("print(1)")
    folder = bed.home / "state" / "local" / "runs" / run.id
    eventually((folder / "exit.json").exists)
    lines = (folder / "journal").read_bytes().splitlines(keepends=True)
    assert b'"exit"' in lines[-1]
    (folder / "journal").write_bytes(b"".join(lines[:-1]) + lines[-1].replace(b"exit", b"exjt"))
    bed.dispatcher.sync(30)
    ended = bed.run(run.id)
    assert lifecycle.over(ended)
    assert ended.state is RunState.SUCCEEDED
    assert bed.mirror(ended) == (folder / "journal").read_bytes()


def test_what_counts_as_undelivered(bed: Bed) -> None:
    run = bed.queued("1")
    assert undelivered(run)
    bed.dispatcher.sync(30)
    run = bed.run(run.id)
    assert not undelivered(run)
    run.cancel_requested = 1.0
    assert undelivered(run)
    run.cancel_delivered = 2.0
    assert not undelivered(run)


def test_a_login_that_fails_stops_the_round(bed: Bed) -> None:
    for _ in range(2):
        bed.queued("1")
    bed.workbench.closed = AccessError("login refused")
    dials = bed.workbench.dials
    assert isinstance(bed.dispatcher.sync(30)["local"], AccessError)
    assert bed.workbench.dials == dials + 1
