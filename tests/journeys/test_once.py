"""A run id starts at most once, whatever kills or repeats the submit."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .bed import Bed, until
from .conftest import BedFactory

POINTS = 50
MARK = "import os\nwith open(os.environ['JUPYTER_MLX_OUTPUTS'] + '/starts', 'a') as f: f.write('x')"

SUBMITTERS = """
import json, sys, threading
from pathlib import Path
from jupyter_mlx.link.connect import connect
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.transport import make_transport
from jupyter_mlx.transport.pipe import Unattended
from jupyter_mlx.workbench import Workbench

spec = json.loads(Path(sys.argv[1]).read_text())
with Workbench() as bench:
    machine = bench.machines.find(sys.argv[2])
    blobs = bench.blobs
    ids = [i for i, _ in blobs.walk(spec["bundle"]["digest"])] + [spec["notebook_blob"]]
    link = connect(machine, make_transport(machine, Unattended()))
    gate = threading.Barrier(20)
    answers = []

    def submit():
        gate.wait()
        answers.append(link.submit(spec, blobs, ids, set()).created)

    threads = [threading.Thread(target=submit) for _ in range(20)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    link.close()
    print(json.dumps(answers))
"""


def starts(bed: Bed) -> dict[str, int]:
    """How often each run on the machine started, by what its notebook wrote."""
    found = {}
    for folder in (bed.root / "runs").glob("[0-9A-Z]*"):
        mark = folder / "outputs" / "starts"
        found[folder.name] = len(mark.read_text()) if mark.exists() else 0
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["local", "ssh", "openssh"])
def test_clients_killed_at_random_points_make_one_run_or_none(make_bed: BedFactory, kind: str) -> None:
    bed = make_bed(kind)
    notebook = bed.notebook(MARK)
    whole = time.monotonic()
    first = bed.submit(notebook)
    whole = time.monotonic() - whole
    bed.ended(first)
    seed = random.Random(20)
    environment = f"existing:{sys.executable}"
    for _ in range(POINTS):
        process = bed.start(
            "run", notebook, "--on", bed.name, "--env", environment, "--detach", stdout=subprocess.DEVNULL
        )
        # Before the first byte nothing can go wrong: aim at the second part of a submit's time.
        time.sleep(whole * seed.uniform(0.3, 1.1))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    # Whoever comes next finishes what the killed ones left behind.
    until(lambda: not unfinished(bed), "all runs to be over", 200)
    known = {run["id"]: run for run in listed(bed)}
    on_machine = starts(bed)
    assert set(on_machine) == set(known), "a run that nobody here knows, or one that never arrived"
    assert all(run["state"] == "succeeded" for run in known.values()), known
    assert set(on_machine.values()) == {1}
    assert 1 <= len(known) <= POINTS + 1
    numbers = [run["number"] for run in known.values()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def listed(bed: Bed) -> list[dict[str, object]]:
    """Every run the laptop knows."""
    return [json.loads(line) for line in bed.cli("runs", "--json").stdout.splitlines()]


def unfinished(bed: Bed) -> list[dict[str, object]]:
    """Runs that are not over."""
    return [run for run in listed(bed) if run["state"] not in ("succeeded", "failed", "cancelled", "lost")]


def test_two_processes_with_twenty_threads_each_start_it_once(bed: Bed, tmp_path: Path) -> None:
    seen = bed.submit(bed.notebook(MARK))
    bed.ended(seen)
    spec = json.loads((bed.folder(seen) / "spec.json").read_text())
    spec["id"] = spec["id"][:-4] + "ZZZZ"
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    (tmp_path / "submit.py").write_text(SUBMITTERS)
    argv = [sys.executable, str(tmp_path / "submit.py"), str(tmp_path / "spec.json"), bed.name]
    processes = [subprocess.Popen(argv, env=bed.env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    created = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert [len(answers) for answers in created] == [20, 20]
    assert sum(map(sum, created)) == 1
    until((bed.folder(spec["id"]) / "exit.json").exists, "the run to end")
    assert starts(bed)[spec["id"]] == 1
