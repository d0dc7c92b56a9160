from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlx.runner import launch
from jupyter_mlx.runner.durable import write_json
from jupyter_mlx.runner.launch import runner_command, start_forgotten, start_supervisor, waits_for_start
from jupyter_mlx.runner.layout import Root
from jupyter_mlx.runner.verdict import read_exit

from .bed import eventually, install, made_run, project

DETACHED = """
import os, sys, time
from jupyter_mlx.runner.launch import detach
extra = os.open("/dev/null", os.O_RDONLY); os.set_inheritable(extra, True)
detach()
fds = sorted(os.listdir("/proc/self/fd"), key=int)
with open(sys.argv[1], "w") as out:
    print(os.getpid(), os.getppid(), os.getsid(0), oct(os.umask(0)), extra in map(int, fds[:-1]), file=out)
"""


@pytest.fixture
def root(tmp_path):
    return Root(str(tmp_path / "root"))


def test_detached_means_another_session_no_parent_and_no_files_of_others(tmp_path):
    told = tmp_path / "told"
    argv = [sys.executable, "-c", DETACHED, str(told)]
    child = subprocess.Popen(argv, cwd=Path(__file__).parents[2])
    assert child.wait(60) == 0
    pid, parent, session, umask, leaked = eventually(lambda: told.exists() and told.read_text().split())
    assert parent != str(os.getpid()) and session not in (pid, str(os.getsid(0)))
    assert umask == "0o77" and leaked == "False"


def test_the_command_runs_this_code_from_checkout_zip_and_folder(tmp_path):
    archive = install(tmp_path)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from jupyter_mlx.runner.launch import runner_command as command\n"
        "print('\\n'.join(command('agent', '--root', 'x')))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, archive], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [sys.executable, "-I", "-S", archive, "agent", "--root", "x"]
    argv = runner_command("nonsense")
    done = subprocess.run(argv, cwd="/", capture_output=True, text=True)
    assert done.returncode == 2 and "usage" in done.stderr


def test_only_what_waits_long_enough_is_started(root):
    fresh, old, begun, over = (made_run(root, started=False) for _ in range(4))
    past = time.time() - launch.PATIENCE_S - 1
    for paths in (old, begun, over):
        os.utime(paths.spec, (past, past))
    Path(begun.started).touch()
    write_json(over.exit, {"state": "failed"})
    assert [waits_for_start(paths) for paths in (fresh, old, begun, over)] == [False, True, False, False]
    assert not waits_for_start(root.run("0" * 26))


def test_started_once_however_often_it_is_asked_for(root):
    spec = {**project_of(root), "environment": {"kind": "existing", "target": "/does/not/exist"}}
    paths = made_run(root, spec, started=False)
    past = time.time() - launch.PATIENCE_S - 1
    os.utime(paths.spec, (past, past))
    assert start_forgotten(root) == 1
    for _ in range(5):
        start_supervisor(paths)
        launch._launched.clear()
    assert eventually(lambda: read_exit(paths), 60)["cause"] == "environment"
    assert start_forgotten(root) == 0


def project_of(root: Root) -> dict:
    from jupyter_mlx.runner.blobs import BlobStore

    root.prepare()
    return project(BlobStore(root.blobs))[0]


def test_a_disk_without_room_for_complaints_does_not_stop_the_start(root):
    spec = {**project_of(root), "environment": {"kind": "existing", "target": "/does/not/exist"}}
    paths = made_run(root, spec, started=False)
    os.mkdir(paths.trouble)  # cannot be opened as a file
    start_supervisor(paths)
    assert eventually(lambda: read_exit(paths), 60)["state"] == "failed"
