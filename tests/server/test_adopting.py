"""A server that starts anew finds what is open, whoever started it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_mlx import lifecycle
from jupyter_mlx.server.service import Service
from jupyter_mlx.store import Store
from tests.journeys.bed import Bed, write_notebook

from .whole import Whole, wait

LINES = 40


@pytest.fixture
def bed(laptop, tmp_path: Path):
    one = Bed("local", tmp_path / "project", laptop.home / "data" / "jupyter_mlx" / "local", dict(os.environ))
    one.project.mkdir()
    yield one
    one.close()


def test_a_run_of_the_command_line_is_adopted_by_one_server_after_another(bed) -> None:
    code = f"import time\nfor n in range({LINES}): print(n, flush=True); time.sleep(0.1)"
    submitted = bed.submit(write_notebook(bed.project / "nb.ipynb", code))

    first = Service(None)
    first.start()
    seen = wait(lambda: [one for one in first.workbench.store.events(submitted) if one.event["type"] == "stream"])
    assert first.tender.following() == [submitted]
    first._close()
    assert first.tender.following() == []

    second = Service(None)
    second.start()
    try:
        run = wait(lambda: over(second, submitted))
        assert run.state.value == "succeeded"
        events = list(second.workbench.store.events(submitted))
        assert [one.seq for one in events] == list(range(1, len(events) + 1))
        text = "".join(one.event["text"] for one in events if one.event["type"] == "stream")
        assert text.split() == [str(n) for n in range(LINES)]
        assert bed.mirror(submitted) == bed.journal(submitted)
        assert len(seen) <= LINES
    finally:
        second._close()


def test_a_server_that_was_killed_goes_on_where_it_was(bed) -> None:
    """A whole Jupyter server: killed in mid-run, started again, it needs no request to catch up."""
    code = f"import time\nfor n in range({LINES}): print(n, flush=True); time.sleep(0.1)"
    write_notebook(bed.project / "nb.ipynb", code)
    body = {"notebook": "nb.ipynb", "environment": f"existing:{sys.executable}"}
    first = server(bed)
    run_id = first.call("runs", body)["id"]
    wait(lambda: [one for one in first.call(f"runs/{run_id}/logs")["lines"] if one["source"] == "stdout"])
    first.kill()

    second = server(bed)
    with Store(bed.root.parent) as store:
        wait(lambda: lifecycle.over(store.run(run_id)))
        assert store.run(run_id).state.value == "succeeded"
        events = list(store.events(run_id))
    assert [one.seq for one in events] == list(range(1, len(events) + 1))
    text = "".join(one.event["text"] for one in events if one.event["type"] == "stream")
    assert text.split() == [str(n) for n in range(LINES)]
    assert second.stop() == 0


def server(bed: Bed) -> Whole:
    """A Jupyter server on the project; it ends with the test."""
    made = Whole(bed.project, bed.env)
    bed.started.append(made.process)
    return made


def over(service: Service, run_id: str):
    run = service.workbench.store.run(run_id)
    return run if lifecycle.over(run) else None
