"""Open runs looked after by whichever process lives: sent, stopped, their journals caught up; within a budget."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable

from .. import lifecycle
from ..errors import AccessError, InputError, MlxError, UnreachableError
from ..models import Run
from ..store import Store
from .delivery import UNSENT, Delivery
from .mirroring import Mirroring
from .stopping import Stopping

BUDGET_S = 3.0


def undelivered(run: Run) -> bool:
    """Whether something of the run still has to reach its machine: the run itself, or the intent to stop it."""
    if run.state in UNSENT:
        return True
    return not run.state.final and run.cancel_requested is not None and run.cancel_delivered is None


class Syncing:
    """Advances open runs as far as they go now."""

    def __init__(self, store: Store, delivery: Delivery, stopping: Stopping, mirroring: Mirroring) -> None:
        self._store = store
        self._delivery = delivery
        self._stopping = stopping
        self._mirroring = mirroring

    def open_runs(self) -> dict[str, list[Run]]:
        """Runs that are not over and mirrored yet, by machine, oldest first."""
        found: dict[str, list[Run]] = defaultdict(list)
        for run in self._store.open_runs():
            if not lifecycle.over(run):
                found[run.machine].append(run)
        return dict(found)

    def advance(self, run_id: str, stop: threading.Event) -> None:
        """Send the run, deliver its intent to stop, catch up its journal: whatever is due. Raises what these do."""
        run = self._store.run(run_id)
        if undelivered(run):
            self.deliver(run_id)
            run = self._store.run(run_id)
        if run.state in UNSENT or lifecycle.over(run) or stop.is_set():
            return
        mirror = self._store.mirror(run_id)
        if mirror.try_lead():
            try:
                self._mirroring.catch_up(run, mirror, stop)
            finally:
                mirror.release()

    def deliver(self, run_id: str) -> None:
        """Only what has to reach the machine."""
        run = self._store.run(run_id)
        if run.cancel_requested:
            self._stopping.deliver(run_id)
        if self._store.run(run_id).state in UNSENT:
            run = self._delivery.deliver(run_id)
            if run.cancel_requested:
                self._stopping.deliver(run_id)

    def sync(self, budget_s: float = BUDGET_S, only: Iterable[str] | None = None) -> dict[str, MlxError | None]:
        """Advance every open run, all machines at once; by machine, what stood in the way or None.

        Comes back when all is done or the budget is used up; a machine that is not through by then is not in the
        answer, and its thread ends by itself.
        """
        jobs = self.open_runs()
        wanted = set(jobs) if only is None else set(only) & set(jobs)
        stop = threading.Event()
        results: dict[str, MlxError | None] = {}

        def work(name: str) -> None:
            error = self._sync_machine(jobs[name], stop)
            if not stop.is_set():
                results[name] = error

        threads = [threading.Thread(target=work, args=(name,), name=f"sync {name}", daemon=True) for name in wanted]
        for thread in threads:
            thread.start()
        until = time.monotonic() + budget_s
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        stop.set()
        return dict(results)

    def _sync_machine(self, runs: list[Run], stop: threading.Event) -> MlxError | None:
        trouble: MlxError | None = None
        for run in runs:
            if stop.is_set():
                break
            try:
                self.advance(run.id, stop)
            except (UnreachableError, AccessError, InputError) as error:
                return error  # the same for every run there
            except MlxError as error:
                trouble = error
        return trouble
