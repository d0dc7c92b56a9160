"""A blob on its way in: bytes in ``.part-<sha256>``, hashed as they come, kept for later when the link breaks."""

import contextlib
import fcntl
import hashlib
import os
from typing import Callable, Optional

from .durable import temporary_file
from .names import safe_digest

_PIECE = 1 << 20


def part_path(folder: str, blob_id: str) -> str:
    """Where the bytes of a blob that is not complete stand. Raises UnsafeNameError."""
    return os.path.join(folder, ".part-" + safe_digest(blob_id))


class Part:
    """One arriving blob, held by one process. Whoever comes second (the first may hang on a dead link) copies it."""

    def __init__(self, fd: int, path: str, blob_id: str, private: bool) -> None:
        self._fd = fd
        self._private = private
        self._path = path
        self._id = blob_id
        self._hash = hashlib.sha256()
        self.at = 0

    @classmethod
    def open(cls, folder: str, blob_id: str, offset: int) -> "Optional[Part]":
        """A part that goes on at an offset; None where fewer bytes arrived. Raises OSError."""
        os.makedirs(folder, 0o700, exist_ok=True)
        path = part_path(folder, blob_id)
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (0 if offset else os.O_CREAT)
        try:
            source = os.open(path, flags, 0o600)
        except FileNotFoundError:
            return None
        part = cls(source, path, blob_id, private=False)
        try:
            if not part._lock():
                own, own_path = temporary_file(folder, ".part-%s-" % blob_id)
                part = cls(own, own_path, blob_id, private=True)
            whole = part._take(source, offset)
        except BaseException:
            part.close()
            raise
        finally:
            if part._private:
                os.close(source)
        if whole:
            return part
        part.close()
        return None

    def _lock(self) -> bool:
        """Whether the file is ours alone and still the one that bears the name."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(self._fd), os.stat(self._path))
        except (BlockingIOError, FileNotFoundError):
            return False

    def _take(self, source: int, offset: int) -> bool:
        """Hash the bytes before an offset, copied where they stand in another file; False where some are missing."""
        if os.fstat(source).st_size < offset:
            return False
        while self.at < offset:
            piece = os.pread(source, min(_PIECE, offset - self.at), self.at)
            if not piece:
                return False
            self._hash.update(piece)
            if source != self._fd:
                self._write(piece)
            self.at += len(piece)
        return True

    def _write(self, piece: bytes) -> None:
        view, at = memoryview(piece), self.at
        while view:
            done = os.pwrite(self._fd, view, at)
            view, at = view[done:], at + done

    def add(self, chunk: bytes, size: int) -> bool:
        """Append bytes; True once ``size`` is reached. Raises OSError (disk full)."""
        self._write(chunk)
        self._hash.update(chunk)
        self.at += len(chunk)
        return self.at >= size

    def finish(self, adopt: Callable[[str], None], size: int) -> bool:
        """Hand the file over if the content is what its name says; otherwise discard it."""
        try:
            if self.at != size or self._hash.hexdigest() != self._id:
                self.close(keep=False)
                return False
            os.ftruncate(self._fd, size)  # an earlier try may have written beyond
            adopt(self._path)
            return True
        finally:
            self.close()

    def close(self, keep: bool = True) -> None:
        """Let go. The bytes stay for a later connection unless they are worthless."""
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        if self._private or not keep:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)
        os.close(fd)
