"""A run is seen through to its end, whatever the link and the clients do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jupyter_mlx.errors import AccessError, HostKeyError, NoSpaceError
from jupyter_mlx.models import RunState
from jupyter_mlx.store import Mirror

from .bed import Bed, Heard, away, eventually

REPO = Path(__file__).resolve().parents[2]
SLOW = "import time\nfor i in range(40):\n    print(i, flush=True)\n    time.sleep(0.1)"
ALL = "".join(f"{i}\n" for i in range(40))


def whole(bed: Bed, heard: Heard, run_id: str) -> None:
    """Everything came, once, in order, and the mirror is the journal."""
    assert heard.seqs == list(range(1, len(heard.seqs) + 1))
    assert heard.events("exit")
    assert bed.mirror(bed.run(run_id)) == bed.journal(bed.run(run_id))


def test_every_event_comes_once_and_in_order(bed: Bed) -> None:
    heard = Heard()
    run = bed.follow(bed.submit("print('one')", "print('two')").id, heard)
    assert run.state is RunState.SUCCEEDED
    assert heard.text == "one\ntwo\n"
    whole(bed, heard, run.id)
    assert heard.contacts == []


def test_a_run_that_is_over_is_told_again_without_the_machine(bed: Bed) -> None:
    first, second = Heard(), Heard()
    run = bed.submit("print('one')")
    bed.follow(run.id, first)
    bed.workbench.cut()
    bed.workbench.closed = away()
    dials = bed.workbench.dials
    bed.follow(run.id, second)
    assert second.items == first.items
    assert bed.workbench.dials == dials


def test_from_an_offset_on_only_what_follows_comes(bed: Bed) -> None:
    first, second = Heard(), Heard()
    run = bed.submit("print('one')")
    bed.follow(run.id, first)
    offset = first.items[4].offset
    bed.dispatcher.follow(run.id, second, second.stop, offset=offset)
    assert second.items == first.items[4:]


def test_cut_links_lose_nothing_and_double_nothing(bed: Bed) -> None:
    heard = Heard()
    run = bed.submit(SLOW)
    thread = threading.Thread(target=bed.follow, args=(run.id, heard))
    thread.start()
    for seen in (3, 20):
        eventually(lambda seen=seen: len(heard.events("stream")) >= seen)  # type: ignore[misc]
        bed.workbench.cut()
    thread.join()
    assert bed.run(run.id).state is RunState.SUCCEEDED
    assert heard.text == ALL
    whole(bed, heard, run.id)
    assert heard.contacts[:2] == ["UnreachableError", None]
    assert bed.workbench.dials >= 3


def test_out_of_reach_is_the_machines_trouble_not_the_runs(bed: Bed) -> None:
    heard = Heard()
    run = bed.submit(SLOW)
    thread = threading.Thread(target=bed.follow, args=(run.id, heard))
    thread.start()
    eventually(lambda: heard.events("stream"))
    bed.workbench.closed = away("no route to host")
    bed.workbench.cut()
    eventually(lambda: heard.contacts)
    eventually(lambda: bed.workbench.store.machine_status("local").why == "no route to host")
    assert bed.run(run.id).state is RunState.RUNNING
    assert bed.workbench.store.machine_status("local").unreachable_since is not None
    bed.workbench.closed = None
    thread.join()
    assert heard.contacts == ["UnreachableError", None]
    assert bed.workbench.store.machine_status("local").unreachable_since is None
    assert heard.text == ALL
    whole(bed, heard, run.id)


def test_a_queued_run_is_sent_by_who_follows_it(bed: Bed) -> None:
    heard = Heard()
    bed.workbench.closed = away()
    run = bed.submit("print('late')")
    thread = threading.Thread(target=bed.follow, args=(run.id, heard))
    thread.start()
    eventually(lambda: heard.contacts)
    bed.workbench.closed = None
    thread.join()
    assert heard.text == "late\n"
    assert heard.contacts == ["UnreachableError", None]
    whole(bed, heard, run.id)


def test_stop_ends_the_watching_and_not_the_run(bed: Bed) -> None:
    heard = Heard()
    run = bed.submit(SLOW)
    thread = threading.Thread(target=bed.follow, args=(run.id, heard))
    thread.start()
    eventually(lambda: heard.events("stream"))
    heard.stop.set()
    thread.join()
    assert bed.run(run.id).state is RunState.RUNNING
    again = Heard()
    assert bed.follow(run.id, again).state is RunState.SUCCEEDED
    assert again.text == ALL
    whole(bed, again, run.id)


def test_a_wish_to_stop_is_delivered_by_who_follows(bed: Bed) -> None:
    run = bed.submit(SLOW)
    bed.workbench.cut()
    bed.workbench.closed = away()
    assert bed.dispatcher.stop(run.id).cancel_delivered is None
    bed.workbench.closed = None
    assert bed.follow(run.id).state is RunState.CANCELLED


@pytest.mark.parametrize("error", [AccessError("login refused"), HostKeyError("the key changed")])
def test_what_needs_the_person_is_raised_and_never_tried_again(bed: Bed, error: AccessError) -> None:
    run = bed.submit("1")
    bed.workbench.cut()
    bed.workbench.closed = error
    dials = bed.workbench.dials
    with pytest.raises(type(error)):
        bed.follow(run.id)
    assert bed.workbench.dials == dials + 1
    assert not bed.run(run.id).state.final
    bed.workbench.closed = None
    assert bed.follow(run.id).state is RunState.SUCCEEDED


def test_a_full_disk_here_is_waited_out(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's own tests fill a real disk; here it is full twice."""
    real, full = Mirror.append, [2]

    def append(self: Mirror, offset: int, data: bytes) -> object:
        if full[0] and offset > 0:
            full[0] -= 1
            raise NoSpaceError("the disk is full")
        return real(self, offset, data)

    monkeypatch.setattr(Mirror, "append", append)
    heard = Heard()
    run = bed.follow(bed.submit("print('a')", "print('b')").id, heard)
    assert run.state is RunState.SUCCEEDED
    assert heard.contacts[0] == "NoSpaceError"
    assert heard.contacts[-1] is None
    whole(bed, heard, run.id)


