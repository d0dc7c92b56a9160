"""The agent's end of the pipe: frames out under one lock, and a watchdog over both directions."""

import os
import threading
import time
from typing import Any, BinaryIO, Callable, Dict, Optional

from .frames import encode

SILENCE_S = 60.0
_PIECE = 1 << 16


class PeerGone(Exception):
    """The client's end of the pipe is closed."""


class Wire:
    """Both directions of the pipe. `receive` belongs to one thread, `send` to any."""

    def __init__(self, source: BinaryIO, sink: int) -> None:
        self._read: Callable[[int], bytes] = getattr(source, "read1", source.read)
        self._sink = sink
        self._lock = threading.Lock()
        self._heard = time.monotonic()
        self._writing: Optional[float] = None

    def receive(self, size: int) -> bytes:
        """``size`` bytes, fewer only at the end of the stream."""
        pieces = []
        while size:
            piece = self._read(min(size, _PIECE))
            self._heard = time.monotonic()  # a large frame over a slow link is a sign of life too
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def send(self, header: Dict[str, Any], body: bytes = b"") -> None:
        """Write one frame; blocks while the client is slow. Raises `PeerGone`, FrameError (too large)."""
        view = memoryview(encode(header, body))
        with self._lock:
            try:
                while view:
                    self._writing = time.monotonic()
                    view = view[os.write(self._sink, view) :]
            except OSError:
                raise PeerGone from None
            finally:
                self._writing = None

    def overdue(self, limit: float) -> bool:
        """Whether the client was silent, or did not take a byte of our output, for longer than the limit."""
        now = time.monotonic()
        writing = self._writing
        return now - self._heard > limit or (writing is not None and now - writing > limit)


def private_stdout() -> int:
    """Standard output as an fd of its own; what others print goes to stderr and cannot break a frame."""
    sink = os.dup(1)
    os.dup2(2, 1)
    os.set_blocking(sink, True)
    return sink


def watch_over(wire: Wire, limit: float) -> None:
    """End the process, from a thread of its own, once the client is gone for good. All state is in files."""

    def watch() -> None:
        while not wire.overdue(limit):
            time.sleep(min(1.0, limit / 4))
        os._exit(0)

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
