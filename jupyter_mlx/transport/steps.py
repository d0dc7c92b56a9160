"""How far a connection has come, told while it is made to whoever waits for it in the same thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

STEPS = ("resolve", "port", "host_key", "login")  # in this order, for each host on the way

Hear = Callable[[str, str], None]  # hear(step, what was found)

_hearing: ContextVar[Hear | None] = ContextVar("jupyter_mlx connection steps", default=None)


@contextlib.contextmanager
def hearing(hear: Hear) -> Iterator[None]:
    """Hear of every step of the connections that this thread makes."""
    before = _hearing.set(hear)
    try:
        yield
    finally:
        _hearing.reset(before)


def passed(step: str, found: str) -> None:
    """A step is done."""
    hear = _hearing.get()
    if hear is not None:
        hear(step, found)
