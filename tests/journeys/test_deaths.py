"""Whatever dies on the machine: the verdict is right, names the cause and keeps everything that was said before."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .bed import Bed, until

TALK = "print('said before', flush=True)\nimport os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)"


def talking(bed: Bed, *args: object) -> str:
    """A run that has said something and sleeps."""
    run_id = bed.submit(bed.notebook("print('first cell')", TALK), *args)
    until(lambda: b"said before" in _journal(bed, run_id), "its words")
    return run_id


def _journal(bed: Bed, run_id: str) -> bytes:
    path = bed.folder(run_id) / "journal"
    return path.read_bytes() if path.exists() else b""


def kernel(bed: Bed, run_id: str) -> int:
    return int(json.loads((bed.folder(run_id) / "kernel.json").read_text())["pid"])


def kept(bed: Bed, run_id: str) -> str:
    """What the logs still say; nothing of the run may be left on the machine."""
    until(lambda: not bed.processes(run_id), "the last process to be gone", 20)
    assert bed.mirror(run_id) == bed.journal(run_id)
    text = bed.cli("logs", run_id).stdout
    assert "first cell" in text
    assert "said before" in text
    return text


def test_the_kernel_killed(bed: Bed) -> None:
    run_id = talking(bed)
    os.kill(kernel(bed, run_id), signal.SIGKILL)
    run = bed.ended(run_id)
    assert run["state"] == "failed"
    assert "SIGKILL" in run["reason"]
    assert run["exit"]["cause"] in ("kernel_died", "out_of_memory")
    assert run["exit"]["cell"] == 1
    assert [cell["state"] for cell in run["cells"]] == ["succeeded", "failed"]
    kept(bed, run_id)


def test_memory_over_its_limit_is_named(ssh_bed: Bed) -> None:
    bed = ssh_bed
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))"
    run_id = bed.submit(bed.notebook("print('first cell')\nprint('said before')", limit, "x = bytearray(4 << 30)"))
    run = bed.ended(run_id)
    assert run["state"] == "failed"
    assert "MemoryError" in run["reason"]
    kept(bed, run_id)


@pytest.fixture
def small_memory() -> Iterator[Path]:
    """A control group whose processes may have 500 MB together; skips the test where none can be made."""
    old = Path("/sys/fs/cgroup/memory")
    folder = (old if old.is_dir() else Path("/sys/fs/cgroup")) / f"jupyter_mlx-{os.getpid()}"
    limit = folder / ("memory.limit_in_bytes" if old.is_dir() else "memory.max")
    try:
        folder.mkdir()
        limit.write_text(str(500 << 20))
    except OSError:
        pytest.skip("no control group with a memory limit can be made here")
    yield folder
    for pid in (folder / "cgroup.procs").read_text().split():
        (folder.parent / "cgroup.procs").write_text(pid)
    folder.rmdir()


def test_the_kernel_killed_by_the_memory_limit(bed: Bed, small_memory: Path) -> None:
    procs = small_memory / "cgroup.procs"
    if bed.server is not None:  # what it starts is in its group
        assert bed.server._process is not None
        procs.write_text(str(bed.server._process.pid))
    eats = "print('said before', flush=True)\nheld = []\nwhile True: held.append(b'x' * (10 << 20))"
    argv = ("run", bed.notebook("print('first cell')", eats), "--on", bed.name, "--env", f"existing:{sys.executable}")
    run_id = bed.json(*argv, "--detach", preexec_fn=lambda: procs.write_text(str(os.getpid())))["id"]
    run = bed.ended(run_id)
    assert (run["state"], run["exit"]["cause"], run["exit"]["cell"]) == ("failed", "out_of_memory", 1)
    assert "memory" in run["reason"]
    assert [cell["state"] for cell in run["cells"]] == ["succeeded", "failed"]
    kept(bed, run_id)


def test_the_supervisor_killed(bed: Bed) -> None:
    run_id = talking(bed)
    os.kill(bed.supervisor(run_id), signal.SIGKILL)
    run = until(lambda: (shown := bed.show(run_id))["state"] == "lost" and shown, "the verdict")
    assert run["exit"]["cause"] == "supervisor_died"
    assert "supervisor" in run["reason"]
    kept(bed, run_id)


def test_the_machine_rebooted(bed: Bed) -> None:
    run_id = talking(bed)
    for pid in [bed.supervisor(run_id), *bed.processes(run_id)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    record = bed.folder(run_id) / "supervisor.json"
    # The run began before the last boot: as far as files can tell, that is what a reboot is.
    record.write_text(json.dumps({**json.loads(record.read_text()), "boot_id": "0" * 8}))
    run = until(lambda: (shown := bed.show(run_id))["state"] == "lost" and shown, "the verdict")
    assert run["exit"]["cause"] == "rebooted"
    assert "reboot" in run["reason"]
    kept(bed, run_id)


STUBBORN = """
import os, signal, subprocess, sys, time
code = '''
import os, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if "daemon" in sys.argv:
    if os.fork(): os._exit(0)
    os.setsid()
    if os.fork(): os._exit(0)
if "bare" in sys.argv:
    bare = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; time.sleep(600)"
    os.execve(sys.executable, [sys.executable, "-c", bare], {})
time.sleep(600)
'''
procs = [subprocess.Popen([sys.executable, '-c', code, *args]) for args in ([], ['daemon'], ['bare'], [])]
subprocess.Popen(['setsid', 'sh', '-c', 'trap "" INT TERM; sleep 600 & wait'])
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(1)
print('said before', flush=True)
time.sleep(600)
"""


def test_a_stop_leaves_no_process_behind(bed: Bed) -> None:
    before = set(sleepers())
    run_id = bed.submit(bed.notebook("print('first cell')", STUBBORN))
    until(lambda: b"said before" in _journal(bed, run_id), "its children")
    assert len(set(sleepers()) - before) >= 4
    stopped = bed.json("stop", run_id, "--wait", timeout=60)
    assert stopped["state"] == "cancelled"
    until(lambda: not set(sleepers()) - before, "every child to be gone", 10)
    kept(bed, run_id)


def sleepers() -> list[int]:
    """Living processes that sleep for the 600 s of these tests, whatever their environment says."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                line = (folder / "cmdline").read_bytes()
                zombie = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                continue
            if b"sleep(600)" in line or b"sleep\x00600" in line or b"sleep 600" in line:
                found += [] if zombie else [int(folder.name)]
    return found


