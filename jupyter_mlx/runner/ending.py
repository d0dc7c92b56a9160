"""How a run ended: from what the kernel host said, how its process ended, and what the machine's memory tells."""

import os
import resource
import signal
from typing import Any, Dict, NamedTuple, Optional

from .cgroups import memory, oom_kills
from .check import size as bytes_in_words
from .durable import read_json
from .layout import RunPaths
from .refusal import Refusal
from .reporter import FULL

MAX_REASON = 2000
_STATES = ("succeeded", "failed", "cancelled")
_NEAR = 0.9  # of the memory there is: a kill at this size was hardly somebody's hand


class Verdict(NamedTuple):
    """The last word. ``cause`` is one word of docs/formats.md, ``reason`` one line for people."""

    state: str
    cause: str
    reason: str = ""
    cell: Optional[int] = None
    ename: Optional[str] = None
    evalue: Optional[str] = None
    code: Optional[int] = None
    signal: Optional[int] = None


class RunEnded(Exception):
    """Carries the verdict out of whatever was going on."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


class Memories:
    """What is known about memory before the host starts, to be compared when it has ended."""

    def __init__(self) -> None:
        self._kills = oom_kills()
        self._largest = _largest_child()

    def oom_killed(self) -> bool:
        """Whether the kernel ended a process for want of memory since."""
        return oom_kills() > self._kills

    def largest(self) -> int:
        """Bytes of the largest process that ended since, where one was larger than all before; else 0."""
        now = _largest_child()
        return now if now > self._largest else 0


def _largest_child() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def read_host(paths: RunPaths) -> Optional[Verdict]:
    """The verdict of the kernel host; None where it left none that can be used."""
    try:
        report = read_json(paths.host, limit=1 << 20)
    except ValueError:
        return None
    if not isinstance(report, dict) or report.get("state") not in _STATES:
        return None
    return Verdict(
        str(report["state"]),
        str(report.get("cause") or "internal")[:40],
        str(report.get("reason") or "")[:MAX_REASON],
        _whole(report.get("cell")),
        _text(report.get("ename"), 200),
        _text(report.get("evalue"), 4000),
        _whole(report.get("code")),
        _whole(report.get("signal")),
    )


def enrich(verdict: Verdict, memories: Memories, peak: int) -> Verdict:
    """A kernel's death by SIGKILL, told apart: for want of memory, or by somebody's hand. ``peak`` in bytes."""
    if verdict.cause != "kernel_died" or verdict.signal != signal.SIGKILL:
        return verdict
    total = memory().total
    size = "killed by SIGKILL at %s of %s" % (bytes_in_words(peak), bytes_in_words(total))
    where = " during cell %d" % (verdict.cell + 1) if verdict.cell is not None else ""
    if memories.oom_killed():
        return verdict._replace(cause="out_of_memory", reason="%s%s: out of memory" % (size, where))
    if total and peak > _NEAR * total:
        return verdict._replace(cause="out_of_memory", reason="%s%s: likely out of memory" % (size, where))
    return verdict._replace(reason="the kernel was %s%s" % (size, where))


def host_died(status: int, paths: RunPaths, memories: Memories, peak: int, cell: Optional[int]) -> Verdict:
    """The verdict where the host left none. ``status`` as of subprocess: minus the signal, or the exit code."""
    free = _free(paths.folder)
    if free is not None and free < 1 << 16:
        return no_space(OSError(), paths.folder)._replace(cell=cell)
    if status < 0:
        died = Verdict("failed", "kernel_died", "", cell, signal=-status)
        found = enrich(died, memories, peak)
        if found.cause == "out_of_memory":
            return found
        return died._replace(cause="internal", reason="the kernel host was killed by %s" % signal_name(-status))
    said = _last_line(paths.stderr)
    reason = "the kernel host ended with status %d without a verdict" % status
    return Verdict("failed", "internal", reason + (": " + said if said else ""), cell, code=status)


def of_error(error: BaseException, paths: RunPaths) -> Verdict:
    """The verdict for an exception of the supervisor's own work."""
    if isinstance(error, RunEnded):
        return error.verdict
    if isinstance(error, OSError) and error.errno in FULL:
        return no_space(error, paths.folder)
    if isinstance(error, Refusal):
        reason = error.message if not error.hint else "%s (%s)" % (error.message, error.hint)
        cause = error.code if error.code in ("no_space", "input") else "internal"
        return Verdict("failed", cause, reason[:MAX_REASON])
    return Verdict("failed", "internal", "%s: %s" % (type(error).__name__, str(error)[:500]))


def no_space(error: OSError, folder: str) -> Verdict:
    """The verdict of a full disk. Ask before anything is freed: it names what is left."""
    name = error.filename
    path = os.fsdecode(name) if isinstance(name, (str, bytes)) else folder
    free = _free(folder)
    left = "" if free is None else ", %d bytes free" % free
    inodes = _free_inodes(folder)
    if inodes == 0:
        left += ", 0 inodes free"
    return Verdict("failed", "no_space", "no space: the disk is full on %s%s" % (path, left))


def signal_name(number: int) -> str:
    """SIGKILL for 9; a number for one without a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return "signal %d" % number


def as_record(verdict: Verdict) -> Dict[str, Any]:
    """The verdict's part of exit.json."""
    return dict(verdict._asdict(), reason=verdict.reason[:MAX_REASON] or None)


def _free(folder: str) -> Optional[int]:
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def _free_inodes(folder: str) -> Optional[int]:
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_favail if found.f_files else None


def _whole(value: Any) -> Optional[int]:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any, limit: int) -> Optional[str]:
    return value[:limit] if isinstance(value, str) else None


def _last_line(path: str) -> str:
    try:
        with open(path, "rb") as source:
            source.seek(max(0, os.fstat(source.fileno()).st_size - 4000))
            lines = source.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:500] if lines else ""
