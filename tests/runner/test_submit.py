from __future__ import annotations

import concurrent.futures
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner import launch, submit
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.journal import Record, read
from jupyter_mlx.runner.layout import Root, RunPaths
from jupyter_mlx.runner.processes import run_processes
from jupyter_mlx.runner.refusal import Refusal
from jupyter_mlx.runner.verdict import read_exit

from .bed import Peer, eventually, peer, project
from .runs import code_notebook


@pytest.fixture
def root(tmp_path):
    one = Root(str(tmp_path / "root"))
    one.prepare()
    return one


@pytest.fixture
def laptop(tmp_path):
    return BlobStore(str(tmp_path / "laptop"))


def send_all(agent: Peer, blobs: BlobStore, ids: list[str]) -> None:
    for blob in ids:
        data = Path(blobs.path(blob)).read_bytes()
        for at in range(0, max(1, len(data)), 1 << 18):
            agent.blob(data, blob, offset=at, stop=at + (1 << 18))


def events(paths: RunPaths, kind: str) -> list[dict]:
    return [item.event for item in read(paths.journal) if isinstance(item, Record) and item.event["type"] == kind]


def over(paths: RunPaths) -> dict:
    verdict = eventually(lambda: read_exit(paths), 100)
    eventually(lambda: run_processes(paths.id) == [])
    return verdict


@pytest.fixture
def unstarted(monkeypatch):
    """Acceptance alone, without a supervisor; the list of runs that would have been started."""
    started: list[str] = []
    monkeypatch.setattr(submit, "start_supervisor", lambda paths: started.append(paths.id))
    monkeypatch.setattr(submit, "_RACE_S", 0.0)
    return started


# -- acceptance --------------------------------------------------------------------------------------------------


def test_what_is_missing_is_named_and_nothing_is_made(root, laptop, unstarted):
    spec, ids = project(laptop, data=b"x")
    spec["id"] = new_run_id()
    there = BlobStore(root.blobs)
    assert submit.submit(root, there, spec) == {"missing": [spec["bundle"]["digest"], spec["notebook_blob"]]}
    for blob in ids[:-1]:
        there.put(Path(laptop.path(blob)).read_bytes())
    assert submit.submit(root, there, spec) == {"missing": [ids[-1]]}
    assert os.listdir(root.runs) == [] and unstarted == []


def test_an_accepted_run_is_whole_and_private(root, unstarted):
    blobs = BlobStore(root.blobs)
    spec = {**project(blobs)[0], "id": new_run_id(), "cells": [{"index": n, "id": str(n)} for n in (0, 2, 5)]}
    spec["cells"][0]["skip"] = True
    assert submit.submit(root, blobs, spec) == {"accepted": True, "created": True}
    paths = root.run(spec["id"])
    assert json.loads(Path(paths.spec).read_text()) == spec
    messages = [item.event for item in read(paths.inbox)]
    assert [(m["type"], m.get("index"), m.get("skip")) for m in messages] == [
        ("execute", 0, True),
        ("execute", 2, None),
        ("execute", 5, None),
        ("close", None, None),
    ]
    assert sorted(os.listdir(paths.folder)) == ["inbox", "spec.json"]
    for path in (paths.folder, paths.spec, paths.inbox):
        assert os.stat(path).st_mode & 0o077 == 0
    assert unstarted == [spec["id"]]


def test_nothing_counts_before_it_is_on_disk(root, unstarted, monkeypatch):
    done: list[tuple[str, str]] = []
    fsync, rename = os.fsync, os.rename

    def watched_fsync(fd):
        done.append(("fsync", os.path.basename(os.readlink(f"/proc/self/fd/{fd}"))))
        fsync(fd)

    def watched_rename(old, new):
        done.append(("rename", os.path.basename(new)))
        rename(old, new)

    blobs = BlobStore(root.blobs)
    spec = {**project(blobs)[0], "id": new_run_id()}
    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "rename", watched_rename)
    submit.submit(root, blobs, spec)
    names = [name for _, name in done]
    at = names.index(spec["id"])
    assert done[at] == ("rename", spec["id"])
    assert set(names[:at]) >= {"spec.json", "inbox"} and any(name.startswith(".new-") for name in names[:at])
    assert done[at + 1 :] == [("fsync", "runs")]