def test_a_stop_waits_for_a_machine_out_of_reach(ssh_bed: Bed) -> None:
    bed = ssh_bed
    assert bed.server is not None
    run_id = talking(bed)
    bed.server.kill()
    stopped = bed.json("stop", run_id)
    assert stopped["state"] not in ("cancelled", "failed", "lost")
    assert stopped["cancel_requested"]
    assert stopped["cancel_delivered"] is None
    assert "not delivered yet" in bed.cli("show", run_id, "--offline").stdout
    assert bed.processes(run_id)
    bed.server.start()
    # Nobody asks again: what was left behind delivers it.
    until((bed.folder(run_id) / "exit.json").exists, "the stop to arrive", 90)
    assert bed.show(run_id)["state"] == "cancelled"
    kept(bed, run_id)


def test_a_run_waits_for_a_machine_out_of_reach(ssh_bed: Bed) -> None:
    bed = ssh_bed
    assert bed.server is not None
    bed.server.kill()
    notebook = bed.notebook("print('at last')")
    queued = bed.json("run", notebook, "--on", bed.name, "--env", f"existing:{sys.executable}", "--detach")
    assert queued["state"] == "queued"
    assert queued["reason"]
    assert set(queued) >= {"id", "number", "state"}
    notebook.write_text("changed since")
    bed.server.start()
    until((bed.folder(queued["id"]) / "exit.json").exists, "the run to be sent and end", 90)
    assert bed.show(queued["id"])["state"] == "succeeded"
    assert bed.cli("logs", queued["id"]).stdout == "at last\n"
