"""A run's events in pages of a bounded size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .. import lifecycle
from ..runner.journal import Record
from ..store import Store
from ..untrusted import line, moment, text
from .views import Event, EventPage, LogPage, TextLine

PAGE_BYTES = 4 << 20  # of the journal; a page of one event may be larger


class Page(NamedTuple):
    """Some records, the offset behind the last, that of the journal's end, whether more will come or came already."""

    records: list[Record]
    next: int
    end: int
    over: bool
    more: bool


def read(store: Store, run_id: str, since: int, limit: int, max_bytes: int = PAGE_BYTES) -> Page:
    """Records from an offset on; one beyond the end counts as the end. Raises NotFoundError."""
    over = lifecycle.over(store.run(run_id))  # asked first: what came meanwhile makes it wrong on the safe side only
    end = store.decoded(run_id)
    at = min(since, end)
    records: list[Record] = []
    size = 0
    for record in store.events(run_id, at):
        if records and (len(records) >= limit or size + record.length > max_bytes):
            return Page(records, at, max(at, end), over=False, more=True)
        records.append(record)
        size += record.length
        at = record.offset + record.length
    return Page(records, at, max(at, end), over, more=False)


def events(store: Store, run_id: str, since: int, limit: int) -> EventPage:
    """Events as they stand in the journal."""
    page = read(store, run_id, since, limit)
    return EventPage([Event(record.seq, record.event) for record in page.records], page.next, page.over)


def logs(store: Store, run_id: str, since: int, limit: int) -> LogPage:
    """The text among the events; a page may hold none and still lead on."""
    page = read(store, run_id, since, limit)
    found = [shown for record in page.records if (shown := _shown(record)) is not None]
    return LogPage(found, page.next, page.over)


def _shown(record: Record) -> TextLine | None:
    event = record.event
    reader = _READERS.get(str(event.get("type")))
    said = reader(event) if reader else None
    if said is None:
        return None
    cell = event.get("cell")
    whole = cell if isinstance(cell, int) and not isinstance(cell, bool) and 0 <= cell < 1 << 31 else None
    return TextLine(record.seq, moment(event.get("t")), said[0], whole, said[1])


def _log(event: dict[str, Any]) -> tuple[str, str]:
    return line(event.get("source"), 40) or "log", (text(event.get("text"), 1 << 20) or "") + "\n"


def _stream(event: dict[str, Any]) -> tuple[str, str]:
    return "stderr" if event.get("name") == "stderr" else "stdout", text(event.get("text"), 1 << 20) or ""


def _error(event: dict[str, Any]) -> tuple[str, str] | None:
    output = event.get("output")
    if not isinstance(output, dict) or output.get("output_type") != "error":
        return None
    frames = output.get("traceback")
    return "error", "\n".join(str(one) for one in frames[:1000]) + "\n" if isinstance(frames, list) else ""


_READERS: dict[str, Callable[[dict[str, Any]], tuple[str, str] | None]] = {
    "log": _log,
    "stream": _stream,
    "output": _error,
}
