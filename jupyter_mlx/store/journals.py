"""What the mirrored journals tell: events, log lines, metrics, and what was odd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..models import MetricPoint
from ..runner.journal import Decoder, Record
from ..untrusted import line, moment, text
from . import rows
from .mirror import Mirror
from .part import Part
from .projection import position
from .trouble import REBUILD, damaged, named

_READ = 1 << 20


class LogLine(NamedTuple):
    """One line of an environment's build, the supervisor or the kernel's process."""

    seq: int
    time: float | None
    source: str
    text: str


class Finding(NamedTuple):
    """Bytes of a journal that are damaged or make no sense, and why."""

    offset: int
    length: int
    why: str


class Journals(Part):
    """Reading what runs told. Any process may, also while another one mirrors."""

    def mirror(self, run_id: str) -> Mirror:
        """The copy of a run's journal; nothing is opened yet."""
        return Mirror(self, run_id)

    def decoded(self, run_id: str) -> int:
        """How many bytes of the journal `events` can read now."""
        with self.database.read() as connection:
            at = position(connection, self.row_of(connection, run_id))
        return min(at.offset, at.decoded)

    def events(self, run_id: str, since_offset: int = 0) -> Iterator[Record]:
        """The events of a run in order, each once, from a record's offset to what is committed now.

        To go on later, pass the last record's ``offset + length``. Raises NotFoundError at once.
        """
        return self._events(self.mirror_folder(run_id) / "journal", self.decoded(run_id), since_offset)

    def log(self, run_id: str) -> Iterator[LogLine]:
        """The log lines of a run: build of its environment, supervisor, the kernel's own process."""
        return (_log_line(record) for record in self.events(run_id) if record.event.get("type") == "log")

    def metrics(self, run_id: str) -> dict[str, list[MetricPoint]]:
        """All points by key, in the order they were logged."""
        query = "SELECT step, value, time, seq FROM points WHERE series = ? ORDER BY seq"
        with self.database.read() as connection:
            row = self.row_of(connection, run_id)
            series = connection.execute("SELECT id, key FROM series WHERE run = ? ORDER BY id", (row,)).fetchall()
            return {
                key: [
                    MetricPoint(step, rows.value_from_sql(value), time, seq)
                    for step, value, time, seq in connection.execute(query, (found,))
                ]
                for found, key in series
            }

    def findings(self, run_id: str) -> list[Finding]:
        """What was damaged or odd in the journal, by offset; only the first thousand."""
        query = "SELECT offset, length, why FROM findings WHERE run = ? ORDER BY offset, rowid"
        with self.database.read() as connection:
            return [Finding(*found) for found in connection.execute(query, (self.row_of(connection, run_id),))]

    def _events(self, path: Path, end: int, start: int) -> Iterator[Record]:
        decoder, left, last = Decoder(start), end - start, 0
        if left <= 0:
            return
        with named(path):
            try:
                source = path.open("rb")
            except FileNotFoundError:
                raise damaged(path, f"it is gone, {end} bytes were here. {REBUILD}") from None
        with source:
            source.seek(start)
            while left > 0:
                with named(path):
                    piece = source.read(min(_READ, left))
                if not piece:
                    raise damaged(path, f"{left} of {end} bytes are missing")
                left -= len(piece)
                items = [*decoder.feed(piece), *(decoder.finish() if left == 0 else ())]
                for item in items:
                    if isinstance(item, Record) and item.seq > last:
                        last = item.seq
                        yield item


def _log_line(record: Record) -> LogLine:
    event = record.event
    return LogLine(
        record.seq, moment(event.get("t")), line(event.get("source"), 40) or "", text(event.get("text"), 1 << 20) or ""
    )