def test_a_repeat_is_the_same_run_and_other_content_is_a_conflict(root, unstarted):
    blobs = BlobStore(root.blobs)
    spec = {**project(blobs)[0], "id": new_run_id(), "params": {"lr": 0.1, "name": "é"}}
    assert submit.submit(root, blobs, spec)["created"] is True
    blobs.discard(spec["notebook_blob"])
    assert submit.submit(root, blobs, spec) == {"accepted": True, "created": False}, "its blobs may be gone by now"
    assert unstarted == [spec["id"]] * 2, "nobody started it yet"
    Path(root.run(spec["id"]).started).touch()
    submit.submit(root, blobs, spec)
    assert unstarted == [spec["id"]] * 2
    with pytest.raises(Refusal) as caught:
        submit.submit(root, blobs, {**spec, "params": {"lr": 0.2}})
    assert caught.value.code == "conflict" and spec["id"] in caught.value.message


def test_who_loses_the_race_for_the_name_leaves_nothing(root, unstarted):
    blobs = BlobStore(root.blobs)
    spec = {**project(blobs)[0], "id": new_run_id()}
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: submit.submit(root, blobs, spec), range(40)))
    assert sorted(answer["created"] for answer in answers) == [False] * 39 + [True]
    assert os.listdir(root.runs) == [spec["id"]]


@pytest.mark.skipif(os.getuid() != 0, reason="a small disk is mounted by root")
def test_a_full_disk_is_named_and_leaves_no_half_run(tmp_path, laptop):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", small]).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        spec, ids = project(laptop, large=os.urandom(2 << 20))
        spec["id"] = new_run_id()
        with peer(small) as agent:
            send_all(agent, laptop, ids)
            error = agent.request("submit", spec=spec)["error"]
            assert error["code"] == "no_space" and str(small) in error["message"] and error["hint"]
            assert [name for name in os.listdir(small / "runs") if not name.startswith(".")] == []
            for path in (small / "blobs").rglob("*"):
                if path.is_file() and not path.name.startswith("."):
                    assert (small / "blobs" / path.parent.name / path.name).stat().st_size > 0
            (small / "filler").write_bytes(b"\0" * (disk_left(small) - 4096))
            little, little_ids = project(laptop)
            little["id"] = new_run_id()
            send_all(agent, laptop, little_ids)
            reply = agent.request("submit", spec={**little, "params": {"x": "y" * 100_000}})
            assert reply["error"]["code"] == "no_space"
            assert os.listdir(small / "runs") == []
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def disk_left(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


# -- with real supervisors ---------------------------------------------------------------------------------------


def test_one_flight_of_blobs_and_submit_runs_the_notebook(root, laptop):
    spec, ids = project(laptop)
    spec["id"] = new_run_id()
    with peer(Path(root.folder)) as agent:
        send_all(agent, laptop, ids)
        assert agent.request("submit", spec=spec) == {"accepted": True, "created": True}
        number = agent.ask("follow", run=spec["id"], offset=0)
        data = b""
        while True:
            frame = agent.receive(100)
            data += frame.body
            if frame.body:
                agent.send({"op": "ack", "follow": number, "offset": len(data)})
            if frame.header.get("end"):
                break
        run = agent.request("status", run=spec["id"])["run"]
    paths = root.run(spec["id"])
    assert data == Path(paths.journal).read_bytes() and len(data) == run["exit"]["journal_bytes"]
    assert run["state"] == "succeeded", run["exit"]
    assert [event["text"] for event in events(paths, "stream")] == ["hello\n"]
    over(paths)


def test_the_run_outlives_its_agent_and_clings_to_nothing_of_it(root, laptop):
    spec, ids = project(laptop, code_notebook("import time; time.sleep(3)"))
    spec["id"] = new_run_id()
    agent = Peer(Path(root.folder))
    send_all(agent, laptop, ids)
    assert agent.request("submit", spec=spec)["created"]
    paths = root.run(spec["id"])
    eventually(lambda: os.path.exists(paths.supervisor))
    pid = json.loads(Path(paths.supervisor).read_text())["pid"]
    agent.process.kill()
    agent.close()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    parent, session = int(fields[1]), int(fields[3])
    assert parent != agent.process.pid and session not in (os.getsid(0), pid)
    targets = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in ("0", "1", "2")}
    assert targets <= {"/dev/null", paths.trouble}
    assert over(paths)["state"] == "succeeded"


