"""A run's journal, brought here: one process leads, everybody reads the same file."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from ..errors import ConflictError, MachineError, NotFoundError, UnreachableError
from ..link.link import Link
from ..models import Json, Run
from ..runner.journal import Damage, Decoder, Record
from ..store import Mirror
from .contacts import Contacts

Item = Record | Damage
Hear = Callable[[list[Item]], None]
_PIECE = 1 << 20


class Tail:
    """Reads a mirror from an offset on and hands on what is new, each record once."""

    def __init__(self, path: str, offset: int, hear: Hear) -> None:
        self._path = path
        self._at = offset
        self._decoder = Decoder(offset)
        self._hear = hear

    def pump(self) -> int:
        """Hand on what was appended; the bytes read."""
        read = 0
        try:
            with open(self._path, "rb") as source:
                source.seek(self._at)
                while piece := source.read(_PIECE):
                    read += len(piece)
                    self._at += len(piece)
                    items = list(self._decoder.feed(piece))
                    if items:
                        self._hear(items)
        except FileNotFoundError:
            return 0
        return read

    def finish(self) -> None:
        """The journal is over: hand on what waits for an end that will not come."""
        self.pump()
        items = list(self._decoder.finish())
        if items:
            self._hear(items)


class Mirroring:
    """Brings journals here. The caller leads the mirror."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts

    def follow(self, run: Run, mirror: Mirror, stop: threading.Event, grown: Callable[[], object]) -> bool:
        """Append to the mirror as the journal grows; True once the run is over and everything is here.

        Raises `UnreachableError` (the machine is marked), and what the dial raises.
        """
        with self._contact(run, mirror) as link:

            def sink(offset: int, data: bytes) -> None:
                mirror.append(offset, data)
                grown()

            if not link.follow(run.id, mirror.offset, sink, stop):
                return False
            self._finish(mirror, link.status(run.id))
        return True

    def catch_up(self, run: Run, mirror: Mirror, stop: threading.Event) -> None:
        """Append what the journal holds now and come back. Raises as `follow`."""
        with self._contact(run, mirror) as link:
            status = link.status(run.id)
            size = _size(status)
            while mirror.offset < size and not stop.is_set():
                before = mirror.offset
                for piece in link.read(run.id, "journal", "", before, size - before):
                    mirror.append(mirror.offset, piece)
                    if stop.is_set():
                        return
                if mirror.offset == before:
                    raise MachineError(f"{run.machine}: the journal of run {run.id} ended before its announced size")
            if status.get("exit") and mirror.offset >= size:
                self._finish(mirror, status)

    @contextlib.contextmanager
    def _contact(self, run: Run, mirror: Mirror) -> Iterator[Link]:
        """A link, and what its errors say about the machine and the run."""
        link = self._contacts.link(run.machine)
        try:
            yield link
        except UnreachableError as error:
            self._contacts.lost(run.machine, error)
            raise
        except NotFoundError:
            # The machine answers, and does not know a run that it had accepted.
            mirror.finish(_VANISHED)
        except ConflictError as error:
            # After a power cut it may hold less of the journal than we do; its verdict counts, our copy stays.
            status = link.status(run.id) if error.field == "offset" else {}
            if not status.get("exit") or _size(status) >= mirror.offset:
                raise
            self._finish(mirror, status)

    @staticmethod
    def _finish(mirror: Mirror, status: Json) -> None:
        """The whole journal is here; where it lacks the verdict (a full disk, a damaged record) exit.json has it."""
        verdict = status.get("exit")
        mirror.finish(verdict if isinstance(verdict, dict) else None)


_VANISHED: Json = {"state": "lost", "cause": "internal", "reason": "its folder is no longer on the machine"}


def _size(status: Json) -> int:
    size = status.get("journal_bytes")
    return size if isinstance(size, int) and 0 <= size < 1 << 50 else 0
