"""The content store: immutable blobs named by sha256, the same on the laptop and on the machine.

A blob appears by one rename after its content was proven. Blobs are not fsynced one by one (a thousand small files
would take seconds); what a power cut may leave is caught by size and by hash when the blob is used, and `flush` makes
chosen ones durable.
"""

import contextlib
import hashlib
import os
import stat
from typing import BinaryIO, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from .durable import fsync_dir, temporary_file
from .names import safe_digest
from .parts import Part, part_path
from .trees import MAX_TREE, Entry, decode_tree, encode_tree

PIECE = 1 << 20
_TRIES = 3


class BlobChanged(Exception):
    """A file changed while it was read, each time it was tried."""


class BlobMissing(KeyError):
    """The store does not hold the blob, or no longer in one piece."""

    def __str__(self) -> str:
        return "blob %s is not here" % self.args


class BlobStore:
    """Blobs below a folder. Any number of processes may use it at once."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._parts: Dict[str, Part] = {}

    def path(self, blob_id: str) -> str:
        """Where the blob stands or would stand. Raises UnsafeNameError."""
        safe_digest(blob_id)
        return os.path.join(self.folder, blob_id[:2], blob_id[2:])

    def has(self, blob_id: str, size: Optional[int] = None) -> bool:
        """Whether the blob is here; with ``size``, whether it has that size too."""
        try:
            found = os.stat(self.path(blob_id)).st_size
        except OSError:
            return False
        return size is None or found == size

    def size(self, blob_id: str) -> int:
        """Bytes of a blob. Raises `BlobMissing`."""
        try:
            return os.stat(self.path(blob_id)).st_size
        except FileNotFoundError:
            raise BlobMissing(blob_id) from None

    def open(self, blob_id: str) -> BinaryIO:
        """The blob's content to read. Raises `BlobMissing`."""
        try:
            return open(self.path(blob_id), "rb")
        except FileNotFoundError:
            raise BlobMissing(blob_id) from None

    def put(self, data: bytes) -> str:
        """Store bytes; their id."""
        blob_id = hashlib.sha256(data).hexdigest()
        if not self.has(blob_id, len(data)):
            with self._temporary() as (out, temp):
                out.write(data)
                out.flush()
                self._adopt(temp, blob_id)
        return blob_id

    def put_file(self, path: str) -> Tuple[str, int]:
        """Store a regular file as it is now; (id, size). Raises `BlobChanged` where it never holds still, OSError."""
        for _ in range(_TRIES):
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(fd, "rb") as source:
                before = os.fstat(fd)
                if not stat.S_ISREG(before.st_mode):
                    raise BlobChanged("%s is not a regular file" % path)
                stored = self._store(source, before.st_size)
                after = os.fstat(fd)
            if stored and _version(before) == _version(after):
                return stored, before.st_size
        raise BlobChanged("%s changed while it was read" % path)

    def _store(self, source: BinaryIO, size: int) -> Optional[str]:
        """The id of ``size`` bytes from a file; None where there were more or fewer."""
        if size <= PIECE:
            data = source.read(size + 1)
            return self.put(data) if len(data) == size else None
        digest, count = hashlib.sha256(), 0
        with self._temporary() as (out, temp):
            for piece in iter(lambda: source.read(PIECE), b""):
                digest.update(piece)
                out.write(piece)
                count += len(piece)
                if count > size:
                    return None
            out.flush()
            if count != size:
                return None
            if not self.has(digest.hexdigest(), size):
                self._adopt(temp, digest.hexdigest())
        return digest.hexdigest()

    def receive(self, blob_id: str, size: int, offset: int, chunk: bytes) -> bool:
        """Take a piece of a blob that arrives; True once the blob is here, whole and proven.

        A piece that does not join what arrived before is dropped, wrong content is discarded whole: both show as
        missing. Not for two threads on one blob.
        """
        if self.has(blob_id, size):
            self._forget(blob_id)
            return True
        if offset == 0 and len(chunk) == size:
            if hashlib.sha256(chunk).hexdigest() == blob_id:
                self.put(chunk)
                return True
            return False
        part = self._parts.get(blob_id)
        if part is None or part.at != offset:
            self._forget(blob_id)
            part = Part.open(self.folder, blob_id, offset)
            if part is None:
                return False
            self._parts[blob_id] = part
        try:
            if not part.add(chunk, size):
                return False
        except OSError:  # what does not fit must not keep the disk full
            del self._parts[blob_id]
            part.close(keep=False)
            raise
        del self._parts[blob_id]
        return part.finish(lambda temp: self._adopt(temp, blob_id), size)

    def partial(self, blob_id: str) -> int:
        """How many bytes of a missing blob arrived: where to go on sending."""
        part = self._parts.get(blob_id)
        if part:
            return part.at
        try:
            return os.stat(part_path(self.folder, blob_id)).st_size
        except OSError:
            return 0

    def put_tree(self, entries: Iterable[Entry]) -> Tuple[str, int]:
        """Store a tree object; (id, size). Raises TreeError."""
        data = encode_tree(list(entries))
        return self.put(data), len(data)

    def tree(self, tree_id: str) -> List[Entry]:
        """The entries of a tree object, proven. Raises `BlobMissing`, TreeError."""
        with self.open(tree_id) as source:
            data = source.read(MAX_TREE + 1)
        if hashlib.sha256(data).hexdigest() != tree_id:
            self.discard(tree_id)
            raise BlobMissing(tree_id)
        return decode_tree(data)

    def walk(self, root_id: str, skip_missing: bool = False) -> Iterator[Tuple[str, bool]]:
        """Every distinct (id, is_tree) below and with a tree, each tree before what it names.

        Raises `BlobMissing` at a tree that is not here, unless told to skip what stands below it; TreeError.
        """
        return ((blob_id, is_tree) for blob_id, is_tree, _ in self._walk(root_id, skip_missing))

    def _walk(self, root_id: str, skip_missing: bool) -> Iterator[Tuple[str, bool, Optional[int]]]:
        seen: Set[Tuple[str, bool]] = {(root_id, True)}
        waiting: List[str] = [root_id]
        yield root_id, True, None
        while waiting:
            try:
                entries = self.tree(waiting.pop())
            except BlobMissing:
                if skip_missing:
                    continue
                raise
            for entry in entries:
                key = (entry.id or "", entry.kind == "dir")
                if entry.id is None or key in seen:
                    continue
                seen.add(key)
                yield entry.id, key[1], entry.size
                if key[1]:
                    waiting.append(entry.id)

    def missing(self, root_id: str, extra_ids: Iterable[str] = ()) -> List[str]:
        """What is not here of a tree and of further blobs. Raises TreeError."""
        needed = {blob_id: size for blob_id, _, size in self._walk(root_id, skip_missing=True)}
        for blob_id in extra_ids:
            needed.setdefault(blob_id, None)
        return [blob_id for blob_id, size in needed.items() if not self.has(blob_id, size)]

    def materialise(self, root_id: str, folder: str) -> int:
        """Make a new folder with exactly the content of a tree; the number of its entries.

        Raises `BlobMissing`, TreeError, OSError (ENOSPC included).
        """
        from .materialise import Materialiser

        return Materialiser(self, folder).make(root_id)

    def flush(self, blob_ids: Iterable[str]) -> None:
        """Make blobs survive a power cut. Raises `BlobMissing`."""
        folders = {self.folder}
        for blob_id in blob_ids:
            with self.open(blob_id) as source:
                os.fsync(source.fileno())
            folders.add(os.path.dirname(self.path(blob_id)))
        for folder in sorted(folders):
            fsync_dir(folder)

    def discard(self, blob_id: str) -> None:
        """Remove a blob if it is here."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(blob_id))

    def close(self) -> None:
        """Let go of what is still arriving; its bytes stay for the next time."""
        for blob_id in list(self._parts):
            self._forget(blob_id)

    def _forget(self, blob_id: str) -> None:
        part = self._parts.pop(blob_id, None)
        if part:
            part.close()

    @contextlib.contextmanager
    def _temporary(self) -> Iterator[Tuple[BinaryIO, str]]:
        os.makedirs(self.folder, 0o700, exist_ok=True)
        fd, temp = temporary_file(self.folder, ".part-new-")
        try:
            with os.fdopen(fd, "wb") as out:
                yield out, temp
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temp)

    def _adopt(self, temp: str, blob_id: str) -> None:
        """Give a proven file its name; what stood there in another size is replaced."""
        target = self.path(blob_id)
        os.chmod(temp, 0o400)
        try:
            os.rename(temp, target)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
            os.rename(temp, target)


def _version(info: os.stat_result) -> Tuple[int, int, int]:
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns
