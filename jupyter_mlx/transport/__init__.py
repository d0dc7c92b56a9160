"""Byte pipes to a machine: `local`, `ssh` (paramiko) and `openssh` (the user's own binary) differ in nothing else."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from .local import LocalTransport
from .pipe import HostKeyQuestion, Machine, Pipe, Prompts, Transport, Unattended

__all__ = ["HostKeyQuestion", "Machine", "Pipe", "Prompts", "Transport", "Unattended", "make_transport"]


def make_transport(machine: Machine, prompts: Prompts, *, known_hosts: Path | None = None) -> Transport:
    """The transport a machine asks for; nothing is connected or read yet. ``known_hosts`` is our own file's path."""
    if machine.transport == "local":
        return LocalTransport(machine)
    if machine.transport == "openssh":
        from .openssh import OpensshTransport

        return OpensshTransport(machine, prompts, known_hosts)
    if machine.transport == "ssh":
        from .ssh import SshTransport

        return SshTransport(machine, prompts, known_hosts)
    raise InputError(
        f"machine {machine.name}: there is no transport {machine.transport[:40]!a}",
        field="transport",
        hint="ssh, openssh or local",
    )
