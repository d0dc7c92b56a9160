"""Kill -9 anywhere while a journal is mirrored: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlx.models import RunState
from jupyter_mlx.store import Store
from tests.store.bed import a_run, a_whole_run, cells, journal
from tests.store.killed import POINTS

EVENTS = [
    *a_whole_run()[:-2],
    *({"type": "metric", "values": {"loss": n, f"key{n % 7}": -n}, "step": n} for n in range(100)),
    {"type": "stream", "cell": 1, "name": "stdout", "text": "x" * 20_000},
    *a_whole_run()[-2:],
]


@pytest.fixture
def scene(tmp_path):
    data = journal(*EVENTS)
    path = tmp_path / "machine-journal"
    path.write_bytes(data)
    with Store(tmp_path / "data") as store:
        run = store.create({}, a_run(cells=cells(2)))
    return tmp_path / "data", run.id, path


def attempt(folder: Path, run_id: str, path: Path, point: str, count: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.store.killed", str(folder), run_id, str(path), point, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def assert_whole(folder: Path, run_id: str, path: Path) -> None:
    with Store(folder) as store:
        assert store.mirror(run_id).path.read_bytes() == path.read_bytes()
        assert store.mirror(run_id).offset == path.stat().st_size
        assert [record.seq for record in store.events(run_id)] == list(range(1, len(EVENTS) + 1))
        points = store.metrics(run_id)
        assert [point.value for point in points["loss"]] == [0.5, 0.25, *range(100)]
        assert sum(map(len, points.values())) == 2 + 2 + 200
        run = store.run(run_id)
        assert (run.state, run.metrics["loss"], run.cells[0].state) == (RunState.SUCCEEDED, 99, "succeeded")
        assert store.findings(run_id) == []
        assert store.check() == []
        assert store.open_runs() == []


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_again_and_again(scene, point):
    killed = 0
    for count in (1, 2, 3, 5, 9):
        process = attempt(*scene, point, count)
        process.communicate(timeout=60)
        assert process.returncode in (0, -9)
        killed += process.returncode == -9
        with Store(scene[0]) as store:
            mirror = store.mirror(scene[1])
            assert mirror.path.read_bytes()[: mirror.offset] == scene[2].read_bytes()[: mirror.offset]
    assert killed >= 3
    last = attempt(*scene, "never", 1)
    last.communicate(timeout=60)
    assert last.returncode == 0
    assert_whole(*scene)


def test_killed_at_any_time(scene):
    chance = random.Random(7)
    for _ in range(8):
        process = attempt(*scene, "never", chance.randrange(1000))
        assert process.stdout is not None
        process.stdout.readline()  # it leads: now any moment will do
        time.sleep(chance.random() * 0.25)
        process.kill()
        process.communicate()
    last = attempt(*scene, "never", 1)
    last.communicate(timeout=60)
    assert last.returncode == 0
    assert_whole(*scene)
