"""Whole runs under a real supervisor with the real kernel host: how they begin, live, and end, whatever ends them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlx.runner import processes
from jupyter_mlx.runner.durable import try_lock

from .bed import eventually
from .fakes import nvidia_smi
from .runs import PYTHON38, Supervised

NEVER = "import time\nwhile True: time.sleep(1)"
TREE = """
import os, signal, subprocess, sys, time
code = '''
import os, signal, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
while True: time.sleep(60)
'''
for number in range(3):
    subprocess.call([sys.executable, "-S", "-c", code])
    subprocess.call([sys.executable, "-S", "-c", code], env={})
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
while True: time.sleep(1)
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[list[Supervised]]:
    """Runs that must not outlive the test."""
    runs: list[Supervised] = []
    yield runs
    for run in runs:
        if run.process and run.process.poll() is None:
            run.kill()
        processes.kill_all(run.paths.id)


def start(running: list[Supervised], run: Supervised, **environ: str) -> Supervised:
    running.append(run)
    return run.start(**environ)


@pytest.mark.parametrize("python", [sys.executable, PYTHON38])
def test_a_run_from_acceptance_to_verdict(tmp_path: Path, running: list[Supervised], python: str) -> None:
    if not os.path.exists(python):
        pytest.skip("no Python 3.8 here")
    show = "import os, json; print(json.dumps({k: v for k, v in os.environ.items() if k != 'PATH'}))"
    write = (
        "open('outputs/model.bin', 'wb').write(b'weights'); open('log.txt', 'w').write('x'); open('data.csv').read()"
    )
    run = Supervised(tmp_path, show, write, files={"data.csv": b"1,2"}, python=python, params={"lr": 0.1})
    record = start(running, run, SECRET_OF_SESSION="", SSH_CONNECTION="1 2 3 4", PYTHONUNBUFFERED="1").wait()
    assert (record["state"], record["cause"], record["reason"]) == ("succeeded", "done", None)
    assert record["boot_id"] == processes.boot_id()
    assert record["started"] <= record["ended"]
    assert 0 < record["duration_s"] < 60
    assert record["rss_peak"] > 20 << 20
    assert record["journal_bytes"] == os.stat(run.paths.journal).st_size

    kinds = [event["type"] for event in run.events()]
    states = [event["state"] for event in run.events("state")]
    assert states == ["preparing", "running", "succeeded"]
    assert kinds[-3:] == ["sample", "state", "exit"]
    assert kinds.index("environment") < kinds.index("slot") < kinds.index("cell")
    exit_event = run.events("exit")[0]
    assert {key: exit_event.get(key) for key in record if key != "journal_bytes"} == {
        key: value for key, value in record.items() if key != "journal_bytes"
    }
    assert run.events("slot")[0]["gpus"] == []

    environ = json.loads(run.text().splitlines()[0])
    folder = run.paths.folder
    expected = {
        "JMLX_RUN": run.paths.id,
        "JUPYTER_MLX_RUN_ID": run.paths.id,
        "JUPYTER_MLX_OUTPUTS": folder + "/outputs",
        "JUPYTER_MLX_EVENTS": folder + "/events",
        "VH_JOB_ID": run.paths.id,
        "VH_OUTPUTS_DIR": folder + "/outputs",
        "VH_REPOSITORY_DIR": folder + "/work",
        "VH_CONFIG_DIR": folder + "/config",
        "VH_INPUTS_DIR": folder + "/inputs",
        "IPYNB_FILE": folder + "/work/run.ipynb",
    }
    assert expected.items() <= environ.items()
    assert not {"PYTHONUNBUFFERED", "SSH_CONNECTION", "CUDA_VISIBLE_DEVICES"} & set(environ)
    assert json.loads(Path(folder, "config", "parameters.json").read_text()) == {"lr": 0.1}

    files = {(entry["area"], entry["path"]): entry for event in run.events("outputs") for entry in event["files"]}
    assert set(files) == {("outputs", "model.bin"), ("work", "log.txt")}
    assert files["outputs", "model.bin"]["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert not os.path.exists(run.paths.ballast)


def test_a_failing_cell_is_the_verdict(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, "print('before')", "raise ValueError('no good')", "print('after')"))
    record = run.wait()
    assert (record["state"], record["cause"], record["cell"]) == ("failed", "cell_error", 1)
    assert (record["ename"], record["evalue"]) == ("ValueError", "no good")
    assert run.text() == "before\n"


def test_the_supervisor_stays_small(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, "print('x' * 1000000)", "print('ready')", NEVER))
    run.prints("ready")
    assert run.process
    with open(f"/proc/{run.process.pid}/status") as source:
        status = dict(line.split(":", 1) for line in source.read().splitlines())
    assert int(status["VmRSS"].split()[0]) < 16 << 10
    assert int(status["Threads"]) == 1
    run.tell(type="cancel", intent="now")
    assert run.wait()["state"] == "cancelled"


def test_a_run_starts_at_most_once(tmp_path: Path, running: list[Supervised]) -> None:
    run = Supervised(tmp_path, "open('outputs/count', 'a').write('x')")
    running.append(run)
    starts = []
    for _ in range(8):
        run.start()
        starts.append(run.process)
    for process in starts:
        assert process and process.wait(60) == 0
    assert Path(run.paths.outputs, "count").read_text() == "x"
    assert [event["state"] for event in run.events("state")] == ["preparing", "running", "succeeded"]
    before = Path(run.paths.journal).read_bytes()
    run.start().process.wait(30)  # type: ignore[union-attr]
    assert Path(run.paths.journal).read_bytes() == before


def test_a_run_whose_supervisor_died_is_not_started_again(tmp_path: Path, running: list[Supervised]) -> None:
    run = Supervised(tmp_path, "1")
    Path(run.paths.started).touch()
    start(running, run)
    assert run.process and run.process.wait(30) == 0
    assert not os.path.exists(run.paths.exit)
    assert not os.path.exists(run.paths.journal) or run.events() == []


def test_the_lock_proves_life(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, "print('ready')", NEVER))
    run.prints("ready")
    assert try_lock(run.paths.alive) is None
    known = json.loads(Path(run.paths.supervisor).read_text())
    assert processes.same_process(known) and run.process and known["pid"] == run.process.pid
    kernel = run.kernel
    run.kill()
    fd = try_lock(run.paths.alive)
    assert fd is not None
    os.close(fd)
    eventually(lambda: not processes.same_process(kernel))  # host and kernel die with their supervisor
    eventually(lambda: processes.run_processes(run.paths.id) == [])
    assert not os.path.exists(run.paths.exit)
    from jupyter_mlx.runner.verdict import settle

    record = settle(run.paths)
    assert record and (record["state"], record["cause"]) == ("lost", "supervisor_died")
    assert "ready" in run.text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_kernel_killed_by_hand(tmp_path: Path, running: list[Supervised], number: signal.Signals) -> None:
    run = start(running, Supervised(tmp_path, "print('kept')", NEVER))
    run.sees("cell", cell=1, state="running")
    os.kill(run.kernel["pid"], number)
    record = run.wait()
    assert (record["state"], record["cause"], record["cell"]) == ("failed", "kernel_died", 1)
    assert record["signal"] == number
    assert number.name in record["reason"]
    assert run.text() == "kept\n"


def test_a_kernel_killed_by_a_memory_limit(tmp_path: Path, running: list[Supervised]) -> None:
    group = Path("/sys/fs/cgroup/memory") / f"jmlx-run-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(400 << 20))
    except OSError:
        pytest.skip("no cgroup of version 1 can be made here")
    try:
        cell = "held = []\nwhile True: held.append(b'x' * (20 << 20))"
        run = Supervised(tmp_path, "print('kept')", cell)
        running.append(run)
        shell = f"echo $$ > {group}/cgroup.procs; exec sleep 0"
        subprocess.run(["sh", "-c", shell], check=True)
        real = run.python
        wrapper = tmp_path / "limited"
        wrapper.write_text(f'#!/bin/sh\necho $$ > {group}/cgroup.procs\nexec {real} "$@"\n')
        wrapper.chmod(0o755)
        run.python = str(wrapper)
        record = run.start().wait()
        assert (record["state"], record["cause"], record["signal"]) == ("failed", "out_of_memory", 9)
        assert record["reason"].startswith("killed by SIGKILL at ")
        assert " of 419.4 MB during cell 2: out of memory" in record["reason"]
        assert record["rss_peak"] > 200 << 20
        assert run.text() == "kept\n"
    finally:
        eventually(lambda: not (group / "cgroup.procs").read_text().strip())
        group.rmdir()


def test_a_killed_host_is_not_a_lost_run(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, "print('kept')", NEVER))
    run.sees("cell", cell=1, state="running")
    with open(f"/proc/{run.kernel['pid']}/stat") as source:
        host = int(source.read().rpartition(")")[2].split()[1])
    os.kill(host, signal.SIGKILL)
    record = run.wait()
    assert (record["state"], record["cause"], record["cell"]) == ("failed", "internal", 1)
    assert record["reason"] == "the kernel host was killed by SIGKILL"


