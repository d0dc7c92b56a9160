"""From queued to accepted, exactly once, whatever happens on the way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlx.dispatch.delivery import spec_blobs
from jupyter_mlx.errors import AccessError, HostKeyError, InputError, MachineError, UnreachableError
from jupyter_mlx.models import RunState
from jupyter_mlx.runner.journal import Record, read

from .bed import Bed, away

REPO = Path(__file__).resolve().parents[2]


def test_accepted_means_the_machine_has_it(bed: Bed) -> None:
    run = bed.submit("print(1)")
    assert run.state is RunState.PREPARING
    assert run.accepted is not None
    assert bed.on_machine() == [run.id]
    assert bed.workbench.store.spec(run.id)["number"] == run.number == 1


def test_what_the_machine_has_is_believed_and_does_not_travel_again(bed: Bed) -> None:
    first = bed.submit("print(1)")
    root = bed.dispatcher.contacts.link("local").facts["root"]
    believed = bed.workbench.store.believed_blobs("local", root)
    assert set(spec_blobs(bed.workbench.store.spec(first.id), bed.workbench.blobs)) <= believed


def test_what_the_machine_lost_is_sent_again(bed: Bed) -> None:
    bed.submit("print(1)")
    for path in (bed.home / "state" / "local" / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    assert bed.submit("print(1)").state is RunState.PREPARING


def test_out_of_reach_is_queued_with_the_reason(bed: Bed) -> None:
    bed.workbench.closed = away("no route to host")
    run = bed.submit("print(1)")
    assert (run.state, run.reason, run.accepted) == (RunState.QUEUED, "no route to host", None)
    assert bed.workbench.store.machine_status("local").unreachable_since is not None
    assert bed.on_machine() == []
    bed.workbench.closed = None
    bed.dispatcher.sync(30)
    assert bed.run(run.id).state is not RunState.QUEUED
    assert bed.run(run.id).reason is None
    assert bed.workbench.store.machine_status("local").unreachable_since is None


def test_a_queued_run_keeps_the_content_it_was_given(bed: Bed) -> None:
    run = bed.queued("print('as it was')")
    bed.notebook("print('edited since')")
    bed.follow(run.id)
    assert b"as it was" in bed.mirror(run)
    assert b"edited since" not in bed.mirror(run)


@pytest.mark.parametrize("error", [AccessError("login refused"), HostKeyError("changed"), MachineError("no python3")])
def test_who_submits_is_told_at_once_and_nothing_waits(bed: Bed, error: MachineError) -> None:
    bed.workbench.closed = error
    with pytest.raises(type(error)):
        bed.submit("print(1)")
    (run,) = bed.workbench.store.runs()
    assert (run.state, run.reason) == (RunState.FAILED, error.message)
    bed.workbench.closed = None
    bed.dispatcher.sync(30)
    assert bed.on_machine() == []


def test_later_such_an_error_waits_for_the_person(bed: Bed) -> None:
    run = bed.queued("print(1)")
    bed.workbench.closed = HostKeyError("the host key changed")
    assert isinstance(bed.dispatcher.sync(30)["local"], HostKeyError)
    assert (bed.run(run.id).state, bed.run(run.id).reason) == (
        RunState.QUEUED,
        "waits for you: the host key changed",
    )


def test_a_refused_submit_ends_the_run(bed: Bed) -> None:
    captured = bed.capture("print(1)")
    captured.spec["limits"]["time_s"] = -5
    with pytest.raises(InputError, match="time_s"):
        bed.dispatcher.submit(captured, bed.local)
    (run,) = bed.workbench.store.runs()
    assert run.state is RunState.FAILED
    assert "time_s" in (run.reason or "")
    assert bed.on_machine() == []


def test_content_that_is_nowhere_ends_the_run(bed: Bed) -> None:
    run = bed.queued("print(1)")
    bed.workbench.blobs.discard(bed.workbench.store.spec(run.id)["notebook_blob"])
    assert isinstance(bed.dispatcher.sync(30)["local"], MachineError)
    assert bed.run(run.id).state is RunState.FAILED


def test_a_lost_answer_is_asked_for_with_the_same_id(bed: Bed) -> None:
    """The machine accepted, the client died before it knew."""
    run = bed.queued("print(1)")
    store, link = bed.workbench.store, bed.dispatcher.contacts.link("local")
    store.set_state(run.id, RunState.SENDING)
    spec = store.spec(run.id)
    link.submit(spec, bed.workbench.blobs, spec_blobs(spec, bed.workbench.blobs), set())
    bed.workbench.close()
    again = Bed(bed.home)
    assert again.run(run.id).state is RunState.SENDING
    assert again.ended(run.id).state is RunState.SUCCEEDED
    assert again.on_machine() == [run.id]
    again.close()


def test_a_link_that_breaks_while_sending_decides_nothing(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bed.queued("print(1)")
    link = bed.dispatcher.contacts.link("local")

    def breaks(*_: object) -> None:
        link.close()
        raise MachineError("the protocol was broken")

    monkeypatch.setattr(link, "submit", breaks)
    with pytest.raises(MachineError):
        bed.dispatcher.syncing.deliver(run.id)
    assert bed.run(run.id).state is RunState.SENDING
    bed.dispatcher.sync(30)
    assert bed.run(run.id).accepted is not None


DELIVER = """
import sys, threading
from pathlib import Path
from jupyter_mlx.workbench import Workbench
home, run_id = Path(sys.argv[1]), sys.argv[2]
bench = Workbench(data=home / "state", config=home / "settings")
failures = []
def work():
    try:
        bench.dispatcher.syncing.deliver(run_id)
    except Exception as error:
        failures.append(repr(error))
