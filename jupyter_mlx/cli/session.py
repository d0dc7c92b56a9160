"""What one invocation works with, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..workbench import Workbench
from .prompts import prompts_for


@contextmanager
def session(accept_host_key: str | None = None) -> Iterator[Workbench]:
    """A workbench for one verb. Where something stays undelivered, a keeper is left that delivers it."""
    with Workbench(prompts=prompts_for(accept_host_key)) as workbench:
        try:
            yield workbench
        finally:
            workbench.dispatcher.leave()
