"""Samples: a real child that burns and holds, seen in the figures."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner import sampler
from jupyter_mlx.runner.sampler import Sampler

from .bed import eventually
from .fakes import first_on_path, nvidia_smi

BURNER = "held = b'x' * (60 << 20); print(flush=True)\nwhile True: pass"


@pytest.fixture
def burner() -> Iterator[tuple[str, int]]:
    """(run id, pid) of a process that holds 60 MiB and computes."""
    run_id = new_run_id()
    env = {**os.environ, "JMLX_RUN": run_id}
    child = subprocess.Popen([sys.executable, "-S", "-c", BURNER], env=env, stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.readline()
    yield run_id, child.pid
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_sample_shows_what_the_run_uses(burner: tuple[str, int], tmp_path: Path) -> None:
    run_id, pid = burner
    one = Sampler(run_id, str(tmp_path))
    time.sleep(0.3)
    one.sample()
    time.sleep(0.5)
    fields = one.sample(pid)
    assert 60 << 20 < fields["rss"] <= fields["rss_peak"] < 1 << 30
    assert 0 < fields["cpu"] < 8
    assert 0 < fields["memory_used"] < fields["memory_total"]
    assert fields["disk_free"] > 0
    assert fields["net_rx"] >= 0 and fields["net_tx"] >= 0
    assert "gpus" not in fields


def test_the_peak_between_two_samples_is_seen_at_the_watched_process(burner: tuple[str, int], tmp_path: Path) -> None:
    run_id, pid = burner
    one = Sampler(run_id, str(tmp_path))
    assert one.tick(pid) is None
    assert one.rss_peak > 60 << 20


def test_samples_are_frequent_at_first_and_rare_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(sampler, "boottime", lambda: now[0])
    one = Sampler(new_run_id(), str(tmp_path))
    times = []
    while now[0] < 120:
        if one.tick():
            times.append(now[0])
        now[0] += 0.25
    assert times[:3] == [2.0, 4.0, 6.0]
    assert [second - first for first, second in itertools.pairwise(times)][-3:] == [10.0, 10.0, 10.0]


def test_gpus_of_the_run_come_with_the_next_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi(tmp_path / "bin")
    first_on_path(monkeypatch, tmp_path / "bin")
    monkeypatch.setattr(sampler, "_OFTEN_S", 0.05)
    one = Sampler(new_run_id(), str(tmp_path), ["GPU-bbbb-2"])
    fields = eventually(lambda: next((found for found in [one.tick()] if found and "gpus" in found), None))
    assert [card["uuid"] for card in fields["gpus"]] == ["GPU-bbbb-2"]
    eventually(lambda: one._query is None or one._query.poll())


def test_processes_that_are_gone_are_nothing() -> None:
    assert sampler.rss(1 << 30) == 0
    assert sampler.cpu_seconds(1 << 30) == 0
    assert sampler.disk_free("/nowhere/at/all") is None
