"""The run's inbox: what to do next, read as it grows."""

from collections import deque
from typing import Any, Deque, Dict, Optional

from ..runner.journal import Decoder, Record

Command = Dict[str, Any]
_BLOCK = 1 << 20


class Inbox:
    """Commands in the order they came. `interrupt` is seen at once, `cancel` is the supervisor's and not seen."""

    def __init__(self, path: str) -> None:
        self.waiting = deque()  # type: Deque[Command]
        self.interrupted = False  # an interrupt came and was not yet taken
        self._source = open(path, "rb")  # noqa: SIM115 (read for as long as the run lives)
        self._decoder = Decoder()

    def poll(self) -> None:
        """Read what came since the last time; damaged records are passed over."""
        while True:
            data = self._source.read(_BLOCK)
            if not data:
                return
            for item in self._decoder.feed(data):
                if isinstance(item, Record):
                    self._take(item.event)

    def _take(self, command: Command) -> None:
        kind = command.get("type")
        if kind == "interrupt":
            self.interrupted = True
        elif kind in ("execute", "close"):
            self.waiting.append(command)

    def next(self) -> Optional[Command]:
        """The next command, None where none waits."""
        return self.waiting.popleft() if self.waiting else None

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()