CALLER = """
import concurrent.futures, json, sys, threading
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.layout import Root
from jupyter_mlx.runner.submit import submit
root, spec = Root(sys.argv[1]), json.loads(sys.argv[2])
with concurrent.futures.ThreadPoolExecutor(20) as pool:
    answers = list(pool.map(lambda _: submit(root, BlobStore(root.blobs), spec), range(20)))
print(sum(answer["created"] for answer in answers), sum(answer["accepted"] for answer in answers))
"""


def test_two_processes_of_twenty_threads_start_one_run(root):
    spec = {**project(BlobStore(root.blobs))[0], "id": new_run_id()}
    spec["environment"] = {"kind": "existing", "target": "/does/not/exist"}
    argv = [sys.executable, "-c", CALLER, root.folder, json.dumps(spec)]
    here = Path(__file__).parents[2]
    callers = [subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=here, text=True) for _ in range(2)]
    answers = [caller.communicate(timeout=100)[0].split() for caller in callers]
    assert sorted(answers) == [["0", "20"], ["1", "20"]]
    paths = root.run(spec["id"])
    assert over(paths)["cause"] == "environment"
    assert len([e for e in events(paths, "state") if e["state"] == "preparing"]) == 1
    assert len(events(paths, "exit")) == 1


def test_an_agent_killed_at_any_moment_leaves_one_run_or_none(root, laptop):
    random.seed(20)
    spec, ids = project(laptop, **{f"f{n}": os.urandom(3000) for n in range(30)})
    spec["environment"] = {"kind": "existing", "target": "/does/not/exist"}
    runs = []
    for _ in range(8):
        one = {**spec, "id": new_run_id()}
        runs.append(one["id"])
        agent = Peer(Path(root.folder))
        send_all(agent, laptop, ids)
        agent.ask("submit", spec=one)
        time.sleep(random.random() * 0.04)
        agent.process.kill()
        agent.close()
        assert sum(name == one["id"] for name in os.listdir(root.runs)) <= 1
        with peer(Path(root.folder)) as again:
            send_all(again, laptop, ids)
            assert again.request("submit", spec=one)["accepted"]
        paths = root.run(one["id"])
        assert over(paths)["cause"] == "environment"
        assert len([e for e in events(paths, "state") if e["state"] == "preparing"]) == 1
    assert sorted(name for name in os.listdir(root.runs) if not name.startswith(".")) == sorted(runs)


def test_a_run_that_was_accepted_and_forgotten_is_started_at_the_next_contact(root):
    blobs = BlobStore(root.blobs)
    for contact in ("none", "runs", "status", "follow"):
        spec = {**project(blobs)[0], "id": new_run_id(), "environment": {"kind": "existing", "target": "/none"}}
        paths = root.run(spec["id"])
        with peer(Path(root.folder)) as agent:
            assert "time" in agent.request("ping")
            if contact != "none":
                time.sleep(0.2)  # the look around at the start is over
            assert submit._make(root, paths, spec)
            past = time.time() - launch.PATIENCE_S - 1
            os.utime(paths.spec, (past, past))
            if contact == "runs":
                agent.frames("runs")
            elif contact == "status":
                agent.request("status", run=paths.id)
            elif contact == "follow":
                agent.ask("follow", run=paths.id, offset=0)
                agent.receive()
            else:
                with peer(Path(root.folder)) as fresh:
                    eventually(lambda: os.path.exists(paths.started))  # noqa: B023
                    assert fresh.hello
            assert over(paths)["state"] == "failed"
