"""The newest events of a kind, found from a journal's end: a week of output is not read for one line."""

import os
from typing import Any, Dict, Iterator, Optional, Sequence

from .journal import Decoder, Record

BLOCK = 1 << 20
MAX_LINE = (1 << 20) + 64


def _lines_backwards(path: str, limit: int) -> Iterator[bytes]:
    """Lines from the last to the first, without newlines, over at most ``limit`` bytes of the file."""
    with open(path, "rb") as source:
        at = source.seek(0, os.SEEK_END)
        stop = max(0, at - limit)
        rest = b""
        while at > stop:
            size = min(BLOCK, at - stop)
            at -= size
            source.seek(at)
            lines = (source.read(size) + rest).split(b"\n")
            rest = lines[0]
            for line in reversed(lines[1:]):
                yield line
            if len(rest) > MAX_LINE + BLOCK:
                rest = rest[:MAX_LINE]  # damage without a newline: not a record any more
        yield rest


def events_backwards(path: str, types: Sequence[str], limit: int = 256 << 20) -> Iterator[Dict[str, Any]]:
    """The events of some types within the last ``limit`` bytes, the newest first."""
    marks = [b'"type":"%s"' % name.encode("ascii") for name in types]
    try:
        for line in _lines_backwards(path, limit):
            if not any(mark in line for mark in marks):
                continue
            for item in Decoder().feed(line + b"\n"):
                if isinstance(item, Record) and item.event.get("type") in types:
                    yield item.event
    except FileNotFoundError:
        return


def last_event(path: str, types: Sequence[str], limit: int = 256 << 20) -> Optional[Dict[str, Any]]:
    """The newest event of one of the types within the last ``limit`` bytes; None where there is none."""
    return next(events_backwards(path, types, limit), None)
