"""Following a run with Ctrl-C: the first detaches, the second asks to stop."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from ..errors import MlxError, NoSpaceError, NotFoundError
from ..models import Run
from ..runner.journal import Damage, Record
from ..workbench import Workbench
from .terminal import Screen, one_line

DETACHED = 130  # as a shell reports a program ended by Ctrl-C
SECOND_CHANCE_S = 2.0

Hear = Callable[[Sequence[Record | Damage]], None]


class DetachedError(Exception):
    """Ctrl-C: the user left, the run goes on. ``stop`` is true where the user wants it stopped."""

    def __init__(self, stop: bool) -> None:
        super().__init__()
        self.stop = stop


def left(screen: Screen, workbench: Workbench, run: Run, *, stop: bool) -> int:
    """Say what becomes of a run whose follower left, and stop it where that was meant; the exit code of detaching."""
    if stop:
        stopped = workbench.dispatcher.stop(run.id)
        order = "delivered" if stopped.cancel_delivered else "kept until the machine is back"
        screen.note(f"#{run.number}: " + ("stopped before it was sent" if stopped.state.final else f"stop {order}"))
    else:
        screen.note(f"jupyter mlx attach {run.number}")
    return DETACHED


def left_while_sending(screen: Screen, workbench: Workbench, run_id: str, *, as_json: bool) -> int:
    """Ctrl-C before a machine accepted: what is stored is sent all the same, unless a second Ctrl-C stops it."""
    try:
        run = workbench.store.run(run_id)
    except NotFoundError:
        screen.note("Nothing was submitted.")
        return DETACHED
    if as_json:
        screen.json(run)
    with _interrupts(threading.Event()) as interrupted:
        doing = "it goes on on" if run.accepted else "it is sent without you to"
        stop = _second_chance(run, doing, lambda: interrupted() > 0)
    return left(screen, workbench, run, stop=stop)


def follow(
    workbench: Workbench,
    run: Run,
    hear: Hear,
    notice: Callable[[str], None] = lambda _: None,
    *,
    may_stop: bool = False,
) -> Run:
    """Hand every event of a run to ``hear`` from the first on, until the run is over; the run as it ended.

    Raises `DetachedError` on Ctrl-C, ``may_stop`` after the offer that another one stops the run; and what stands
    between us and the machine for good (login, host key).
    """
    stop = threading.Event()

    def contact(trouble: MlxError | None) -> None:
        if trouble is None:
            notice(f"{run.machine} is back")
        elif isinstance(trouble, NoSpaceError):
            notice(one_line(trouble.message, 300))
            notice(f"The run goes on on {run.machine}; waiting for space.")
        else:
            notice(f"{run.machine} unreachable since {time.strftime('%H:%M:%S')}: {one_line(trouble.message, 200)}")
            notice("The run is not judged by that; waiting for the machine.")

    with _interrupts(stop) as interrupted:
        workbench.dispatcher.follow(run.id, hear, stop, contact=contact)
        if interrupted():
            raise DetachedError(may_stop and _second_chance(run, "it goes on on", lambda: interrupted() > 1))
    return workbench.store.run(run.id)


@contextmanager
def _interrupts(stop: threading.Event) -> Iterator[Callable[[], int]]:
    """Count Ctrl-C instead of dying of it; the count is asked by calling what is yielded."""
    count = 0

    def handler(_signum: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        stop.set()

    previous = signal.signal(signal.SIGINT, handler)
    try:
        yield lambda: count
    finally:
        signal.signal(signal.SIGINT, previous)


def _second_chance(run: Run, doing: str, again: Callable[[], bool]) -> bool:
    """Say that we leave; whether another Ctrl-C came in time, and was meant."""
    sys.stderr.write(
        f"\nDetached from #{run.number}; {doing} {run.machine}. "
        f"Ctrl-C again within {SECOND_CHANCE_S:.0f} s to stop it.\n"
    )
    waited = threading.Event()
    for _ in range(int(SECOND_CHANCE_S / 0.05)):
        if again():
            break
        waited.wait(0.05)
    if not again():
        return False
    if not sys.stdin.isatty():
        return True
    sys.stderr.write(f"Stop #{run.number} and everything it started? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
