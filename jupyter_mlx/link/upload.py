"""Blobs on their way to a machine, packed into few large writes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

from ..runner.blobs import BlobStore
from ..runner.frames import encode

CHUNK = 1 << 18
_FLIGHT = 1 << 17  # small frames are gathered up to this before they are written
LARGE = 4 << 20  # from this size on it pays to ask how much is there already


class Upload:
    """Gathers frames and hands them to ``write`` in large pieces."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._waiting: list[bytes] = []
        self._size = 0

    def frame(self, data: bytes) -> None:
        """Add one encoded frame."""
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _FLIGHT:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            self._write(b"".join(self._waiting))
            self._waiting, self._size = [], 0

    def blobs(self, store: BlobStore, ids: Iterable[str], offsets: dict[str, int]) -> set[str]:
        """Add blobs, each from its offset on; the ids that were added."""
        sent: set[str] = set()
        for blob in ids:
            self._blob(store, blob, offsets.get(blob, 0))
            sent.add(blob)
        return sent

    def _blob(self, store: BlobStore, blob: str, offset: int) -> None:
        size = store.size(blob)
        with store.open(blob) as source:
            squeeze = _shrinks(source.read(1 << 16))
            source.seek(offset)
            while True:
                chunk = source.read(CHUNK)
                packed = zlib.compress(chunk, 1) if squeeze and chunk else chunk
                z = int(len(packed) < len(chunk))
                header = {"op": "blob", "id": blob, "size": size, "offset": offset, "z": z}
                self.frame(encode(header, packed if z else chunk))
                offset += len(chunk)
                if offset >= size or not chunk:
                    return


def _shrinks(head: bytes) -> bool:
    return len(head) >= 512 and len(zlib.compress(head, 1)) < 0.9 * len(head)