def test_a_cancel_interrupts_first(tmp_path: Path, running: list[Supervised]) -> None:
    polite = "import time\ntry: time.sleep(600)\nexcept KeyboardInterrupt: open('outputs/saved', 'w').close(); raise"
    run = start(running, Supervised(tmp_path, polite, "print('never')"))
    run.sees("cell", cell=0, state="running")
    run.tell(type="cancel", intent="a")
    run.tell(type="cancel", intent="a")  # told twice, meant once
    record = run.wait()
    assert (record["state"], record["cause"], record["cell"]) == ("cancelled", "cancelled", 0)
    assert record["reason"] == "cancelled on request"
    assert [event["step"] for event in run.events("cancel")] == ["requested", "interrupt", "done"]
    assert os.path.exists(os.path.join(run.paths.outputs, "saved"))
    assert "never" not in run.text()


def test_trees_that_ignore_everything_leave_nothing(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, TREE))
    run.prints("ready")
    eventually(lambda: len(processes.run_processes(run.paths.id)) >= 5)
    run.tell(type="cancel", intent="now")
    record = run.wait()  # which looks for survivors by the mark
    assert record["state"] == "cancelled"
    assert [event["step"] for event in run.events("cancel")] == ["requested", "kill", "done"]
    assert not [event for event in run.events("cancel") if event.get("survivors")]


def test_a_patient_cancel_goes_through_all_steps(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, TREE))
    run.prints("ready")
    run.tell(type="cancel", intent="a")
    record = run.wait(90)
    assert record["state"] == "cancelled"
    steps = run.events("cancel")
    assert [event["step"] for event in steps] == ["requested", "interrupt", "terminate", "kill", "done"]
    assert steps[2]["t"] - steps[1]["t"] > 9
    assert steps[3]["t"] - steps[2]["t"] > 4.5


def test_helpers_left_behind_by_a_good_run_end_with_it(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, TREE.partition("signal.signal(signal.SIGINT,")[0]))
    assert run.wait()["state"] == "succeeded"


@pytest.mark.parametrize(
    ("limits", "cell", "cause"),
    [
        ({"time_s": 1.5}, "import time\nwhile True:\n    print('.', flush=True)\n    time.sleep(0.1)", "time_limit"),
        ({"no_output_s": 1.5}, NEVER, "no_output_limit"),
    ],
)
def test_limits_end_a_run(
    tmp_path: Path, running: list[Supervised], limits: dict[str, float], cell: str, cause: str
) -> None:
    run = start(running, Supervised(tmp_path, cell, limits=limits))
    record = run.wait()
    assert (record["state"], record["cause"]) == ("failed", cause)
    assert record["reason"].startswith("stopped after 1.5 s")


def test_runs_wait_for_each_other_and_a_cancel_ends_the_wait(tmp_path: Path, running: list[Supervised]) -> None:
    first = start(running, Supervised(tmp_path, "print('ready')", NEVER))
    first.prints("ready")
    second = start(running, Supervised(tmp_path, "print('second')"))
    third = start(running, Supervised(tmp_path, "print('third')"))
    second.sees("progress", phase="slot")
    third.sees("progress", phase="slot")
    third.tell(type="cancel", intent="x")
    record = third.wait()
    assert (record["state"], record["cause"]) == ("cancelled", "cancelled")
    assert [event["state"] for event in third.events("state")] == ["preparing", "cancelled"]
    assert second.events("cell") == []
    first.tell(type="cancel", intent="now")
    first.wait()
    assert second.wait()["state"] == "succeeded"


def test_a_killed_supervisor_frees_its_slot(tmp_path: Path, running: list[Supervised]) -> None:
    first = start(running, Supervised(tmp_path, "print('ready')", NEVER))
    first.prints("ready")
    second = start(running, Supervised(tmp_path, "print('second')"))
    second.sees("progress", phase="slot")
    first.kill()
    assert second.wait()["state"] == "succeeded"


def test_runs_get_a_gpu_each(tmp_path: Path, running: list[Supervised]) -> None:
    nvidia_smi(tmp_path / "bin")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    cell = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], os.environ['CUDA_DEVICE_ORDER'], flush=True)"
    root = tmp_path / "root"
    runs = [start(running, Supervised(root, cell, NEVER), PATH=path) for _ in range(2)]
    for run in runs:
        run.prints("PCI_BUS_ID")
    assert sorted(run.text().split()[0] for run in runs) == ["GPU-aaaa-1", "GPU-bbbb-2"]
    third = start(running, Supervised(root, cell), PATH=path)
    third.sees("progress", phase="slot")
    for run in runs:
        run.tell(type="cancel", intent="now")
    for run in runs:
        run.wait()
    assert third.wait()["state"] == "succeeded"
    assert runs[0].events("slot")[0]["gpus"] == [runs[0].text().split()[0]]


