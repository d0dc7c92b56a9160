from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner import submit
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.durable import write_json
from jupyter_mlx.runner.env_lock import hold
from jupyter_mlx.runner.gc import BLOB_AGE_S, PART_AGE_S, RUNNER_AGE_S, Collection, empty_trash, remove
from jupyter_mlx.runner.layout import Root, RunPaths
from jupyter_mlx.runner.refusal import Refusal

from .bed import made_run, peer, project, written

DAY = 86400.0


@pytest.fixture
def root(tmp_path):
    one = Root(str(tmp_path / "root"))
    one.prepare()
    return one


def age(path: str, seconds: float) -> None:
    past = time.time() - seconds
    os.utime(path, (past, past), follow_symlinks=False)


def age_blobs(root: Root) -> None:
    for path in Path(root.blobs).rglob("*"):
        age(str(path), 2 * BLOB_AGE_S)


def finished(root: Root, days: float = 100, **files: bytes) -> RunPaths:
    """A run that ended so many days ago."""
    paths = made_run(root, project(BlobStore(root.blobs), **files)[0])
    os.makedirs(os.path.join(paths.work, "sub"))
    Path(paths.work, "sub", "data").write_bytes(b"x" * 50_000)
    write_json(paths.exit, {"state": "succeeded"})
    age(paths.exit, days * DAY)
    return paths


def collect(root: Root, keep: list[str] | None = None, keep_days: float = 30, *, dry_run: bool = False) -> Collection:
    one = Collection(root, keep or [], keep_days, dry_run)
    freed = one.collect()
    assert freed == sum(item["bytes"] for item in one.items)
    return one


def gone(one: Collection, kind: str) -> set[str]:
    return {item["id"] for item in one.items if item["kind"] == kind}


def environment(root: Root, digest: str) -> str:
    folder = root.env(digest)
    os.makedirs(os.path.join(folder, "venv", "bin"))
    Path(folder, ".lock").touch()
    Path(folder, ".complete").touch()
    os.symlink("/bin/sh", os.path.join(folder, "venv", "bin", "python"))
    age(os.path.join(folder, ".lock"), 100 * DAY)
    return folder


def test_runs_that_are_old_and_not_kept_go_with_what_only_they_needed(root):
    old, kept, fresh = finished(root, a=b"old"), finished(root, b=b"kept"), finished(root, 1, c=b"fresh")
    living = made_run(root, project(BlobStore(root.blobs), d=b"living")[0], started=False)
    age_blobs(root)
    store = BlobStore(root.blobs)
    bundle = {paths.id: bundle_of(paths) for paths in (old, kept, fresh, living)}
    one = collect(root, [kept.id])
    assert gone(one, "run") == {old.id} and not os.path.exists(old.folder)
    assert one.items[0]["bytes"] >= 50_000
    assert set(root.run_ids()) == {kept.id, fresh.id, living.id}
    assert bundle[old.id] in gone(one, "blob") and not store.has(bundle[old.id])
    for paths in (kept, fresh, living):
        assert store.missing(bundle[paths.id], notebook_of(paths)) == []
    assert os.listdir(root.trash) == []
    assert collect(root, [kept.id]).items == []


def bundle_of(paths: RunPaths) -> str:
    from jupyter_mlx.runner.durable import read_json

    return str(read_json(paths.spec)["bundle"]["digest"])


def notebook_of(paths: RunPaths) -> list[str]:
    from jupyter_mlx.runner.durable import read_json

    return [read_json(paths.spec)["notebook_blob"]]


def test_a_dry_run_says_the_same_and_does_nothing(root):
    finished(root, a=b"x")
    finished(root, 1, b=b"y")
    age_blobs(root)
    before = sorted(str(path) for path in Path(root.folder).rglob("*"))
    said = collect(root, dry_run=True)
    assert sorted(str(path) for path in Path(root.folder).rglob("*") if path.name != ".sweep.lock") == before
    done = collect(root)
    assert [(item["kind"], item["id"]) for item in said.items] == [(item["kind"], item["id"]) for item in done.items]


def test_a_young_blob_may_belong_to_a_submit_under_way(root):
    store = BlobStore(root.blobs)
    young, old = store.put(b"young"), store.put(b"old")
    age(store.path(old), 2 * BLOB_AGE_S)
    assert gone(collect(root, keep_days=0), "blob") == {old}
    assert store.has(young)


def test_content_named_only_by_blobs_and_tools_is_kept(root):
    store = BlobStore(root.blobs)
    wheel, uv = store.put(b"wheel"), store.put(b"uv")
    made_run(root, {**project(store)[0], "blobs": [wheel], "tools": {"uv": uv, "other": None}}, started=False)
    age_blobs(root)
    assert collect(root).items == []


def test_what_stands_beside_a_hole_in_a_tree_is_kept(root):
    store = BlobStore(root.blobs)
    paths = made_run(root, project(store, a=b"a", b=b"b")[0], started=False)
    age_blobs(root)
    missing = next(blob for blob, is_tree in store.walk(bundle_of(paths)) if not is_tree)
    store.discard(missing)
    assert collect(root).items == []


