"""The run as a conversation: each command of the inbox answered by the kernel, until `close` or a cell that fails."""

import signal
import time
from typing import Any, Optional

from .channels import Channels
from .driver import TICK_S, Driver, KernelDied
from .inbox import Inbox
from .job import Job
from .kernels import Kernel
from .launch import KernelProcess, describe
from .logged import LoggedEvents
from .notebook import SourceCell
from .outputs import Json
from .pacing import startup_code
from .place import Place
from .recorder import Recorder
from .turn import Turn
from .verdict import RunEnded, Verdict

START_S = 180.0  # a first import of everything over a slow network home takes minutes
_WIDGETS_S = 5.0  # between two notes of the widgets' state while cells run
NOBODY = "the run has nobody to ask: use a parameter"


class Conversation:
    """With one kernel, from its first sign of life to its end."""

    def __init__(self, job: Job, kernel: Kernel, process: KernelProcess, place: Place, recorder: Recorder) -> None:
        self.job = job
        self.kernel = kernel
        self.process = process
        self.recorder = recorder
        self.channels = Channels(place.info, foreign=not kernel.ipykernel)
        self.inbox = Inbox(job.paths.inbox)
        self.logged = LoggedEvents(job.paths.events, recorder)
        self.driver = Driver(process, self.channels, recorder, self.inbox, self.logged, self._interrupt)
        self._widgets_noted = 0.0
        signal.signal(signal.SIGTERM, self._terminated)

    def hold(self) -> Verdict:
        """Hold it. Raises OSError where the disk is full."""
        try:
            verdict = self._start() or self._work()
        except RunEnded as ended:
            verdict = ended.verdict
        finally:
            self._end()
        return verdict

    def _start(self) -> Optional[Verdict]:
        started = time.monotonic()
        try:
            info = self.driver.wait_ready(START_S)
        except KernelDied:
            return self._no_start("the kernel %s while starting" % describe(self.process.status or 0))
        except TimeoutError:
            return self._no_start("the kernel did not answer within %d s" % START_S)
        if info.get("implementation") == "ipython":
            request = {"code": startup_code(), "silent": True, "store_history": False, "stop_on_error": False}
            self.channels.send(self.channels.shell, "execute_request", request)
        language = info.get("language_info")
        seconds = round(time.monotonic() - started, 3)
        self.recorder.event(
            "kernel", implementation=info.get("implementation"), language_info=language, seconds=seconds
        )
        self.recorder.flush()
        return None

    def _no_start(self, what: str) -> Verdict:
        words = self._last_words()
        program = " ".join(self.kernel.argv[:3])
        reason = "%s (%s)%s" % (what, program, ": " + " | ".join(words[-5:]) if words else "")
        return Verdict("failed", "kernel_start", reason, **_status(self.process))

    def _work(self) -> Verdict:
        while True:
            command = self.inbox.next()
            if command is None:
                try:
                    self.driver.pump(TICK_S)
                except KernelDied:
                    return self._died(None)
            elif command["type"] == "close":
                return Verdict("succeeded", "done")
            else:
                cell = self.job.cell_of(command)
                verdict = self._cell(cell, command) if cell else None
                if verdict:
                    self._skip_rest()
                    return verdict

    def _cell(self, cell: SourceCell, command: Json) -> Optional[Verdict]:
        """Run one cell; a verdict where the run ends with it."""
        if cell.empty or command.get("skip") is True:
            self.recorder.event("cell", cell=cell.index, id=cell.id, state="skipped")
            return None
        source = command.get("source")
        self.recorder.event("cell", cell=cell.index, id=cell.id, state="running", source=source)
        self.recorder.flush()
        may_fail = self.job.allow_errors or cell.may_fail
        try:
            turn = self.driver.execute(cell, may_fail)
        except KernelDied:
            self._close_cell(self.driver.end_cell(), "failed")
            return self._died(cell)
        except RunEnded:
            self._close_cell(self.driver.end_cell(), "cancelled")
            raise
        self._close_cell(turn, "failed" if turn.failure else "succeeded")
        return None if may_fail or not turn.failure else _failed(turn)

    def _close_cell(self, turn: Optional[Turn], state: str) -> None:
        if turn is None:
            return
        fields = {"cell": turn.cell.index, "id": turn.cell.id, "state": state, "execution_count": turn.count}
        self.recorder.event("cell", duration_s=turn.seconds, timing=turn.timing or None, **fields)
        if time.monotonic() - self._widgets_noted > _WIDGETS_S:
            self._note_widgets()
        self.recorder.settle()

    def _skip_rest(self) -> None:
        for command in self.inbox.waiting:
            cell = self.job.cell_of(command) if command["type"] == "execute" else None
            if cell:
                self.recorder.event("cell", cell=cell.index, id=cell.id, state="skipped")

    def _note_widgets(self) -> None:
        if self.driver.widgets.changed:
            state = self.driver.widgets.state()
            if state:
                self.recorder.widgets(state)
            self._widgets_noted = time.monotonic()

    def _died(self, cell: Optional[SourceCell]) -> Verdict:
        self._last_words()
        where = "in cell %d" % (cell.index + 1) if cell else "between two cells"
        reason = "the kernel %s %s" % (describe(self.process.status or 0), where)
        return Verdict("failed", "kernel_died", reason, cell.index if cell else None, **_status(self.process))

    def _last_words(self) -> Any:
        """The last lines of the kernel's stderr, noted in the journal as well."""
        words = self.process.last_words()
        for line in words:
            self.recorder.event("log", source="kernel", text=line)
        return words

    def _interrupt(self, driver: Driver) -> None:
        if self.kernel.interrupt_by_message:
            driver.channels.send(driver.channels.control, "interrupt_request", {})
        else:
            self.process.signal(signal.SIGINT)

    def _terminated(self, *_: object) -> None:
        self.driver.terminated = True

    def _end(self) -> None:
        """Let the kernel go, keep what it still says, and see everything on disk. Raises OSError."""
        signal.signal(signal.SIGTERM, lambda *_: None)
        try:
            self._note_widgets()
            if self.driver.terminated:
                self.process.signal(signal.SIGKILL)
            self.process.leave(self._ask_to_leave, self._meanwhile)
            self.driver.drain(0)
            self.logged.poll(None, last=True)
            self.recorder.end_all()
            self.recorder.flush(durable=True)
        finally:
            if self.process.status is None:
                self.process.signal(signal.SIGKILL)
            self.channels.close()
            self.inbox.close()
            self.logged.close()

    def _meanwhile(self) -> bool:
        self.driver.drain(0.005, most=0.1)
        return self.channels.left

    def _ask_to_leave(self) -> None:
        self.channels.send(self.channels.control, "shutdown_request", {"restart": False})


def _status(process: KernelProcess) -> Any:
    status = process.status
    if status is None:
        return {}
    return {"code": status} if status >= 0 else {"signal": -status}


def _failed(turn: Turn) -> Verdict:
    failure = turn.failure or {}
    ename, evalue = str(failure.get("ename", "")), str(failure.get("evalue", ""))
    first = (evalue.splitlines() or [""])[0][:500]
    reason = "cell %d failed: %s%s" % (turn.cell.index + 1, ename, ": " + first if first else "")
    if turn.asked or ename == "StdinNotImplementedError":
        reason += " — " + NOBODY
    return Verdict("failed", "cell_error", reason, turn.cell.index, ename, evalue)
