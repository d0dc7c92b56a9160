"""Stopping a run: the intent is stored first, then delivered, now or whenever the machine is back."""

from __future__ import annotations

import contextlib

from ..errors import ConflictError, MlxError, NotFoundError, UnreachableError
from ..link.link import Link
from ..models import Run, RunState
from ..store import Store
from .contacts import Contacts
from .delivery import UNSENT, Delivery


class Stopping:
    """Delivers the intent to stop."""

    def __init__(self, store: Store, contacts: Contacts, delivery: Delivery) -> None:
        self._store = store
        self._contacts = contacts
        self._delivery = delivery

    def stop(self, run_id: str) -> Run:
        """Ask a run to stop; the run as it stands then, ``cancel_delivered`` unset while its machine does not know.

        Raises `ConflictError` for a finished run, `AccessError` where the login needs the person.
        """
        run = self._store.run(run_id)
        if run.state.final:
            raise ConflictError(f"run #{run.number} is over: {run.state.value}", field="run")
        self._store.request_cancel(run_id)
        with contextlib.suppress(UnreachableError):  # stored; `cancel_delivered` tells that it is still on its way
            self.deliver(run_id)
        return self._store.run(run_id)

    def deliver(self, run_id: str) -> None:
        """Deliver a stored intent, unless it is known there or the run is over. Raises what a contact does."""
        run = self._store.run(run_id)
        if run.state in UNSENT:
            # Whoever delivers the run meanwhile looks for the intent afterwards and delivers it too.
            with self._delivery.sole(run_id, wait=False) as mine:
                if mine:
                    self._stop_unsent(run_id)
            run = self._store.run(run_id)
        if run.state in UNSENT or run.state.final or not run.cancel_requested or run.cancel_delivered:
            return
        self._tell(run, self._contacts.link(run.machine))

    def _stop_unsent(self, run_id: str) -> None:
        run = self._store.run(run_id)
        if run.state is RunState.QUEUED:
            self._store.set_state(run_id, RunState.CANCELLED, "stopped before it was sent")
        elif run.state is RunState.SENDING:
            link = self._contacts.link(run.machine)
            try:
                link.status(run_id)
            except NotFoundError:
                self._store.set_state(run_id, RunState.QUEUED)
                self._store.set_state(run_id, RunState.CANCELLED, "stopped before the machine had it")
            else:
                self._store.accepted(run_id)

    def _tell(self, run: Run, link: Link) -> None:
        # The same intent however often it is told, so that the machine acts once.
        intent = f"{run.id}-{int((run.cancel_requested or 0) * 1000)}"
        try:
            link.send_inbox(run.id, {"type": "cancel", "intent": intent})
        except UnreachableError as error:
            self._contacts.lost(run.machine, error)
            raise
        except MlxError as error:
            if not isinstance(error, (ConflictError, NotFoundError)):
                raise
            # Over or gone there: nothing is left to stop, and the journal tells what became of it.
        self._store.cancel_delivered(run.id)
