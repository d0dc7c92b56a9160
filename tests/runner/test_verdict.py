from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlx.runner import verdict
from jupyter_mlx.runner.durable import write_json
from jupyter_mlx.runner.journal import Journal, Record, read
from jupyter_mlx.runner.layout import Root
from jupyter_mlx.runner.processes import identity, run_processes
from jupyter_mlx.runner.runs import describe
from jupyter_mlx.runner.verdict import is_alive, read_exit, settle

from .bed import eventually, made_run, peer, written

KEYS = [
    *("state", "reason", "cause", "code", "signal", "cell", "ename", "evalue"),
    *("started", "ended", "duration_s", "rss_peak", "journal_bytes", "boot_id"),
]


@pytest.fixture
def root(tmp_path):
    return Root(str(tmp_path / "root"))


def events(paths):
    return [item.event for item in read(paths.journal) if isinstance(item, Record)]


def hold(paths):
    fd = os.open(paths.alive, os.O_RDWR | os.O_CREAT)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd


def test_the_living_and_the_unborn_get_no_verdict(root):
    paths = made_run(root, started=False)
    assert settle(paths) is None and not is_alive(paths)
    assert not os.path.exists(paths.alive), "the lock is the starter's: a look must not take it even for a moment"
    Path(paths.started).touch()
    fd = hold(paths)
    assert settle(paths) is None and is_alive(paths) and read_exit(paths) is None
    os.close(fd)
    assert not is_alive(paths)


def test_a_killed_supervisor(root):
    paths = made_run(root)
    write_json(paths.supervisor, identity(os.getpid()))
    written(
        paths,
        {"type": "state", "state": "running"},
        {"type": "sample", "rss_peak": 12345},
        {"type": "cell", "cell": 2, "state": "running"},
        {"type": "stream", "cell": 2, "text": "earlier output"},
    )
    before = events(paths)
    found = settle(paths)
    assert (found["state"], found["cause"], found["cell"]) == ("lost", "supervisor_died", 2)
    assert "cell 3" in found["reason"] and found["rss_peak"] == 12345
    assert sorted(found) == sorted(KEYS)
    assert found["started"] <= found["ended"] and found["duration_s"] >= 0
    after = events(paths)
    assert after[: len(before)] == before, "all earlier output is kept"
    state, last = after[len(before) :]
    assert (state["type"], state["state"]) == ("state", "lost")
    assert last["type"] == "exit" and {key: last[key] for key in KEYS if key != "journal_bytes"} == {
        key: found[key] for key in KEYS if key != "journal_bytes"
    }
    assert found["journal_bytes"] == os.stat(paths.journal).st_size
    assert settle(paths) == found == json.loads(Path(paths.exit).read_text())
    assert events(paths) == after, "said once"


def test_a_reboot(root, tmp_path, monkeypatch):
    paths = made_run(root)
    write_json(paths.supervisor, identity(os.getpid()))
    written(paths, {"type": "cell", "cell": 0, "state": "succeeded"})
    (tmp_path / "boot").write_text("another-boot")
    monkeypatch.setenv("JMLX_BOOT_ID_FILE", str(tmp_path / "boot"))
    found = settle(paths)
    assert (found["state"], found["cause"], found["cell"]) == ("lost", "rebooted", None)
    assert "rebooted" in found["reason"] and found["boot_id"] == "another-boot"


def test_the_work_was_over_before_the_supervisor_died(root):
    paths = made_run(root)
    report = {
        "state": "failed",
        "cause": "cell_error",
        "reason": "cell 1 raised",
        "cell": 1,
        "ename": "E",
        "evalue": "v",
    }
    write_json(os.path.join(paths.folder, "host.json"), report)
    found = settle(paths)
    assert {key: found[key] for key in report if key != "reason"} == {k: v for k, v in report.items() if k != "reason"}
    assert found["reason"].startswith("cell 1 raised") and "supervisor died" in found["reason"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"state": "dancing"}', b'{"state": []}'])
