"""Seeing a run through to its end, whatever the link does meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from .. import lifecycle
from ..errors import MlxError, NoSpaceError, UnreachableError
from ..models import Run
from ..store import Mirror, Store
from .contacts import Contacts
from .delivery import UNSENT, Delivery
from .mirroring import Hear, Mirroring, Tail
from .pauses import Pauses
from .stopping import Stopping

_POLL_S = 0.05  # how often a mirror that another process leads is looked at
_LOOK_S = 0.5  # how often its run is

Trouble = Callable[[MlxError | None], None]


class Following:
    """Leads a run's mirror, or reads along with the process that does."""

    def __init__(
        self, store: Store, contacts: Contacts, delivery: Delivery, stopping: Stopping, mirroring: Mirroring
    ) -> None:
        self._store = store
        self._contacts = contacts
        self._delivery = delivery
        self._stopping = stopping
        self._mirroring = mirroring

    def follow(
        self, run_id: str, hear: Hear, stop: threading.Event, contact: Trouble = lambda _: None, offset: int = 0
    ) -> Run:
        """Hand every record from an offset of the journal on to ``hear``, until the run is over or ``stop`` is set.

        Delivers the run first where it still waits. Goes on for ever while the machine is out of reach, telling
        ``contact`` the error once and None when it is back. Raises what needs the person: `AccessError`,
        `HostKeyError`, and refusals. The run as it stands at the end.
        """
        mirror = self._store.mirror(run_id)
        tail = Tail(str(mirror.path), offset, hear)
        watch = _Watch(contact)
        pauses = Pauses()
        while not stop.is_set():
            tail.pump()
            run = self._store.run(run_id)
            if lifecycle.over(run):
                tail.finish()
                break
            try:
                if run.state in UNSENT:
                    if self._delivery.deliver(run_id).state in UNSENT:
                        stop.wait(_POLL_S)  # another process delivers it
                elif mirror.try_lead():
                    self._lead(run_id, mirror, tail, stop, watch)
                else:
                    self._read_along(run_id, mirror, tail, stop)
                pauses.reset()
            except (UnreachableError, NoSpaceError) as error:
                watch.trouble(error)
                pauses.wait(stop, partial(self._back, run.machine))
        return self._store.run(run_id)

    def _lead(self, run_id: str, mirror: Mirror, tail: Tail, stop: threading.Event, watch: _Watch) -> None:
        try:
            run = self._store.run(run_id)
            self._contacts.link(run.machine)
            watch.fine()
            if run.cancel_requested and not run.cancel_delivered:
                self._stopping.deliver(run_id)
            self._mirroring.follow(run, mirror, stop, tail.pump)
        finally:
            mirror.release()

    def _read_along(self, run_id: str, mirror: Mirror, tail: Tail, stop: threading.Event) -> None:
        """Follow another process's mirror for a moment; back at least every half second."""
        until = time.monotonic() + _LOOK_S
        while time.monotonic() < until and not stop.is_set():
            tail.pump()
            stop.wait(_POLL_S)

    def _back(self, machine: str) -> bool:
        """Whether somebody else got through to the machine meanwhile."""
        return self._store.machine_status(machine).unreachable_since is None


class _Watch:
    """Tells about trouble once, and once that it is over."""

    def __init__(self, contact: Trouble) -> None:
        self._contact = contact
        self._troubled = False

    def trouble(self, error: MlxError) -> None:
        if not self._troubled:
            self._troubled = True
            self._contact(error)

    def fine(self) -> None:
        if self._troubled:
            self._troubled = False
            self._contact(None)
