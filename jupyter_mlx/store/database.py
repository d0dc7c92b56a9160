"""The SQLite file: how it is opened, who may write when, and what its errors mean.

Each thread has a connection of its own, so a reader never waits for a writer (write-ahead log). The threads of a
process queue for one lock before they write; processes queue at SQLite's own. A commit is on disk when it returns.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from ..errors import ConflictError
from . import filesystem, migrations
from .trouble import damaged, named

PATIENCE_S = 30.0
CLOSING_S = 5.0  # for what other threads have under way

_ABANDONED: list[sqlite3.Connection] = []  # inherited by fork: closing them here would disturb the parent


class Database:
    """One SQLite file, used by any number of threads and processes."""

    def __init__(self, path: Path, *, patience: float = PATIENCE_S, mounts: Path = filesystem.MOUNTS) -> None:
        self.path = path
        self.patience = patience
        self.network = filesystem.is_network(path.parent, mounts)
        self._here = threading.local()
        self._open: weakref.WeakSet[_Handle] = weakref.WeakSet()
        self._writing = threading.Lock()
        with named(path), self._alone():
            self._inode = self._prepare()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One moment of the file: all queries inside see the same."""
        with named(self.path), self._using() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:  # SQLite may have ended it by itself after an error
                    connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def write(self, needed: int = 0) -> Iterator[sqlite3.Connection]:
        """A transaction that is durable when the block ends, and did not happen where the block raises."""
        if not self._writing.acquire(timeout=self.patience):
            raise ConflictError(f"{self.path} stays locked by another thread", field="store", hint="try again")
        try:
            with named(self.path, needed), self._using() as connection:
                self._same_file()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        with contextlib.suppress(sqlite3.Error):  # the first error is the one to tell
                            connection.execute("ROLLBACK")
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close the connections of all threads; one that is in use goes with its thread. A late user gets a new one."""
        for handle in list(self._open):
            handle.close()

    def problems(self) -> list[str]:
        """What SQLite finds wrong in the file; takes a while on a large one."""
        with named(self.path), self._using() as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection; nobody closes it meanwhile."""
        while True:
            handle = self._handle()
            with handle.using:
                if handle.connection is not None:  # or it was closed in between
                    yield handle.connection
                    return

    def _handle(self) -> _Handle:
        handle: _Handle | None = getattr(self._here, "handle", None)
        if handle is None or handle.connection is None or handle.pid != os.getpid():
            handle = _Handle(self._connect())  # also after a fork, which SQLite's connections do not survive
            self._here.handle = handle
            self._open.add(handle)
        return handle

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self.patience, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA journal_size_limit = {64 << 20}")
        return connection

    def _prepare(self) -> int:
        """Make or check the file, bring the schema up to date; the inode that is now ours."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            inode = os.fstat(fd).st_ino
        finally:
            os.close(fd)
        with self._using() as connection:
            self._bring_up_to_date(connection)
        return inode

    def _bring_up_to_date(self, connection: sqlite3.Connection) -> None:
        if not connection.execute("PRAGMA schema_version").fetchone()[0]:
            # Before the first table: the header then says so from the start.
            connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
        if connection.execute("PRAGMA application_id").fetchone()[0] != migrations.APPLICATION_ID:
            raise ConflictError(f"{self.path} is no store of jupyter_mlx", field="store", hint="move that file away")
        unknown = [name for name in migrations.applied(connection) if name not in migrations.MIGRATIONS]
        if unknown:
            raise ConflictError(
                f"{self.path} was written by a newer jupyter_mlx (step {unknown[-1]})",
                field="store",
                hint="update jupyter_mlx here, or use another JUPYTER_DATA_DIR",
            )
        connection.execute(f"PRAGMA journal_mode = {'DELETE' if self.network else 'WAL'}")
        migrations.migrate(connection)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else opens or migrates the file meanwhile."""
        fd = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            end = time.monotonic() + self.patience
            while True:
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise ConflictError(f"another process keeps opening {self.path}", field="store") from None
                    time.sleep(0.01)
            yield
        finally:
            os.close(fd)

    def _same_file(self) -> None:
        """Refuse to write into a file that nobody will ever see again."""
        try:
            inode = os.stat(self.path).st_ino
        except FileNotFoundError:
            inode = -1
        if inode != self._inode:
            raise damaged(self.path, "it was deleted or replaced while in use")


class _Handle:
    """A connection with the process it belongs to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection: sqlite3.Connection | None = connection
        self.pid = os.getpid()
        self.using = threading.RLock()  # closing under a running query would end the process

    def close(self) -> None:
        if self.pid != os.getpid():
            if self.connection is not None:
                _ABANDONED.append(self.connection)
            self.connection = None
        elif self.using.acquire(timeout=CLOSING_S):
            try:
                if self.connection is not None:
                    self.connection.close()
                self.connection = None
            finally:
                self.using.release()

    def __del__(self) -> None:
        self.close()
