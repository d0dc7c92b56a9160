"""Everything that can be done with a run, in one place: the faces call this and nothing below."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..capture import Captured
from ..errors import MlxError, UnreachableError
from ..models import Json, Machine, Run, RunState, new_run_id
from ..runner.blobs import BlobStore
from ..store import Store
from ..store.found import run_from
from . import keeper
from .collecting import collect
from .contacts import Contact, Contacts
from .delivery import Delivery
from .fetching import Fetched, Fetching
from .following import Following, Trouble
from .mirroring import Hear, Mirroring
from .rebuilding import Rebuilding, Rebuilt
from .rerunning import spec_again
from .stopping import Stopping
from .syncing import BUDGET_S, Syncing, undelivered
from .tools import Tools


class Dispatcher:
    """A run's whole journey. Safe among threads; any number of processes may work on the same runs."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        find: Callable[[str], Machine],
        dial: Callable[[Machine, Json], Contact],
        data: Path,
        config: Path,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._data = data
        self._config = config
        self.contacts = Contacts(find, dial, store)
        tools = Tools(blobs, self.contacts, data / "tools")
        self._delivery = Delivery(store, blobs, self.contacts, tools, data / "deliver")
        self._stopping = Stopping(store, self.contacts, self._delivery)
        mirroring = Mirroring(self.contacts)
        self._following = Following(store, self.contacts, self._delivery, self._stopping, mirroring)
        self.syncing = Syncing(store, self._delivery, self._stopping, mirroring)
        self._fetching = Fetching(store, blobs, self.contacts)
        self._rebuilding = Rebuilding(store, self.contacts, mirroring)

    def submit(self, captured: Captured, machine: Machine, run_id: str | None = None) -> Run:
        """Store what was captured as a run, with an id of the caller's or a new one, and hand it to its machine.

        Comes back once the machine has durably accepted it, or queued with the reason where the machine is out of
        reach. Raises what the machine or the login refuses; the run then ends as failed with that reason.
        """
        return self._submit(captured.spec, machine, run_id)

    def rerun(self, run_id: str, machine: Machine | None = None, new_id: str | None = None) -> Run:
        """Submit the content of a run as a new one, there or on another machine; as `submit`.

        Raises `ConflictError` where the content is no longer to be had.
        """
        target = machine or self.contacts.machine(self._store.run(run_id).machine)
        return self._submit(spec_again(self._store, self._blobs, run_id, target), target, new_id)

    def _submit(self, content: Json, machine: Machine, run_id: str | None = None) -> Run:
        spec = {**content, "id": run_id or new_run_id(), "created": time.time()}
        run = replace(run_from(spec, machine.name), state=RunState.QUEUED, accepted=None)
        run = self._store.create(spec, run)
        try:
            return self._delivery.deliver(run.id, attended=True, wait=True)
        except UnreachableError:
            self._delivery.keep_content(run.id)
            return self._store.run(run.id)

    def follow(
        self,
        run_id: str,
        hear: Hear,
        stop: threading.Event,
        *,
        contact: Trouble = lambda _: None,
        offset: int = 0,
    ) -> Run:
        """See a run through: every record from an offset on goes to ``hear``; see `Following.follow`."""
        return self._following.follow(run_id, hear, stop, contact, offset)

    def stop(self, run_id: str) -> Run:
        """Ask a run to stop; ``cancel_delivered`` of the answer tells whether its machine knows."""
        return self._stopping.stop(run_id)

    def fetch(self, run_id: str, folder: Path, *, force: bool = False) -> Fetched:
        """Write the executed notebook and the outputs into a folder; see `Fetching.fetch`."""
        return self._fetching.fetch(run_id, folder, force=force)

    def executed(self, run_id: str) -> tuple[Json, list[tuple[str, str]]]:
        """The executed notebook as far as it came, and what is missing in it; see `Fetching.executed`."""
        return self._fetching.executed(run_id)

    def sent(self, run_id: str) -> Json:
        """The notebook as it was sent; see `Fetching.sent`."""
        return self._fetching.sent(run_id)

    def media(self, run_id: str, digest: str) -> bytes:
        """A large output; see `Fetching.media`."""
        return self._fetching.media(run_id, digest)

    def read(self, run_id: str, area: str, path: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a file a run left, from its machine; see `Fetching.read`."""
        return self._fetching.read(run_id, area, path, offset, length)

    def sync(self, budget_s: float = BUDGET_S, machines: Iterable[str] | None = None) -> dict[str, MlxError | None]:
        """Look after every open run for at most so long; see `Syncing.sync`."""
        return self.syncing.sync(budget_s, machines)

    def rebuild(self, machine: str) -> Rebuilt:
        """Restore the history from a machine's run folders; see `Rebuilding.rebuild`."""
        return self._rebuilding.rebuild(machine)

    def collect(self, machine: str, *, dry_run: bool, keep_days: float, unfetched: bool = False) -> Json:
        """Free space on a machine, sparing what only it has; see `collecting.collect`."""
        link = self.contacts.link(machine)
        self.sync(budget_s=60.0, machines=[machine])
        still_open = self.syncing.open_runs().get(machine, [])
        return collect(
            self._store, link, machine, still_open, dry_run=dry_run, keep_days=keep_days, unfetched=unfetched
        )

    def undelivered(self) -> dict[str, list[Run]]:
        """By machine: runs that have not reached it, and stops it does not know of."""
        jobs = {name: [run for run in runs if undelivered(run)] for name, runs in self.syncing.open_runs().items()}
        return {name: runs for name, runs in jobs.items() if runs}

    def leave(self) -> int | None:
        """To be called when a short-lived process ends: leaves a keeper behind where something is undelivered."""
        return keeper.start(self._data, self._config) if self.undelivered() else None

    def close(self) -> None:
        """End every link; runs go on."""
        self.contacts.close()
