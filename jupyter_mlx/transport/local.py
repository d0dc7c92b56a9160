"""The transport to this very machine: a child process, no SSH."""

from __future__ import annotations

import contextlib
import os

from ..errors import MachineError
from .pipe import Machine, Pipe
from .process import ProcessPipe


class LocalTransport:
    """Starts commands with ``/bin/sh -c``, each in a session of its own, from the home folder."""

    notes: tuple[str, ...] = ()

    def __init__(self, machine: Machine) -> None:
        self._name = machine.name
        self._pipes: list[ProcessPipe] = []

    def open(self, command: str) -> Pipe:
        """Start the command; raises `MachineError` where no process can be started."""
        home = os.path.expanduser("~")
        try:
            pipe = ProcessPipe(["/bin/sh", "-c", command], name=self._name, cwd=home if os.path.isdir(home) else "/")
        except OSError as error:
            raise MachineError(
                f"cannot start a process on this computer: {error.strerror or error}",
                hint="free memory or raise the process limit (ulimit -u), then try again",
            ) from error
        self._pipes = [old for old in self._pipes if not old.closed]
        self._pipes.append(pipe)
        return pipe

    def close(self) -> None:
        """End every command that was started."""
        while self._pipes:
            with contextlib.suppress(IndexError):
                self._pipes.pop().close()
