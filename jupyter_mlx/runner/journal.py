r"""The journal of a run: append-only, one record an event, readable past any damage (docs/formats.md, "Journal").

::

    record  = LLLLLLLL ' ' CCCCCCCC ' ' SSSSSSSSSSSS ' ' payload '\n'
    L       = length of payload in bytes, hex        C = crc32 of "S payload", hex
    S       = sequence number from 1, hex            payload = JSON object, UTF-8, no newline, at most 1 MiB

Several processes of one run append (supervisor, kernel host, and the agent for the last verdict): each append holds
an flock on the journal, so sequence numbers have no gap and records never interleave. The inbox uses the same records.
"""

import fcntl
import json
import math
import os
import zlib
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

MAX_PAYLOAD = 1 << 20
HEADER = 8 + 1 + 8 + 1 + 12 + 1
_TAIL = 2 * (HEADER + MAX_PAYLOAD + 1)
_SHORT_TAIL = 64 << 10


class Record(NamedTuple):
    """One good record."""

    offset: int
    length: int
    seq: int
    event: Dict[str, Any]


class Damage(NamedTuple):
    """Bytes that are no record, with the reason; reading went on behind them."""

    offset: int
    length: int
    why: str


def _finite(value: Any) -> Any:
    """JSON has no NaN or Infinity: print them as the strings the models use."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def dumps(event: Dict[str, Any]) -> bytes:
    """An event as payload bytes; lone surrogates are escaped, non-finite numbers become strings."""
    try:
        text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(event), ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(_finite(event), separators=(",", ":")).encode("ascii")


def encode(seq: int, payload: bytes) -> bytes:
    """A record as bytes. Raises ValueError where the payload is over 1 MiB or holds a newline."""
    if len(payload) > MAX_PAYLOAD:
        raise ValueError("an event of %d bytes is over the limit of %d" % (len(payload), MAX_PAYLOAD))
    if b"\n" in payload:
        raise ValueError("a payload holds no newline")
    numbered = b"%012x %b" % (seq, payload)
    return b"%08x %08x %b\n" % (len(payload), zlib.crc32(numbered), numbered)


def _header(data: bytes, at: int) -> Optional[Tuple[int, int, int]]:
    """(length, crc, seq) of the header at an index, or None where there is none, to the letter."""
    head = data[at : at + HEADER]
    try:
        length, crc, seq = int(head[:8], 16), int(head[9:17], 16), int(head[18:30], 16)
    except ValueError:
        return None
    if head != b"%08x %08x %012x " % (length, crc, seq):  # int() also takes capitals, signs and blanks
        return None
    return (length, crc, seq) if length <= MAX_PAYLOAD else None


class Decoder:
    """Bytes in, records and damages out; feed it pieces of any size, in order, from ``offset`` on."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset  # where the first byte not yet decided stands
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[Union[Record, Damage]]:
        """What the bytes decide. An unfinished record waits for the next call."""
        yield from self._decode(self._pending + data if self._pending else data, last=False)

    def finish(self) -> Iterator[Union[Record, Damage]]:
        """The stream is over: what still waits is decided now."""
        yield from self._decode(self._pending, last=True)

    def _decode(self, data: bytes, last: bool) -> Iterator[Union[Record, Damage]]:
        at, base = 0, self.offset
        self._pending = b""
        while at < len(data):
            items = self._next(data, at, last)
            if not items:
                break
            for item in items:
                self.offset = base + at + item.length
                yield item._replace(offset=base + at)
                at += item.length
        self._pending = data[at:]

    def _next(self, data: bytes, at: int, last: bool) -> List[Union[Record, Damage]]:
        """What stands at an index, offsets left at 0; empty where more bytes are needed."""
        head = _header(data, at)
        if head:
            length, crc, seq = head
            end = at + HEADER + length
            if end <= len(data) and zlib.crc32(data[at + 18 : end]) == crc:
                return self._proven(data, at, end, seq, last)
        newline = data.find(b"\n", at)
        if newline >= 0:
            why = "checksum does not match" if head else "no record header"
            return [Damage(0, newline + 1 - at, why)]
        if last or len(data) - at > HEADER + MAX_PAYLOAD:
            return [Damage(0, len(data) - at, "torn: the record has no end")]
        return []

    @staticmethod
    def _proven(data: bytes, at: int, end: int, seq: int, last: bool) -> List[Union[Record, Damage]]:
        """A record whose checksum holds; a terminator that is no newline is damage of its own."""
        terminator = data[end : end + 1]
        if not terminator and not last:
            return []
        used = end + (terminator == b"\n") - at
        try:
            event = json.loads(data[at + HEADER : end].decode("utf-8"))
        except (ValueError, RecursionError) as error:
            return [Damage(0, used, "payload is not JSON: %s" % str(error)[:80])]
        if not isinstance(event, dict):
            return [Damage(0, used, "payload is not an object")]
        items: List[Union[Record, Damage]] = [Record(0, used, seq, event)]
        if terminator not in (b"\n", b""):
            items.append(Damage(0, 1, "the record's end is damaged"))
        return items


def read(path: str, offset: int = 0) -> Iterator[Union[Record, Damage]]:
    """Every record and damage of a journal file from an offset to its end."""
    decoder = Decoder(offset)
    with open(path, "rb") as source:
        source.seek(offset)
        for piece in iter(lambda: source.read(1 << 20), b""):
            yield from decoder.feed(piece)
    yield from decoder.finish()


class Journal:
    """The writing end. Safe among threads of care and any number of processes of the run."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._end = -1  # size after my last append: unchanged means nobody else wrote
        self._seq = 0

    def append(self, event: Dict[str, Any], durable: bool = False) -> int:
        """Append one event, fsynced if ``durable``; its sequence number. Raises OSError (disk full): no half record."""
        return self.extend([event], durable)

    def extend(self, events: List[Dict[str, Any]], durable: bool = False) -> int:
        """Append events in one write; the sequence number of the last."""
        payloads = [dumps(event) for event in events]
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        try:
            size = os.fstat(self._fd).st_size
            start = b""
            if size != self._end:
                self._seq, torn = _last_seq(self._fd, size)
                start = b"\n" if torn else b""
            records = [encode(self._seq + n + 1, payload) for n, payload in enumerate(payloads)]
            self._write(start + b"".join(records), size)
            self._seq += len(payloads)
            if durable:
                os.fsync(self._fd)
            return self._seq
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _write(self, data: bytes, size: int) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            os.ftruncate(self._fd, size)
            self._end = -1
            raise
        self._end = size + len(data)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


def _last_seq(fd: int, size: int) -> Tuple[int, bool]:
    """(last sequence number, whether the tail is torn) of a journal."""
    if size == 0:
        return 0, False
    for length in (_SHORT_TAIL, _TAIL):  # nearly always the short one does, at a fraction of the memory
        start = max(0, size - length)
        data = os.pread(fd, size - start, start)
        seq = 0
        decoder = Decoder(start)
        for items in (decoder.feed(data), decoder.finish()):
            for item in items:
                if isinstance(item, Record):
                    seq = max(seq, item.seq)
        if seq:
            break
    return seq, not data.endswith(b"\n")
