"""What one server shares: the workbench, threads for what blocks, the tender, the questions and the feed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..errors import MlxError
from ..workbench import Workbench
from .announcing import Announcer
from .feed import Feed
from .lease import Leases
from .places import root_folder
from .questions import Questions
from .tender import Tender

T = TypeVar("T")

log = logging.getLogger("jupyter_mlx.server")


class Service:
    """Made when the extension loads, closed when the server stops. The event loop never waits for any of it."""

    def __init__(self, contents: Any) -> None:
        self.contents = contents  # Jupyter's contents manager
        self.root = root_folder(contents)
        self.leases = Leases()
        self.questions = Questions()
        self.workbench = Workbench(prompts=self.questions)
        self.announcer = Announcer(self.workbench)
        self.tender = Tender(self.workbench, self.announcer.look)
        self.feed = Feed(self.workbench, self.questions)
        self._quick = ThreadPoolExecutor(4, "mlx quick")
        self._slow = ThreadPoolExecutor(16, "mlx slow")  # may wait for machines, and for people
        self._starting: dict[str, asyncio.Lock] = {}

    def start(self) -> None:
        """Begin to look after open runs."""
        self.workbench.store  # noqa: B018 - made by one thread, before several use it
        self.workbench.dispatcher  # noqa: B018
        self.tender.start()

    async def quickly(self, work: Callable[[], T]) -> T:
        """Do what needs this computer alone."""
        return await asyncio.get_running_loop().run_in_executor(self._quick, work)

    async def slowly(self, work: Callable[[], T]) -> T:
        """Do what may ask a machine, for a person who waits and can be asked."""

        def attended() -> T:
            with self.questions.attended():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._slow, attended)

    def once(self, key: str) -> asyncio.Lock:
        """A lock for requests that must not run at once."""
        if len(self._starting) > 1000:
            self._starting = {name: lock for name, lock in self._starting.items() if lock.locked()}
        return self._starting.setdefault(key, asyncio.Lock())

    async def close(self) -> None:
        """Stop following, end every link; runs go on, and a keeper delivers what is not delivered yet."""
        self.questions.close()
        self.feed.close()
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    def _close(self) -> None:
        self.tender.close()
        for pool in (self._quick, self._slow):
            pool.shutdown(wait=False, cancel_futures=True)
        try:
            if "dispatcher" in self.workbench.__dict__:
                self.workbench.dispatcher.leave()
        except MlxError as error:
            log.error("nobody is left to deliver what waits: %s", error.message)
        finally:
            self.workbench.close()
