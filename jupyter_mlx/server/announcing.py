"""Tells Jupyter's event system when a run changes its state, whoever started it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NotFoundError
from ..models import Json, Run, RunState
from ..store import Store

if TYPE_CHECKING:
    from ..workbench import Workbench

SCHEMA = Path(__file__).parent / "events" / "run_state.yaml"
SCHEMA_ID = "https://events.jupyter.org/jupyter_mlx/run_state/v1"
NEWEST = 200  # runs whose states are known, beside all open ones

Tell = Callable[[Json], None]


class Announcer:
    """Remembers the states of runs; `look` tells what is another one since. For one thread."""

    def __init__(self, workbench: Workbench, tell: Tell = lambda _: None) -> None:
        self.tell = tell
        self._workbench = workbench
        self._since = time.time()
        self._versions: dict[str, int] | None = None
        self._states: dict[str, RunState] = {}

    def look(self) -> None:
        """Tell what changed since the last time; the first time nothing did."""
        store = self._workbench.store
        before, self._versions = self._versions, store.versions(NEWEST)
        if before is None:
            known = [*store.runs(limit=NEWEST), *store.open_runs()]
            self._states = {run.id: run.state for run in known}
            return
        for run_id, version in self._versions.items():
            if before.get(run_id) != version:
                self._judge(store, run_id)
        self._states = {run_id: state for run_id, state in self._states.items() if run_id in self._versions}

    def _judge(self, store: Store, run_id: str) -> None:
        try:
            run = store.run(run_id)
        except NotFoundError:  # deleted meanwhile
            return
        previous = self._states.get(run_id)
        self._states[run_id] = run.state
        found_again = previous is None and run.ended is not None and run.ended < self._since
        if run.state is not previous and not found_again:
            self.tell(event_of(run, previous))


def event_of(run: Run, previous: RunState | None) -> Json:
    """The event as ``events/run_state.yaml`` describes it."""
    over = run.state.final and run.started is not None and run.ended is not None
    return {
        "run": run.id,
        "number": run.number,
        "project": run.project,
        "notebook": run.notebook,
        "machine": run.machine,
        "state": run.state.value,
        "previous": previous.value if previous else None,
        "final": run.state.final,
        "reason": run.reason,
        "duration_s": round((run.ended or 0) - (run.started or 0), 3) if over else None,
    }


def teller(events: Any, loop: asyncio.AbstractEventLoop) -> Tell:
    """What hands an event to the server's event logger, on its loop."""

    def tell(event: Json) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: events.emit(schema_id=SCHEMA_ID, data=event))

    return tell
