"""Stopping a run: interrupt, terminate, kill, each with its patience, until no process is left."""

import contextlib
import os
import signal
import time
from typing import Any, Dict, List, Optional, Tuple

from .clock import boottime
from .durable import read_json
from .ending import Verdict
from .layout import RunPaths
from .processes import kill_all, members, same_process, send
from .reporter import Reporter
from .tail import last_event

INTERRUPT_S = 10.0
TERMINATE_S = 5.0
_LOOK_S = 0.2
_YOUNG_S = 0.5
_LEFTOVERS_S = 1.0  # for helpers a notebook left running: time to end by themselves


class Stop:
    """One stop on its way. ``verdict`` is what the run ends with unless it succeeded before."""

    def __init__(self, paths: RunPaths, reporter: Reporter, verdict: Verdict, gently: bool = True) -> None:
        self.verdict = verdict
        self.step = "requested" if gently else "interrupt"  # the step that was taken last
        self._paths = paths
        self._reporter = reporter
        self._until = 0.0
        self._interrupted: Optional[Tuple[Any, Any]] = None  # the cell that had its SIGINT, and when it began
        self._looked = 0.0
        self._say("requested")

    def hurry(self) -> None:
        """Go to the last step at once."""
        self._until = 0.0
        if self.step != "kill":
            self.step = "terminate"

    def tick(self, host: Optional[int]) -> bool:
        """Take the next step when it is due; True once the kill step has come. ``host``: its pid, while there is one.

        The host is spared until then: the kernel dies with it, and it has the last outputs to write.
        """
        if self.step == "kill":
            return True
        if boottime() < self._until:
            if self.step == "interrupt" and host:
                self._interrupt()
            return False
        if self.step == "requested" and host and self._kernel():
            self._enter("interrupt", INTERRUPT_S)
            self._interrupt()
        elif self.step in ("requested", "interrupt") and host and kernel_identity(self._paths):
            for process in members(self._paths.id, os.getpid()):
                if process.pid != host:
                    send(process, signal.SIGTERM)
                    send(process, signal.SIGCONT)
            self._enter("terminate", TERMINATE_S)
        else:
            self._enter("kill", 0.0)
            return True
        return False

    def done(self, survivors: List[int]) -> None:
        """Say how it went."""
        self._say("done", survivors=survivors or None)

    def _kernel(self) -> Optional[int]:
        """The pid of a living kernel."""
        known = kernel_identity(self._paths)
        return int(known["pid"]) if known and same_process(known) else None

    def _interrupt(self) -> None:
        """SIGINT to the kernel's process group, once for each cell that runs.

        Between cells a kernel ignores it, and the host says "running" a moment before the kernel begins. A second
        one for the same cell would hit the code that saves what there is to save.
        """
        now = boottime()
        if now - self._looked < _LOOK_S:
            return
        self._looked = now
        event = last_event(self._paths.journal, ["cell"], limit=2 << 20) or {}
        cell = (event.get("cell"), event.get("t"))
        age = time.time() - float(event.get("t") or 0)
        if event.get("state") != "running" or cell == self._interrupted or 0 <= age < _YOUNG_S:
            return
        pid = self._kernel()
        if pid:
            self._interrupted = cell
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGINT)

    def _enter(self, step: str, seconds: float) -> None:
        self.step = step
        self._until = boottime() + seconds
        self._say(step)

    def _say(self, step: str, **fields: Any) -> None:
        self._reporter.minor("cancel", step=step, **fields)


def kernel_identity(paths: RunPaths) -> Optional[Dict[str, Any]]:
    """Who the run's kernel is, as its host wrote it down; None while there is none."""
    try:
        known = read_json(paths.kernel, limit=1 << 16)
    except (ValueError, OSError):
        return None
    return known if isinstance(known, dict) else None


def end_strays(run_id: str, reap: Any, at_once: bool) -> List[int]:
    """End what the run left running; the pids that could not be ended."""
    own = os.getpid()
    reap()
    if not at_once and members(run_id, own):
        for process in members(run_id, own):
            send(process, signal.SIGTERM)
        end = boottime() + _LEFTOVERS_S
        while members(run_id, own) and boottime() < end:
            reap()
            time.sleep(0.02)
    return kill_all(run_id, below=own, reap=reap)