threads = [threading.Thread(target=work) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
bench.close()
print(failures)
"""


def test_two_processes_with_twenty_threads_start_it_once(bed: Bed) -> None:
    run = bed.queued("print(1)")
    command = [sys.executable, "-c", DELIVER, str(bed.home), run.id]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPO) for _ in range(2)]
    assert [child.communicate()[0].strip() for child in children] == ["[]", "[]"]
    assert bed.ended(run.id).state is RunState.SUCCEEDED
    assert bed.on_machine() == [run.id]
    journal = bed.workbench.store.mirror(run.id).path
    starts = [item for item in read(str(journal)) if isinstance(item, Record) and item.event.get("type") == "kernel"]
    assert len(starts) <= 1
    assert sum(item.event.get("state") == "preparing" for item in read(str(journal)) if isinstance(item, Record)) == 1


def test_only_one_at_a_time_decides(bed: Bed) -> None:
    run = bed.queued("print(1)")
    delivery = bed.dispatcher._delivery
    with delivery.sole(run.id, wait=False) as mine:
        assert mine
        with delivery.sole(run.id, wait=False) as also:
            assert not also
        assert delivery.deliver(run.id).state is RunState.QUEUED
        waiting = threading.Thread(target=delivery.deliver, args=(run.id,), kwargs={"wait": True})
        waiting.start()
        assert waiting.is_alive()
    waiting.join()
    assert bed.run(run.id).accepted is not None
    assert not list((bed.home / "state" / "deliver").iterdir())


SUBMIT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.dispatch.bed import Bed
bed = Bed(Path(sys.argv[1]))
captured = bed.capture("print(1)")
print("go", flush=True)
bed.dispatcher.submit(captured, bed.local)
"""


@pytest.mark.parametrize("seed", range(6))
def test_a_client_killed_while_submitting_leaves_one_run_or_none(tmp_path: Path, seed: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", SUBMIT, str(tmp_path / "bed"), str(REPO)], stdout=subprocess.PIPE, cwd=REPO
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"go\n"
    time.sleep(random.Random(seed).uniform(0, 0.3))
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    bed = Bed(tmp_path / "bed")
    try:
        known = bed.workbench.store.runs()
        assert len(known) <= 1
        bed.dispatcher.sync(30)
        assert bed.on_machine() == [run.id for run in known]
        assert all(run.accepted for run in bed.workbench.store.runs())
    finally:
        bed.close()


def test_unreachable_is_raised_to_who_delivers_later(bed: Bed) -> None:
    run = bed.queued("print(1)")
    bed.workbench.closed = away("still away")
    with pytest.raises(UnreachableError):
        bed.dispatcher.syncing.deliver(run.id)
    assert bed.run(run.id).reason == "still away"
