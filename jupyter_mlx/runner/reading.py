"""Opening one file of a run for the client: plain files where they belong, reached through no link."""

import functools
import os
import stat
from typing import List, Set, Tuple

from .durable import read_json
from .layout import Root, RunPaths
from .names import UnsafeNameError, safe_digest, safe_path
from .refusal import Refusal
from .tail import events_backwards, last_event

AREAS = ("outputs", "work", "media", "journal", "stdout", "stderr", "build", "notebook")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_file(root: Root, paths: RunPaths, area: str, path: str) -> Tuple[int, int]:
    """(fd, size) of a file of a run. Raises `Refusal`."""
    folder, parts = _place(root, paths, area, path)
    try:
        fd = _descend(folder, parts)
    except (OSError, ValueError) as error:
        why = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read as a plain file"
        raise Refusal("not_found", "%s of run %s: %.200r %s" % (area, paths.id, path, why), field="path") from None
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode):
        os.close(fd)
        raise Refusal("not_found", "%s of run %s: %.200r is not a file" % (area, paths.id, path), field="path")
    return fd, info.st_size


def _place(root: Root, paths: RunPaths, area: str, path: str) -> Tuple[str, List[str]]:
    """The folder to start from and the names to go down."""
    if area in ("outputs", "work"):
        try:
            parts = safe_path(path).split("/")
        except UnsafeNameError as error:
            raise Refusal("input", str(error), field="path") from None
        listed = _listed(paths)
        if listed and (area, path) not in listed:
            hint = "jupyter mlx show lists what the run left"
            raise Refusal("not_found", "run %s left no %s file %.200r" % (paths.id, area, path), hint, field="path")
        return (paths.outputs if area == "outputs" else paths.work), parts
    if area == "media":
        try:
            return paths.media, [safe_digest(path)]
        except UnsafeNameError as error:
            raise Refusal("input", str(error), field="path") from None
    if path:
        raise Refusal("input", "%s is one file and takes no path" % area, field="path")
    if area == "build":
        return root.env(_environment(paths)), ["build.log"]
    if area == "notebook":
        digest = _notebook(paths)
        return root.blobs, [digest[:2], digest[2:]]
    if area in AREAS:
        return paths.folder, [area]
    raise Refusal("input", "area must be one of %s, not %.40r" % (" ".join(AREAS), area), field="area")


def _listed(paths: RunPaths) -> Set[Tuple[str, str]]:
    """What the run says it left; empty while it runs, or where it died before it could say."""
    try:
        info = os.stat(paths.journal)
    except OSError:
        return set()
    return _listed_at(paths.journal, (info.st_size, info.st_mtime_ns))


@functools.lru_cache(maxsize=4)
def _listed_at(journal: str, _version: Tuple[int, int]) -> Set[Tuple[str, str]]:
    """As the journal stood in a version: a client asks for one file after the other."""
    found: Set[Tuple[str, str]] = set()
    for event in events_backwards(journal, ["outputs"], limit=64 << 20):
        files = event.get("files")
        for item in files if isinstance(files, list) else []:
            if isinstance(item, dict):
                found.add((str(item.get("area", "outputs")), str(item.get("path"))))
    return found


def _environment(paths: RunPaths) -> str:
    """The digest of the run's environment."""
    said = last_event(paths.journal, ["environment"], limit=64 << 20) or {}
    digest = said.get("digest")
    if not digest:
        try:
            digest = (read_json(paths.spec) or {}).get("environment", {}).get("digest")
        except (ValueError, AttributeError):
            digest = None
    try:
        return safe_digest(digest)
    except UnsafeNameError:
        raise Refusal("not_found", "run %s built no environment" % paths.id, field="area") from None


def _notebook(paths: RunPaths) -> str:
    """The digest of the notebook as it was sent."""
    try:
        return safe_digest((read_json(paths.spec) or {}).get("notebook_blob"))
    except (UnsafeNameError, ValueError, AttributeError):
        raise Refusal("not_found", "run %s names no notebook" % paths.id, field="area") from None


def _descend(folder: str, parts: List[str]) -> int:
    """Open a file below a folder, name by name, following no link."""
    fd = os.open(folder, _FOLDER)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, _FOLDER, dir_fd=fd)
            os.close(fd)
            fd = deeper
        return os.open(parts[-1], _FILE, dir_fd=fd)
    finally:
        os.close(fd)
