"""The last word on a run whose supervisor can no longer say it. Said once, under the supervisor's own lock."""

import contextlib
import os
import time
from typing import Any, Dict, Optional

from .boot import boot_id
from .durable import read_json, try_lock
from .journal import Journal
from .layout import RunPaths
from .tail import last_event

_NEVER_STARTED_S = 30.0  # after that a supervisor that left only complaints will not come any more


def read_exit(paths: RunPaths) -> Optional[Dict[str, Any]]:
    """The verdict of a run; None while there is none."""
    try:
        record = read_json(paths.exit)
    except ValueError:
        return {"state": "lost", "reason": "exit.json on the machine is damaged", "cause": "internal"}
    return record if isinstance(record, dict) else None


def is_alive(paths: RunPaths) -> bool:
    """Whether a supervisor holds the run. Only asked once it has started: the lock is the starter's before that."""
    if not os.path.lexists(paths.started):
        return False
    fd = try_lock(paths.alive)
    if fd is None:
        return True
    os.close(fd)
    return False


def settle(paths: RunPaths) -> Optional[Dict[str, Any]]:
    """The verdict: the one there is, or the one a dead supervisor left to be said. None while the run lives."""
    record = read_exit(paths)
    if record or not (os.path.lexists(paths.started) or _stillborn(paths)):
        return record
    fd = try_lock(paths.alive)
    if fd is None:
        return None
    try:
        record = read_exit(paths)  # it may have come between the look and the lock
        return record or _settle(paths)
    finally:
        os.close(fd)


def _stillborn(paths: RunPaths) -> bool:
    """Whether supervisors tried and left nothing but complaints."""
    try:
        waited = time.time() - os.stat(paths.spec).st_mtime
        return waited > _NEVER_STARTED_S and os.stat(paths.trouble).st_size > 0
    except OSError:
        return False


def _settle(paths: RunPaths) -> Dict[str, Any]:
    from .reporter import free_ballast, write_exit

    _end_strays(paths.id)
    free_ballast(paths)
    said = last_event(paths.journal, ["exit"], limit=4 << 20)
    if said:  # the supervisor died between its last event and exit.json
        record = {key: value for key, value in said.items() if key not in ("type", "t")}
    else:
        record = _record(paths)
        with contextlib.suppress(OSError):  # a full disk may have no room for the events; exit.json alone tells then
            _append(paths, record)
    record["journal_bytes"] = _size(paths.journal)
    write_exit(paths, record)
    return record


def _append(paths: RunPaths, record: Dict[str, Any]) -> None:
    """The last events: what stands in outputs/, unless that was said, and the verdict."""
    from .blobs import BlobStore
    from .outputs import collect

    journal = Journal(paths.journal)
    try:
        if not last_event(paths.journal, ["outputs"], limit=1 << 20):

            def emit(kind: str, **fields: Any) -> None:
                journal.append({"type": kind, "t": time.time(), **fields})

            collect(paths, BlobStore(""), "", None, emit)
        now = time.time()
        state = {"type": "state", "t": now, "state": record["state"], "reason": record["reason"]}
        journal.extend([state, {**record, "type": "exit", "t": now}], durable=True)
    finally:
        journal.close()


def _record(paths: RunPaths) -> Dict[str, Any]:
    """The verdict from what the dead left behind."""
    started, ended = _time(paths.started), _time(paths.journal)
    began = started or ended
    sample = last_event(paths.journal, ["sample"], limit=8 << 20) or {}
    return {
        "code": None,
        "signal": None,
        "cell": None,
        "ename": None,
        "evalue": None,
        **_cause(paths),
        "started": began,
        "ended": max(ended or 0.0, began or 0.0) or None,
        "duration_s": max(0.0, ended - began) if ended and began else None,
        "rss_peak": sample.get("rss_peak"),
        "boot_id": boot_id(),
    }


def _cause(paths: RunPaths) -> Dict[str, Any]:
    from .ending import as_record, read_host

    host = read_host(paths)
    if host:
        note = "the supervisor died before it could record this"
        reason = "%s (%s)" % (host.reason, note) if host.reason else note
        return as_record(host._replace(reason=reason))
    if not os.path.lexists(paths.started):
        return {"state": "failed", "cause": "internal", "reason": "the supervisor could not start: " + _trouble(paths)}
    running = last_event(paths.journal, ["cell"]) or {}
    cell = running.get("cell") if running.get("state") == "running" else None
    where = " during cell %d" % (cell + 1) if isinstance(cell, int) else ""
    then = _object(paths.supervisor).get("boot_id")
    if then and then != boot_id():
        return {"state": "lost", "cause": "rebooted", "cell": cell, "reason": "the machine was rebooted" + where}
    reason = "the supervisor was killed" + where
    trouble = _trouble(paths)
    if trouble:
        reason += ": " + trouble
    return {"state": "lost", "cause": "supervisor_died", "cell": cell, "reason": reason}


def _trouble(paths: RunPaths) -> str:
    """The last line of what the supervisor printed."""
    try:
        with open(paths.trouble, "rb") as source:
            source.seek(max(0, os.fstat(source.fileno()).st_size - 2000))
            lines = source.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:500] if lines else ""


def _object(path: str) -> Dict[str, Any]:
    try:
        value = read_json(path)
    except (ValueError, OSError):
        return {}
    return value if isinstance(value, dict) else {}


def _end_strays(run_id: str) -> None:
    from .processes import kill_all

    kill_all(run_id)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _time(path: str) -> Optional[float]:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None
