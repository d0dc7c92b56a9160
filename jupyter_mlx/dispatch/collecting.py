"""Clearing a machine without losing anything: what only it has stays there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..link.link import Link
from ..models import Json, Run
from ..store import Store


def collect(
    store: Store,
    link: Link,
    machine: str,
    open_runs: Iterable[Run],
    *,
    dry_run: bool,
    keep_days: float,
    unfetched: bool,
) -> Json:
    """Clear what no run needs; ``{freed, items, kept}``, ``kept`` with the id and the reason of each run spared.

    Spared are runs that are open or not wholly mirrored, runs this computer knows nothing of (another one's, or from
    before the history was lost) and, unless ``unfetched``, runs whose outputs nobody has fetched.
    """
    kept = {run.id: {"id": run.id, "number": run.number, "why": "not wholly mirrored yet"} for run in open_runs}
    for spared in _spared(store, link, machine, unfetched=unfetched):
        kept.setdefault(str(spared["id"]), spared)
    answer = link.gc(keep=list(kept), keep_days=keep_days, dry_run=dry_run)
    if not dry_run:
        store.forget_blobs(machine, str(link.facts.get("root") or ""))
    return {**answer, "kept": list(kept.values())}


def _spared(store: Store, link: Link, machine: str, *, unfetched: bool) -> Iterator[Json]:
    known = {run.id: run for run in store.runs(machine=machine)}
    for found in link.runs():
        run_id = str(found.get("id"))
        run = known.get(run_id)
        if run is None:
            yield {"id": run_id, "number": None, "why": "not known on this computer"}
        elif run.outputs and not unfetched and not store.fetched(run_id):
            total = sum(file.size for file in run.outputs)
            yield {
                "id": run_id,
                "number": run.number,
                "why": "its outputs were never fetched",
                "files": len(run.outputs),
                "bytes": total,
            }
