"""History restored from a machine's run folders: specs and journals, whatever the store here still knows."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

from .. import lifecycle
from ..errors import MachineError, MlxError, NotFoundError, UnreachableError
from ..link.link import Link
from ..models import Json
from ..runner.frames import MAX_DEPTH, depth_of
from ..runner.names import UnsafeNameError, safe_run_id
from ..runner.refusal import Refusal
from ..runner.specs import check_spec
from ..store import Store
from .contacts import Contacts
from .mirroring import Mirroring

MAX_SPEC = 16 << 20  # bytes of a spec.json


@dataclass
class Rebuilt:
    """What a rebuild found on a machine."""

    restored: list[str] = field(default_factory=list)  # ids of runs the store did not know
    known: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)  # (id as the machine says it, why)


class Rebuilding:
    """Reads every run folder of a machine into the store. Doing it twice changes nothing."""

    def __init__(self, store: Store, contacts: Contacts, mirroring: Mirroring) -> None:
        self._store = store
        self._contacts = contacts
        self._mirroring = mirroring

    def rebuild(self, machine: str) -> Rebuilt:
        """Restore what the store lacks. Raises what a contact does; one bad run folder spoils no other."""
        link = self._contacts.link(machine)
        result = Rebuilt()
        for found in link.runs():
            said = str(found.get("id"))[:80]
            try:
                run_id = safe_run_id(found.get("id"))
                known = self._known(run_id)
                if not known:
                    self._store.rebuild_from(_spec(link, run_id, found), machine)
                (result.known if known else result.restored).append(run_id)
                self._mirror(run_id, machine)
            except UnreachableError:
                raise
            except (MlxError, UnsafeNameError) as error:
                result.failed.append((said, str(error)))
        return result

    def _known(self, run_id: str) -> bool:
        try:
            return self._store.run(run_id).accepted is not None
        except NotFoundError:
            return False

    def _mirror(self, run_id: str, machine: str) -> None:
        run = self._store.run(run_id)
        if lifecycle.over(run) or run.machine != machine:
            return
        mirror = self._store.mirror(run_id)
        if mirror.try_lead():  # somebody else brings it here otherwise
            try:
                self._mirroring.catch_up(run, mirror, threading.Event())
            finally:
                mirror.release()


def _spec(link: Link, run_id: str, found: Json) -> Json:
    size = found.get("spec_bytes")
    if not isinstance(size, int) or not 0 < size <= MAX_SPEC:
        raise MachineError(f"spec.json of run {run_id} has {str(size)[:20]} bytes")
    try:
        spec = json.loads(link.spec(run_id))
        if depth_of(spec) > MAX_DEPTH:
            raise ValueError("nested too deep")
        check_spec(spec)
    except (ValueError, RecursionError, AttributeError, Refusal) as error:
        raise MachineError(f"spec.json of run {run_id} is damaged: {str(error)[:200]}") from None
    if spec["id"] != run_id:
        raise MachineError(f"spec.json of run {run_id} belongs to another run")
    return dict(spec)
