"""The contract every transport keeps: one constant command, its stdin and stdout, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..models import Machine


class Pipe(Protocol):
    """A started command. Used from two threads at most: one that sends, one that receives."""

    def send(self, data: bytes) -> None:
        """Write all of it; blocks while the peer is slow. Raises `UnreachableError` once it is broken or closed."""

    def receive(self, limit: int) -> bytes:
        """At least one byte and at most ``limit``; empty at the end. Raises `UnreachableError` when the link broke."""

    def close(self) -> None:
        """End the command and free everything; wakes a blocked `send` or `receive`. Any thread, any number of times."""

    def diagnosis(self) -> str:
        """What the command said on stderr and how it ended, at most 4 KiB, for error messages."""

    def exit_status(self) -> int | None:
        """The command's exit status once known, None before or where there is none."""


@dataclass(frozen=True)
class HostKeyQuestion:
    """An unknown host key that somebody has to judge."""

    host: str  # as known_hosts writes it: name, or [name]:port
    key_type: str
    fingerprint: str  # SHA256:…
    note: str = ""  # what else a person should know before answering


class Prompts(Protocol):
    """How a transport asks the person behind it; a face implements it. All may block; none is called for ``local``."""

    def host_key(self, question: HostKeyQuestion) -> bool:
        """Whether to trust an unknown host key from now on."""

    def secret(self, label: str) -> str | None:
        """A passphrase or password for ``label``; None where nobody can be asked."""

    def answers(self, title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str] | None:
        """Answers to keyboard-interactive fields of (label, echo); None where nobody can be asked."""


class Transport(Protocol):
    """Opens pipes to one machine. Cheap to make; connects on `open`."""

    def open(self, command: str) -> Pipe:
        """Start the command on the machine, through its login shell where it has one.

        Raises `UnreachableError`, `AccessError`, `HostKeyError`, `MachineError`, each within 30 s and with a hint.
        """

    def close(self) -> None:
        """Close the connection and all its pipes; a later `open` connects anew.

        After a silent link is given up, call this, not only `Pipe.close`: the next `open` must not wait for it again.
        """


class Unattended:
    """Prompts for when nobody is there: nothing is trusted, nothing is known, except one fingerprint agreed before."""

    def __init__(self, accept_host_key: str | None = None) -> None:
        self._accept = accept_host_key

    def host_key(self, question: HostKeyQuestion) -> bool:
        """Trust only the fingerprint that was passed in."""
        return self._accept is not None and self._accept == question.fingerprint

    def secret(self, label: str) -> str | None:
        """Nobody can be asked."""
        return None

    def answers(self, title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str] | None:
        """Nobody can be asked."""
        return None


__all__ = ["HostKeyQuestion", "Machine", "Pipe", "Prompts", "Transport", "Unattended"]
