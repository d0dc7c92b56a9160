"""A tree of the content store as a new folder: reflinks where the file system has them, otherwise proven copies.

Never hard links: a notebook that edits its own files in place would change the store.
"""

import errno
import fcntl
import hashlib
import os
from typing import TYPE_CHECKING, Tuple

from .trees import Entry, TreeError, safe_target

if TYPE_CHECKING:
    from .blobs import BlobStore

MAX_ENTRIES = 1000000  # a small tree may name the same folder twice at each of its levels
MAX_DEPTH = 128
_FICLONE = 0x40049409  # linux/fs.h
_PIECE = 1 << 20
_NO_REFLINK = (errno.EOPNOTSUPP, errno.EXDEV, errno.ENOTTY, errno.EINVAL, errno.ENOSYS, errno.EPERM)


class Materialiser:
    """Makes one folder. Everything is created anew through folder fds, so nothing that stands there is followed."""

    def __init__(self, blobs: "BlobStore", folder: str) -> None:
        self._blobs = blobs
        self._folder = folder
        self._reflink = True
        self._count = 0

    def make(self, root_id: str) -> int:
        """Make the folder, which must not exist; the number of entries. Raises BlobMissing, TreeError, OSError."""
        os.mkdir(self._folder, 0o777)
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            self._fill(fd, root_id, 0)
        finally:
            os.close(fd)
        return self._count

    def _fill(self, folder: int, tree_id: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise TreeError("the project's folders are nested deeper than %d" % MAX_DEPTH)
        for entry in self._blobs.tree(tree_id):
            self._count += 1
            if self._count > MAX_ENTRIES:
                raise TreeError("the project has more than %d files and folders" % MAX_ENTRIES)
            if entry.kind == "link":
                os.symlink(safe_target(entry.target or "", depth), entry.name, dir_fd=folder)
            elif entry.kind == "dir":
                os.mkdir(entry.name, 0o777, dir_fd=folder)
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                child = os.open(entry.name, flags, dir_fd=folder)
                try:
                    self._fill(child, entry.id or "", depth + 1)
                finally:
                    os.close(child)
            else:
                self._file(folder, entry)

    def _file(self, folder: int, entry: Entry) -> None:
        blob_id = entry.id or ""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        out = os.open(entry.name, flags, 0o777 if entry.kind == "exec" else 0o666, dir_fd=folder)
        try:
            with self._blobs.open(blob_id) as source:
                if not self._clone(source.fileno(), out):
                    proven = self._copy(source.fileno(), out) == (blob_id, entry.size)
                else:
                    proven = os.fstat(out).st_size == entry.size
        finally:
            os.close(out)
        if not proven:
            from .blobs import BlobMissing

            self._blobs.discard(blob_id)  # damaged by a power cut or a hand: shows as missing and comes anew
            raise BlobMissing(blob_id)

    def _clone(self, source: int, out: int) -> bool:
        if self._reflink:
            try:
                fcntl.ioctl(out, _FICLONE, source)
                return True
            except OSError as error:
                if error.errno not in _NO_REFLINK:
                    raise
                self._reflink = False
        return False

    @staticmethod
    def _copy(source: int, out: int) -> Tuple[str, int]:
        """(sha256, bytes) of what was copied."""
        digest, size = hashlib.sha256(), 0
        for piece in iter(lambda: os.read(source, _PIECE), b""):
            digest.update(piece)
            size += len(piece)
            view = memoryview(piece)
            while view:
                view = view[os.write(out, view) :]
        return digest.hexdigest(), size