def test_a_run_whose_folder_is_gone_is_lost(bed: Bed) -> None:
    run = bed.submit("print(1)")
    eventually((bed.home / "state" / "local" / "runs" / run.id / "exit.json").exists)
    shutil.rmtree(bed.home / "state" / "local" / "runs" / run.id)
    ended = bed.follow(run.id)
    assert (ended.state, ended.reason) == (RunState.LOST, "its folder is no longer on the machine")
    assert bed.follow(run.id).state is RunState.LOST


FOLLOW = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tests.dispatch.bed import Bed, Heard
bed, heard = Bed(Path(sys.argv[1])), Heard()
class Told(Heard):
    def __call__(self, items):
        super().__call__(items)
        print(len(self.items), flush=True)
told = Told()
run = bed.follow(sys.argv[2], told)
assert told.seqs == list(range(1, len(told.seqs) + 1)), told.seqs
print(run.state.value, told.text.count(chr(10)), flush=True)
"""


def other_client(bed: Bed, run_id: str) -> subprocess.Popen[bytes]:
    """Another process that follows the run; it has heard something when this returns."""
    command = [sys.executable, "-c", FOLLOW, str(bed.home), run_id, str(REPO)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPO)
    assert child.stdout is not None
    assert child.stdout.readline().strip().isdigit()
    return child


def test_one_process_leads_and_others_read_along(bed: Bed) -> None:
    run = bed.submit(SLOW)
    leader = other_client(bed, run.id)
    heard = Heard()
    dials = bed.workbench.dials
    bed.follow(run.id, heard)
    assert bed.workbench.dials == dials
    said = leader.communicate()[0].splitlines()[-1]
    assert said == b"succeeded 40"
    assert heard.text == ALL
    whole(bed, heard, run.id)


def test_when_the_leader_is_killed_another_takes_over(bed: Bed) -> None:
    run = bed.submit(SLOW)
    leader = other_client(bed, run.id)
    heard = Heard()
    thread = threading.Thread(target=bed.follow, args=(run.id, heard))
    thread.start()
    eventually(lambda: heard.events("stream"))
    os.kill(leader.pid, signal.SIGKILL)
    leader.communicate()
    thread.join()
    assert bed.run(run.id).state is RunState.SUCCEEDED
    assert heard.text == ALL
    whole(bed, heard, run.id)
