"""Accepting a run: one rename makes it, and decides who made it."""

import contextlib
import errno
import fcntl
import json
import os
import shutil
import time
from typing import Any, Dict, Iterator, List

from .blobs import BlobStore
from .durable import fsync_dir, read_json, temporary_folder
from .journal import Journal
from .launch import start_supervisor
from .layout import Root, RunPaths
from .refusal import Refusal
from .specs import check_spec, needed_blobs
from .trees import TreeError

_RACE_S = 0.3  # how long a repeat waits for the supervisor that the first submit is starting


def submit(root: Root, blobs: BlobStore, spec: Dict[str, Any]) -> Dict[str, Any]:
    """Accept a run: ``{accepted, created}`` once it is durable and started, ``{missing}`` where blobs are.

    Raises `Refusal`, OSError.
    """
    check_spec(spec)
    paths = root.run(spec["id"])
    created = False
    if not os.path.lexists(paths.folder):
        with collecting_off(root):
            missing = _missing(blobs, spec)
            if missing:
                return {"missing": missing}
            created = _make(root, paths, spec)
    if not created:
        _same(paths, spec)
        _wait_for(paths.started)
    if not os.path.lexists(paths.started):
        start_supervisor(paths)
    return {"accepted": True, "created": created}


@contextlib.contextmanager
def collecting_off(root: Root, shared: bool = True) -> Iterator[None]:
    """Between the check for missing blobs and the run's appearance nothing may be swept; the sweep itself is alone."""
    fd = os.open(os.path.join(root.blobs, ".sweep.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _missing(blobs: BlobStore, spec: Dict[str, Any]) -> List[str]:
    try:
        return blobs.missing(spec["bundle"]["digest"], needed_blobs(spec))
    except TreeError as error:
        raise Refusal("input", "the bundle cannot be used: %s" % error, field="bundle") from None


def _make(root: Root, paths: RunPaths, spec: Dict[str, Any]) -> bool:
    """Make the run's folder complete and durable, then give it its name. False where somebody else was first."""
    temp = temporary_folder(root.runs, ".new-%s-" % paths.id)
    try:
        draft = RunPaths(temp)
        fd = os.open(draft.spec, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as out:
            out.write(json.dumps(spec, sort_keys=True).encode("ascii"))
            out.flush()
            os.fsync(out.fileno())
        now = time.time()
        messages = [_execute(cell, now) for cell in spec["cells"]]
        inbox = Journal(draft.inbox)
        try:
            inbox.extend([*messages, {"type": "close", "t": now}], durable=True)
        finally:
            inbox.close()
        fsync_dir(temp)
        os.rename(temp, paths.folder)
    except OSError as error:
        shutil.rmtree(temp, ignore_errors=True)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    fsync_dir(root.runs)
    return True


def _execute(cell: Dict[str, Any], now: float) -> Dict[str, Any]:
    message = {"type": "execute", "index": cell["index"], "t": now}
    return dict(message, skip=True) if cell.get("skip") else message


def _same(paths: RunPaths, spec: Dict[str, Any]) -> None:
    try:
        accepted = read_json(paths.spec)
    except ValueError as error:
        raise Refusal("machine", "the run's spec.json on the machine is damaged: %s" % error) from None
    asked = json.loads(json.dumps(spec))
    for one in (accepted, asked):
        if isinstance(one, dict):
            one.pop("tools", None)  # means, not content: the client may know better by now what is there
    if accepted != asked:
        hint = "submit it as a new run"
        raise Refusal("conflict", "run %s was accepted before with another content" % paths.id, hint, field="id")


def _wait_for(path: str) -> None:
    end = time.monotonic() + _RACE_S
    while not os.path.lexists(path) and time.monotonic() < end:
        time.sleep(0.02)
