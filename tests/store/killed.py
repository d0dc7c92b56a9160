"""A process that mirrors a journal and dies at a named point.

``python -m tests.store.killed FOLDER RUN JOURNAL POINT N``: the N-th time the point is reached it kills itself.
Exit status 0: the whole journal was mirrored before.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
from pathlib import Path

from jupyter_mlx.store import Store
from jupyter_mlx.store import mirror as mirroring
from jupyter_mlx.store.projection import Projection

POINTS = (
    "before write",
    "inside write",
    "before sync",
    "after sync",
    "inside transaction",
    "before commit",
    "after commit",
)


class Countdown:
    def __init__(self, point: str, count: int) -> None:
        self.point, self.left = point, count

    def reach(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def arm(store: Store, reach: Countdown) -> None:
    """Put the points where the code passes them."""
    pwrite, sync, write = os.pwrite, mirroring._sync, store.database.write
    project = Projection.write

    def torn_pwrite(fd: int, data: bytes, at: int) -> int:
        reach.reach("before write")
        written = pwrite(fd, data[: max(1, len(data) // 2)], at)
        reach.reach("inside write")
        return written

    def watched_sync(fd: int) -> None:
        reach.reach("before sync")
        sync(fd)
        reach.reach("after sync")

    def watched_project(self, connection, *rest) -> None:
        reach.reach("inside transaction")
        project(self, connection, *rest)
        reach.reach("before commit")

    @contextlib.contextmanager
    def watched_write(*rest):
        with write(*rest) as connection:
            yield connection
        reach.reach("after commit")

    mirroring.os.pwrite = torn_pwrite
    mirroring._sync = watched_sync
    Projection.write = watched_project
    store.database.write = watched_write


def main(folder: str, run_id: str, journal: str, point: str, count: str) -> None:
    data, chance = Path(journal).read_bytes(), random.Random(int(count))
    with Store(folder) as store:
        arm(store, Countdown(point, int(count)))
        mirror = store.mirror(run_id)
        assert mirror.try_lead()
        print("leading", flush=True)
        while mirror.offset < len(data):
            at = mirror.offset
            mirror.append(at, data[at : at + chance.choice((1, 40, 400, 4000))])
        mirror.finish()
        mirror.release()


if __name__ == "__main__":
    main(*sys.argv[1:])
