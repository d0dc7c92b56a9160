"""How long to wait before the next try: decorrelated jitter, cut short by whatever makes a try worth while."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 60.0
_STEP_S = 0.2
_SLEPT_S = 2.0  # the computer was asleep when real time ran ahead of ours by this much


def _asleep() -> float:
    """Seconds this computer has spent asleep since it started; constant while it is awake."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)  # Linux; elsewhere the wall clock has to do
    now = time.time() if boottime is None else time.clock_gettime(boottime)
    return now - time.monotonic()


class Pauses:
    """The pauses between the tries of one thing."""

    def __init__(self, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._first = first_s
        self._longest = longest_s
        self._last = first_s

    def reset(self) -> None:
        """It worked: the next pause is a short one again."""
        self._last = self._first

    def next(self) -> float:
        """Seconds to wait now: between the first pause and three times the last, 60 s at most."""
        self._last = min(self._longest, random.uniform(self._first, self._last * 3))
        return self._last

    def wait(self, stop: threading.Event, worth_a_try: Callable[[], bool] = lambda: False) -> None:
        """Sit out the next pause; ends at once on ``stop``, after the computer slept, and when it is worth a try."""
        until = time.monotonic() + self.next()
        asleep = _asleep()
        while not stop.is_set():
            left = until - time.monotonic()
            if left <= 0:
                return
            stop.wait(min(_STEP_S, left))
            if _asleep() - asleep > _SLEPT_S or worth_a_try():
                self.reset()
                return
