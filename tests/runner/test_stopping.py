"""The steps of a stop, one by one, with processes in place of a kernel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner import processes, stopping
from jupyter_mlx.runner.ending import Verdict
from jupyter_mlx.runner.journal import Record, read
from jupyter_mlx.runner.layout import RunPaths
from jupyter_mlx.runner.reporter import Reporter
from jupyter_mlx.runner.stopping import Stop, end_strays, kernel_identity

from .bed import eventually

CANCELLED = Verdict("cancelled", "cancelled", "cancelled on request")
COUNTER = """
import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: print("INT", flush=True))
signal.signal(signal.SIGTERM, lambda *_: print("TERM", flush=True))
print("ready", flush=True)
while True: time.sleep(1)
"""


class Bed:
    """A run folder, a kernel that tells its signals, and a clock to move."""

    def __init__(self, folder: Path) -> None:
        self.paths = RunPaths(str(folder / new_run_id()))
        os.makedirs(self.paths.folder)
        self.reporter = Reporter(self.paths)
        self.now = 1000.0
        self.kernel = subprocess.Popen(
            [sys.executable, "-S", "-u", "-c", COUNTER],
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, processes.MARK: self.paths.id},
        )
        self.hears("ready")
        Path(self.paths.kernel).write_text(json.dumps(processes.identity(self.kernel.pid)))

    def hears(self, word: str) -> None:
        assert self.kernel.stdout
        assert self.kernel.stdout.readline().decode().strip() == word

    def steps(self) -> list[str]:
        items = [item for item in read(self.paths.journal) if isinstance(item, Record)]
        return [item.event["step"] for item in items if item.event["type"] == "cancel"]

    def cell(self, number: int, state: str = "running", ago: float = 10.0) -> None:
        self.reporter._journal.append({"type": "cell", "cell": number, "state": state, "t": time.time() - ago})


@pytest.fixture
def bed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bed]:
    one = Bed(tmp_path)
    monkeypatch.setattr(stopping, "boottime", lambda: one.now)
    yield one
    processes.kill_all(one.paths.id)
    one.kernel.wait(10)
    assert one.kernel.stdout
    one.kernel.stdout.close()
    one.reporter.close()


HOST = 1 << 30  # the pid of a host that is not there


def test_interrupt_terminate_kill_each_when_due(bed: Bed) -> None:
    bed.cell(0)
    stop = Stop(bed.paths, bed.reporter, CANCELLED)
    assert not stop.tick(HOST)
    bed.hears("INT")
    bed.now += 9.9
    assert not stop.tick(HOST)
    bed.now += 0.2
    assert not stop.tick(HOST)
    bed.hears("TERM")
    bed.now += 4.9
    assert not stop.tick(HOST)
    bed.now += 0.2
    assert stop.tick(HOST)
    assert stop.tick(HOST)
    assert bed.steps() == ["requested", "interrupt", "terminate", "kill"]


def test_each_running_cell_is_interrupted_once(bed: Bed) -> None:
    bed.cell(0)
    stop = Stop(bed.paths, bed.reporter, CANCELLED)
    for _ in range(4):
        stop.tick(HOST)
        bed.now += 0.3
    bed.hears("INT")
    bed.cell(0, "failed")
    bed.cell(1, ago=0.0)  # too young: the kernel may not have begun with it
    stop.tick(HOST)
    bed.now += 0.3
    bed.cell(2)
    stop.tick(HOST)
    bed.kernel.send_signal(signal.SIGTERM)
    bed.hears("INT")
    bed.hears("TERM")  # and no second INT before it


def test_a_stop_in_a_hurry_skips_to_the_end(bed: Bed) -> None:
    stop = Stop(bed.paths, bed.reporter, CANCELLED)
    stop.tick(HOST)
    stop.hurry()
    assert stop.tick(HOST)
    assert bed.steps() == ["requested", "interrupt", "kill"]
    stop.hurry()
    assert stop.tick(HOST)


def test_without_a_host_there_is_nobody_to_be_patient_with(bed: Bed) -> None:
    assert Stop(bed.paths, bed.reporter, CANCELLED).tick(None)
    assert bed.steps() == ["requested", "kill"]


def test_before_there_is_a_kernel_the_host_is_killed_at_once(bed: Bed) -> None:
    os.unlink(bed.paths.kernel)
    assert kernel_identity(bed.paths) is None
    assert Stop(bed.paths, bed.reporter, CANCELLED).tick(HOST)


def test_the_host_is_spared_the_sigterm(bed: Bed) -> None:
    stop = Stop(bed.paths, bed.reporter, CANCELLED, gently=False)
    assert not stop.tick(bed.kernel.pid)  # here the only process plays the host
    bed.kernel.send_signal(signal.SIGINT)
    bed.hears("INT")
    assert bed.steps() == ["requested", "terminate"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1, "start": 0, "boot_id": "other"}'])
def test_a_kernel_that_cannot_be_known_is_not_signalled(bed: Bed, text: str) -> None:
    Path(bed.paths.kernel).write_text(text)
    bed.cell(0)
    stop = Stop(bed.paths, bed.reporter, CANCELLED)
    stop.tick(HOST)
    stop.tick(HOST)
    assert "interrupt" not in bed.steps()


def test_strays_are_asked_before_they_are_killed(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "boottime", time.monotonic)
    reaped: Callable[[], object] = bed.kernel.poll
    assert end_strays(bed.paths.id, reaped, at_once=False) == []
    bed.hears("TERM")
    assert bed.kernel.wait(5) == -signal.SIGKILL
    eventually(lambda: processes.run_processes(bed.paths.id) == [])


def test_the_last_word_names_survivors(bed: Bed) -> None:
    stop = Stop(bed.paths, bed.reporter, CANCELLED)
    stop.done([5, 6])
    items = [item.event for item in read(bed.paths.journal) if isinstance(item, Record)]
    assert items[-1]["step"] == "done" and items[-1]["survivors"] == [5, 6]
