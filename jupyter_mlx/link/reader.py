"""Exact reads from a pipe."""

from __future__ import annotations

from ..transport.pipe import Pipe

_PIECE = 1 << 18


class PipeReader:
    """Gathers a pipe's pieces into lines and exact lengths, copying each byte a bounded number of times. One thread."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._data = b""
        self._at = 0

    def _gather(self, size: int) -> None:
        """Have ``size`` unread bytes in hand, fewer only at the end of the stream."""
        pieces = [self._data[self._at :]]
        have = len(pieces[0])
        while have < size:
            piece = self._pipe.receive(_PIECE)
            if not piece:
                break
            pieces.append(piece)
            have += len(piece)
        self._data, self._at = b"".join(pieces), 0

    def _take(self, size: int) -> bytes:
        data = self._data[self._at : self._at + size]
        self._at += len(data)
        return data

    def exactly(self, size: int) -> bytes:
        """``size`` bytes, fewer only at the end of the stream. Raises `UnreachableError`."""
        if len(self._data) - self._at < size:
            self._gather(size)
        return self._take(size)

    def line(self, limit: int) -> bytes:
        """A line with its newline; without one only at the end, or a piece of ``limit`` bytes with one put on."""
        while True:
            newline = self._data.find(b"\n", self._at)
            if newline >= 0:
                return self._take(newline + 1 - self._at)
            have = len(self._data) - self._at
            if have >= limit:
                return self._take(limit) + b"\n"
            self._gather(have + 1)
            if len(self._data) == have:
                return self._take(have)
