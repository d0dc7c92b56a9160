"""Which content a file had when it was last read, so that unchanged files need no reading."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time

from ..runner.durable import write_atomic
from ..runner.names import SHA256
from .files import Found

_FORMAT = 1
_TOO_YOUNG = 2_000_000_000  # ns: a file this fresh may change again within one tick of the file system's clock


class StatCache:
    """(path, size, mtime, ctime, inode) → sha256 of one project, in a small file beside the blobs."""

    def __init__(self, blobs: str, root: str) -> None:
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:32]
        self._file = os.path.join(os.path.dirname(os.path.abspath(blobs)), "stat-cache", f"{name}.json")
        self._old = self._load()
        self._new: dict[str, list[int | str]] = {}

    def _load(self) -> dict[str, list[int | str]]:
        try:
            with open(self._file, "rb") as source:
                value = json.load(source)
            if value["format"] != _FORMAT or not isinstance(value["files"], dict):
                return {}
            files: dict[str, list[int | str]] = value["files"]
            return files
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}  # whatever is wrong with it, reading the files again is right

    def get(self, found: Found) -> str | None:
        """The sha256 of a file's content where it is known for certain."""
        known = self._old.get(found.path)
        if not isinstance(known, list) or known[:-1] != list(found.version):
            return None
        digest = known[-1]
        if not isinstance(digest, str) or not SHA256.match(digest):
            return None
        self._new[found.path] = known
        return digest

    def put(self, found: Found, digest: str, size: int) -> None:
        """Remember what was just read, unless the file is too young or was not what had been listed."""
        newest = max(found.version[1:3])
        if size == found.size and time.time_ns() - newest > _TOO_YOUNG:
            self._new[found.path] = [*found.version, digest]

    def save(self) -> None:
        """Write what changed; a cache that cannot be written is no error."""
        if self._new == self._old:
            return
        with contextlib.suppress(OSError):
            os.makedirs(os.path.dirname(self._file), 0o700, exist_ok=True)
            data = json.dumps({"format": _FORMAT, "files": self._new}, separators=(",", ":")).encode("ascii")
            write_atomic(self._file, data, durable=False)
