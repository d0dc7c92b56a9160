"""Clearing the machine of what no kept run needs. All goes to trash/ by one rename first, so any death is harmless."""

import contextlib
import os
import re
import shutil
import time
from typing import Any, Dict, Iterable, List, Optional, Set

from .blobs import BlobStore
from .durable import read_json, temporary_folder, try_lock
from .layout import Root, RunPaths
from .refusal import Refusal
from .submit import collecting_off
from .tail import last_event
from .trees import TreeError
from .unpacked import runner_digest
from .verdict import read_exit, settle

BLOB_AGE_S = 3600.0  # a younger blob may belong to a submit under way
PART_AGE_S = 86400.0
RUNNER_AGE_S = 30 * 86400.0
_PREFIX = re.compile(r"[0-9a-f]{2}\Z")
_REST = re.compile(r"[0-9a-f]{62}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def remove(root: Root, paths: RunPaths) -> int:
    """Delete a finished run; the bytes freed. Raises `Refusal`."""
    if not os.path.isdir(paths.folder):
        raise Refusal("not_found", "there is no run %s on this machine" % paths.id, field="run")
    if settle(paths) is None:
        raise Refusal("conflict", "run %s is not over" % paths.id, "stop it first", field="run")
    freed = _bytes(paths.folder)
    _throw(paths.folder, temporary_folder(root.trash, ""))
    empty_trash(root)
    return freed


def empty_trash(root: Root) -> None:
    """Delete what is in trash/; what resists (an open file on a network file system) stays for the next time."""
    for name in os.listdir(root.trash):
        path = os.path.join(root.trash, name)
        if os.path.isdir(path) and not os.path.islink(path):
            _unlock(path)
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(path)


class Collection:
    """One clearing. ``keep``: runs the client wants, ``keep_days``: how long the others stay after their end."""

    def __init__(self, root: Root, keep: Iterable[str], keep_days: float, dry_run: bool) -> None:
        self._root = root
        self._keep = set(keep)
        self._keep_s = keep_days * 86400.0
        self._dry_run = dry_run
        self._now = time.time()
        self._gone: Set[str] = set()  # runs that go, for a dry run as if they were gone
        self._bin = ""  # our own folder of trash/, made when it is needed
        self.items: List[Dict[str, Any]] = []

    def collect(self) -> int:
        """Clear runs, then what only they needed; the bytes freed (or that would be)."""
        for paths in map(self._root.run, self._root.run_ids()):
            if self._over(paths):
                self._gone.add(paths.id)
                self._take("run", paths.id, paths.folder)
        self._blobs()
        self._environments()
        self._parts()
        self._runners()
        if not self._dry_run:
            empty_trash(self._root)
        return sum(int(item["bytes"]) for item in self.items)

    def _over(self, paths: RunPaths) -> bool:
        if paths.id in self._keep:
            return False
        if not settle(paths):
            return False
        with contextlib.suppress(OSError):
            return self._now - os.stat(paths.exit).st_mtime >= self._keep_s
        return False

    def _retained(self) -> List[RunPaths]:
        return [self._root.run(run_id) for run_id in self._root.run_ids() if run_id not in self._gone]

    def _blobs(self) -> None:
        store = BlobStore(self._root.blobs)
        seen: Dict[str, Set[str]] = {paths.id: _references(store, paths) for paths in self._retained()}
        with collecting_off(self._root, shared=False):
            for paths in self._retained():  # runs that came while the others were read
                if paths.id not in seen:
                    seen[paths.id] = _references(store, paths)
            used: Set[str] = set().union(*seen.values()) if seen else set()
            for prefix in sorted(filter(_PREFIX.match, os.listdir(self._root.blobs))):
                folder = os.path.join(self._root.blobs, prefix)
                for rest in sorted(filter(_REST.match, os.listdir(folder))):
                    path = os.path.join(folder, rest)
                    if prefix + rest not in used and self._older(path, BLOB_AGE_S):
                        self._take("blob", prefix + rest, path)

    def _environments(self) -> None:
        used = {_environment_of(paths) for paths in self._retained()}
        for digest in sorted(filter(_DIGEST.match, os.listdir(self._root.envs))):
            folder = os.path.join(self._root.envs, digest)
            lock = os.path.join(folder, ".lock")
            if digest in used or not self._older(lock, max(self._keep_s, BLOB_AGE_S)):
                continue
            fd = try_lock(lock)
            if fd is None:
                continue  # a run or a build holds it
            try:
                self._take("env", digest, folder)
            finally:
                os.close(fd)

    def _parts(self) -> None:
        for name in sorted(os.listdir(self._root.blobs)):
            path = os.path.join(self._root.blobs, name)
            if name.startswith(".part-") and self._older(path, PART_AGE_S):
                self._take("part", name[len(".part-") :], path)
        for name in sorted(os.listdir(self._root.runs)):
            path = os.path.join(self._root.runs, name)
            if name.startswith(".new-") and self._older(path, PART_AGE_S):
                self._take("part", name[len(".new-") :], path)

    def _runners(self) -> None:
        """Other versions of this code, unless a run that is not over may still start its kernel host from one."""
        if any(read_exit(paths) is None for paths in self._retained()):
            return
        current = runner_digest()
        for name in sorted(os.listdir(self._root.runner)):
            path = os.path.join(self._root.runner, name)
            if not name.startswith(current) and self._older(path, RUNNER_AGE_S):
                self._take("runner", name, path)

    def _older(self, path: str, seconds: float) -> bool:
        try:
            return self._now - os.lstat(path).st_mtime > seconds
        except OSError:
            return False

    def _take(self, kind: str, name: str, path: str) -> None:
        size = _bytes(path)
        if not self._dry_run:
            try:
                self._bin = self._bin or temporary_folder(self._root.trash, "")
                _throw(path, self._bin)
            except OSError:
                return  # in use or not ours: later
        self.items.append({"kind": kind, "id": name, "bytes": size})


def _references(store: BlobStore, paths: RunPaths) -> Set[str]:
    """Every blob a run's spec names, as far as its trees are here."""
    spec = _spec(paths)
    named = {spec.get("notebook_blob"), *_values(spec.get("tools")), *_items(spec.get("blobs"))}
    bundle = spec.get("bundle")
    top = bundle.get("digest") if isinstance(bundle, dict) else None
    found = {name for name in named if isinstance(name, str)}
    if isinstance(top, str) and _DIGEST.match(top):
        with contextlib.suppress(TreeError):
            found.update(blob_id for blob_id, _ in store.walk(top, skip_missing=True))
    return found


def _environment_of(paths: RunPaths) -> Optional[str]:
    said = last_event(paths.journal, ["environment"], limit=64 << 20) or {}
    asked = _spec(paths).get("environment")
    digest = said.get("digest") or (asked.get("digest") if isinstance(asked, dict) else None)
    return digest if isinstance(digest, str) else None


def _spec(paths: RunPaths) -> Dict[str, Any]:
    try:
        spec = read_json(paths.spec)
    except ValueError:
        return {}
    return spec if isinstance(spec, dict) else {}


def _values(value: Any) -> List[Any]:
    return list(value.values()) if isinstance(value, dict) else []


def _items(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []


def _throw(path: str, folder: str) -> None:
    """Out of sight by one rename, into a folder of trash/."""
    os.rename(path, os.path.join(folder, os.path.basename(path)))


def _unlock(folder: str) -> None:
    """Give back the write bits that a notebook or an environment may have taken from its folders."""
    for parent, names, _ in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)


def _bytes(path: str) -> int:
    """Bytes on disk below a path; a file with several names counts once."""
    seen: Set[int] = set()
    total = 0
    paths = [path]
    for parent, folders, files in os.walk(path):
        paths.extend(os.path.join(parent, name) for name in folders + files)
    for item in paths:
        with contextlib.suppress(OSError):
            info = os.lstat(item)
            if info.st_ino not in seen:
                seen.add(info.st_ino)
                total += info.st_blocks * 512
    return total
