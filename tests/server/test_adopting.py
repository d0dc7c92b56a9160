"""A server that starts anew finds what is open, whoever started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from jupyter_mlx import lifecycle
from jupyter_mlx.server.service import Service
from jupyter_mlx.store import Store
from tests.journeys.bed import Bed, write_notebook
from tests.support.sshd import free_port

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
    first, address = server(bed)
    run_id = call(address + "runs", body)["id"]
    wait(lambda: [one for one in call(address + f"runs/{run_id}/logs")["lines"] if one["source"] == "stdout"])
    first.kill()
    first.wait(10)

    second, _ = server(bed)
    with Store(bed.root.parent) as store:
        wait(lambda: lifecycle.over(store.run(run_id)))
        assert store.run(run_id).state.value == "succeeded"
        events = list(store.events(run_id))
    assert [one.seq for one in events] == list(range(1, len(events) + 1))
    text = "".join(one.event["text"] for one in events if one.event["type"] == "stream")
    assert text.split() == [str(n) for n in range(LINES)]
    second.terminate()
    assert second.wait(20) == 0


def server(bed: Bed) -> tuple[subprocess.Popen[str], str]:
    """A Jupyter server on the project, and where our routes are."""
    port = free_port()
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}"]
    config = ["--IdentityProvider.token=t", f"--ServerApp.root_dir={bed.project}", "--ServerApp.base_url=/user/x%20y/"]
    extensions = "--ServerApp.jpserver_extensions={'jupyter_mlx': True}"
    process = subprocess.Popen([*command, *config, extensions], env=bed.env, cwd=bed.project, text=True)
    bed.started.append(process)
    address = f"http://127.0.0.1:{port}/user/x%20y/jupyter-mlx/"
    wait(lambda: answers(address + "status"))
    return process, address


def call(address: str, body: object = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": "token t", "Content-Type": "application/json"}
    request = urllib.request.Request(address, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def answers(address: str) -> bool:
    try:
        return bool(call(address))
    except OSError:
        return False


def over(service: Service, run_id: str):
    run = service.workbench.store.run(run_id)
    return run if lifecycle.over(run) else None


def wait(condition):
    """What the condition gives once it is true."""
    for _ in range(1200):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")
