"""The client's end of the agent's protocol: many requests from many threads over one pipe."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import MachineError, MlxError, UnreachableError, error_from
from ..models import Json
from ..runner.blobs import BlobStore
from ..runner.frames import Frame, FrameError, encode, read_frame
from ..transport.pipe import Pipe, Transport
from .reader import PipeReader
from .upload import LARGE, Upload

PING_EVERY_S = 5.0
SILENCE_S = 15.0
ROUNDS = 4  # of "missing" answers before a submit gives up
WINDOW = 4 << 20  # bytes of a ranged read asked for at a time
_ACK_EVERY = 1 << 20
_NO_TIME = 1e12  # seconds since the epoch that no clock shows


@dataclass(frozen=True)
class Submitted:
    """The machine's answer to a submit; ``sent`` are the blobs that travelled for it."""

    accepted: bool
    created: bool
    sent: set[str] = field(default_factory=set)


class Link:
    """One agent on one machine. Everything blocks; everything may be called from any thread.

    The link owns its transport: where it ends, so does the connection, whatever a silent peer still holds back.
    """

    def __init__(self, name: str, transport: Transport, pipe: Pipe, reader: PipeReader, facts: Json) -> None:
        self.name = name
        self._transport = transport
        self.facts = facts
        self._pipe = pipe
        self._reader = reader
        self._numbers = itertools.count(1)
        self._replies: dict[int, queue.Queue[Frame | MlxError]] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._failure: MlxError | None = None
        self._life = time.monotonic()  # when the peer last proved that it lives
        self._ended = threading.Event()
        for target in (self._read, self._beat):
            threading.Thread(target=target, name=f"link {name} {target.__name__}", daemon=True).start()

    # -- the pipe -------------------------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether requests can still be made."""
        return self._failure is None

    def close(self) -> None:
        """End the agent and the pipe; whoever waits gets `UnreachableError`."""
        self._fail(UnreachableError(f"{self.name}: the link was closed"))

    def _fail(self, error: MlxError) -> None:
        with self._lock:
            if self._failure is not None:
                return
            self._failure = error
            waiting = list(self._replies.values())
        self._ended.set()
        self._pipe.close()
        self._transport.close()
        for replies in waiting:
            replies.put(error)

    def _read(self) -> None:
        try:
            while True:
                frame = read_frame(self._reader.exactly)
                if frame is None:
                    said = self._pipe.diagnosis().strip()[-500:]
                    raise UnreachableError(f"{self.name}: the connection ended" + (f": {said}" if said else ""))
                self._life = time.monotonic()
                number = frame.header.get("n")
                replies = self._replies.get(number) if isinstance(number, int) else None
                if replies is not None:
                    replies.put(frame)
        except FrameError as error:
            self._fail(MachineError(f"{self.name} broke the protocol: {error}", hint="jupyter mlx doctor " + self.name))
        except MlxError as error:
            self._fail(error)

    def _beat(self) -> None:
        while not self._ended.wait(PING_EVERY_S):
            silent = time.monotonic() - self._life
            if silent > SILENCE_S:
                self._fail(UnreachableError(f"{self.name}: no sign of life for {silent:.0f} s"))
                return
            # A blocked writer holds the lock; its progress is the sign of life then.
            if self._writing.acquire(timeout=0.1):
                self._writing.release()
                threading.Thread(target=self._ping, daemon=True).start()

    def _ping(self) -> None:
        try:
            self._send(encode({"op": "ping", "n": 0}))
        except MlxError:
            return  # the reader or the next beat reports it

    def _send(self, data: bytes) -> None:
        with self._writing:
            if self._failure is not None:
                raise self._failure
            began = time.monotonic()
            try:
                self._pipe.send(data)
            except UnreachableError as error:
                self._fail(error)
                raise
            if time.monotonic() - began > 0.05:  # it waited for the peer, and the peer took it
                self._life = time.monotonic()

    # -- requests -------------------------------------------------------------------------------------------------

    def _open(self) -> tuple[int, queue.Queue[Frame | MlxError]]:
        with self._lock:
            if self._failure is not None:
                raise self._failure
            number = next(self._numbers)
            replies: queue.Queue[Frame | MlxError] = queue.Queue()
            self._replies[number] = replies
            return number, replies

    def _next(self, replies: queue.Queue[Frame | MlxError], timeout: float, what: str) -> Frame:
        try:
            reply = replies.get(timeout=timeout)
        except queue.Empty:
            raise UnreachableError(f"{self.name}: no answer to {what} within {timeout:.0f} s") from None
        if isinstance(reply, MlxError):
            raise reply
        error = reply.header.get("error")
        if isinstance(error, dict):
            raise error_from(error)
        return reply

    def stream(self, op: str, *, timeout: float = 60.0, **fields: Any) -> Iterator[Frame]:
        """The frames of a reply of many, up to and with the one that says ``end``."""
        number, replies = self._open()
        try:
            self._send(encode({"op": op, "n": number, **fields}))
            while True:
                frame = self._next(replies, timeout, op)
                yield frame
                if frame.header.get("end"):
                    return
        finally:
            self._replies.pop(number, None)

    def request(self, op: str, *, timeout: float = 30.0, **fields: Any) -> Json:
        """One request, one reply. Raises what the machine reported, or `UnreachableError`."""
        number, replies = self._open()
        try:
            self._send(encode({"op": op, "n": number, **fields}))
            return self._next(replies, timeout, op).header
        finally:
            self._replies.pop(number, None)

    def ping(self) -> float:
        """Seconds of one round trip."""
        began = time.monotonic()
        self.request("ping", timeout=SILENCE_S)
        return time.monotonic() - began

    def clock(self) -> float:
        """By how many seconds the machine's clock is ahead of ours; half a round trip uncertain."""
        began = time.time()
        there = self.request("ping", timeout=SILENCE_S).get("time")
        middle = (began + time.time()) / 2
        return there - middle if isinstance(there, (int, float)) and abs(there) < _NO_TIME else 0.0

    def probe(self, hear: Callable[[Json], None] = lambda _: None) -> Json:
        """The machine's facts and checks (runner/probe.py); ``hear`` gets each check as soon as it is known."""
        for frame in self.stream("probe", each=True):
            check, facts = frame.header.get("check"), frame.header.get("facts")
            if isinstance(check, dict):
                hear(check)
            if isinstance(facts, dict):
                return facts
        return {}

    # -- runs -----------------------------------------------------------------------------------------------------

    def submit(self, spec: Json, blobs: BlobStore, ids: list[str], believed: set[str]) -> Submitted:
        """Send what is believed missing and the spec in one flight; repeat for what the machine says is missing.

        Returns once the machine has durably accepted. A repeat with the same run id is harmless: ``created`` is false.
        """
        sending = [blob for blob in dict.fromkeys(ids) if blob not in believed]
        sent: set[str] = set()
        for _ in range(ROUNDS):
            large = [blob for blob in sending if blobs.size(blob) >= LARGE]
            offsets: dict[str, int] = {}
            if large:
                have = self.request("have", ids=large)
                offsets = {str(k): int(v) for k, v in dict(have.get("partial") or {}).items()}
                missing = set(have.get("missing") or [])
                sending = [blob for blob in sending if blob not in large or blob in missing]
            reply = self._submit_once(spec, blobs, sending, offsets)
            sent.update(sending)
            if reply.get("accepted"):
                return Submitted(True, bool(reply.get("created")), sent)
            wanted = [blob for blob in reply.get("missing") or [] if isinstance(blob, str)]
            absent = [blob for blob in wanted if not blobs.has(blob)]
            if absent:
                raise MachineError(
                    f"{self.name} asks for {len(absent)} blobs that are not here, first {absent[0][:12]}"
                )
            sending = wanted
        raise MachineError(f"{self.name} still misses {len(sending)} blobs after {ROUNDS} rounds")

    def _submit_once(self, spec: Json, blobs: BlobStore, ids: list[str], offsets: dict[str, int]) -> Json:
        number, replies = self._open()
        try:
            upload = Upload(self._send)
            upload.blobs(blobs, ids, offsets)
            upload.frame(encode({"op": "submit", "n": number, "spec": spec}))
            upload.flush()
            return self._next(replies, 60.0, "submit").header
        finally:
            self._replies.pop(number, None)

    def runs(self, since: str | None = None) -> list[Json]:
        """Every run on the machine, oldest first, as ``{id, state, exit, journal_bytes, alive}``."""
        frames = self.stream("runs", since=since or "")
        return [frame.header["run"] for frame in frames if isinstance(frame.header.get("run"), dict)]

    def status(self, run_id: str) -> Json:
        """One run as in `runs`; a dead run gets its verdict first."""
        run = self.request("status", run=run_id).get("run")
        return run if isinstance(run, dict) else {}

    def spec(self, run_id: str) -> bytes:
        """The bytes of a run's spec.json."""
        return b"".join(frame.body for frame in self.stream("spec", run=run_id))

    def send_inbox(self, run_id: str, message: Json) -> int:
        """Put a message into a run's inbox, durably; its sequence number."""
        return int(self.request("inbox", run=run_id, message=message).get("seq", 0))

    def follow(self, run_id: str, offset: int, sink: Callable[[int, bytes], None], stop: threading.Event) -> bool:
        """Hand the journal's bytes from an offset on to ``sink(offset, data)``, in order, for as long as it grows.

        True once the run is over and everything was handed over; False when ``stop`` was set. What ``sink`` has taken
        is acknowledged, so a slow one holds the machine back, not memory. Raises `UnreachableError`.
        """
        number, replies = self._open()
        acknowledged = offset
        try:
            self._send(encode({"op": "follow", "n": number, "run": run_id, "offset": offset}))
            while not stop.is_set():
                try:
                    frame = self._next(replies, 0.2, "follow")
                except UnreachableError:
                    if self._failure is not None:
                        raise
                    continue
                if frame.body:
                    sink(offset, frame.body)
                    offset += len(frame.body)
                if offset - acknowledged >= _ACK_EVERY:
                    self._send(encode({"op": "ack", "follow": number, "offset": offset}))
                    acknowledged = offset
                if frame.header.get("end"):
                    return True
            self._send(encode({"op": "unfollow", "follow": number}))
            return False
        finally:
            self._replies.pop(number, None)

    def read(self, run_id: str, area: str, path: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a file of a run, from an offset on, in pieces; a window at a time, so memory stays bounded."""
        end = None if length is None else offset + length
        while end is None or offset < end:
            want = WINDOW if end is None else min(WINDOW, end - offset)
            got = 0
            for frame in self.stream("read", run=run_id, area=area, path=path, offset=offset, length=want):
                if frame.body:
                    got += len(frame.body)
                    yield frame.body
            offset += got
            if got < want:
                return

    def gc(self, keep: list[str], keep_days: float, dry_run: bool) -> Json:
        """Clear what no kept run needs; ``{freed, items}``."""
        return self.request("gc", timeout=600.0, keep=keep, keep_days=keep_days, dry_run=dry_run)

    def remove(self, run_id: str) -> int:
        """Delete a finished run on the machine; the bytes freed."""
        return int(self.request("remove", timeout=120.0, run=run_id).get("freed", 0))
