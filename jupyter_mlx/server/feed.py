"""Wakes whoever watches when something changed, by this process or another; costs nothing while nobody does."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING

from ..errors import MlxError

if TYPE_CHECKING:
    from ..workbench import Workbench
    from .questions import Questions

LOOK_S = 0.05
TROUBLE_S = 2.0

log = logging.getLogger("jupyter_mlx.feed")


class Bell:
    """An event of one event loop, rung from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Something changed."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self) -> None:
        """Come back when it was rung since the last time."""
        await self._rung.wait()
        self._rung.clear()


class Feed:
    """One thread that looks at the store's stamp while somebody listens."""

    def __init__(self, workbench: Workbench, questions: Questions) -> None:
        self._workbench = workbench
        self._lock = threading.Lock()
        self._bells: set[Bell] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        questions.changed = self.ring

    def listen(self, bell: Bell) -> None:
        """Ring a bell from now on."""
        with self._lock:
            self._bells.add(bell)
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._look, name="mlx feed", daemon=True)
                self._thread.start()

    def leave(self, bell: Bell) -> None:
        """Ring it no more."""
        with self._lock:
            self._bells.discard(bell)

    def ring(self) -> None:
        """Ring all bells."""
        with self._lock:
            bells = list(self._bells)
        for bell in bells:
            bell.ring()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        thread = self._thread
        if thread is not None:
            thread.join(5.0)

    def _look(self) -> None:
        stamp = -1
        while not self._stop.is_set():
            with self._lock:
                if not self._bells:
                    self._thread = None
                    return
            try:
                before, stamp = stamp, self._workbench.store.stamp()
            except MlxError as error:
                log.warning("changes are not seen: %s", error.message)
                self._stop.wait(TROUBLE_S)
                continue
            if stamp != before:
                self.ring()
            self._stop.wait(LOOK_S)
