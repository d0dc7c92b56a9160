"""From a machine to its `Destination`, as ``ssh`` itself would find it.

Where an ``ssh`` binary exists it is asked (``ssh -G``): nobody reads its configuration better. Else `ssh_config` is.
Only a connection calls this: a ``Match exec`` in the configuration runs its command here, as it does with ``ssh``.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess

from ..errors import InputError, UnreachableError
from .address import checked_host, checked_port, checked_user
from .destination import Destination, destination_from
from .pipe import Machine
from .ssh_config import SshConfig, Values, user_file
from .ssh_tokens import expand_path, local_user

RESOLVE_S = 10.0


def ssh_binary() -> str | None:
    """The user's own ``ssh``, if there is one."""
    return shutil.which("ssh")


def config_options() -> list[str]:
    """``-F`` where ``ssh`` would look into another home than ``$HOME``: it asks the password database."""
    config = user_file()
    if str(config) == os.path.join(os.path.expanduser(f"~{local_user()}"), ".ssh", "config"):
        return []
    return ["-F", str(config)] if config.exists() else ["-F", "/dev/null"]


def destination_of(machine: Machine) -> Destination:
    """A machine of the list, or an alias. Raises `InputError`, and `UnreachableError` where the configuration hangs."""
    found = resolve(machine.host or machine.name, machine.user, machine.port)
    if machine.identity_file is None:
        return found
    path = expand_path(machine.identity_file, {"%": "%"}, "identity_file")
    if not os.path.exists(path):
        raise InputError(
            f"the key {path} of machine {machine.name} does not exist",
            field="identity_file",
            hint="correct it, or leave it out to use ssh_config and the agent",
        )
    return dataclasses.replace(found, identity_files=[path], named_identities=True, identities_only=True)


def resolve(name: str, user: str | None = None, port: int | None = None) -> Destination:
    """What ``ssh [-l user] [-p port] name`` would do. Raises `InputError`, `UnreachableError`."""
    checked_host(name)
    if user is not None:
        checked_user(user)
    if port is not None:
        checked_port(port)
    values = _asked(name, user, port)
    if values is None:
        values = SshConfig().lookup(name, user=user, port=port, run=_run_exec)
    return destination_from(name, values)


def _run_exec(command: str) -> bool:
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, timeout=RESOLVE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise _hanging(command) from None
    return done.returncode == 0


def _hanging(what: str) -> UnreachableError:
    return UnreachableError(
        f"reading the SSH configuration took more than {RESOLVE_S:.0f} s: {what[:200]}",
        hint="a Match exec command in ssh_config hangs; try: ssh -G HOST",
    )


def _asked(name: str, user: str | None, port: int | None) -> Values | None:
    binary = ssh_binary()
    if binary is None:
        return None
    argv = [binary, "-G", *config_options(), *(["-l", user] if user else []), *(["-p", str(port)] if port else [])]
    try:
        done = subprocess.run(
            [*argv, "--", name], stdin=subprocess.DEVNULL, capture_output=True, timeout=RESOLVE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise _hanging("ssh -G " + name) from None
    except OSError:
        return None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        told = [line for line in said if "Pseudo-terminal" not in line]
        loop = next((line.rpartition(" ")[2] for line in told if line.startswith("jumphost loop via ")), None)
        if loop is not None:
            raise circle([name, loop])
        raise InputError(
            f"ssh cannot use its configuration for {name}: " + "; ".join(told)[-600:],
            field="ssh_config",
            hint=f"correct the file it names; try: ssh -G {name}",
        )
    return _parsed(done.stdout.decode("utf-8", "surrogateescape"))


def circle(names: list[str]) -> InputError:
    """The error about jump hosts that lead back to one another."""
    return InputError(
        "ProxyJump goes in a circle: " + " → ".join(names[:9]),
        field="ProxyJump",
        hint="except the jump host itself in ssh_config, as in: Host * !bastion",
    )


def _parsed(text: str) -> Values:
    values: Values = {}
    for line in text.splitlines():
        keyword, _, value = line.partition(" ")
        values.setdefault(keyword.lower(), []).append(value)
    return values
