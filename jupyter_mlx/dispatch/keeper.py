"""The one process that stays behind for what could not be delivered yet; gone when nothing is left.

It asks nobody anything: a machine that needs the person (a passphrase, a changed host key) is left alone until the next
command. Its entry point is `jupyter_mlx.keeper`.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AccessError, InputError, MlxError
from ..runner.durable import try_lock
from .pauses import Pauses

if TYPE_CHECKING:
    from .dispatcher import Dispatcher

_LOOK_S = 1.0
_children: list[subprocess.Popen[bytes]] = []

log = logging.getLogger("jupyter_mlx.keeper")


def start(data: Path, config: Path) -> int | None:
    """Start the keeper unless one is at work; the new process's id.

    What it is to deliver must be in the store already: a keeper that ends looks once more after it let go of its lock.
    """
    if os.environ.get("JUPYTER_MLX_KEEPER") == "off":  # where nothing may stay running: a login node, a test
        return None
    fd = try_lock(str(data / "keeper.lock"))
    if fd is None:
        return None
    os.close(fd)
    for earlier in _children:
        earlier.poll()  # a process that lives on must not collect zombies
    child = subprocess.Popen(
        [sys.executable, "-m", "jupyter_mlx.keeper", "--data", str(data), "--config", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=data,  # never the project's folder: its modules are not ours
    )
    _children.append(child)
    return child.pid


class Keeper:
    """Delivers until nothing deliverable is left: one thread a machine, each with its own pauses."""

    def __init__(self, dispatcher: Dispatcher, home: Path) -> None:
        self._dispatcher = dispatcher
        self._home = home  # once it is deleted there is nothing to do and nobody to do it for
        self._threads: dict[str, threading.Thread] = {}
        self._given_up: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Work until all is delivered, only machines that need the person are left, or ``stop`` is set."""
        while not stop.is_set() and self._home.is_dir():
            self._threads = {name: thread for name, thread in self._threads.items() if thread.is_alive()}
            waiting = self.waiting()
            if not waiting and not self._threads:
                return
            for name in waiting - set(self._threads):
                thread = threading.Thread(target=self._serve, args=(name, stop), name=f"keep {name}", daemon=True)
                self._threads[name] = thread
                thread.start()
            stop.wait(_LOOK_S)

    def waiting(self) -> set[str]:
        """Machines that something waits for, without those that need the person."""
        return set(self._dispatcher.undelivered()) - self._given_up

    def _serve(self, machine: str, stop: threading.Event) -> None:
        pauses = Pauses()
        while not stop.is_set():
            runs = self._dispatcher.undelivered().get(machine, [])
            if not runs:
                return
            try:
                for run in runs:
                    self._dispatcher.syncing.deliver(run.id)
                    log.info("%s: run %s is delivered", machine, run.id)
            except (AccessError, InputError) as error:
                log.warning("%s needs the person: %s", machine, error.message)
                self._given_up.add(machine)
                return
            except MlxError as error:
                log.info("%s: %s", machine, error.message)
            except Exception:  # a mistake of ours about one machine must not end the work for the others
                log.exception("%s: given up", machine)
                self._given_up.add(machine)
                return
            else:
                return
            pauses.wait(stop)
