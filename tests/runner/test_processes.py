"""Processes: identity against reused pids, the members of a run however they hide, and the end of all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner import processes

from .bed import eventually

HIDER = """
import os, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
open(sys.argv[1], "w").write(str(os.getpid()))
while True:
    time.sleep(60)
"""

STORM = """
import os, signal, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
end = time.time() + 60
while time.time() < end:
    try:
        if os.fork() == 0:
            os.setsid()
            time.sleep(0.05)
            if os.fork():
                os._exit(0)
    except OSError:
        pass
    time.sleep(0.04)
"""


def start(run_id: str, code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-S", "-c", code, *arguments],
        env={**os.environ, processes.MARK: run_id},
        start_new_session=True,
    )


def test_an_identity_holds_for_one_process_only() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    known = processes.identity(child.pid)
    assert known and known["pid"] == child.pid and known["boot_id"] == processes.boot_id()
    assert processes.same_process(known)
    assert not processes.same_process({**known, "start": known["start"] + 1})  # the pid in other hands
    assert not processes.same_process({**known, "boot_id": "another boot"})
    child.kill()
    eventually(lambda: not processes.same_process(known))  # a zombie is dead
    child.wait()
    assert child.stdin is not None
    child.stdin.close()
    assert not processes.same_process(known)
    assert processes.identity(child.pid) is None


@pytest.mark.parametrize("known", [None, {}, [], {"pid": "1"}, {"pid": 1}, {"pid": -1, "start": 1, "boot_id": ""}])
def test_no_identity_is_no_process(known: object) -> None:
    assert not processes.same_process(known)


def test_a_signal_does_not_reach_a_stranger_with_the_same_pid() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    found = processes.look(child.pid)
    assert found
    processes.send(found._replace(start=found.start + 1), signal.SIGKILL)
    time.sleep(0.1)
    assert child.poll() is None
    processes.send(found, signal.SIGKILL)
    assert child.wait(10) == -signal.SIGKILL


def test_a_name_full_of_brackets_does_not_confuse() -> None:
    code = "import time; open('/proc/self/comm','w').write(') S 1 (x)'); print(flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    found = processes.look(child.pid)
    assert found and found.parent == os.getpid()
    child.kill()
    child.wait()
    child.stdout.close()


def test_hidden_members_are_found_and_ended_and_strangers_spared(tmp_path: Path) -> None:
    run_id, other = new_run_id(), new_run_id()
    stranger = start(other, "import time; time.sleep(60)")
    hider = start(run_id, HIDER, str(tmp_path / "pid"))
    hidden = int(eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    hider.wait(10)
    assert processes.run_processes(run_id) == [hidden]
    assert processes.kill_all(run_id) == []
    assert processes.run_processes(run_id) == []
    assert processes.look(hidden) is None or processes.look(hidden).state == "Z"  # type: ignore[union-attr]
    assert stranger.poll() is None
    processes.kill_all(other)
    stranger.wait(10)


def test_descendants_without_the_mark_belong_to_the_run() -> None:
    run_id = new_run_id()
    parent = start(run_id, "import os, subprocess; subprocess.run(['sleep', '60'], env={})")
    found = eventually(lambda: len(processes.run_processes(run_id)) == 2 and processes.run_processes(run_id))
    assert parent.pid in found
    assert processes.kill_all(run_id) == []
    parent.wait(10)


def test_stopped_processes_end_too() -> None:
    run_id = new_run_id()
    child = start(run_id, "import time; time.sleep(60)")
    os.kill(child.pid, signal.SIGSTOP)
    assert processes.kill_all(run_id) == []
    assert child.wait(10) == -signal.SIGKILL


def test_a_fork_storm_is_outrun() -> None:
    run_id = new_run_id()
    storm = start(run_id, STORM)
    eventually(lambda: len(processes.run_processes(run_id)) > 5)
    assert processes.kill_all(run_id) == []
    time.sleep(0.2)
    assert processes.run_processes(run_id) == []
    storm.wait(10)


def test_the_caller_is_never_its_own_victim(tmp_path: Path) -> None:
    run_id = new_run_id()
    code = f"""import sys; sys.path.insert(0, {str(Path(processes.__file__).parents[2])!r})
from jupyter_mlx.runner.processes import kill_all, run_processes
assert run_processes({run_id!r}) == []
kill_all({run_id!r})
print("alive")"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env={**os.environ, "JMLX_RUN": run_id}, capture_output=True, check=True
    )
    assert done.stdout == b"alive\n"