def test_environments_in_use_or_used_of_late_stay(root):
    unused, held, late, named = (f"{n}" * 64 for n in range(1, 5))
    folders = {digest: environment(root, digest) for digest in (unused, held, late, named)}
    fds = hold(root, [late])
    assert fds
    os.close(fds[0])  # a run of a moment ago
    lock = os.open(os.path.join(folders[held], ".lock"), os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_SH)  # a run of 100 days
    paths = finished(root, 1)
    written(paths, {"type": "environment", "digest": named})
    assert gone(collect(root), "env") == {unused}
    assert not os.path.exists(folders[unused])
    os.close(lock)
    assert gone(collect(root), "env") == {held}
    assert gone(collect(root, keep_days=0), "env") == {named}, "its run went too; `late` was used within the hour"
    assert os.path.exists(folders[late])


def test_what_was_left_half_way_goes_after_a_day(root):
    for name in (".part-" + "a" * 64, ".part-new-0123"):
        Path(root.blobs, name).write_bytes(b"x")
        age(os.path.join(root.blobs, name), PART_AGE_S + 10)
    Path(root.blobs, ".part-" + "b" * 64).write_bytes(b"arriving")
    os.mkdir(os.path.join(root.runs, ".new-x"))
    age(os.path.join(root.runs, ".new-x"), PART_AGE_S + 10)
    assert gone(collect(root), "part") == {"a" * 64, "new-0123", "x"}
    assert os.path.exists(os.path.join(root.blobs, ".part-" + "b" * 64))


def test_old_versions_of_the_runner_go_once_nothing_runs_from_them(root):
    for name in ("a" * 64, "a" * 64 + ".pyz"):
        Path(root.runner, name).write_bytes(b"x")
        age(os.path.join(root.runner, name), RUNNER_AGE_S + 10)
    Path(root.runner, "b" * 64 + ".pyz").write_bytes(b"of another client, last week")
    living = made_run(root, started=False)
    assert gone(collect(root), "runner") == set()
    write_json(living.exit, {"state": "succeeded"})
    assert gone(collect(root), "runner") == {"a" * 64, "a" * 64 + ".pyz"}
    assert os.listdir(root.runner) == ["b" * 64 + ".pyz"]


def test_the_trash_of_a_clearing_that_died_is_emptied_also_what_resists(root):
    stubborn = os.path.join(root.trash, "x", "run", "work")
    os.makedirs(stubborn)
    Path(stubborn, "file").touch()
    os.chmod(stubborn, 0o500)
    os.symlink("/etc", os.path.join(root.trash, "link"))
    empty_trash(root)
    assert os.listdir(root.trash) == [] and os.path.isdir("/etc")


def test_a_dead_run_gets_its_verdict_before_it_can_be_old(root):
    paths = made_run(root)
    assert collect(root).items == []
    assert os.path.exists(paths.exit)
    assert gone(collect(root, keep_days=0), "run") == {paths.id}


def test_what_a_submit_found_here_is_not_swept_before_its_run_appears(root, monkeypatch):
    monkeypatch.setattr(submit, "start_supervisor", lambda paths: None)
    monkeypatch.setattr(submit, "_RACE_S", 0.0)
    found, go_on = threading.Event(), threading.Event()
    make = submit._make

    def slowly(*arguments):
        found.set()
        assert go_on.wait(30)
        return make(*arguments)

    monkeypatch.setattr(submit, "_make", slowly)
    store = BlobStore(root.blobs)
    spec = {**project(store, f=b"of an earlier run")[0], "id": new_run_id()}
    age_blobs(root)
    answers: list[dict] = []
    submitting = threading.Thread(target=lambda: answers.append(submit.submit(root, store, spec)))
    submitting.start()
    assert found.wait(30)
    sweeping = threading.Thread(target=collect, args=(root,))
    sweeping.start()
    sweeping.join(0.5)
    assert sweeping.is_alive(), "it waits for the submit"
    go_on.set()
    submitting.join()
    sweeping.join()
    assert answers == [{"accepted": True, "created": True}]
    assert store.missing(spec["bundle"]["digest"], [spec["notebook_blob"]]) == []


def test_remove(root):
    over, living = finished(root, 0), made_run(root, started=False)
    assert remove(root, over) >= 50_000
    assert not os.path.exists(over.folder) and os.listdir(root.trash) == []
    with pytest.raises(Refusal) as caught:
        remove(root, living)
    assert caught.value.code == "conflict" and os.path.exists(living.folder)
    with pytest.raises(Refusal) as caught:
        remove(root, over)
    assert caught.value.code == "not_found"


def test_over_the_wire(root):
    old, over = finished(root), finished(root, 0)
    age_blobs(root)
    with peer(Path(root.folder)) as agent:
        said = agent.request("gc", dry_run=True, keep=[], keep_days=30)
        assert {"kind": "run", "id": old.id, "bytes": said["items"][0]["bytes"]} in said["items"]
        assert os.path.exists(old.folder)
        assert agent.request("gc", dry_run=False, keep=[over.id], keep_days=0.5)["freed"] == said["freed"] > 50_000
        assert agent.request("remove", run=over.id)["freed"] >= 50_000
        assert agent.request("remove", run=over.id)["error"]["code"] == "not_found"
        assert [frame.header for frame in agent.frames("runs")] == [{"n": 4 + 1, "end": True}]
