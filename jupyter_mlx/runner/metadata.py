"""Metrics printed as JSON lines: a line of stdout that is a JSON object is one event, each key a series.

The convention is Valohai's, with its edges settled here: of several objects on a line the first good one counts; after
a carriage return (a progress bar) text may stand before the object; nested objects are flattened with ``.``; text that
is a number is a number; what is not finite is the text ``NaN``, ``Infinity`` or ``-Infinity``.
"""

import json
import math
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

MAX_LINE = 1 << 20  # characters; a longer line is no event
MAX_KEYS = 1000
MAX_KEY = 250
MAX_TEXT = 4096
MAX_DEPTH = 32
_MAX_TRIES = 16  # places in one line where an object may start

_BREAK = re.compile(r"[\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}
_DECODER = json.JSONDecoder()


class Point(NamedTuple):
    """One event: values by key, all of one moment, and the x they belong to where one was printed."""

    values: Dict[str, Any]
    step: Optional[float]


class MetricLines:
    """Text of one cell's stdout in, metrics out; fed in pieces of any size, holding at most one line."""

    def __init__(self) -> None:
        self._pieces: List[str] = []
        self._size = 0
        self._skipping = False  # the line is too long, or cannot hold an event: wait for its end
        self._after_return = False  # the segment follows a carriage return in its line

    def feed(self, text: str) -> List[Point]:
        """The events that this text completes. Only lines that hold a brace cost more than a search."""
        points: List[Point] = []
        at = self._line(text, 0, points) if self._pieces or self._skipping else 0
        while at < len(text):
            brace = text.find("{", at)
            if brace < 0:
                self._pass_over(text, at)
                break
            start = max(text.rfind("\n", at, brace), text.rfind("\r", at, brace)) + 1
            if start > at:
                self._after_return = text[start - 1] == "\r"
            at = self._line(text, max(start, at), points)
        return points

    def finish(self) -> List[Point]:
        """The cell is over: the event of its last line, where that had no line break."""
        points = self._close()
        self._after_return = False
        return points

    def _line(self, text: str, start: int, points: List[Point]) -> int:
        """Take the rest of a line; where the next one begins."""
        found = _BREAK.search(text, start)
        self._hold(text, start, found.start() if found else len(text))
        if not found:
            return len(text)
        points.extend(self._close())
        self._after_return = found.group() == "\r"
        return found.end()

    def _pass_over(self, text: str, start: int) -> None:
        """Text without an object: only how it ends matters."""
        last = max(text.rfind("\n", start), text.rfind("\r", start))
        if last >= 0:
            self._after_return = text[last] == "\r"
        if not self._after_return and text[max(last + 1, start) :].strip():
            self._skipping = True

    def _hold(self, text: str, start: int, end: int) -> None:
        """Keep a part of the line, as long as the line can still be an event."""
        if self._skipping or start == end:
            return
        if not self._pieces and not self._after_return:
            first = text[start : min(end, start + 256)].lstrip()
            if first and first[0] != "{":
                self._skipping = True
                return
        self._size += end - start
        if self._size > MAX_LINE:
            self._drop()
            self._skipping = True
            return
        self._pieces.append(text[start:end])

    def _close(self) -> List[Point]:
        line = "".join(self._pieces)
        skipped = self._skipping
        self._drop()
        self._skipping = False
        if skipped or "{" not in line:
            return []
        found = parse(line, progress=self._after_return)
        return [found] if found else []

    def _drop(self) -> None:
        self._pieces.clear()
        self._size = 0


def parse(line: str, progress: bool = False) -> Optional[Point]:
    """The event of one line, or None. ``progress``: other text may stand before the object."""
    line = line.strip()
    for start in _starts(line, progress):
        try:
            value, end = _DECODER.raw_decode(line, start)
        except (ValueError, RecursionError):
            continue
        rest = line[end:].lstrip()
        if rest if progress else rest and not rest.startswith("{"):
            continue
        return point_of(value)
    return None


def _starts(line: str, progress: bool) -> Iterator[int]:
    """Where an object may begin: at the first character or behind another object; in a progress bar anywhere."""
    at = line.find("{")
    tries = 0
    while at >= 0 and tries < _MAX_TRIES:
        if progress or at == 0 or (line[0] == "{" and line[:at].rstrip().endswith("}")):
            yield at
        tries += 1
        at = line.find("{", at + 1)


def point_of(value: Any) -> Optional[Point]:
    """A decoded object as an event; None for anything else and where no key is usable."""
    if not isinstance(value, dict):
        return None
    values = {}  # type: Dict[str, Any]
    for key, item in _flat(value, "", 0):
        plain = scalar(item)
        if plain is not None and 0 < len(key) <= MAX_KEY:
            values[key] = plain
            if len(values) == MAX_KEYS:
                break
    if not values:
        return None
    step = _x(values.get("step"))
    if step is not None and len(values) > 1:
        del values["step"]
    return Point(values, _x(values.get("epoch")) if step is None else step)


def _flat(value: Dict[str, Any], prefix: str, depth: int) -> Iterator[Tuple[str, Any]]:
    for key, item in value.items():
        name = prefix + key
        if isinstance(item, dict):
            if depth < MAX_DEPTH:
                for pair in _flat(item, name + ".", depth + 1):
                    yield pair
        else:
            yield name, item


def scalar(value: Any) -> Any:
    """A number, a text, a bool, or None for what cannot be one; lists become their JSON where that is short."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -(1 << 53) <= value <= 1 << 53 else _real(value)
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        try:
            text = json.dumps(value, separators=(",", ":"))
        except (ValueError, RecursionError):
            return None
        return text if len(text) <= MAX_TEXT else None
    return None


def _real(value: Any) -> Any:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")


def _text(value: str) -> Any:
    """Text; a number where it reads as one (numpy's scalars are printed as text by many loggers)."""
    if len(value) <= 64:
        bare = value.strip()
        if _NUMBER.match(bare):
            return scalar(int(bare)) if bare.lstrip("+-").isdecimal() else _real(bare)
        word = _NOT_FINITE.get(bare.lower().lstrip("+-"))
        if word:
            return "-Infinity" if bare.startswith("-") and word == "Infinity" else word
    return value[:MAX_TEXT]


def _x(value: Any) -> Optional[float]:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
