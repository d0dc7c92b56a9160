"""How long a run may take, and how long it may be silent."""

import os
from typing import Any, Dict, NamedTuple, Optional

from .clock import boottime
from .journal import Decoder, Record
from .layout import RunPaths

# What shows that the run gets on; our own samples and log lines do not.
_LIFE = frozenset(
    {"stream", "output", "clear_output", "update_display", "set_output", "thinned", "cell", "metric", "artifact"}
)
_PIECE = 1 << 20


class Exceeded(NamedTuple):
    """A limit that was reached: the word for programs and the line for people."""

    cause: str
    reason: str


class Limits:
    """Both limits of a run; the clocks start when this is made."""

    def __init__(self, paths: RunPaths, limits: Dict[str, Any], journal_offset: int) -> None:
        self._paths = paths
        self._time = _seconds(limits.get("time_s"))
        self._silence = _seconds(limits.get("no_output_s"))
        self._start = self._heard = boottime()
        self._offset = journal_offset
        self._decoder = Decoder(journal_offset)
        self._events = _size(paths.events)

    def exceeded(self) -> Optional[Exceeded]:
        """The limit the run is beyond; None while it is within both."""
        now = boottime()
        if self._time is not None and now - self._start > self._time:
            return Exceeded("time_limit", "stopped after %s: the time limit" % _words(self._time))
        if self._silence is not None:
            if self._sign_of_life():
                self._heard = now
            elif now - self._heard > self._silence:
                return Exceeded("no_output_limit", "stopped after %s without output: the limit" % _words(self._silence))
        return None

    def _sign_of_life(self) -> bool:
        size = _size(self._paths.events)
        alive, self._events = size != self._events, size
        with open(self._paths.journal, "rb") as source:
            source.seek(self._offset)
            for piece in iter(lambda: source.read(_PIECE), b""):
                self._offset += len(piece)
                for item in self._decoder.feed(piece):
                    alive = alive or (isinstance(item, Record) and item.event.get("type") in _LIFE)
        return alive


def _seconds(value: Any) -> Optional[float]:
    """A limit of the spec; 0 and None mean none."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else None


def _words(seconds: float) -> str:
    """A duration for people."""
    if seconds < 120:
        return "%g s" % seconds
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 120:
        return "%d min" % minutes if not rest else "%d min %d s" % (minutes, rest)
    hours, minutes = divmod(minutes, 60)
    return "%d h" % hours if not minutes else "%d h %d min" % (hours, minutes)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
