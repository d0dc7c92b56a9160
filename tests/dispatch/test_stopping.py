"""A wish to stop is kept until the machine knows it."""

from __future__ import annotations

import pytest

from jupyter_mlx.dispatch.delivery import spec_blobs
from jupyter_mlx.errors import AccessError, ConflictError, NotFoundError, UnreachableError
from jupyter_mlx.models import RunState

from .bed import Bed, away, eventually

LONG = "import time\nprint('up', flush=True)\ntime.sleep(300)"


def running(bed: Bed, run_id: str) -> bool:
    bed.dispatcher.sync(10)
    return any(cell.state == "running" for cell in bed.run(run_id).cells)


def test_a_running_cell_is_stopped(bed: Bed) -> None:
    run = bed.submit(LONG, "print('never')")
    eventually(lambda: running(bed, run.id))
    stopped = bed.dispatcher.stop(run.id)
    assert stopped.cancel_requested is not None
    assert stopped.cancel_delivered is not None
    assert bed.ended(run.id).state is RunState.CANCELLED
    assert b"up" in bed.mirror(run)


def test_a_finished_run_cannot_be_stopped(bed: Bed) -> None:
    run = bed.submit("1")
    bed.ended(run.id)
    with pytest.raises(ConflictError, match="succeeded"):
        bed.dispatcher.stop(run.id)


def test_an_unknown_run_cannot_be_stopped(bed: Bed) -> None:
    with pytest.raises(NotFoundError):
        bed.dispatcher.stop("01ARZ3NDEKTSV4RRFFQ69G5FAV")


def test_a_run_that_never_left_is_stopped_here(bed: Bed) -> None:
    run = bed.queued("1")
    bed.workbench.closed = away()
    dials = bed.workbench.dials
    stopped = bed.dispatcher.stop(run.id)
    assert (stopped.state, stopped.reason) == (RunState.CANCELLED, "stopped before it was sent")
    assert bed.workbench.dials == dials
    bed.workbench.closed = None
    bed.dispatcher.sync(10)
    assert bed.on_machine() == []


def test_out_of_reach_the_wish_is_kept_and_delivered_when_the_machine_is_back(bed: Bed) -> None:
    run = bed.submit(LONG)
    bed.workbench.cut()
    bed.workbench.closed = away()
    stopped = bed.dispatcher.stop(run.id)
    assert stopped.cancel_requested is not None
    assert stopped.cancel_delivered is None
    assert [waiting.id for waiting in bed.dispatcher.undelivered()["local"]] == [run.id]
    bed.workbench.closed = None
    bed.dispatcher.sync(30)
    assert bed.run(run.id).cancel_delivered is not None
    assert bed.dispatcher.undelivered() == {}
    assert bed.ended(run.id).state is RunState.CANCELLED


def test_the_wish_survives_the_client(bed: Bed) -> None:
    run = bed.submit(LONG)
    bed.workbench.cut()
    bed.workbench.closed = away()
    bed.dispatcher.stop(run.id)
    bed.workbench.close()
    again = Bed(bed.home)
    assert again.ended(run.id).state is RunState.CANCELLED
    again.close()


def test_a_wish_told_twice_counts_once(bed: Bed) -> None:
    run = bed.submit(LONG)
    eventually(lambda: running(bed, run.id))
    first = bed.dispatcher.stop(run.id)
    again = bed.dispatcher.stop(run.id)
    assert (again.cancel_requested, again.cancel_delivered) == (first.cancel_requested, first.cancel_delivered)
    inbox = (bed.home / "state" / "local" / "runs" / run.id / "inbox").read_bytes()
    assert inbox.count(b'"cancel"') == 1
    bed.ended(run.id)


def test_a_login_that_fails_is_raised_and_the_wish_kept(bed: Bed) -> None:
    run = bed.submit(LONG)
    bed.workbench.cut()
    bed.workbench.closed = AccessError("login refused")
    with pytest.raises(AccessError):
        bed.dispatcher.stop(run.id)
    assert bed.run(run.id).cancel_requested is not None
    bed.workbench.closed = None
    assert bed.ended(run.id).state is RunState.CANCELLED


def in_doubt(bed: Bed, arrived: bool) -> str:
    """A run whose submit went out and whose answer is unknown."""
    run = bed.queued(LONG)
    bed.workbench.store.set_state(run.id, RunState.SENDING)
    if arrived:
        spec = bed.workbench.store.spec(run.id)
        ids = spec_blobs(spec, bed.workbench.blobs)
        bed.dispatcher.contacts.link("local").submit(spec, bed.workbench.blobs, ids, set())
    return run.id


def test_in_doubt_the_machine_is_asked_and_has_it(bed: Bed) -> None:
    run_id = in_doubt(bed, arrived=True)
    assert bed.dispatcher.stop(run_id).cancel_delivered is not None
    assert bed.ended(run_id).state is RunState.CANCELLED


def test_in_doubt_the_machine_is_asked_and_does_not_have_it(bed: Bed) -> None:
    run_id = in_doubt(bed, arrived=False)
    assert bed.dispatcher.stop(run_id).state is RunState.CANCELLED
    bed.dispatcher.sync(10)
    assert bed.on_machine() == []


def test_in_doubt_and_out_of_reach_nothing_is_decided(bed: Bed) -> None:
    run_id = in_doubt(bed, arrived=True)
    bed.workbench.cut()
    bed.workbench.closed = away()
    stopped = bed.dispatcher.stop(run_id)
    assert (stopped.state, stopped.cancel_delivered) == (RunState.SENDING, None)
    bed.workbench.closed = None
    assert bed.ended(run_id).state is RunState.CANCELLED


def test_a_wish_during_delivery_is_delivered_after_it(bed: Bed) -> None:
    run = bed.queued(LONG)
    with bed.dispatcher._delivery.sole(run.id, wait=False):
        assert bed.dispatcher.stop(run.id).state is RunState.QUEUED  # somebody else decides about it right now
    assert bed.ended(run.id).state is RunState.CANCELLED


def test_a_run_that_ended_before_it_heard_is_as_it_ended(bed: Bed) -> None:
    run = bed.submit("1")
    folder = bed.home / "state" / "local" / "runs" / run.id
    eventually((folder / "exit.json").exists)
    bed.workbench.cut()
    bed.workbench.closed = away()
    bed.dispatcher.stop(run.id)
    bed.workbench.closed = None
    assert bed.ended(run.id).state is RunState.SUCCEEDED
    with pytest.raises(ConflictError):
        bed.dispatcher.stop(run.id)


def test_a_link_that_breaks_on_the_way_keeps_the_wish(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bed.submit(LONG)
    link = bed.dispatcher.contacts.link("local")

    def breaks(*_: object) -> int:
        link.close()
        raise UnreachableError("cut")

    monkeypatch.setattr(link, "send_inbox", breaks)
    assert bed.dispatcher.stop(run.id).cancel_delivered is None
    assert bed.workbench.store.machine_status("local").unreachable_since is not None
    assert bed.ended(run.id).state is RunState.CANCELLED
