"""Verdicts: what the host said, how it died, what memory tells."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlx.runner import ending
from jupyter_mlx.runner.cgroups import Memory
from jupyter_mlx.runner.ending import Memories, RunEnded, Verdict, as_record, enrich, host_died, of_error, read_host
from jupyter_mlx.runner.layout import RunPaths
from jupyter_mlx.runner.refusal import Refusal

GB = 10**9


class Killed(Memories):
    """Memories of a machine where memory ran out."""

    def oom_killed(self) -> bool:
        return True


class Fine(Memories):
    """Memories of a machine where it did not."""

    def oom_killed(self) -> bool:
        return False


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    return RunPaths(str(tmp_path))


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "memory", lambda: Memory(1 * GB, 64 * GB, False))


def test_what_the_host_said(paths: RunPaths) -> None:
    said = Verdict("failed", "cell_error", "cell 3 failed: ValueError: x", 3, "ValueError", "x")
    Path(paths.host).write_text(json.dumps(said._asdict()))
    assert read_host(paths) == said


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"state": "fine"}', '{"state": "running"}', "[" * 100000, '{"state": 5}']
)
def test_a_verdict_that_is_none(paths: RunPaths, text: str) -> None:
    Path(paths.host).write_text(text)
    assert read_host(paths) is None


def test_no_verdict_at_all(paths: RunPaths) -> None:
    assert read_host(paths) is None


def test_odd_fields_of_a_verdict_are_dropped(paths: RunPaths) -> None:
    odd = {"state": "failed", "reason": "x" * 9000, "cell": "3", "ename": 5, "signal": True, "cause": None}
    Path(paths.host).write_text(json.dumps(odd))
    assert read_host(paths) == Verdict("failed", "internal", "x" * 2000)


DIED = Verdict("failed", "kernel_died", "the kernel was killed by SIGKILL in cell 2", 2, signal=9)


def test_out_of_memory_by_the_counter() -> None:
    found = enrich(DIED, Killed(), 12 * GB)
    assert found.cause == "out_of_memory"
    assert found.reason == "killed by SIGKILL at 12.0 GB of 64.0 GB during cell 3: out of memory"


def test_likely_out_of_memory_by_size() -> None:
    found = enrich(DIED, Fine(), int(61.8 * GB))
    assert found.cause == "out_of_memory"
    assert found.reason == "killed by SIGKILL at 61.8 GB of 64.0 GB during cell 3: likely out of memory"


def test_killed_by_hand() -> None:
    found = enrich(DIED, Fine(), GB // 4)
    assert found.cause == "kernel_died"
    assert found.reason == "the kernel was killed by SIGKILL at 250.0 MB of 64.0 GB during cell 3"


@pytest.mark.parametrize(
    "verdict", [DIED._replace(signal=11), Verdict("failed", "cell_error"), Verdict("succeeded", "done")]
)
def test_other_ends_stay_as_they_are(verdict: Verdict) -> None:
    assert enrich(verdict, Killed(), 63 * GB) == verdict


def test_a_host_killed_for_memory_or_by_hand(paths: RunPaths) -> None:
    assert host_died(-9, paths, Killed(), GB, 4).cause == "out_of_memory"
    found = host_died(-15, paths, Killed(), GB, 4)
    assert (found.cause, found.signal, found.reason) == ("internal", 15, "the kernel host was killed by SIGTERM")
    assert host_died(-42, paths, Fine(), GB, None).reason.endswith("signal 42")


def test_a_host_that_left_words(paths: RunPaths) -> None:
    Path(paths.stderr).write_text("Traceback\n  ...\nImportError: no zmq\n")
    found = host_died(1, paths, Fine(), 0, None)
    assert found.reason == "the kernel host ended with status 1 without a verdict: ImportError: no zmq"
    assert found.code == 1


def test_errors_of_the_supervisor(paths: RunPaths) -> None:
    assert of_error(RunEnded(DIED), paths) == DIED
    full = of_error(OSError(errno.EDQUOT, "Disk quota exceeded", "/home/x"), paths)
    assert full.cause == "no_space" and full.reason.startswith("no space: the disk is full on /home/x, ")
    assert full.reason.endswith(" bytes free")
    assert of_error(OSError(errno.ENOSPC, "No space"), paths).reason.count(paths.folder) == 1
    assert of_error(Refusal("input", "what", "do"), paths).reason == "what (do)"
    assert of_error(ZeroDivisionError("x"), paths) == Verdict("failed", "internal", "ZeroDivisionError: x")


def test_the_record_is_bounded_and_empty_reasons_are_none() -> None:
    assert as_record(Verdict("succeeded", "done"))["reason"] is None
    assert len(as_record(Verdict("failed", "internal", "x" * 9999))["reason"]) == 2000


def test_the_largest_child_is_remembered() -> None:
    before = Memories()
    code = "x = b'x' * (300 << 20)"
    subprocess.run([sys.executable, "-S", "-c", code], check=True)
    grown = before.largest()
    assert grown == 0 or grown > 300 << 20  # 0 where an earlier test had a larger child
    assert Memories().largest() == 0
