"""The keys of a running ssh-agent, asked over its socket. The agent itself is never forwarded to a machine."""

from __future__ import annotations

import contextlib
import socket

import paramiko
from paramiko.agent import AgentKey, AgentSSH

from .host_certificates import SUFFIX

LIST_S = 5.0
SIGN_S = 60.0  # a person may have to confirm each use


class KeyAgent:
    """A connection to an agent; without one, it simply has no keys. ``problem`` says why, where there should be one."""

    def __init__(self, path: str | None) -> None:
        self.problem: str | None = None
        self._agent = AgentSSH()
        self._socket: socket.socket | None = None
        if path is None:
            return
        try:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(LIST_S)
            self._socket.connect(path)
            self._agent._connect(self._socket)  # type: ignore[attr-defined]  # noqa: SLF001 - Agent() knows only $SSH_AUTH_SOCK
            self._socket.settimeout(SIGN_S)
        except (OSError, paramiko.SSHException) as error:
            self.problem = f"the ssh-agent at {path} does not answer: {error}"
            self.close()

    def listed(self) -> list[AgentKey]:
        """Its keys, without FIDO ones: those need the openssh transport."""
        found = [key for key in self._agent.get_keys() if not key.get_name().startswith("sk-")]
        for key in found:
            if key.get_name().endswith(SUFFIX):  # else the certificate would be named, and the bare key shown
                key.load_certificate(paramiko.Message(bytes(key.blob)))
        return found

    def copy_of(self, key: AgentKey) -> AgentKey:
        """The same key as an object of its own, to carry a certificate."""
        return AgentKey(self._agent, key.blob)

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self._socket = None
