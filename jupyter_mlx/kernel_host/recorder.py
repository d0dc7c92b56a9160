"""Everything that happens, into the journal: text merged and split to size, large values aside, metrics picked out."""

import os
import threading
import time
from typing import Any, Dict, List, Optional, Tuple

from ..runner.journal import Journal
from ..runner.metadata import MetricLines
from .media import Media, fit_error, fit_metadata

PIECE = 64 << 10  # bytes of text in one event
HOLD_S = 0.02  # text waits at most this long for more
HOLD_BYTES = 512 << 10  # of events not yet written

Event = Dict[str, Any]


class Recorder:
    """The writer of one run's events. Not for two threads."""

    def __init__(self, journal: Journal, media: Media) -> None:
        self._journal = journal
        self._media = media
        self._batch = []  # type: List[Event]
        self._held = 0  # bytes in the batch, about
        self._since = 0.0
        self._text = []  # type: List[str]
        self._text_of = (-1, "")  # cell and stream of the text
        self._lines = {}  # type: Dict[int, MetricLines]
        self._syncer = Syncer(journal.path)

    def event(self, kind: str, **fields: Any) -> None:
        """Note an event; None fields are left out."""
        self._close_text()
        self._add(kind, fields)

    def stream(self, cell: int, name: str, text: str) -> None:
        """Note text of a cell."""
        if not text:
            return
        if self._text_of != (cell, name):
            self._close_text()
            self._text_of = (cell, name)
        self._start_clock()
        self._text.append(text)
        self._held += len(text)
        if self._held > HOLD_BYTES:
            self.flush()

    def metrics(self, cell: int, text: str) -> None:
        """Note the metrics in text of a cell's stdout that is kept elsewhere."""
        for point in self._lines.setdefault(cell, MetricLines()).feed(text):
            self._add("metric", {"values": point.values, "step": point.step, "cell": cell})

    def fit(self, output: Event) -> Event:
        """An output as an event can carry it."""
        if output["output_type"] == "error":
            return fit_error(output)
        fitting = dict(output, metadata=fit_metadata(output.get("metadata")))
        data = output.get("data")
        fitting["data"] = self._media.fit_data(data if isinstance(data, dict) else {})
        return fitting

    def update_display(self, display_id: str, data: Any, metadata: Any) -> None:
        """Note new content of a display, in whichever cells it stands."""
        shown = self._media.fit_data(data if isinstance(data, dict) else {})
        self.event("update_display", display_id=display_id, data=shown, metadata=fit_metadata(metadata))

    def widgets(self, state: Event) -> None:
        """Note the widget manager's state."""
        self.event("widgets", state=self._media.fit_data({"state": state})["state"])

    def end_cell(self, cell: int) -> None:
        """The cell prints no more, as far as its metrics go: an unfinished last line counts as a line."""
        self._close_text()
        lines = self._lines.pop(cell, None)
        for point in lines.finish() if lines else ():
            self._add("metric", {"values": point.values, "step": point.step, "cell": cell})

    def end_all(self) -> None:
        """No cell prints any more."""
        self._close_text()
        for cell in sorted(self._lines):
            self.end_cell(cell)

    def flush(self, durable: bool = False) -> None:
        """Write what is held; ``durable`` waits for the disk. Raises OSError."""
        self._close_text()
        batch, self._batch, self._held, self._since = self._batch, [], 0, 0.0
        if batch:
            self._write(batch)
        if durable:
            self._syncer.sync_now()

    def flush_due(self) -> None:
        """Write what is held where it has waited long enough. Raises OSError."""
        if self._since and time.monotonic() - self._since > HOLD_S:
            self.flush()

    def settle(self) -> None:
        """Write what is held and have the disk keep it, soon: the next cell does not wait. Raises OSError."""
        self.flush()
        self._syncer.sync_soon()

    def close(self) -> None:
        """Let go of the journal; what was not flushed is lost."""
        self._syncer.close()
        self._journal.close()

    def _write(self, batch: List[Event]) -> None:
        try:
            self._journal.extend(batch)
        except ValueError:  # one of them is over the limit for an event in a way nobody foresaw: say so, keep the rest
            for event in batch:
                try:
                    self._journal.append(event)
                except ValueError as error:
                    lost = {
                        "type": "log",
                        "t": event["t"],
                        "source": "host",
                        "text": "an event was left out: %s" % error,
                    }
                    self._journal.append(lost)

    def _start_clock(self) -> None:
        if not self._since:
            self._since = time.monotonic()

    def _add(self, kind: str, fields: Event) -> None:
        event = {"type": kind, "t": round(time.time(), 6)}  # type: Event
        event.update((name, value) for name, value in fields.items() if value is not None)
        self._start_clock()
        self._batch.append(event)
        self._held += 256
        if kind in _HEAVY:
            self.flush()

    def _close_text(self) -> None:
        if not self._text:
            return
        text, self._text = "".join(self._text), []
        cell, name = self._text_of
        self._text_of = (-1, "")
        for piece in split(text):
            self._add("stream", {"cell": cell, "name": name, "text": piece})
        if name == "stdout":
            self.metrics(cell, text)


_HEAVY = frozenset({"output", "update_display", "widgets"})  # up to 1 MiB each: not kept waiting in memory


def split(text: str) -> List[str]:
    """Text in pieces of at most 64 KiB in UTF-8."""
    size = PIECE if text.isascii() else PIECE // 4
    if len(text) <= size:
        return [text]
    return [text[start : start + size] for start in range(0, len(text), size)]


class Syncer:
    """Makes a file durable behind its writer's back, at most one fsync at a time."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._wanted = threading.Event()
        self._closed = False
        self._thread = None  # type: Optional[threading.Thread]

    def sync_soon(self) -> None:
        """Have the file synced without waiting for it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="journal-sync", daemon=True)
            self._thread.start()
        self._wanted.set()

    def sync_now(self) -> None:
        """Sync the file. Raises OSError."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Stop."""
        self._closed = True
        self._wanted.set()
        if self._thread:
            self._thread.join()
        os.close(self._fd)

    def _work(self) -> None:
        while self._wanted.wait() and not self._closed:
            self._wanted.clear()
            os.fsync(self._fd)
