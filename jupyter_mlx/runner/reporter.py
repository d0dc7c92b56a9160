"""The supervisor's voice in the journal, also on a full disk."""

import contextlib
import errno
import os
import time
from typing import Any, Dict

from .durable import fsync_dir, write_json
from .journal import Journal
from .layout import RunPaths

BALLAST = 1 << 20
_KEPT = 64 << 10  # of the ballast, for exit.json
FULL = (errno.ENOSPC, errno.EDQUOT)


class Reporter:
    """Writes one run's events. May be used in forked children too: each append holds the journal's flock."""

    def __init__(self, paths: RunPaths) -> None:
        self.paths = paths
        self._journal = Journal(paths.journal)

    def event(self, kind: str, /, durable: bool = False, **fields: Any) -> None:
        """Append an event; None fields are left out. Raises OSError."""
        event: Dict[str, Any] = {"type": kind, "t": round(time.time(), 6)}
        event.update((name, value) for name, value in fields.items() if value is not None)
        self._journal.append(event, durable)

    def vital(self, kind: str, /, **fields: Any) -> None:
        """An event that must fit: a full disk gives up the ballast for it. Raises OSError where that does not help."""
        try:
            self.event(kind, durable=True, **fields)
        except OSError as error:
            if error.errno not in FULL:
                raise
            free_ballast(self.paths)
            self.event(kind, durable=True, **fields)

    def minor(self, kind: str, /, **fields: Any) -> bool:
        """An event the run can do without: False where the disk is full."""
        try:
            self.event(kind, **fields)
        except OSError as error:
            if error.errno not in FULL:
                raise
            return False
        return True

    def size(self) -> int:
        """Bytes of the journal."""
        return os.stat(self.paths.journal).st_size

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()


def lay_ballast(paths: RunPaths) -> None:
    """Take the space the end of the run will need. Raises OSError on a full disk."""
    fd = os.open(paths.ballast, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(fd, 0, BALLAST)
    except OSError as error:
        if error.errno in FULL:
            raise
        os.write(fd, os.urandom(BALLAST))  # this file system cannot reserve; zeros might take no space
    finally:
        os.close(fd)


def free_ballast(paths: RunPaths) -> None:
    """Give the space back, save what exit.json itself needs."""
    with contextlib.suppress(OSError):
        if os.stat(paths.ballast).st_size > _KEPT:
            os.truncate(paths.ballast, _KEPT)


def write_exit(paths: RunPaths, record: Dict[str, Any]) -> None:
    """Write exit.json, durable and whole, into the space the ballast holds. Raises OSError."""
    try:
        _write_into_ballast(paths, record)
    except OSError:  # no ballast, or a file system that writes anew: the ordinary way
        with contextlib.suppress(OSError):
            os.unlink(paths.ballast)
        write_json(paths.exit, record)


def _write_into_ballast(paths: RunPaths, record: Dict[str, Any]) -> None:
    import json

    data = json.dumps(record, sort_keys=True).encode("ascii")
    fd = os.open(paths.ballast, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if os.write(fd, data) != len(data):
            raise OSError(errno.ENOSPC, "no space for the verdict", paths.exit)
        os.ftruncate(fd, len(data))
        os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(paths.ballast, paths.exit)
    fsync_dir(paths.folder)


def print_trace() -> None:
    """The traceback of what went wrong, to where the supervisor's complaints go."""
    import traceback  # seldom needed

    traceback.print_exc()
