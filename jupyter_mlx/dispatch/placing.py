"""Files that came from a machine, put into a folder here: nothing outside it, nothing half, nothing overwritten.

Every step below the folder goes through directory descriptors without following links, so that a link swapped in at any
moment leads nowhere. A file is gathered in a private folder beside, proven, and only then given its name.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConflictError, InputError, MachineError, NoSpaceError
from ..runner.names import safe_path

_PIECE = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Wanted:
    """A file to place: where below the folder, and what proves it."""

    path: str
    size: int
    sha256: str | None  # None: only the size can be checked

    @property
    def part(self) -> str:
        """The name it is gathered under."""
        return self.sha256 or hashlib.sha256(f"{self.size} {self.path}".encode("utf-8", "surrogateescape")).hexdigest()


class Place:
    """One folder that receives files. Use it as a context manager."""

    def __init__(self, folder: Path, staging: str, force: bool = False) -> None:
        self._folder = folder
        self._staging_name = staging
        self._force = force
        self._top = -1
        self._staging = -1

    def __enter__(self) -> Place:  # noqa: PYI034  # typing.Self is newer than our oldest Python
        try:
            os.makedirs(self._folder, exist_ok=True)
            self._top = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._staging_name, 0o700, dir_fd=self._top)
            self._staging = os.open(self._staging_name, _FOLDER, dir_fd=self._top)
        except OSError as error:
            self._close()
            if error.errno in _FULL:
                raise NoSpaceError(f"{self._folder}: {error.strerror}") from error
            raise InputError(f"cannot write into {self._folder}: {error.strerror}", field="folder") from error
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # parts stay for the next time
            os.rmdir(self._staging_name, dir_fd=self._top)
        self._close()

    def _close(self) -> None:
        for fd in (self._staging, self._top):
            if fd >= 0:
                os.close(fd)
        self._top = self._staging = -1

    def has(self, wanted: Wanted) -> bool:
        """Whether exactly this file stands there. Raises `ConflictError` where something else does and must not go."""
        with self._parent(wanted.path, make=False) as (parent, name):
            if parent is None:
                return False
            try:
                info = os.stat(name, dir_fd=parent, follow_symlinks=False)
            except FileNotFoundError:
                return False
            if stat.S_ISREG(info.st_mode) and info.st_size == wanted.size and wanted.sha256 is not None:
                fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
                try:
                    if _digest(fd, wanted.size)[0].hexdigest() == wanted.sha256:
                        return True
                finally:
                    os.close(fd)
        if self._force and not stat.S_ISDIR(info.st_mode):
            return False
        raise self._in_the_way(wanted.path, "is there already and differs")

    def put(self, wanted: Wanted, read: Callable[[int], Iterable[bytes]]) -> None:
        """Place a file from ``read(offset)``, going on where an earlier try ended.

        Raises `MachineError` where it is not what was announced, `ConflictError`, `NoSpaceError`.
        """
        try:
            with self._parent(wanted.path, make=True) as (parent, name), self._part(wanted) as fd:
                self._gather(wanted, fd, read)
                os.fsync(fd)
                self._rename(wanted, parent if parent is not None else self._top, name)
        except OSError as error:
            where = self._folder / wanted.path
            if error.errno in _FULL:
                raise NoSpaceError(f"no space for {wanted.size} bytes of {where}") from error
            raise InputError(f"cannot write {where}: {error.strerror}", field=wanted.path) from error

    def _gather(self, wanted: Wanted, fd: int, read: Callable[[int], Iterable[bytes]]) -> None:
        if wanted.sha256 is None:
            os.ftruncate(fd, 0)  # what is there already cannot be proven
        digest, at = _digest(fd, wanted.size)
        os.lseek(fd, at, os.SEEK_SET)
        if at < wanted.size:
            for piece in read(at):
                at += len(piece)
                if at > wanted.size:
                    break
                digest.update(piece)
                view = memoryview(piece)
                while view:
                    view = view[os.write(fd, view) :]
        if at != wanted.size or (wanted.sha256 is not None and digest.hexdigest() != wanted.sha256):
            if at >= wanted.size:
                os.ftruncate(fd, 0)  # wrong from some byte on: begin anew the next time
            raise MachineError(
                f"{wanted.path} is not what the run announced: {at} of {wanted.size} bytes, or other content",
                field=wanted.path,
                hint="it changed after the run, or the transfer ended early: fetch again",
            )
        os.ftruncate(fd, wanted.size)

    @contextlib.contextmanager
    def _part(self, wanted: Wanted) -> Iterator[int]:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        while True:
            fd = os.open(wanted.part, flags, 0o666, dir_fd=self._staging)
            try:
                info = os.fstat(fd)
                if not stat.S_ISREG(info.st_mode):
                    raise self._in_the_way(f"{self._staging_name}/{wanted.part}", "is no file of ours")
                fcntl.flock(fd, fcntl.LOCK_EX)
                if not self._still_there(wanted.part, info):
                    continue  # another process finished and renamed it while we waited
                try:
                    yield fd
                finally:
                    if os.fstat(fd).st_size == 0 and self._still_there(wanted.part, info):
                        os.unlink(wanted.part, dir_fd=self._staging)  # nothing came: nothing to go on from
                return
            finally:
                os.close(fd)

    def _still_there(self, part: str, info: os.stat_result) -> bool:
        try:
            now = os.stat(part, dir_fd=self._staging, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return (now.st_dev, now.st_ino, now.st_nlink) == (info.st_dev, info.st_ino, 1)

    def _rename(self, wanted: Wanted, parent: int, name: str) -> None:
        if not self._force:
            try:
                os.link(wanted.part, name, src_dir_fd=self._staging, dst_dir_fd=parent, follow_symlinks=False)
            except FileExistsError:
                raise self._in_the_way(wanted.path, "appeared meanwhile") from None
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                    raise
            else:
                os.unlink(wanted.part, dir_fd=self._staging)
                os.fsync(parent)
                return
        os.rename(wanted.part, name, src_dir_fd=self._staging, dst_dir_fd=parent)
        os.fsync(parent)

    @contextlib.contextmanager
    def _parent(self, path: str, make: bool) -> Iterator[tuple[int | None, str]]:
        """(descriptor of the folder a path stands in, its last name); no descriptor where the folder is missing."""
        *folders, name = safe_path(path).split("/")
        current = os.dup(self._top)
        try:
            for folder in folders:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(folder, 0o777, dir_fd=current)
                try:
                    below = os.open(folder, _FOLDER, dir_fd=current)
                except FileNotFoundError:
                    yield None, name
                    return
                except OSError as error:
                    if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                        raise
                    raise self._in_the_way(path, f"cannot be there: {folder} is no plain folder") from None
                os.close(current)
                current = below
            yield current, name
        finally:
            os.close(current)

    def _in_the_way(self, path: str, why: str) -> ConflictError:
        return ConflictError(
            f"{self._folder / path} {why}", field=path, hint="choose another folder, or overwrite with --force"
        )


def _digest(fd: int, limit: int) -> tuple[hashlib._Hash, int]:
    """The hash of a file's first bytes and their count."""
    digest, at = hashlib.sha256(), 0
    while at < limit and (piece := os.pread(fd, min(_PIECE, limit - at), at)):
        digest.update(piece)
        at += len(piece)
    return digest, at
