"""Processes of this machine as /proc shows them: who is who, who belongs to a run, and the end of all of a run.

A process is known by (boot id, pid, start time): a pid alone may belong to a stranger by now.
"""

import contextlib
import os
import signal
import time
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Set

from .boot import boot_id

__all__ = ["MARK", "Process", "boot_id", "descendants", "identity", "kill_all", "run_processes", "same_process", "send"]

MARK = "JMLX_RUN"  # in the environment of everything a run starts: JMLX_RUN=<run id>
_PAUSE_S = 0.02
_ROUNDS = 20


class Process(NamedTuple):
    """One line of the process table; ``start`` is in clock ticks since the boot."""

    pid: int
    parent: int
    state: str
    start: int


def look(pid: int) -> Optional[Process]:
    """A process; None where there is none."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as source:
            fields = source.read().rpartition(b")")[2].split()  # the name before may hold anything
        return Process(pid, int(fields[1]), fields[0].decode("ascii"), int(fields[19]))
    except (OSError, ValueError, IndexError):
        return None


def table() -> Dict[int, Process]:
    """All processes by pid, zombies included."""
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return {}
    return {found.pid: found for found in map(look, pids) if found}


def identity(pid: int) -> Optional[Dict[str, Any]]:
    """``{boot_id, pid, start}`` of a process; None where there is none."""
    found = look(pid)
    return {"boot_id": boot_id(), "pid": pid, "start": found.start} if found else None


def same_process(known: Any) -> bool:
    """Whether the process of an identity is still there, not yet dead and not a stranger with its pid."""
    if not isinstance(known, dict) or not isinstance(known.get("pid"), int):
        return False
    found = look(known["pid"])
    return bool(
        found and found.state not in "ZX" and found.start == known.get("start") and boot_id() == known.get("boot_id")
    )


def descendants(processes: Dict[int, Process], roots: Iterable[int]) -> Set[int]:
    """The roots and all below them."""
    children: Dict[int, List[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: Set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(children.get(pid, ()))
    return found


def members(run_id: str, below: Optional[int] = None) -> List[Process]:
    """The living processes of a run: marked ones, all below them and all below a pid; never the caller or that pid."""
    processes = table()
    mark = ("%s=%s" % (MARK, run_id)).encode("ascii")
    known = processes.get(below) if below is not None else None
    since = known.start if known else 0  # nothing older than what started the run belongs to it
    roots = {pid for pid, process in processes.items() if process.start >= since and _marked(pid, mark)}
    if below is not None:
        roots.add(below)
    found = descendants(processes, roots) - {os.getpid(), below, 1}
    return [processes[pid] for pid in sorted(found) if pid in processes and processes[pid].state not in "ZX"]


def run_processes(run_id: str) -> List[int]:
    """The pids of a run, by the mark in their environment, with all their descendants."""
    return [process.pid for process in members(run_id)]


def _marked(pid: int, mark: bytes) -> bool:
    try:
        with open("/proc/%d/environ" % pid, "rb") as source:
            data = source.read(1 << 20)
    except OSError:  # somebody else's, or gone
        return False
    return mark in data and mark in data.split(b"\0")


def send(process: Process, number: int) -> None:
    """Send a signal, unless the pid has another owner by now."""
    found = look(process.pid)
    if found and found.start == process.start:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


def kill_all(
    run_id: str, below: Optional[int] = None, timeout: float = 10.0, reap: Callable[[], None] = lambda: None
) -> List[int]:
    """End every process of a run and those that come up meanwhile; the pids of what could not be ended.

    All are stopped before any is killed, or a fork storm would outrun us. ``reap`` is called between the rounds.
    """
    end = time.monotonic() + timeout
    calm = 0
    while calm < 2:  # a process that forks and leaves while we read the table is missed once, not twice
        found = _stop_all(run_id, below)
        for process in found:
            send(process, signal.SIGKILL)
        reap()
        calm = 0 if found else calm + 1
        if found:
            if time.monotonic() > end:
                break
            time.sleep(_PAUSE_S)
    return [process.pid for process in members(run_id, below)] if calm < 2 else []


def _stop_all(run_id: str, below: Optional[int]) -> List[Process]:
    stopped: Dict[int, Process] = {}
    for _ in range(_ROUNDS):
        fresh = [
            process for process in members(run_id, below) if stopped.get(process.pid) != process._replace(state="")
        ]
        for process in fresh:
            send(process, signal.SIGSTOP)
            stopped[process.pid] = process._replace(state="")
        if not fresh:
            break
    return list(stopped.values())
