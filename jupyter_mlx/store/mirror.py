"""The copy of one run's journal: byte for byte what the machine has, as far as it came.

A piece is written to the file and synced, then its meaning and the new offset are committed in one transaction. Ended
in between, the file is longer than the committed offset: it is cut there, and the bytes come again. So every event
counts once, wherever a process dies.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from ..errors import ConflictError, NotFoundError
from ..models import Json, Run
from ..runner.durable import fsync_dir, try_lock
from . import projection
from .part import Part
from .projection import Projection
from .trouble import damaged, named

PIECE = 4 << 20  # bytes in one transaction at most

_sync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


class Mirror:
    """The journal of one run on this laptop. One thread of one process leads it at a time; others read."""

    def __init__(self, part: Part, run_id: str) -> None:
        self.run_id = run_id
        self.folder = part.mirror_folder(run_id)
        self.path = self.folder / "journal"
        self._part = part
        self._lock: int | None = None
        self._fd: int | None = None
        self._projection: Projection | None = None  # None: what the database says has to be loaded

    @property
    def leading(self) -> bool:
        """Whether it is us who mirror this run."""
        return self._lock is not None

    @property
    def offset(self) -> int:
        """Bytes of the journal that are here for good: where the machine goes on sending."""
        if self.leading:
            return self._current().at.offset
        with self._part.database.read() as connection:
            return projection.position(connection, self._part.row_of(connection, self.run_id)).offset

    def try_lead(self) -> bool:
        """Become the one who mirrors this run; False where another one does. Cuts what was never committed."""
        if self.leading:
            return True
        with self._part.database.read() as connection:
            self._part.row_of(connection, self.run_id)
        with named(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = try_lock(str(self.folder / "lock"))
            if self._lock is None:
                return False
            try:
                self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fsync_dir(str(self.folder))
                self._current()
            except BaseException:  # no half leadership, whatever went wrong
                self.release()
                raise
        return True

    def append(self, offset: int, data: bytes) -> Run:
        """Add bytes of the journal that stand at an offset; the run as it is then.

        Durable when this returns. Raises ConflictError where the offset is not the next, NoSpaceError where the
        disk is full; nothing is damaged then and the same bytes may be given again.
        """
        if not self.leading:
            raise ConflictError("this run is mirrored by somebody else", field="run")
        current = self._current()
        if offset != current.at.offset:
            raise ConflictError(f"byte {current.at.offset} of the journal comes next, not {offset}", field="offset")
        for at in range(0, len(data), PIECE):
            self._commit(data[at : at + PIECE], None, last=False)
        return self._current().run

    def finish(self, verdict: Json | None = None) -> Run:
        """The journal is complete: an unfinished last record is damage. ``verdict`` is the machine's exit record."""
        if not self.leading:
            raise ConflictError("this run is mirrored by somebody else", field="run")
        self._commit(b"", verdict, last=True)
        return self._current().run

    def release(self) -> None:
        """Let another process lead."""
        for fd in (self._fd, self._lock):
            if fd is not None:
                os.close(fd)
        self._fd = self._lock = self._projection = None

    def _commit(self, data: bytes, verdict: Json | None, *, last: bool) -> None:
        current = self._current()
        self._projection = None  # whatever fails below, the database tells how far it went
        self._write(current.at.offset, data)
        items = list(projection.slim(self._decode(current, data, last)))
        current.at.offset += len(data)
        current.at.decoded = current.decoder.offset
        with self._part.database.write(len(data)) as connection:
            current.refresh(connection)
            current.write(connection, items, verdict, time.time())
        self._projection = current

    def _decode(self, current: Projection, data: bytes, last: bool) -> list[projection.Item]:
        # After the file was cut or lost, bytes come again whose meaning is known.
        known = max(0, current.at.decoded - current.at.offset)
        items = list(current.decoder.feed(data[known:] if known else data))
        return items + (list(current.decoder.finish()) if last and not known else [])

    def _write(self, offset: int, data: bytes) -> None:
        assert self._fd is not None
        if not data:
            return
        with named(self.path, len(data)):
            view, at = memoryview(data), offset
            try:
                while view:
                    written = os.pwrite(self._fd, view, at)
                    view, at = view[written:], at + written
                _sync(self._fd)
            except OSError as error:
                with contextlib.suppress(OSError):  # cut again when loaded; freeing the space now helps others
                    os.ftruncate(self._fd, offset)
                error.filename = str(self.path)
                raise

    def _current(self) -> Projection:
        """What is committed, with the decoder where it stood and the file cut to it."""
        if self._projection is not None:
            return self._projection
        assert self._fd is not None
        with self._part.database.read() as connection:
            current = _load(connection, self.run_id, self._part.database.path)
        with named(self.path):
            size = os.fstat(self._fd).st_size
            if size > current.at.offset:
                os.ftruncate(self._fd, current.at.offset)
            if size < current.at.offset:  # the file was damaged: its end comes again, only the meaning is kept
                current.at.offset = size
                self._step_back(current)
            waiting = os.pread(self._fd, max(0, current.at.offset - current.at.decoded), current.at.decoded)
        for _ in current.decoder.feed(waiting):
            raise damaged(self._part.database.path, f"the offsets of {self.run_id} do not fit its journal")
        self._projection = current
        return current

    def _step_back(self, current: Projection) -> None:
        """Commit a smaller offset, lest bytes that a dying process wrote behind it later count as good."""
        with self._part.database.write() as connection:
            connection.execute("UPDATE mirrors SET offset = ? WHERE run = ?", (current.at.offset, current.row))


def _load(connection: sqlite3.Connection, run_id: str, path: Path) -> Projection:
    try:
        current = projection.load(connection, run_id)
    except (ValueError, TypeError, KeyError) as error:  # what a damaged page may hold
        raise damaged(path, f"run {run_id} cannot be read: {error}") from error
    if current is None:
        raise NotFoundError(f"no run {run_id!r}: it was deleted", field="run")
    return current
