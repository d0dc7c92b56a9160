"""Looks after open runs for as long as the server lives, whoever started them; nobody is asked anything."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..dispatch.dispatcher import Dispatcher
from ..errors import MlxError
from ..models import Run

if TYPE_CHECKING:
    from ..workbench import Workbench

LOOK_S = 1.0
RETRY_S = 60.0
MOST = 64  # runs followed at once; the others take turns
STOP_S = 5.0

log = logging.getLogger("jupyter_mlx.tender")


class Tender:
    """One thread that looks for open runs, and one a run that follows it."""

    def __init__(self, workbench: Workbench, each: Callable[[], None] = lambda: None) -> None:
        """``each`` is called with every look."""
        self._workbench = workbench
        self._each = each
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._following: dict[str, threading.Thread] = {}
        self._parked: dict[str, float] = {}  # run -> when it is worth another try
        self._thread = threading.Thread(target=self._look, name="mlx tender", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self, run_id: str | None = None) -> None:
        """There may be something new; a run that was given up is tried again."""
        with self._lock:
            if run_id is not None:
                self._parked.pop(run_id, None)
        self._wake.set()

    def retry(self, machine: str) -> None:
        """A person got through to a machine, or tried to: its runs are worth another try."""
        if self._workbench.dispatcher.contacts.alive(machine):
            self.wake()

    def following(self) -> list[str]:
        """The runs that are being followed."""
        with self._lock:
            return [run_id for run_id, thread in self._following.items() if thread.is_alive()]

    def close(self) -> None:
        """Leave the runs to themselves and come back when no thread of ours works any more."""
        self._stop.set()
        self._wake.set()
        until = time.monotonic() + STOP_S
        with self._lock:
            threads = [*self._following.values()]
        for thread in [self._thread, *threads]:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))

    def _look(self) -> None:
        failed = False
        while not self._stop.is_set():
            try:
                self._adopt(self._workbench.dispatcher)
                self._each()
                failed = False
            except MlxError as error:  # the store cannot be used now
                if not failed:
                    log.error("open runs are not looked after: %s", error.message)
                failed = True
            self._wake.wait(LOOK_S if not failed else RETRY_S)
            self._wake.clear()

    def _adopt(self, dispatcher: Dispatcher) -> None:
        now = time.monotonic()
        for runs in dispatcher.syncing.open_runs().values():
            for run in runs:
                with self._lock:
                    self._following = {key: one for key, one in self._following.items() if one.is_alive()}
                    due = self._parked.get(run.id, 0.0) <= now or dispatcher.contacts.alive(run.machine)
                    if run.id in self._following or not due or len(self._following) >= MOST or self._stop.is_set():
                        continue
                    name = f"mlx follow {run.id}"
                    thread = threading.Thread(target=self._follow, args=(dispatcher, run), name=name, daemon=True)
                    self._following[run.id] = thread
                    thread.start()

    def _follow(self, dispatcher: Dispatcher, run: Run) -> None:
        try:
            offset = self._workbench.store.mirror(run.id).offset
            dispatcher.follow(run.id, lambda _: None, self._stop, offset=offset)
        except MlxError as error:
            # A login that needs the person is not tried again until a person got through: servers lock out who insists.
            needs_person = error.exit_code == 4
            with self._lock:
                self._parked[run.id] = float("inf") if needs_person else time.monotonic() + RETRY_S
            log.warning("run %s on %s: %s", run.id, run.machine, error.message)
        except Exception:  # a mistake of ours about one run must not end the work for the others
            with self._lock:
                self._parked[run.id] = time.monotonic() + RETRY_S
            log.exception("run %s is not followed", run.id)
