"""One client following one journal: its bytes from an offset on, as they come, at most a window ahead of the client."""

import os
import threading
import time
from contextlib import closing
from typing import Any, Callable, Dict, Optional

from .launch import start_supervisor, waits_for_start
from .layout import RunPaths
from .refusal import Refusal
from .verdict import read_exit, settle
from .watch import Watch

WINDOW = 4 << 20
PIECE = 1 << 18
LOOK_S = 1.0  # how often an idle follower asks whether the supervisor lives

Send = Callable[[Dict[str, Any], bytes], None]


class Follow:
    """Runs in a thread of its own; `ack` and `stop` come from another."""

    def __init__(self, paths: RunPaths, offset: int, send: Send) -> None:
        self._paths = paths
        self._send = send
        self._offset = offset
        self._acked = offset
        self._stopped = False
        self._looked = time.monotonic()
        self._moved = threading.Condition()
        self._fd: Optional[int] = None

    def ack(self, offset: int) -> None:
        """The client holds everything before an offset."""
        with self._moved:
            self._acked = max(self._acked, min(offset, self._offset))
            self._moved.notify_all()

    def stop(self) -> None:
        """The client does not want more."""
        with self._moved:
            self._stopped = True
            self._moved.notify_all()

    def run(self) -> None:
        """Send until the run is over and everything was sent, or until `stop`. Raises `Refusal`, PeerGone, OSError."""
        try:
            with closing(Watch([self._paths.folder])) as watch:
                while not self._stopped and not self._open():
                    self._rest(watch)
                    if read_exit(self._paths):
                        self._open()  # the journal may have come with it
                        break
            with closing(Watch([self._paths.folder, self._paths.journal])) as watch:
                while not self._stopped:
                    over = read_exit(self._paths) is not None  # asked before the read: nothing comes after it
                    if not self._pour() and not self._stopped:
                        if over:
                            self._send({"end": True, "offset": self._offset}, b"")
                            return
                        self._rest(watch)
        finally:
            if self._fd is not None:
                os.close(self._fd)

    def _open(self) -> bool:
        try:
            self._fd = os.open(self._paths.journal, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            if self._offset and read_exit(self._paths):
                raise self._beyond(0) from None
            return False
        size = os.fstat(self._fd).st_size
        if self._offset > size:
            raise self._beyond(size)
        return True

    def _beyond(self, size: int) -> Refusal:
        known = "fewer than the %d already known" % self._offset
        message = "the journal of run %s has %d bytes, %s" % (self._paths.id, size, known)
        return Refusal("conflict", message, "the machine lost the end of the journal in a power cut", field="offset")

    def _pour(self) -> bool:
        """Send what is there; False where nothing was."""
        poured = False
        while self._fd is not None and not self._stopped:
            room = self._room()
            data = os.pread(self._fd, min(PIECE, room), self._offset) if room else b""
            if not data:
                break
            self._send({"offset": self._offset}, data)
            self._offset += len(data)
            poured = True
        return poured

    def _room(self) -> int:
        """How much may be sent now; waits for an acknowledgement where it is nothing. 0 only after `stop`."""
        with self._moved:
            while not self._stopped and self._offset - self._acked >= WINDOW:
                self._moved.wait()
            return 0 if self._stopped else WINDOW - (self._offset - self._acked)

    def _rest(self, watch: Watch) -> None:
        """Wait for more; from time to time see to a supervisor that is dead or was never started."""
        watch.wait(LOOK_S)
        if time.monotonic() - self._looked < LOOK_S:
            return
        self._looked = time.monotonic()
        if waits_for_start(self._paths):
            start_supervisor(self._paths)
        settle(self._paths)
