"""What a run left behind: the files of outputs/, and the files of work/ that are new or changed against the bundle."""

import hashlib
import json
import os
import stat
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .blobs import BlobStore
from .layout import RunPaths
from .names import UnsafeNameError, safe_path

MAX_FILES = 100000
MAX_SKIPPED = 1000
_EVENT = 512 << 10  # bytes of one event, about
_PIECE = 1 << 20
_MAX_DEPTH = 64
_CLUTTER = ("__pycache__", ".ipynb_checkpoints")

Emit = Callable[..., Any]


class Found(NamedTuple):
    """A name below an area that is no folder; ``why`` where it cannot be an output."""

    area: str
    path: str
    full: str
    info: Optional[os.stat_result]
    why: Optional[str]


class _Batch:
    """Collects entries into events below 1 MiB."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._files: List[Dict[str, Any]] = []
        self._skipped: List[Dict[str, Any]] = []
        self._size = 0
        self.files = 0
        self.skipped = 0

    def file(self, entry: Dict[str, Any]) -> None:
        self._files.append(entry)
        self.files += 1
        self._grow(entry)

    def skip(self, path: str, why: str) -> None:
        self.skipped += 1
        if self.skipped <= MAX_SKIPPED:
            entry = {"path": path[:4096], "why": why[:500]}
            self._skipped.append(entry)
            self._grow(entry)

    def _grow(self, entry: Dict[str, Any]) -> None:
        self._size += len(json.dumps(entry))
        if self._size > _EVENT:
            self.flush()

    def flush(self) -> None:
        if self._files or self._skipped:
            self._emit("outputs", files=self._files, skipped=self._skipped)
        self._files, self._skipped, self._size = [], [], 0


def collect(paths: RunPaths, blobs: BlobStore, bundle: str, made_ns: Optional[int], emit: Emit) -> Dict[str, int]:
    """Report everything as ``outputs`` events; how many files and skipped names there were.

    ``made_ns``: the file system's time when work/ was complete; what did not change since needs no reading.
    """
    batch = _Batch(emit)
    for found in walk("outputs", paths.outputs):
        _take(batch, found, None)
    known = _bundle_files(blobs, bundle) if made_ns is not None else {}
    for found in walk("work", paths.work) if made_ns is not None else ():
        original = known.get(found.path)
        if found.why is not None:
            continue  # links and sockets of work/ are either the bundle's or the run's own affair
        if original is not None and made_ns is not None and found.info and found.info.st_ctime_ns < made_ns:
            continue
        _take(batch, found, original)
    batch.flush()
    return {"files": batch.files, "skipped": batch.skipped}


def _take(batch: _Batch, found: Found, original: Optional[str]) -> None:
    if found.why is not None:
        batch.skip(found.path, found.why)
        return
    if batch.files >= MAX_FILES:
        batch.skip(found.path, "more than %d files" % MAX_FILES)
        return
    try:
        size, digest = sha256_of(found.full)
    except OSError as error:
        batch.skip(found.path, error.strerror or "cannot be read")
        return
    if digest != original:
        batch.file({"path": found.path, "size": size, "sha256": digest, "area": found.area})


def sha256_of(path: str) -> Tuple[int, str]:
    """(bytes, sha256) of a regular file, never through a link. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb", buffering=0) as source:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError("is no regular file any more")
        digest, size = hashlib.sha256(), 0
        for piece in iter(lambda: source.read(_PIECE), b""):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def walk(area: str, top: str) -> Iterator[Found]:
    """Everything below a folder that is no folder, in a fixed order, without following links."""
    waiting: List[Tuple[str, int]] = [("", 0)]
    while waiting:
        prefix, depth = waiting.pop()
        try:
            with os.scandir(os.path.join(top, prefix)) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if prefix:
                yield Found(area, prefix, "", None, error.strerror or "cannot be read")
            continue
        folders = []
        for entry in listed:
            path = prefix + "/" + entry.name if prefix else entry.name
            if entry.name in _CLUTTER or entry.name.endswith(".pyc"):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < _MAX_DEPTH:
                    folders.append((path, depth + 1))
                else:
                    yield Found(area, path, "", None, "nested deeper than %d" % _MAX_DEPTH)
            else:
                yield _found(area, path, entry)
        waiting.extend(reversed(folders))


def _found(area: str, path: str, entry: "os.DirEntry[str]") -> Found:
    info, why = None, None
    try:
        info = entry.stat(follow_symlinks=False)
        safe_path(path)
        if stat.S_ISLNK(info.st_mode):
            why = "a link"
        elif not stat.S_ISREG(info.st_mode):
            why = "not a regular file"
    except UnsafeNameError as error:
        why = str(error)
    except OSError as error:
        why = error.strerror or "cannot be read"
    return Found(area, path, entry.path, info, why)


def _bundle_files(blobs: BlobStore, root: str) -> Dict[str, str]:
    """Path -> sha256 of every file of a bundle."""
    found: Dict[str, str] = {}
    waiting = [("", root)]
    while waiting:
        prefix, tree_id = waiting.pop()
        for entry in blobs.tree(tree_id):
            path = prefix + entry.name
            if entry.kind == "dir" and entry.id:
                waiting.append((path + "/", entry.id))
            elif entry.kind in ("file", "exec") and entry.id:
                found[path] = entry.id
    return found