def test_the_machine_goes_down(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, "print('ready')", NEVER))
    run.prints("ready")
    assert run.process
    run.process.send_signal(signal.SIGHUP)
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert run.process.poll() is None
    run.process.send_signal(signal.SIGTERM)
    record = run.wait()
    assert (record["state"], record["cause"]) == ("lost", "supervisor_died")
    assert "SIGTERM" in record["reason"]


@pytest.mark.parametrize(
    ("change", "cause", "said"),
    [
        ({"environment": {"kind": "existing", "target": "/no/such/python"}}, "environment", "/no/such/python"),
        ({"environment": {"kind": "existing", "target": "nothing"}}, "environment", "no environment named 'nothing'"),
        ({"bundle": {"digest": "0" * 64, "files": 1, "bytes": 1}}, "input", "0" * 64),
    ],
)
def test_what_cannot_be_prepared_is_refused_by_name(
    tmp_path: Path, running: list[Supervised], change: dict[str, object], cause: str, said: str
) -> None:
    run = start(running, Supervised(tmp_path, "1", **change))
    record = run.wait()
    assert (record["state"], record["cause"]) == ("failed", cause)
    assert said in record["reason"]
    assert [event["state"] for event in run.events("state")] == ["preparing", "failed"]


def test_the_notebooks_own_outputs_name_is_left_alone(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, "print(open('outputs').read())", files={"outputs": b"mine"}))
    assert run.wait()["state"] == "succeeded"
    assert run.text() == "mine\n"


@contextlib.contextmanager
def disk(folder: Path, megabytes: float) -> Iterator[Path]:
    """A small file system."""
    folder.mkdir()
    size = f"size={int(megabytes * 1024)}k"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("only root can mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def full(folder: Path, leave: int = 0) -> None:
    """Leave so many bytes."""
    with contextlib.suppress(OSError), open(folder / "filler", "ab", buffering=0) as out:
        while True:
            out.write(b"x" * 4096)
    if leave:
        os.truncate(folder / "filler", max(0, os.stat(folder / "filler").st_size - leave))


def test_a_disk_full_while_unpacking(tmp_path: Path, running: list[Supervised]) -> None:
    with disk(tmp_path / "disk", 12) as folder:
        run = Supervised(folder, "1", files={"large": b"x" * (6 << 20)})
        record = start(running, run).wait()
        assert (record["state"], record["cause"]) == ("failed", "no_space")
        assert record["reason"].startswith("no space: the disk is full on ")
        assert " bytes free" in record["reason"]
        assert [event["type"] for event in run.events()][-2:] == ["state", "exit"]


def test_a_disk_full_while_running(tmp_path: Path, running: list[Supervised]) -> None:
    with disk(tmp_path / "disk", 12) as folder:
        run = start(
            running, Supervised(folder, "print('ready')", "import time; time.sleep(3)", "print('x' * 30000000)")
        )
        run.prints("ready")
        full(folder)
        record = run.wait()
        assert (record["state"], record["cause"], record["cell"]) == ("failed", "no_space", 2)
        assert record["reason"].startswith("no space: the disk is full on ")
        assert run.text().startswith("ready\n")
        assert [event["type"] for event in run.events()][-2:] == ["state", "exit"]


def test_a_disk_full_at_the_very_start(tmp_path: Path, running: list[Supervised]) -> None:
    with disk(tmp_path / "disk", 4) as folder:
        run = Supervised(folder, "1")
        full(folder, leave=100 << 10)
        record = start(running, run).wait()
        assert (record["state"], record["cause"]) == ("failed", "no_space")


def test_a_full_disk_that_nobody_needs_does_not_end_a_run(tmp_path: Path, running: list[Supervised]) -> None:
    with disk(tmp_path / "disk", 12) as folder:
        run = start(running, Supervised(folder, "print('ready')", "import time; time.sleep(5)"))
        run.prints("ready")
        full(folder)
        time.sleep(3)  # a sample falls due meanwhile
        os.unlink(folder / "filler")
        assert run.wait()["state"] == "succeeded"


def test_unreadable_specs_get_a_verdict(tmp_path: Path, running: list[Supervised]) -> None:
    for number, damage in enumerate([b"{", b"[]", b""]):
        run = Supervised(tmp_path / str(number), "1")
        Path(run.paths.spec).write_bytes(damage)
        start(running, run)
        assert run.process
        run.process.wait(30)
        assert run.exit()["state"] == "failed"


def test_many_cancels_from_many_threads_are_one(tmp_path: Path, running: list[Supervised]) -> None:
    run = start(running, Supervised(tmp_path, "print('ready')", NEVER))
    run.prints("ready")
    threads = [threading.Thread(target=run.tell, kwargs={"type": "cancel", "intent": str(n)}) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.wait()["state"] == "cancelled"
    assert [event["step"] for event in run.events("cancel")] == ["requested", "interrupt", "done"]
