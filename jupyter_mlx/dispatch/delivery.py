"""From queued to accepted: one run handed to its machine, by one process at a time, at most one start an id.

::

    queued   nothing of the run has left this computer
    sending  a submit went out and no answer was kept: the machine may have it. Sent again with the same id, which the
             machine accepts once; never judged without asking
    preparing and on: durably accepted; from here the journal alone says what happens

A machine out of reach leaves the run where it is, with the reason. A refused submit (bad input, a full disk) ends it as
failed. A contact that fails otherwise (login, host key, no Python there) fails the run while the person who submits is
there to see it (``attended``); later the run waits, its reason shown, for a better time or a command that can ask.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import ConflictError, InputError, MlxError, NoSpaceError, UnreachableError
from ..link.link import Link
from ..models import Json, Run, RunState
from ..runner.blobs import BlobMissing, BlobStore
from ..runner.names import safe_run_id
from ..runner.trees import TreeError
from ..store import Store
from .contacts import Contacts
from .tools import Tools

UNSENT = (RunState.QUEUED, RunState.SENDING)


class Delivery:
    """Hands runs over."""

    def __init__(self, store: Store, blobs: BlobStore, contacts: Contacts, tools: Tools, locks: Path) -> None:
        self._store = store
        self._blobs = blobs
        self._contacts = contacts
        self._tools = tools
        self._locks = locks

    @contextlib.contextmanager
    def sole(self, run_id: str, wait: bool) -> Iterator[bool]:
        """Be the only one, in any process, who decides about an unsent run; False where somebody else is."""
        self._locks.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._locks / safe_run_id(run_id)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True
            if self._store.run(run_id).state not in UNSENT:
                path.unlink(missing_ok=True)  # whoever still waits on it finds nothing left to do
        finally:
            os.close(fd)

    def deliver(self, run_id: str, *, attended: bool = False, wait: bool = False) -> Run:
        """Bring a run to its machine if it is not there; the run as it stands then.

        Raises `UnreachableError` (the run keeps waiting) and every refusal. ``wait``: let another deliverer finish
        first instead of leaving it to them.
        """
        with self.sole(run_id, wait) as mine:
            run = self._store.run(run_id)
            if mine and run.state in UNSENT:
                self._deliver(run, attended)
        return self._store.run(run_id)

    def _deliver(self, run: Run, attended: bool) -> None:
        if run.cancel_requested and run.state is RunState.QUEUED:
            self._store.set_state(run.id, RunState.CANCELLED, "stopped before it was sent")
            return
        try:
            link = self._contacts.link(run.machine)
        except UnreachableError as error:
            self._note(run.id, run.state, error.message)
            raise
        except MlxError as error:
            # What may be on the machine already is not judged from here.
            failed = attended and run.state is RunState.QUEUED
            reason = error.message if failed else f"waits for you: {error.message}"
            self._note(run.id, RunState.FAILED if failed else run.state, reason)
            raise
        try:
            self._send(run, link)
        except MlxError as error:
            if isinstance(error, UnreachableError):
                self._contacts.lost(run.machine, error)
            # A refusal on a living link is an answer; a link that broke leaves it unknown.
            answered = link.alive and not isinstance(error, UnreachableError)
            self._note(run.id, RunState.FAILED if answered else self._store.run(run.id).state, error.message)
            raise

    def _note(self, run_id: str, state: RunState, reason: str) -> None:
        with contextlib.suppress(ConflictError):  # accepted after all: found on the machine by somebody else
            self._store.set_state(run_id, state, reason)

    def _send(self, run: Run, link: Link) -> None:
        spec = self._prepared(run, link)
        root = str(link.facts.get("root") or "")
        believed = self._store.believed_blobs(run.machine, root)
        try:
            ids = spec_blobs(spec, self._blobs)
            here = [blob_id for blob_id in ids if blob_id in believed or self._blobs.has(blob_id)]
            # Whatever happens from here on, only the machine knows whether it has the run.
            self._store.set_state(run.id, RunState.SENDING, None)
            submitted = link.submit(spec, self._blobs, here, believed)
        except (BlobMissing, TreeError) as error:
            raise InputError(
                f"the content of run {run.id} is damaged on this computer: {error}", hint="submit it as a new run"
            ) from error
        except OSError as error:
            raise NoSpaceError(f"cannot read the content of run {run.id}: {error}") from error
        lost = submitted.sent & believed
        if lost:  # and most likely more: what is not believed travels in the first flight
            self._store.forget_blobs(run.machine, root)
        self._store.add_blobs(run.machine, root, ids)
        self._store.accepted(run.id)

    def _prepared(self, run: Run, link: Link) -> Json:
        """The spec as it is sent: with the tools this machine lacks."""
        spec = self._store.spec(run.id)
        if self._tools.needed(spec):
            return {**spec, "tools": {**(spec.get("tools") or {}), "uv": self._tools.uv(run.machine, link)}}
        return spec

    def keep_content(self, run_id: str) -> None:
        """Make the content of a run that has to wait survive a power cut."""
        blobs = self._blobs
        with contextlib.suppress(MlxError, TreeError, BlobMissing, OSError):  # told when it is delivered
            blobs.flush(blob_id for blob_id in spec_blobs(self._store.spec(run_id), blobs) if blobs.has(blob_id))


def spec_blobs(spec: Json, blobs: BlobStore) -> list[str]:
    """Every blob a spec needs, trees first, here or not; what stands below a tree that is not here stays unknown.

    Raises TreeError, `InputError`.
    """
    try:
        trees = [str(spec["bundle"]["digest"])]
        files = [spec["notebook_blob"], *filter(None, (spec.get("tools") or {}).values()), *(spec.get("blobs") or [])]
    except (KeyError, AttributeError, TypeError) as error:
        raise InputError("the run's record on this computer is damaged", hint="submit it as a new run") from error
    found = dict.fromkeys(trees)
    while trees:
        try:
            entries = blobs.tree(trees.pop())
        except BlobMissing:
            continue
        for entry in entries:
            if entry.kind == "dir" and entry.id not in found:
                trees.append(entry.id or "")
            if entry.id is not None:
                found[entry.id] = None
    return list(dict.fromkeys([*found, *files]))