def test_a_damaged_report_of_the_host_does_not_count(root, content):
    paths = made_run(root)
    Path(paths.folder, "host.json").write_bytes(content)
    assert settle(paths)["cause"] == "supervisor_died"


def test_dead_between_the_last_event_and_exit_json(root):
    paths = made_run(root)
    said = {"state": "succeeded", "cause": "done", "reason": None, "boot_id": "x", "started": 1.0, "ended": 2.0}
    whole = written(paths, {"type": "state", "state": "succeeded"}, {"type": "exit", **said})
    assert settle(paths) == {**said, "journal_bytes": len(whole)}
    assert Path(paths.journal).read_bytes() == whole


def test_what_stands_in_outputs_is_told_so_that_it_can_be_fetched(root):
    paths = made_run(root)
    os.mkdir(paths.outputs)
    Path(paths.outputs, "checkpoint").write_bytes(b"weights")
    settle(paths)
    (told,) = [event for event in events(paths) if event["type"] == "outputs"]
    assert [(item["path"], item["size"], item["area"]) for item in told["files"]] == [("checkpoint", 7, "outputs")]
    assert events(paths)[-1]["type"] == "exit"


def test_many_who_look_at_once_say_it_once(root):
    paths = made_run(root)
    written(paths, {"type": "state", "state": "running"})
    found = []
    threads = [threading.Thread(target=lambda: found.append(settle(paths))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    code = "import sys; from jupyter_mlx.runner import verdict, layout\nverdict.settle(layout.RunPaths(sys.argv[1]))\n"
    subprocess.run([sys.executable, "-c", code, paths.folder], check=True, cwd=Path(__file__).parents[2])
    assert [event["type"] for event in events(paths)] == ["state", "state", "exit"]
    assert {json.dumps(one, sort_keys=True) for one in found if one} == {json.dumps(settle(paths), sort_keys=True)}


def test_strays_of_the_run_are_ended_and_strangers_are_not(root):
    paths = made_run(root)
    code = "import os, time; os.fork(); os.setsid() if os.getpid() != os.getsid(0) else None; time.sleep(60)"
    stray = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "JMLX_RUN": paths.id}, start_new_session=True
    )
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        eventually(lambda: len(run_processes(paths.id)) == 2)
        assert settle(paths)["state"] == "lost"
        assert run_processes(paths.id) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        stray.kill()
        stray.wait()


def test_a_full_disk_still_gets_exit_json(root, monkeypatch):
    paths = made_run(root)
    Path(paths.ballast).write_bytes(b"\0" * (1 << 20))
    whole = written(paths, {"type": "state", "state": "running"})

    def full(self, found, durable=False):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Journal, "extend", full)
    found = settle(paths)
    assert found["state"] == "lost" and found["journal_bytes"] == len(whole)
    assert json.loads(Path(paths.exit).read_text())["state"] == "lost"


def test_a_supervisor_that_never_came_up_leaves_its_last_words(root):
    paths = made_run(root, started=False)
    Path(paths.trouble).write_text("Traceback\nModuleNotFoundError: No module named 'zlib'\n")
    assert settle(paths) is None, "not yet: it may still come"
    past = time.time() - 60
    os.utime(paths.spec, (past, past))
    found = settle(paths)
    assert (found["state"], found["cause"]) == ("failed", "internal")
    assert "zlib" in found["reason"]


def test_a_damaged_exit_json_is_a_verdict_that_says_so(root):
    paths = made_run(root)
    Path(paths.exit).write_bytes(b"{\0")
    assert read_exit(paths)["state"] == "lost" and "damaged" in describe(paths)["exit"]["reason"]


def test_status_settles_over_the_wire(root):
    paths = made_run(root)
    with peer(Path(root.folder)) as agent:
        run = agent.request("status", run=paths.id)["run"]
        assert (run["state"], run["alive"], run["exit"]["cause"]) == ("lost", False, "supervisor_died")
    assert verdict.read_exit(paths) == run["exit"]
