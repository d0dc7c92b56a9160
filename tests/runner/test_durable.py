from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading

import pytest

from jupyter_mlx.runner.durable import (
    locked,
    read_json,
    temporary_file,
    temporary_folder,
    try_lock,
    write_atomic,
    write_json,
)


def test_a_write_replaces_the_whole_and_is_private(tmp_path):
    path = str(tmp_path / "state.json")
    write_atomic(path, b"old and long")
    write_atomic(path, b"new", durable=False)
    assert (tmp_path / "state.json").read_bytes() == b"new"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert os.listdir(tmp_path) == ["state.json"]


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    (target / "inside").touch()
    with pytest.raises(IsADirectoryError):
        write_atomic(str(target), b"a file cannot replace a full folder")
    assert os.listdir(tmp_path) == ["folder"]


def test_readers_see_the_old_or_the_new_never_a_part(tmp_path):
    path = str(tmp_path / "state")
    contents = [bytes([65 + n]) * 100_000 for n in range(2)]
    write_atomic(path, contents[0], durable=False)
    stop = threading.Event()

    def write():
        n = 0
        while not stop.is_set():
            n += 1
            write_atomic(path, contents[n % 2], durable=False)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(300):
            with open(path, "rb") as source:
                assert source.read() in contents
    finally:
        stop.set()
        writer.join()


def test_json_round_trip_and_damage(tmp_path):
    path = str(tmp_path / "x.json")
    assert read_json(path) is None
    write_json(path, {"b": 1, "a": "é\udcff"})
    assert read_json(path) == {"b": 1, "a": "é\udcff"}
    for bad in [b"{", b"\xff\xfe", b"[" * 200_000, b""]:
        write_atomic(path, bad)
        with pytest.raises(ValueError, match=r"."):
            read_json(path)
    write_atomic(path, json.dumps("x" * 100).encode())
    with pytest.raises(ValueError, match="larger than 50 bytes"):
        read_json(path, limit=50)


def test_a_lock_is_freed_by_any_death(tmp_path):
    path = str(tmp_path / "lock")
    code = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX)\n"
        "print('held', flush=True); time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        assert try_lock(path) is None
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    fd = try_lock(path)
    assert fd is not None
    assert try_lock(path) is None
    os.close(fd)
    with locked(path):
        assert try_lock(path) is None


def test_temporary_names_are_new_and_private(tmp_path):
    fd, path = temporary_file(str(tmp_path), ".x-")
    os.close(fd)
    folder = temporary_folder(str(tmp_path), ".x-")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert len({os.path.basename(path), os.path.basename(folder)}) == 2
