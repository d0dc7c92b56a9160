"""Who may run now: slots are flocks, the queue is tickets, and nobody administers them.

Each waiting supervisor holds an flock on its own ticket; the kernel lets go of it on any death, so a ticket that can
be locked is dead. A slot is a set of lock files: one per GPU (by UUID), or one for the machine without GPUs. The
holder's fd is handed to the kernel host, so a slot stays taken while the payload lives.
"""

import contextlib
import fcntl
import json
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set

from .durable import locked
from .gpus import Gpu

_SUFFIX = ".ticket"
_GIB = 1 << 30


class Slot(NamedTuple):
    """One place to run: the lock files it takes and the GPUs it gives."""

    name: str
    locks: Sequence[str]
    gpus: Sequence[str]


def slots_of(machine_gpus: Sequence[Gpu], count: Optional[int]) -> List[Slot]:
    """The slots of a machine, best first. ``count``: runs at a time, None for one per GPU or one where there is none.

    Fewer runs than GPUs share the GPUs out, more runs than GPUs share each one.
    """
    if not machine_gpus:
        return [Slot("run-%d" % n, ["run-%d" % n], []) for n in range(max(1, count or 1))]
    # GPUs that strangers use come last: a slot says nothing about processes that are not ours
    order = sorted(range(len(machine_gpus)), key=lambda n: ((machine_gpus[n].memory_used or 0) // _GIB, n))
    uuids = [machine_gpus[n].uuid for n in order]
    total = max(1, count or len(uuids))
    if total >= len(uuids):
        shares = [(uuids[n % len(uuids)], n // len(uuids)) for n in range(total)]
        return [Slot("gpu-%s.%d" % share, ["gpu-%s.%d" % share], [share[0]]) for share in shares]
    fixed = sorted(uuids)  # the same groups for every run
    groups = [fixed[n::total] for n in range(total)]
    return [Slot("gpus-%d" % n, ["gpu-%s.0" % uuid for uuid in group], group) for n, group in enumerate(groups)]


class Held(NamedTuple):
    """A slot and the fds whose flocks hold it."""

    slot: Slot
    fds: List[int]

    def release(self) -> None:
        """Let go; where a process inherited the fds, the slot stays taken until it ends too."""
        for fd in self.fds:
            os.close(fd)


class Ticket:
    """A place in the queue, from its making to `leave` or the death of the process."""

    def __init__(self, folder: str, wanted: Sequence[Slot]) -> None:
        self._folder = folder
        self._wanted = list(wanted)
        os.makedirs(folder, 0o700, exist_ok=True)
        with locked(os.path.join(folder, "lock")) as lock:
            self.number = max([_last(lock)] + [number for number, _ in self._tickets()]) + 1
            os.pwrite(lock, b"%012d" % self.number, 0)
            self._path = os.path.join(folder, "%012d%s" % (self.number, _SUFFIX))
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX)
                os.write(self._fd, json.dumps([list(slot.locks) for slot in wanted]).encode("ascii"))
            except BaseException:  # a ticket without its list must not stay in the queue
                self._drop()
                raise
        self.ahead = 0

    def take(self) -> Optional[Held]:
        """The slot, once it is our turn; None while it is not, with the number of those before us in ``ahead``."""
        with locked(os.path.join(self._folder, "lock")):
            before = [item for item in self._alive() if item[0] < self.number]
            self.ahead = len(before)
            free: Dict[str, Optional[int]] = {}
            try:
                spoken_for: Set[str] = set()
                for _, wishes in before:
                    wish = self._first_free(wishes, free, spoken_for)
                    spoken_for.update(wish or ())
                mine = self._first_free([slot.locks for slot in self._wanted], free, spoken_for)
                if mine is None:
                    return None
                slot = next(slot for slot in self._wanted if list(slot.locks) == list(mine))
                fds = [fd for fd in (free.pop(name) for name in mine) if fd is not None]
                self._drop()
                return Held(slot, fds)
            finally:
                for fd in free.values():
                    if fd is not None:
                        os.close(fd)

    def leave(self) -> None:
        """Give the place up. May be called twice."""
        if self._fd >= 0:
            with locked(os.path.join(self._folder, "lock")):
                self._drop()

    def _drop(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        os.close(self._fd)
        self._fd = -1

    def _first_free(self, wishes: Any, free: Dict[str, Optional[int]], spoken_for: Set[str]) -> Optional[Sequence[str]]:
        """The first of the wishes whose locks are all free and not meant for somebody before us."""
        for wish in wishes if isinstance(wishes, list) else []:
            for name in wish:
                if name not in free:
                    free[name] = self._try(name)
            if not any(name in spoken_for or free[name] is None for name in wish):
                return list(wish)
        return None

    def _try(self, name: str) -> Optional[int]:
        fd = os.open(os.path.join(self._folder, name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return None
        return fd

    def _tickets(self) -> List[Any]:
        names = [name for name in os.listdir(self._folder) if name.endswith(_SUFFIX)]
        return sorted((int(name[: -len(_SUFFIX)]), name) for name in names if name[: -len(_SUFFIX)].isdigit())

    def _alive(self) -> List[Any]:
        """(number, wishes) of the living tickets in order; dead ones are removed."""
        found = []
        for number, name in self._tickets():
            path = os.path.join(self._folder, name)
            if number == self.number:
                continue
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
            except BlockingIOError:
                found.append((number, _wishes(os.read(fd, 1 << 20))))
            finally:
                os.close(fd)
        return found


def _last(lock: int) -> int:
    """The number given last, as the lock's file remembers it."""
    text = os.pread(lock, 12, 0)
    return int(text) if text.isdigit() else 0


def _wishes(data: bytes) -> List[List[str]]:
    try:
        value = json.loads(data.decode("ascii"))
    except ValueError:
        return []
    return [[str(name) for name in wish] for wish in value if isinstance(wish, list)] if isinstance(value, list) else []
