"""Waiting for files to change: inotify where the system has it, a look each 20 ms where not."""

import ctypes
import os
import select
import sys
import time
from typing import Dict, Iterable, List, Optional, Tuple

POLL_S = 0.02
# linux/inotify.h: of a file IN_MODIFY and IN_DELETE_SELF, of a folder IN_MOVED_TO, IN_CREATE and IN_DELETE
_FILE_MASK = 0x2 | 0x400
_FOLDER_MASK = 0x80 | 0x100 | 0x200
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC


class Watch:
    """Wakes when one of its files grows or one of its folders gets or loses a name; misses nothing between two waits.

    A file that does not exist yet is watched by its folder.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = list(paths)
        self._fd = _inotify(self._paths)
        self._seen = self._look() if self._fd is None else {}

    def wait(self, timeout: float) -> bool:
        """True once something changed, False after ``timeout`` seconds without."""
        if self._fd is None:
            return self._poll(timeout)
        poller = select.poll()
        poller.register(self._fd, select.POLLIN)
        if not poller.poll(max(0.0, timeout) * 1000):
            return False
        try:
            while os.read(self._fd, 65536):
                pass
        except BlockingIOError:
            pass
        return True

    def _poll(self, timeout: float) -> bool:
        end = time.monotonic() + timeout
        while True:
            found = self._look()
            if found != self._seen:
                self._seen = found
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(POLL_S, left))

    def _look(self) -> Dict[str, Tuple[int, int, int]]:
        found = {}
        for path in self._paths:
            try:
                info = os.stat(path)
            except OSError:
                continue
            found[path] = (info.st_ino, info.st_size, info.st_mtime_ns)
        return found

    def close(self) -> None:
        """Let go. May be called twice."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def _inotify(paths: List[str]) -> Optional[int]:
    """An inotify fd over the paths; None where there is no inotify, no instance left or a path is missing."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        fd = int(libc.inotify_init1(_NONBLOCK_CLOEXEC))
    except (OSError, AttributeError):
        return None
    if fd < 0:
        return None
    for path in paths:
        mask = _FOLDER_MASK if os.path.isdir(path) else _FILE_MASK
        if libc.inotify_add_watch(fd, os.fsencode(path), mask) < 0:
            os.close(fd)
            return None
    return fd


def wait(paths: Iterable[str], timeout: float) -> bool:
    """Wait once for a change from now on; True if one came. In loops hold a `Watch`: it misses nothing in between."""
    watch = Watch(paths)
    try:
        return watch.wait(timeout)
    finally:
        watch.close()
