"""Whose turn it is with an environment's folder: builders alone, runs together, clearing when nobody is there."""

import contextlib
import fcntl
import os
from typing import List, Optional

from .layout import Root

COMPLETE = ".complete"  # written last


def hold(root: Root, keys: List[str]) -> Optional[List[int]]:
    """Fds with shared flocks on built environments, so that none is cleared away; None where one is gone already."""
    fds: List[int] = []
    for key in keys:
        folder = root.env(key)
        try:
            fds.append(open_lock(folder))
            fcntl.flock(fds[-1], fcntl.LOCK_SH | fcntl.LOCK_NB)
            os.utime(fds[-1])  # when it was last used, for gc.py
        except OSError:
            break
        if not is_lock_of(fds[-1], folder) or not is_complete(folder):
            break
    else:
        return fds
    for fd in fds:
        os.close(fd)
    return None


def is_complete(folder: str) -> bool:
    """Whether an environment was built to its end, and its base Python still exists."""
    python = os.path.join(folder, "venv", "bin", "python")
    return os.path.exists(os.path.join(folder, COMPLETE)) and os.access(python, os.X_OK)


def wipe(folder: str) -> None:
    """Empty an environment's folder, save its lock."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, COMPLETE))
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name == ".lock":
            continue
        if os.path.isdir(path) and not os.path.islink(path):
            import shutil

            shutil.rmtree(path)
        else:
            os.unlink(path)


def open_lock(folder: str) -> int:
    """The lock's file, made with its folder where that is missing; not locked yet."""
    while True:
        os.makedirs(folder, 0o700, exist_ok=True)
        try:
            return os.open(os.path.join(folder, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:  # cleared away between the two calls
            continue


def is_lock_of(fd: int, folder: str) -> bool:
    """Whether an open file is still the lock that stands in the folder; clearing moves both away."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(os.path.join(folder, ".lock")))
    except OSError:
        return False
