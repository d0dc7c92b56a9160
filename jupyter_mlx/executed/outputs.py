"""The outputs of one cell, folded as a front end does: streams joined, displays updated, size bounded. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Media = Callable[[str], bytes]  # a large value by its sha256

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_JSON_MIME = re.compile(r"application/(.*\+)?json\Z")
_LOST = "({size} bytes of {mime} could not be read)"
_LEFT_OUT = "\n… {size} bytes of output left out here; the run's journal has them …\n"
_KINDS = frozenset({"display_data", "execute_result", "error", "stream"})


class Entry:
    """One output while it may still grow or change; ``size`` is what it takes in the notebook, in bytes, about."""

    __slots__ = ("display_id", "in_tail", "output", "pieces", "size")

    def __init__(self, output: Json, size: int, display_id: str | None = None) -> None:
        self.output = output
        self.size = size
        self.display_id = display_id
        self.in_tail = False
        self.pieces: list[str] = []  # of a stream's text

    @property
    def stream(self) -> str | None:
        """The stream's name, None for other outputs."""
        return self.output["name"] if self.output["output_type"] == "stream" else None


class Outputs:
    """The list of a cell's outputs.

    Up to ``limit`` bytes everything is kept. Then the first half of the limit stays, and of what follows always the
    last; between them a line says how much is left out.
    """

    def __init__(self, limit: int | None) -> None:
        self._half = None if limit is None else max(1, limit // 2)
        self._head: list[Entry] = []
        self._tail: list[Entry] = []  # empty until the head is full
        self._head_size = self._tail_size = self._left_out = 0
        self._displays: dict[str, list[Entry]] = {}
        self._clear_next = False

    def stream(self, name: str, text: str) -> None:
        """Add text; it joins the text before it where that is of the same stream."""
        self._clear_due()
        if self._half is None:
            self._put_text(name, text)
            return
        # In pieces no larger than a half, so that the head ends where its size says.
        while text:
            room = self._half if self._full() else self._half - self._head_size
            room = room if text.isascii() else max(1, room // 4)  # of characters with up to 4 bytes
            self._put_text(name, text[:room])
            text = text[room:]

    def add(self, output: Json) -> str | None:
        """Add an output as the journal has it; the id of its display, if it has one. What is no output is ignored."""
        kind = output.get("output_type")
        if kind == "stream":
            self.stream("stderr" if output.get("name") == "stderr" else "stdout", text_of(output.get("text")))
            return None
        made = _valid(output) if isinstance(kind, str) and kind in _KINDS else None
        if made is None:
            return None
        self._clear_due()
        display_id = output.get("display_id") if isinstance(output.get("display_id"), str) else None
        entry = Entry(made, _size(made), display_id)
        if display_id:
            self._displays.setdefault(display_id, []).append(entry)
        self._put(entry)
        return display_id

    def clear(self, wait: bool) -> None:
        """Remove all outputs, or with ``wait`` before the next one comes."""
        self._clear_next = wait
        if not wait:
            self._head, self._tail, self._displays = [], [], {}
            self._head_size = self._tail_size = self._left_out = 0

    def update_display(self, display_id: str, data: object, metadata: object) -> None:
        """Give new content to all outputs of a display."""
        for entry in self._displays.get(display_id, ()):
            if "data" not in entry.output:
                continue
            entry.output["data"] = _bundle(data)
            entry.output["metadata"] = metadata if isinstance(metadata, dict) else {}
            grown = _size(entry.output) - entry.size
            entry.size += grown
            if entry.in_tail:
                self._tail_size += grown
            else:
                self._head_size += grown
        self._shrink()

    def resolved(self, media: Media) -> list[Json]:
        """The outputs as nbformat has them, large values read."""
        entries = list(self._head)
        if self._left_out:
            mark = Entry({"output_type": "stream", "name": "stderr"}, 0)
            mark.pieces.append(_LEFT_OUT.format(size=self._left_out))
            entries.append(mark)
        elif self._tail and entries and self._tail[0].stream and entries[-1].stream == self._tail[0].stream:
            joined = Entry(entries[-1].output, 0)
            joined.pieces = entries[-1].pieces + self._tail[0].pieces
            return [_finished(entry, media) for entry in (*entries[:-1], joined, *self._tail[1:])]
        return [_finished(entry, media) for entry in (*entries, *self._tail)]

    def _clear_due(self) -> None:
        if self._clear_next:
            self.clear(wait=False)

    def _full(self) -> bool:
        return self._half is not None and (bool(self._tail or self._left_out) or self._head_size >= self._half)

    def _put_text(self, name: str, text: str) -> None:
        part = self._tail if self._full() else self._head
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if part and part[-1].stream == name:
            part[-1].pieces.append(text)
            part[-1].size += size
            self._grow(part, size)
        else:
            entry = Entry({"output_type": "stream", "name": name}, size)
            entry.pieces.append(text)
            self._put(entry)

    def _put(self, entry: Entry) -> None:
        part = self._tail if self._full() or (self._half is not None and entry.size > self._half) else self._head
        entry.in_tail = part is self._tail
        part.append(entry)
        self._grow(part, entry.size)

    def _grow(self, part: list[Entry], size: int) -> None:
        if part is self._head:
            self._head_size += size
        else:
            self._tail_size += size
            self._shrink()

    def _shrink(self) -> None:
        """Leave out from the tail's start, once it is well over what the head leaves of the limit."""
        if self._half is None:
            return
        room = max(0, 2 * self._half - self._head_size)
        if self._tail_size <= room + self._half // 2:
            return
        start = 0
        while self._tail_size > room and start < len(self._tail):
            entry = self._tail[start]
            excess = self._tail_size - room
            if entry.stream and entry.size > excess:
                self._cut_front(entry, excess)
                break
            self._tail_size -= entry.size
            self._left_out += entry.size
            if entry.display_id:
                self._displays[entry.display_id].remove(entry)
            start += 1
        del self._tail[:start]

    def _cut_front(self, entry: Entry, excess: int) -> None:
        text = "".join(entry.pieces).encode("utf-8", "replace")
        kept = text[excess:].decode("utf-8", "ignore")
        left = len(kept.encode("utf-8", "replace"))
        self._left_out += entry.size - left
        self._tail_size -= entry.size - left
        entry.pieces, entry.size = [kept], left


def resolve(value: object, media: Media) -> Any:
    """A mime value; where it was too large for an event, as read from ``media``. None where it is lost."""
    if not isinstance(value, dict) or "$media" not in value:
        return value
    name = value["$media"]
    if not isinstance(name, str) or not _SHA256.match(name):
        return None
    try:
        text = media(name).decode("utf-8", "replace")
        return json.loads(text) if value.get("encoding") == "json" else text
    except (OSError, LookupError, ValueError, RecursionError):
        return None


def text_of(value: object, limit: int | None = None) -> str:
    """Text, or a list of lines of text, as one text; anything else as an empty one."""
    if isinstance(value, list):
        value = "".join(item for item in value if isinstance(item, str))
    return value[:limit] if isinstance(value, str) else ""


def _valid(output: Json) -> Json | None:
    """The output with the fields nbformat knows, each of its type."""
    kind = output["output_type"]
    if kind == "error":
        lines = output.get("traceback")
        trace = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        return {
            "output_type": kind,
            "ename": text_of(output.get("ename")),
            "evalue": text_of(output.get("evalue")),
            "traceback": trace,
        }
    metadata = output.get("metadata")
    made: Json = {
        "output_type": kind,
        "data": _bundle(output.get("data")),
        "metadata": metadata if isinstance(metadata, dict) else {},
    }
    if kind == "execute_result":
        count = output.get("execution_count")
        made["execution_count"] = (
            count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
        )
    return made


def _bundle(data: object) -> Json:
    """A mime bundle: values are text, except where the mime is one of JSON or the value is elsewhere."""
    if not isinstance(data, dict):
        return {}
    return {mime: _mime_value(mime, value) for mime, value in data.items() if isinstance(mime, str)}


def _mime_value(mime: str, value: object) -> Any:
    if isinstance(value, str) or _JSON_MIME.match(mime) or (isinstance(value, dict) and "$media" in value):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "".join(value)
    return json.dumps(value)


def _size(output: Json) -> int:
    if output["output_type"] == "error":
        return sum(len(line) for line in (output["ename"], output["evalue"], *output["traceback"]))
    return sum(_value_size(value) for value in output["data"].values())


def _value_size(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict) and "$media" in value:
        size = value.get("size")
        return size if isinstance(size, int) and size > 0 else 0
    return len(json.dumps(value))


def _finished(entry: Entry, media: Media) -> Json:
    if entry.stream:
        return {**entry.output, "text": "".join(entry.pieces)}
    if "data" not in entry.output:
        return entry.output
    data: Json = {}
    lost: list[str] = []
    for mime, value in entry.output["data"].items():
        found = resolve(value, media)
        if found is None and value is not None:
            lost.append(_LOST.format(size=_value_size(value), mime=mime))
        elif isinstance(found, str) or _JSON_MIME.match(mime):
            data[mime] = found
        else:
            data[mime] = json.dumps(found)
    if lost:
        data.setdefault("text/plain", "\n".join(lost))
    return {**entry.output, "data": data}
