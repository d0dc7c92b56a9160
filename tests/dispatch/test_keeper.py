"""The one process that stays behind, and goes."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from jupyter_mlx import keeper as process
from jupyter_mlx.dispatch import keeper
from jupyter_mlx.dispatch.keeper import Keeper
from jupyter_mlx.errors import AccessError
from jupyter_mlx.models import RunState
from jupyter_mlx.runner.durable import try_lock
from tests.support.fixtures import Laptop

from .bed import Bed, away, eventually


@pytest.fixture
def keepers(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Ids of keepers that end with the test."""
    monkeypatch.delenv("JUPYTER_MLX_KEEPER")
    pids: list[int] = []
    yield pids
    for pid in pids:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            continue
    eventually(lambda: all(child.poll() is not None for child in keeper._children))


def start(bed: Bed, keepers: list[int]) -> int | None:
    pid = keeper.start(bed.workbench.data, bed.workbench.config)
    keepers += [pid] if pid else []
    return pid


def gone(pid: int) -> bool:
    return all(child.poll() is not None for child in keeper._children if child.pid == pid)


def test_it_delivers_what_was_left_and_ends(bed: Bed, keepers: list[int]) -> None:
    run = bed.queued("print('kept')")
    bed.workbench.close()
    pid = start(bed, keepers)
    assert pid is not None
    eventually(lambda: gone(pid))
    assert bed.run(run.id).accepted is not None
    assert bed.on_machine() == [run.id]
    assert run.id in (bed.workbench.data / "keeper.log").read_text()


def test_it_delivers_once_the_machine_is_back(bed: Bed, keepers: list[int]) -> None:
    """Machine local is away as long as a file stands where its root should be."""
    root = bed.workbench.data / "local"
    run = bed.queued("print('kept')")
    root.write_text("in the way")
    pid = start(bed, keepers)
    assert pid is not None
    eventually(lambda: bed.workbench.store.machine_status("local").why != "no route to host")
    assert not gone(pid)
    assert bed.run(run.id).state is RunState.QUEUED
    root.unlink()
    eventually(lambda: gone(pid))
    assert bed.run(run.id).accepted is not None


def test_it_delivers_a_wish_to_stop(bed: Bed, keepers: list[int]) -> None:
    run = bed.submit("import time; time.sleep(300)")
    bed.workbench.cut()
    bed.workbench.closed = away()
    bed.dispatcher.stop(run.id)
    pid = start(bed, keepers)
    assert pid is not None
    eventually(lambda: gone(pid))
    assert bed.run(run.id).cancel_delivered is not None
    bed.workbench.closed = None
    assert bed.ended(run.id).state is RunState.CANCELLED


def test_there_is_only_one(bed: Bed, keepers: list[int]) -> None:
    fd = try_lock(str(bed.workbench.data / "keeper.lock"))
    assert fd is not None
    bed.queued("1")
    assert start(bed, keepers) is None
    assert process.keep(bed.workbench.data, bed.workbench.config, threading.Event()) == 0
    os.close(fd)


def test_it_can_be_forbidden(bed: Bed, keepers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_MLX_KEEPER", "off")
    bed.queued("1")
    assert start(bed, keepers) is None


def test_a_short_lived_process_leaves_one_behind_where_needed(bed: Bed, keepers: list[int]) -> None:
    before = len(keeper._children)
    with bed.workbench:
        assert bed.dispatcher.undelivered() == {}
    assert len(keeper._children) == before
    run = bed.queued("1")
    with bed.workbench:
        assert bed.dispatcher.undelivered()
    (child,) = keeper._children[before:]
    keepers.append(child.pid)
    eventually(lambda: child.poll() is not None)
    assert bed.run(run.id).accepted is not None


def test_a_machine_that_needs_the_person_is_tried_once(bed: Bed) -> None:
    bed.queued("1")
    bed.workbench.closed = AccessError("login refused")
    dials = bed.workbench.dials
    Keeper(bed.dispatcher, bed.workbench.data).run(threading.Event())
    assert bed.workbench.dials == dials + 1
    assert "login refused" in (bed.workbench.store.runs()[0].reason or "")


def test_a_mistake_of_ours_ends_the_work_for_one_machine(
    bed: Bed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bed.queued("1")

    def broken(_: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bed.dispatcher.syncing, "deliver", broken)
    with caplog.at_level(logging.INFO, "jupyter_mlx.keeper"):
        Keeper(bed.dispatcher, bed.workbench.data).run(threading.Event())
    assert "ZeroDivisionError" in caplog.text


def test_it_ends_when_the_state_is_deleted(bed: Bed) -> None:
    bed.queued("1")
    bed.workbench.closed = away()
    home = bed.home / "gone"
    Keeper(bed.dispatcher, home).run(threading.Event())
    assert bed.workbench.store.runs()[0].state is RunState.QUEUED


def test_a_signal_ends_it_at_once(bed: Bed) -> None:
    bed.queued("1")
    (bed.workbench.data / "local").write_text("in the way")
    command = [sys.executable, "-m", "jupyter_mlx.keeper"]
    command += ["--data", str(bed.workbench.data), "--config", str(bed.workbench.config)]
    child = subprocess.Popen(command)
    eventually(lambda: bed.workbench.store.machine_status("local").why != "no route to host")
    child.terminate()
    assert child.wait(30) == 0


def test_its_log_is_capped(bed: Bed) -> None:
    log = bed.workbench.data / "keeper.log"
    log.write_bytes(b"x" * process.LOG_BYTES)
    run = bed.queued("1")
    command = [sys.executable, "-m", "jupyter_mlx.keeper"]
    command += ["--data", str(bed.workbench.data), "--config", str(bed.workbench.config)]
    subprocess.run(command, check=True)
    assert log.stat().st_size < 10_000
    assert run.id in log.read_text()


def test_it_does_not_import_from_the_folder_it_is_started_in(
    bed: Bed, keepers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = bed.home / "trap"
    (trap / "jupyter_mlx").mkdir(parents=True)
    (trap / "jupyter_mlx" / "__init__.py").write_text(f"open({json.dumps(str(trap / 'sprung'))}, 'w')")
    monkeypatch.chdir(trap)
    run = bed.queued("1")
    pid = start(bed, keepers)
    assert pid is not None
    until = time.monotonic() + 60
    while not gone(pid):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert bed.run(run.id).accepted is not None
    assert not (trap / "sprung").exists()
