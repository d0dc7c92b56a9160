"""What one listener has seen of runs, machines, questions and journals, and what is new to it. Blocking."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from ..errors import NotFoundError
from ..machines.facts import shown
from ..models import Json, to_json
from ..store import Store
from . import pages
from .questions import Questions
from .views import RunSummary, summary

NEWEST = 200  # runs whose changes are told, and all open ones
MOST_CHANGES = 50  # in one frame; of more the listener is told to read the list again
MOST_RUNS = 32  # followed at once by one listener
FRAME_BYTES = 512 << 10  # of journals in one frame
FRAME_EVENTS = 2000


class Watching:
    """Holds no events, only how far the listener is: however slow it is, memory stays where it was."""

    def __init__(self, store: Store, questions: Questions, root: str | None = None) -> None:
        self._store = store
        self._questions = questions
        self._root = root
        self._lock = threading.Lock()
        self._since: dict[str, int] = {}  # run -> offset
        self._versions = store.versions(NEWEST)
        self._machines = self._statuses()
        self._asked: set[str] = set()

    def follow(self, run_id: str, since: int) -> bool:
        """From now on tell the events of a run from an offset on; False where it would be one run too many.

        Raises NotFoundError.
        """
        end = self._store.decoded(run_id)
        with self._lock:
            if run_id not in self._since and len(self._since) >= MOST_RUNS:
                return False
            self._since[run_id] = min(max(0, since), end)
        return True

    def leave(self, run_id: str) -> None:
        """Tell no more of a run."""
        with self._lock:
            self._since.pop(run_id, None)

    def news(self) -> tuple[list[Json], bool]:
        """(items for one frame, whether there is more at once)."""
        items = [*self._runs(), *self._machine_items(), *self._questions_items()]
        events, more = self._events()
        return items + events, more

    def _runs(self) -> Iterator[Json]:
        before, now = self._versions, self._store.versions(NEWEST)
        self._versions = now
        changed = [run_id for run_id, version in now.items() if before.get(run_id) != version]
        # What merely left the newest is no news.
        gone = [run_id for run_id in before if run_id not in now and not self._known(run_id)]
        if len(changed) + len(gone) > MOST_CHANGES:
            yield {"type": "resync"}
            return
        for run_id in changed:
            try:
                yield {"type": "run", "run": to_json(self._summary(run_id))}
            except NotFoundError:
                gone.append(run_id)
        for run_id in gone:
            yield {"type": "run_removed", "run": run_id}

    def _summary(self, run_id: str) -> RunSummary:
        run = self._store.run(run_id)
        return summary(run, self._root, expected_s=self._store.expected([run]).get(run_id))

    def _known(self, run_id: str) -> bool:
        try:
            self._store.run(run_id)
        except NotFoundError:
            return False
        return True

    def _statuses(self) -> dict[str, Json]:
        return {status.name: to_json(status) for status in self._store.machine_statuses()}

    def _machine_items(self) -> Iterator[Json]:
        before, now = self._machines, self._statuses()
        self._machines = now
        for name, status in now.items():
            if before.get(name) != status:
                facts = shown(self._store.machine_status(name).facts)  # new ones come with a new contact
                yield {"type": "machine", "status": {**status, "facts": facts}}

    def _questions_items(self) -> Iterator[Json]:
        prompts = {prompt.id: prompt for prompt in self._questions.open()}
        before, self._asked = self._asked, set(prompts)
        for prompt_id in prompts.keys() - before:
            yield {"type": "prompt", "prompt": to_json(prompts[prompt_id])}
        for prompt_id in before - prompts.keys():
            yield {"type": "prompt_gone", "id": prompt_id}

    def _events(self) -> tuple[list[Json], bool]:
        with self._lock:
            jobs = dict(self._since)
        items: list[Json] = []
        left, more = FRAME_BYTES, False
        for run_id, since in jobs.items():
            if left <= 0:
                more = True
                break
            try:
                page = pages.read(self._store, run_id, since, FRAME_EVENTS, left)
            except NotFoundError:  # deleted meanwhile: `run_removed` tells it
                self.leave(run_id)
                continue
            left -= page.next - since
            more = more or page.more
            if page.records or page.over:
                items.append(_item(run_id, since, page))
            with self._lock:
                if self._since.get(run_id) == since:  # not asked for anew meanwhile
                    self._since.pop(run_id)
                    if not page.over:
                        self._since[run_id] = page.next  # at the end: the others come first next time
        return items, more


def _item(run_id: str, since: int, page: pages.Page) -> Json:
    told = [{"seq": record.seq, "event": record.event} for record in page.records]
    reach = {"since": since, "next": page.next, "end": page.end, "over": page.over}
    return {"type": "events", "run": run_id, **reach, "events": told}
