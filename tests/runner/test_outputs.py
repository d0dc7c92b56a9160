"""What a run left behind: found, hashed, never followed, in events that fit."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.runner import outputs
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.layout import RunPaths
from jupyter_mlx.runner.outputs import collect
from jupyter_mlx.runner.trees import Entry


class Bed:
    """A run whose bundle lies in work/."""

    def __init__(self, folder: Path) -> None:
        self.blobs = BlobStore(str(folder / "blobs"))
        inner, size = self.blobs.put_tree([Entry("deep.txt", "file", self.blobs.put(b"deep"), 4)])
        entries = [
            Entry("a.py", "file", self.blobs.put(b"a"), 1),
            Entry("run.sh", "exec", self.blobs.put(b"#!"), 2),
            Entry("inner", "dir", inner, size),
            Entry("link", "link", target="a.py"),
        ]
        self.bundle, _ = self.blobs.put_tree(entries)
        self.paths = RunPaths(str(folder / "run"))
        os.makedirs(self.paths.outputs)
        self.blobs.materialise(self.bundle, self.paths.work)
        time.sleep(0.02)  # the file system's clock has ticks
        os.utime(self.paths.outputs)
        self.made = os.stat(self.paths.outputs).st_ctime_ns
        time.sleep(0.02)
        self.work, self.out = Path(self.paths.work), Path(self.paths.outputs)
        self.events: list[dict[str, Any]] = []

    def collect(self) -> dict[str, str]:
        """Area/path -> sha256."""
        collect(self.paths, self.blobs, self.bundle, self.made, lambda kind, **fields: self.events.append(fields))
        files = [entry for event in self.events for entry in event["files"]]
        for entry in files:
            content = (Path(self.paths.folder) / entry["area"] / entry["path"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["size"], entry["sha256"])
        return {f"{entry['area']}/{entry['path']}": entry["sha256"] for entry in files}

    def skipped(self) -> dict[str, str]:
        return {entry["path"]: entry["why"] for event in self.events for entry in event["skipped"]}


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def test_nothing_left_nothing_said(bed: Bed) -> None:
    assert bed.collect() == {}
    assert bed.events == []


def test_new_and_changed_files_and_nothing_else(bed: Bed) -> None:
    (bed.out / "model.bin").write_bytes(b"weights")
    (bed.out / "sub").mkdir()
    (bed.out / "sub" / "empty").touch()
    (bed.work / "new.csv").write_text("1,2")
    (bed.work / "inner" / "deep.txt").write_text("DEEP")
    (bed.work / "a.py").write_text("a")  # written again with the same content
    os.chmod(bed.work / "run.sh", 0o600)
    os.symlink(bed.out, bed.work / "outputs")
    for clutter in ("__pycache__/a.pyc", ".ipynb_checkpoints/x-checkpoint.ipynb", "old.pyc"):
        path = bed.work / clutter
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    expected = {"outputs/model.bin", "outputs/sub/empty", "work/inner/deep.txt", "work/new.csv"}
    assert set(bed.collect()) == expected
    assert bed.skipped() == {}


def test_a_change_of_the_same_length_with_the_old_time_is_seen(bed: Bed) -> None:
    before = os.stat(bed.work / "a.py")
    (bed.work / "a.py").write_text("b")
    os.utime(bed.work / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert set(bed.collect()) == {"work/a.py"}


def test_a_renamed_file_of_the_bundle_is_new(bed: Bed) -> None:
    os.rename(bed.work / "a.py", bed.work / "b.py")
    assert set(bed.collect()) == {"work/b.py"}


def test_what_is_no_regular_file_is_named_and_not_opened(bed: Bed) -> None:
    os.symlink("/etc/passwd", bed.out / "link")
    os.symlink("/etc", bed.out / "folder")
    os.mkfifo(bed.out / "pipe")  # opening it would wait for ever
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(bed.out)
    listener.bind("socket")
    os.chdir(here)
    listener.close()
    assert bed.collect() == {}
    wrong = "not a regular file"
    assert bed.skipped() == {"link": "a link", "folder": "a link", "pipe": wrong, "socket": wrong}


@pytest.mark.parametrize("name", ["a b'\";$(touch x)\n.csv", "-rf", "é", "x" * 255, "\udcff.bin", "🦊"])
def test_hostile_names_come_as_they_are(bed: Bed, name: str) -> None:
    (bed.out / name).write_text("x")
    assert set(bed.collect()) == {f"outputs/{name}"}


def test_a_path_too_long_for_the_protocol_is_named(bed: Bed) -> None:
    here = os.open(bed.out, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    assert bed.collect() == {}
    assert len(bed.skipped()) == 1


def test_many_files_become_several_events_below_the_limit(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "_EVENT", 4000)
    for number in range(100):
        (bed.out / f"{number:03}").touch()
    assert len(bed.collect()) == 100
    assert len(bed.events) > 3
    assert all(len(json.dumps(event)) < 4500 for event in bed.events)


def test_beyond_the_cap_files_are_counted_not_taken(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "MAX_FILES", 3)
    monkeypatch.setattr(outputs, "MAX_SKIPPED", 4)
    for number in range(10):
        (bed.out / str(number)).touch()
    assert len(bed.collect()) == 3
    assert bed.skipped() == {str(number): "more than 3 files" for number in range(3, 7)}


def test_an_endless_nest_of_folders_ends(bed: Bed) -> None:
    path = bed.out
    for _ in range(80):
        path = path / "d"
        path.mkdir()
    (path / "file").touch()
    assert bed.collect() == {}
    assert list(bed.skipped().values()) == ["nested deeper than 64"]


def test_without_a_finished_work_folder_only_outputs_count(bed: Bed) -> None:
    (bed.out / "a").touch()
    (bed.work / "new").touch()
    found: list[dict[str, Any]] = []
    collect(bed.paths, bed.blobs, bed.bundle, None, lambda kind, **fields: found.append(fields))
    assert [entry["path"] for entry in found[0]["files"]] == ["a"]


def test_a_missing_outputs_folder_is_no_trouble(bed: Bed) -> None:
    os.rmdir(bed.out)
    assert bed.collect() == {}
