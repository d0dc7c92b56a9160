"""One cell's turn in the kernel: what its messages mean, and how it went."""

import datetime
import time
from typing import Dict, Optional, Set

from .notebook import SourceCell
from .outputs import Json, display_id_of, output_of
from .recorder import Recorder
from .widgets import Widgets

# Message header date -> key of the cell's metadata.execution, as nbclient and JupyterLab write it.
_STATUS_TIMES = {"busy": "iopub.status.busy", "idle": "iopub.status.idle"}


class Turn:
    """Follows the messages that answer one execute request; they may come until the run's end (threads print late)."""

    def __init__(self, cell: SourceCell, recorder: Recorder, widgets: Widgets, displays: Set[str]) -> None:
        self.cell = cell
        self.begun = False  # the kernel works on it
        self.idle = False
        self.reply = None  # type: Optional[Json]
        self.count = None  # type: Optional[int]
        self.asked = False  # the cell wanted an answer from somebody
        self.error = None  # type: Optional[Json]
        self.timing = {}  # type: Dict[str, str]
        self._recorder = recorder
        self._widgets = widgets
        self._displays = displays  # the display ids that stand in some cell
        self._started = time.monotonic()

    @property
    def done(self) -> bool:
        """Whether kernel and output are through."""
        return self.idle and self.reply is not None

    @property
    def seconds(self) -> float:
        """Since the request was sent."""
        return round(time.monotonic() - self._started, 6)

    @property
    def failure(self) -> Optional[Json]:
        """The reply's content where the cell failed: status, ename, evalue, traceback."""
        content = self.reply["content"] if self.reply else {}
        return content if content.get("status") == "error" else None

    def answer(self, message: Json) -> None:
        """Take the shell's reply."""
        self.reply = message
        self._time("shell.execute_reply", message)
        self._count(message["content"])

    def output(self, message: Json) -> None:
        """Take one message of the output channel."""
        kind, content = message["msg_type"], message["content"]
        display_id = display_id_of(message) or ""
        if display_id in self._displays and kind in ("display_data", "execute_result", "update_display_data"):
            self._recorder.update_display(display_id, content.get("data"), content.get("metadata"))
        self._count(content)
        if kind == "stream":
            self._stream(message)
        elif kind == "status":
            self._status(message)
        elif kind == "execute_input":
            self.begun = True
            self._time("iopub.execute_input", message)
        elif kind == "clear_output":
            if not self._widgets.clear(message):
                self._recorder.event("clear_output", cell=self.cell.index, wait=bool(content.get("wait")))
        elif kind in ("comm_open", "comm_msg"):
            self._widgets.comm(message)
        elif kind != "update_display_data":
            self._output(message, display_id)

    def _stream(self, message: Json) -> None:
        output = output_of(message) or {}
        if not self._widgets.take(message, output):
            name = output["name"] if output["name"] in ("stdout", "stderr") else "stdout"
            self._recorder.stream(self.cell.index, name, output["text"])
        elif output["name"] == "stdout":
            self._recorder.metrics(self.cell.index, output["text"])

    def _output(self, message: Json, display_id: str) -> None:
        output = output_of(message)
        if output is None:
            return
        if output["output_type"] == "error":
            self.error = output
        if self._widgets.take(message, output):
            return
        output = self._recorder.fit(output)
        if display_id:
            self._displays.add(display_id)
            output["display_id"] = display_id
        self._recorder.event("output", cell=self.cell.index, output=output)

    def _status(self, message: Json) -> None:
        state = message["content"].get("execution_state")
        if state in _STATUS_TIMES:
            self._time(_STATUS_TIMES[state], message)
        if state == "idle":
            self.idle = True

    def _count(self, content: Json) -> None:
        if isinstance(content.get("execution_count"), int):
            self.count = content["execution_count"]

    def _time(self, key: str, message: Json) -> None:
        date = message["header"].get("date")
        if isinstance(date, datetime.datetime):
            if date.tzinfo is not None:
                date = date.astimezone(datetime.timezone.utc)
            self.timing[key] = date.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        elif isinstance(date, str):
            self.timing[key] = date[:40]
