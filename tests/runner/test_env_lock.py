"""Locks of environments: held by runs together, by builders and clearing alone, and never of a folder that is gone."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

from jupyter_mlx.runner.env_lock import hold, is_complete, is_lock_of, open_lock, wipe
from jupyter_mlx.runner.layout import Root


def complete(root: Root, key: str) -> Path:
    """A folder that looks like a finished environment."""
    folder = Path(root.env(key))
    (folder / "venv" / "bin").mkdir(parents=True)
    (folder / "venv" / "bin" / "python").symlink_to(sys.executable)
    (folder / ".complete").touch()
    return folder


def test_a_held_environment_cannot_be_cleared_away(tmp_path: Path) -> None:
    root = Root(str(tmp_path))
    root.prepare()
    folder = complete(root, "a" * 64)
    fds = hold(root, ["a" * 64])
    more = hold(root, ["a" * 64])  # shared
    assert fds and more
    clearing = os.open(folder / ".lock", os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(clearing, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for fd in fds + more:
        os.close(fd)
    fcntl.flock(clearing, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert hold(root, ["a" * 64]) is None  # being cleared
    os.close(clearing)


def test_what_is_gone_or_broken_cannot_be_held(tmp_path: Path) -> None:
    root = Root(str(tmp_path))
    root.prepare()
    assert hold(root, []) == []
    assert hold(root, ["b" * 64]) is None
    folder = complete(root, "c" * 64)
    (folder / "venv" / "bin" / "python").unlink()
    (folder / "venv" / "bin" / "python").symlink_to("/gone/python")  # the base Python was removed
    assert not is_complete(str(folder))
    assert hold(root, ["c" * 64]) is None


def test_a_lock_of_a_folder_that_was_cleared_meanwhile_does_not_count(tmp_path: Path) -> None:
    root = Root(str(tmp_path))
    root.prepare()
    folder = root.env("d" * 64)
    fd = open_lock(folder)
    assert is_lock_of(fd, folder)
    os.rename(folder, os.path.join(root.trash, "x"))
    assert not is_lock_of(fd, folder)
    again = open_lock(folder)
    assert not is_lock_of(fd, folder)
    os.close(fd)
    os.close(again)


def test_wiping_leaves_the_lock_alone(tmp_path: Path) -> None:
    root = Root(str(tmp_path))
    root.prepare()
    folder = complete(root, "e" * 64)
    (folder / "linked").symlink_to("/etc")
    fd = open_lock(str(folder))
    wipe(str(folder))
    assert os.listdir(folder) == [".lock"]
    assert is_lock_of(fd, str(folder))
    assert os.path.isdir("/etc")
    os.close(fd)
