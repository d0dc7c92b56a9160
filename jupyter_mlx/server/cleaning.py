"""Freeing space on a machine: what would go, with its bytes, and then the deed."""

from __future__ import annotations

from ..errors import NotFoundError
from ..models import Json
from ..runner.names import RUN_ID
from ..store import Store
from ..untrusted import count, line
from .asked import Clean
from .base import MlxHandler
from .contract import operation
from .machines import machine_name
from .views import Cleaned, CleanedItem, CleanedKind

MAX_ITEMS = 100
KINDS = ("run", "env", "blob", "part", "runner")


class MachineCleanHandler(MlxHandler):
    """``jupyter-mlx/machines/{machine}/clean``."""

    auth_resource = "jupyter_mlx:machines"

    @operation(
        "Free space on a machine, or tell what would go; open runs and what was not mirrored yet stay",
        answer=Cleaned,
        action="execute",
        body=Clean,
    )
    async def post(self, machine: str) -> None:
        """The machine decides what nobody needs; only machines that are on a list are contacted."""
        bench = self.service.workbench
        asked: Clean = self.body

        def clean() -> Cleaned:
            name = bench.machines.find(machine_name(machine)).name
            answer = bench.dispatcher.collect(name, dry_run=asked.dry_run, keep_days=asked.keep_days)
            return cleaned(name, answer, bench.store, dry_run=asked.dry_run)

        await self.reply(clean, slow=True)


def cleaned(machine: str, answer: Json, store: Store, *, dry_run: bool) -> Cleaned:
    """A machine's answer, of which nothing is believed but kinds, ids and sizes of the right form."""
    told = answer.get("items")
    found = [item for item in map(_item, told if isinstance(told, list) else []) if item is not None]
    kinds = [
        CleanedKind(kind, len(sizes), sum(sizes))
        for kind in KINDS
        if (sizes := [item.bytes for item in found if item.kind == kind])
    ]
    largest = sorted(found, key=lambda item: -item.bytes)[:MAX_ITEMS]
    titled = [CleanedItem(item.kind, item.id, _title(item, store), item.bytes) for item in largest]
    return Cleaned(machine, dry_run, count(answer.get("freed")) or 0, kinds, titled)


def _item(told: object) -> CleanedItem | None:
    if not isinstance(told, dict) or told.get("kind") not in KINDS:
        return None
    return CleanedItem(told["kind"], line(told.get("id"), 100) or "", "", count(told.get("bytes")) or 0)


def _title(item: CleanedItem, store: Store) -> str:
    """A run by its number and name, where it is known here; everything else by the beginning of its id."""
    if item.kind == "run" and RUN_ID.match(item.id):
        try:
            run = store.run(item.id)
        except NotFoundError:
            return item.id
        return f"#{run.number} {run.title}"
    return item.id[:12]
