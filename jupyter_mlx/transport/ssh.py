"""The transport over paramiko: one connection to a machine, a channel a pipe."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MachineError, UnreachableError
from .host_keys import HostKeys
from .needs_openssh import why_openssh
from .openssh import OpensshTransport
from .pipe import Machine, Pipe, Prompts
from .resolve import destination_of, ssh_binary
from .route import route_to

if TYPE_CHECKING:
    from .authentication import Credentials
    from .connection import Chain
    from .destination import Destination
    from .ssh_pipe import SshPipe


class SshTransport:
    """Connects on the first `open` and again after a loss. ``notes`` says what a person should know about the way."""

    def __init__(self, machine: Machine, prompts: Prompts, known_hosts: Path | None = None) -> None:
        self._machine, self._prompts, self._own = machine, prompts, known_hosts
        self._host_keys = HostKeys(prompts, known_hosts)
        self._credentials: Credentials | None = None
        self._chains: list[Chain] = []
        self._instead: OpensshTransport | None = None
        self._notes: list[str] = []
        self._dialling = threading.Lock()

    @property
    def notes(self) -> list[str]:
        """What a person should know: another transport in use, files that could not be read."""
        return [*self._notes, *self._host_keys.notices]

    def open(self, command: str) -> Pipe:
        """Start the command on a channel; see `Transport`."""
        with self._dialling:
            pipe = self._on_standing_connection(command)
            if pipe is not None:
                return pipe
            if self._instead is None:
                route = route_to(destination_of(self._machine))
                why = why_openssh(route)
                if not (why and ssh_binary()):
                    return self._on_new_connection(command, route)
                self._use_openssh(why)
            assert self._instead is not None
            return self._instead.open(command)

    def _use_openssh(self, why: str) -> None:
        self._notes.append(f"{self._machine.name}: {why}; the system's ssh is used")
        self._instead = OpensshTransport(self._machine, self._prompts, self._own)

    def _on_standing_connection(self, command: str) -> Pipe | None:
        self._chains = [chain for chain in self._chains if chain.alive]
        for chain in self._chains:
            pipe = self._try(chain, command)
            if pipe is not None:
                return pipe
        return None

    def _on_new_connection(self, command: str, route: list[Destination]) -> Pipe:
        """Also beside a standing one: a server with MaxSessions 1 takes one pipe a connection."""
        from .handshake import IncompatibleError

        try:
            chain = self._connect(route)
        except IncompatibleError as error:
            if not ssh_binary():
                raise
            self._use_openssh(error.message)
            assert self._instead is not None
            return self._instead.open(command)
        self._chains.append(chain)
        pipe = self._try(chain, command, fresh=True)
        assert pipe is not None
        return pipe

    def _connect(self, route: list[Destination]) -> Chain:
        from .authentication import Credentials
        from .connection import connect

        if self._credentials is None:
            self._credentials = Credentials(self._prompts)
        return connect(route, self._host_keys, self._credentials)

    def _try(self, chain: Chain, command: str, *, fresh: bool = False) -> SshPipe | None:
        """A pipe on this connection; None where it takes no more, or turns out to be dead."""
        import paramiko

        from .handshake import CHANNEL_S
        from .ssh_pipe import SshPipe

        try:
            channel = chain.last.open_session(timeout=CHANNEL_S)
        except paramiko.ChannelException as error:
            if fresh:
                raise MachineError(
                    f"{self._machine.name} lets nobody start a command: {error.text}",
                    hint="its sshd may have MaxSessions 0, or the account no shell",
                ) from error
            return None
        except (paramiko.SSHException, EOFError, OSError) as error:
            chain.close()
            if fresh:
                raise UnreachableError(
                    f"{self._machine.name} broke the connection after the login: {error or 'no word why'}",
                    hint="try again; the account's shell or a limit of the machine may end it",
                ) from error
            return None
        pipe = SshPipe(chain.last, channel, self._machine.name)
        pipe.start(command)
        return pipe

    def close(self) -> None:
        """Close every connection with all its pipes; a later `open` connects anew."""
        chains, self._chains = self._chains, []
        for chain in chains:
            chain.close()
        if self._instead is not None:
            self._instead.close()
