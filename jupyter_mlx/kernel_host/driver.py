"""Between the kernel and the journal: takes messages as they come, cell by cell, and notices the kernel's death."""

import time
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Set

from .channels import Channels, Message
from .inbox import Inbox
from .launch import KernelProcess
from .logged import LoggedEvents
from .notebook import SourceCell
from .outputs import Json
from .recorder import Recorder
from .turn import Turn
from .verdict import RunEnded, Verdict
from .widgets import Widgets

if TYPE_CHECKING:
    import zmq

TICK_S = 0.05  # how often files and the kernel's process are looked at
_DRAIN_S = 0.02  # how long one look at the output channel may take
_QUIET_S = 4.0  # output is waited for this long after the reply, as in nbclient
_LAST_S = 0.3  # what a dead kernel had sent arrives within this time


class KernelDied(Exception):
    """The kernel's process ended by itself."""


class Driver:
    """One kernel's conversation. ``interrupt`` stops the running cell."""

    def __init__(
        self,
        process: KernelProcess,
        channels: Channels,
        recorder: Recorder,
        inbox: Inbox,
        logged: LoggedEvents,
        interrupt: Callable[["Driver"], None],
    ) -> None:
        self.process = process
        self.channels = channels
        self.recorder = recorder
        self.widgets = Widgets(self._send_state)
        self.current = None  # type: Optional[Turn]
        self._inbox = inbox
        self._logged = logged
        self._interrupt = interrupt
        self._turns = {}  # type: Dict[str, Turn]
        self._displays = set()  # type: Set[str]
        self.terminated = False  # somebody sent SIGTERM
        self._ticked = 0.0
        self._heard = 0.0

    def execute(self, cell: SourceCell, may_fail: bool) -> Turn:
        """Run a cell to its end. Raises `KernelDied`; the turn says how it went."""
        turn = Turn(cell, self.recorder, self.widgets, self._displays)
        request = {
            "code": cell.source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": not may_fail,
        }
        self.current = turn
        self._turns[self.channels.send(self.channels.shell, "execute_request", request)] = turn
        while not turn.done:
            self.pump(TICK_S)
            if turn.reply is not None and time.monotonic() - self._heard > _QUIET_S:
                self.recorder.event("log", source="host", text="the kernel did not say that its output is complete")
                break
        self.widgets.sync()
        self.end_cell()
        return turn

    def end_cell(self) -> Optional[Turn]:
        """Nothing more is expected of the current cell: take what it logged. The cell's turn."""
        turn, self.current = self.current, None
        if turn is not None:
            self._logged.poll(turn.cell.index)
            self.recorder.end_cell(turn.cell.index)
        return turn

    def pump(self, seconds: float) -> None:
        """Take what waits, after at most some seconds. Raises `KernelDied`, and OSError where the disk is full."""
        self._take(self.channels.wait(seconds))
        if time.monotonic() - self._ticked >= TICK_S:
            self._tick()
        if not self.channels.wait(0):
            self.recorder.flush()
        self.recorder.flush_due()

    def drain(self, quiet: float, most: float = 3600.0) -> None:
        """Take what still comes, until nothing came for ``quiet`` seconds or ``most`` seconds are over."""
        end = time.monotonic() + most
        while self._take(self.channels.wait(quiet)) and time.monotonic() < end:
            self.recorder.flush_due()
        self._logged.poll(self.current.cell.index if self.current else None)
        self.recorder.flush()

    def _take(self, ready: List["zmq.Socket[bytes]"]) -> bool:
        """Take messages from sockets that have some; whether there were any."""
        if self.channels.shell in ready:
            self._take_shell()
        if self.channels.iopub in ready:
            self._take_output()
        if self.channels.stdin in ready:
            self._take_questions()
        if self.channels.control in ready:
            self.channels.drain(self.channels.control)
        return bool(ready)

    def _tick(self) -> None:
        self._ticked = time.monotonic()
        self._logged.poll(self.current.cell.index if self.current else None)
        self._inbox.poll()
        if self._inbox.interrupted and (self.current is None or self.current.begun):  # earlier, the kernel ignores it
            self._inbox.interrupted = False
            if self.current is not None:
                self._interrupt(self)
        if self.terminated:
            raise RunEnded(Verdict("cancelled", "cancelled", "the kernel host was told to stop"))
        if self.process.status is not None:
            self.drain(_LAST_S)
            raise KernelDied

    def _take_shell(self) -> None:
        for message in self.channels.drain(self.channels.shell):
            turn = self._turns.get(message["parent_header"].get("msg_id", ""))
            if turn is not None and message["msg_type"] == "execute_reply":
                turn.answer(message)
                self._heard = time.monotonic()

    def _take_output(self) -> None:
        end = time.monotonic() + _DRAIN_S
        while time.monotonic() < end:
            message = self.channels.receive(self.channels.iopub)
            if message is None:
                return
            self._heard = time.monotonic()
            self._output(message)

    def _output(self, message: Message) -> None:
        turn = self._turns.get(message["parent_header"].get("msg_id", ""))
        if turn is not None:
            turn.output(message)
        elif message["msg_type"] == "stream" and self._turns:  # what it says while starting is about itself
            self.recorder.event("log", source="kernel", text=str(message["content"].get("text", ""))[:65536])

    def _take_questions(self) -> None:
        """A kernel that asks although it was told that nobody answers would wait for ever."""
        for message in self.channels.drain(self.channels.stdin):
            if message["msg_type"] == "input_request" and self.current is not None and not self.current.asked:
                self.current.asked = True
                self._interrupt(self)

    def _send_state(self, comm_id: str, state: Json, parent: Json) -> None:
        content = {"comm_id": comm_id, "data": {"method": "update", "state": state, "buffer_paths": []}}
        self.channels.send(self.channels.shell, "comm_msg", content, parent)

    def wait_ready(self, seconds: float) -> Json:
        """The kernel's ``kernel_info_reply``, once we hear its output too. Raises `KernelDied`, TimeoutError."""
        end = time.monotonic() + seconds
        info = None  # type: Optional[Json]
        listening = False
        self._ask_info()
        while info is None or not listening:
            if self.terminated:
                raise RunEnded(Verdict("cancelled", "cancelled", "the kernel host was told to stop"))
            if self.process.status is not None:
                raise KernelDied
            if time.monotonic() > end:
                raise TimeoutError
            waited = self.channels.wait(TICK_S)
            listening = listening or any(m["msg_type"] for m in self.channels.drain(self.channels.iopub))
            for message in self.channels.drain(self.channels.shell):
                if message["msg_type"] == "kernel_info_reply":
                    info = message["content"]
            if not waited and info is not None and not listening:
                self._ask_info()  # its output came before we were heard to subscribe
        return info

    def _ask_info(self) -> None:
        self.channels.send(self.channels.shell, "kernel_info_request", {})
