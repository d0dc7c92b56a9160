"""The transport over the user's own ``ssh``: FIDO keys, Kerberos, smart cards and whatever else it can do.

Its configuration counts in all but what keeps a run safe: host keys are always checked, nothing is forwarded, no
master connection is shared, and it may not write the user's known_hosts.
"""

from __future__ import annotations

import contextlib
import shlex
import threading
from pathlib import Path

from ..errors import MachineError, UnreachableError
from .askpass import Askpass
from .destination import Destination
from .host_keys import HostKeys
from .key_probe import fetch_host_key
from .openssh_errors import explained
from .pipe import Machine, Pipe, Prompts, Unattended
from .process import ProcessPipe
from .resolve import config_options, destination_of, ssh_binary
from .route import route_to
from .steps import passed

CONNECT_S = 28.0
PERSON_S = 300.0
LINK_LOST = 255
_AUTHENTICATED = "Authenticated to "
_NOISE = (_AUTHENTICATED, "Transferred: sent ", "Bytes per second: ", "Warning: Permanently added")

_FIXED = (
    "ServerAliveInterval=4",
    "ServerAliveCountMax=3",
    "TCPKeepAlive=yes",
    "ConnectTimeout=15",
    "ConnectionAttempts=1",
    "ControlMaster=no",
    "ControlPath=none",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "EscapeChar=none",
    "Compression=no",
    "UpdateHostKeys=no",
    "VerifyHostKeyDNS=no",
    "StrictHostKeyChecking=yes",
    "ForkAfterAuthentication=no",
    "StdinNull=no",
    "NumberOfPasswordPrompts=3",
)


class SshProcess(ProcessPipe):
    """A pipe through ``ssh``. It ends its output on a broken link as on an end; its own status 255 tells them apart."""

    def receive(self, limit: int) -> bytes:
        """Some bytes, empty at the end; see `Pipe`."""
        data = super().receive(limit)
        if not data and not self.running and self.exit_status() in (LINK_LOST, None):
            raise UnreachableError(f"the connection to {self.name} broke: {self.diagnosis()[-300:]}")
        return data


class OpensshTransport:
    """One ``ssh`` process a pipe. ``notes`` says what a person should know about the way."""

    def __init__(self, machine: Machine, prompts: Prompts, known_hosts: Path | None = None) -> None:
        self._machine, self._prompts = machine, prompts
        self._host_keys = HostKeys(prompts, known_hosts)
        self._pipes: list[SshProcess] = []
        self._asking = threading.Lock()

    @property
    def notes(self) -> list[str]:
        """What a person should know: files that could not be read."""
        return self._host_keys.notices

    def open(self, command: str) -> Pipe:
        """Start the command through ``ssh``; returns once the login succeeded; see `Transport`."""
        binary = ssh_binary()
        if binary is None:
            raise MachineError(
                "there is no ssh program on this computer", hint="install OpenSSH, or set the transport to ssh"
            )
        with self._asking:
            route = route_to(destination_of(self._machine))
            for position, hop in enumerate(route):
                if not self._host_keys.known(hop):
                    self._meet(binary, route[:position], hop)
            pipe = self._start(self._argv(binary, route, command), route[-1])
        passed("login", f"{route[-1].label} through {binary}")
        self._pipes = [old for old in self._pipes if not old.closed]
        self._pipes.append(pipe)
        return pipe

    def close(self) -> None:
        """End every ``ssh`` that was started; a later `open` connects anew."""
        while self._pipes:
            with contextlib.suppress(IndexError):
                self._pipes.pop().close()

    def _meet(self, binary: str, before: list[Destination], hop: Destination) -> None:
        """A host nobody knows yet: get its key without trusting it, and ask."""
        options = self._proxy_options(binary, before, hop)
        key = fetch_host_key([binary, *config_options(), *options], hop)
        self._host_keys.check(hop, key)

    def _start(self, argv: list[str], target: Destination) -> SshProcess:
        attended = not isinstance(self._prompts, Unattended)
        with contextlib.ExitStack() as stack:
            env = stack.enter_context(Askpass(self._prompts)).environment() if attended else None
            try:
                pipe = SshProcess(argv, name=self._machine.name, env=env, quiet=lambda line: line.startswith(_NOISE))
            except OSError as error:
                raise MachineError(f"cannot start ssh: {error.strerror or error}") from error
            entered = pipe.wait_for_stderr(_entered, PERSON_S if attended else CONNECT_S)
        if entered:
            return pipe
        if pipe.running:
            pipe.close()
            raise UnreachableError(
                f"{target.label} did not finish the login within {CONNECT_S:.0f} s",
                field="host",
                hint=f"try by hand: ssh {self._machine.name}",
            )
        said = pipe.diagnosis()
        pipe.close()
        raise explained(said, target)

    def _argv(self, binary: str, route: list[Destination], command: str) -> list[str]:
        target = route[-1]
        batch = "yes" if isinstance(self._prompts, Unattended) else "no"
        options = [
            "-T",
            *config_options(),
            *_given(target, self._machine),
            *self._proxy_options(binary, route[:-1], target),
        ]
        return [
            binary,
            *options,
            *self._common(target),
            f"-oBatchMode={batch}",
            "-oLogLevel=VERBOSE",
            "--",
            target.alias,
            command,
        ]

    def _common(self, hop: Destination) -> list[str]:
        files = [*hop.known_hosts, self._host_keys.own]
        user = " ".join(
            '"' + str(path).replace('"', "") + '"' for path in files if not str(path).startswith("/etc/ssh/")
        )
        return [*(f"-o{option}" for option in _FIXED), f"-oUserKnownHostsFile={user}"]

    def _proxy_options(self, binary: str, before: list[Destination], hop: Destination) -> list[str]:
        """Jumps as a ProxyCommand of ours: ``-J`` would start an ``ssh`` that checks hosts by other rules."""
        if not before:
            return []
        last = before[-1]
        inner = [binary, *config_options(), *_endpoint(last), *self._proxy_options(binary, before[:-1], last)]
        inner += [*self._common(last), "-oLogLevel=INFO", "-W", f"[{hop.host}]:{hop.port}", "--", last.alias]
        words = " ".join(shlex.quote(word).replace("%", "%%") for word in inner)
        return ["-oProxyJump=none", f"-oProxyCommand={words}"]


def _entered(said: str) -> bool:
    return said.startswith(_AUTHENTICATED) or f"\n{_AUTHENTICATED}" in said


def _given(target: Destination, machine: Machine) -> list[str]:
    """What the machine's entry says beyond its name."""
    options = _endpoint(target) if machine.host is not None else []
    if machine.identity_file is not None:
        options += ["-oIdentitiesOnly=yes", "-i", target.identity_files[0]]
    return options


def _endpoint(hop: Destination) -> list[str]:
    return ["-l", hop.user, "-p", str(hop.port)]
