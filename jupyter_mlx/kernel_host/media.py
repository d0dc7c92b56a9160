"""Outputs that are too large for an event: the value goes to a file named by its sha256, the event names it."""

import hashlib
import os
from typing import Any, Dict, List, Tuple

from ..runner.durable import write_atomic
from ..runner.journal import MAX_PAYLOAD, dumps

LARGE = 256 << 10  # bytes of one mime value that still stand in an event
MAX_OUTPUT = MAX_PAYLOAD - 4096  # bytes of a whole output, leaving room for the event around it
MAX_METADATA = 128 << 10
MAX_TRACE = 128 << 10  # characters of a traceback, half from its start and half from its end
MAX_ERROR = 16 << 10  # characters of an exception's name or value


class Media:
    """The ``media`` folder of a run."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def put(self, value: Any) -> Dict[str, Any]:
        """Keep a value; what stands in the event instead. Raises OSError."""
        text = isinstance(value, str)
        data = value.encode("utf-8", "replace") if text else dumps(value)
        name = hashlib.sha256(data).hexdigest()
        path = os.path.join(self._folder, name)
        if not os.path.exists(path):
            os.makedirs(self._folder, 0o700, exist_ok=True)
            write_atomic(path, data)
        return {"$media": name, "size": len(data), "encoding": "text" if text else "json"}

    def fit_data(self, data: Dict[str, Any]) -> Dict[str, Any]:
        """A mime bundle that fits an event: large values out, then the next largest until it does."""
        sized = []  # type: List[Tuple[int, str]]
        fitting = {}
        for mime, value in data.items():
            size = _size(value)
            if size > LARGE:
                fitting[mime] = self.put(value)
            else:
                fitting[mime] = value
                sized.append((size, mime))
        total = sum(size for size, _ in sized)
        for size, mime in sorted(sized, reverse=True):
            if total <= MAX_OUTPUT - MAX_METADATA:
                break
            fitting[mime] = self.put(data[mime])
            total -= size
        return fitting


def _size(value: Any) -> int:
    """Bytes in an event, at least; text is measured only where it could be large."""
    if isinstance(value, str) and len(value) * 6 <= 1024:
        return len(value)
    return len(dumps(value))


def fit_metadata(metadata: Any) -> Dict[str, Any]:
    """Metadata of an output, or a note in its place where it is larger than an event can carry."""
    if not isinstance(metadata, dict):
        return {}
    size = len(dumps(metadata)) if metadata else 0
    return metadata if size <= MAX_METADATA else {"jupyter_mlx": "%d bytes of metadata left out" % size}


def fit_error(content: Dict[str, Any]) -> Dict[str, Any]:
    """An error output of bounded size; a traceback without end keeps its head and its tail."""
    trace = [str(line) for line in content.get("traceback") or []]
    return {
        "output_type": "error",
        "ename": str(content.get("ename", ""))[:MAX_ERROR],
        "evalue": _shorten(str(content.get("evalue", "")), MAX_ERROR),
        "traceback": _fit_lines(trace),
    }


def _fit_lines(lines: List[str]) -> List[str]:
    lines = [_shorten(line, MAX_TRACE // 4) for line in lines]
    if sum(map(len, lines)) + len(lines) <= MAX_TRACE:
        return lines
    head, tail = _take(lines), _take(lines[::-1])[::-1]
    return [*head, "… %d lines left out …" % (len(lines) - len(head) - len(tail)), *tail]


def _take(lines: List[str]) -> List[str]:
    taken, room = [], MAX_TRACE // 2
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        taken.append(line)
    return taken


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = limit // 2
    return "%s … %d characters left out … %s" % (text[:half], len(text) - 2 * half, text[-half:])
