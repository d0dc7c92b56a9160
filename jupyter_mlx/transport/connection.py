"""A logged-in connection to the last host of a route, through all that stand before it."""

from __future__ import annotations

import contextlib
import socket

import paramiko

from ..errors import MachineError, MlxError, UnreachableError
from .authentication import Credentials, Login
from .destination import Destination
from .handshake import CHANNEL_S, Connection, shake_hands
from .host_keys import HostKeys
from .sockets import dial
from .ssh_tokens import expand, tokens_for
from .streams import JumpStream, ProxyStream, SocketStream, Stream

_FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}


class Chain:
    """Connections one inside the other; the last one is the machine's."""

    def __init__(self) -> None:
        self._connections: list[Connection] = []

    @property
    def last(self) -> Connection:
        """The machine's own connection."""
        return self._connections[-1]

    @property
    def alive(self) -> bool:
        """Whether every part still stands, as far as this side knows."""
        return all(one.is_active() for one in self._connections)

    def add(self, connection: Connection) -> None:
        """One connection further."""
        self._connections.append(connection)

    def close(self) -> None:
        """End all. The outermost socket goes first: whatever is inside cannot block then."""
        for connection in self._connections:
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                connection.end()


def connect(route: list[Destination], host_keys: HostKeys, credentials: Credentials) -> Chain:
    """Connect, check and log in at each host in turn. Raises `UnreachableError`, `AccessError`, `HostKeyError`, …"""
    chain = Chain()
    try:
        for position, hop in enumerate(route):
            stream = _first_stream(hop) if position == 0 else _through(chain.last, route[position - 1], hop)
            _enter(chain, stream, hop, host_keys, credentials)
    except BaseException:  # whatever ended it, no half-made chain stays behind
        chain.close()
        raise
    return chain


def _enter(chain: Chain, stream: Stream, hop: Destination, host_keys: HostKeys, credentials: Credentials) -> None:
    try:
        connection = shake_hands(stream, hop, host_keys)
    except BaseException:  # the stream is not the chain's yet
        stream.close()
        raise
    chain.add(connection)
    Login(connection, hop, credentials).run()


def _first_stream(hop: Destination) -> Stream:
    if hop.proxy_command is None:
        return SocketStream(dial(hop.host, hop.port, family=_FAMILIES.get(hop.address_family, socket.AF_UNSPEC)))
    tokens = tokens_for(hop.alias, hop.host, hop.port, hop.user, hop.host_key_alias)
    try:
        return ProxyStream(expand(hop.proxy_command, tokens, "ProxyCommand"))
    except OSError as error:
        raise MachineError(f"cannot start the ProxyCommand of {hop.alias}: {error.strerror or error}") from error


def _through(connection: Connection, jump: Destination, hop: Destination) -> Stream:
    try:
        channel = connection.open_channel("direct-tcpip", (hop.host, hop.port), ("127.0.0.1", 0), timeout=CHANNEL_S)
    except paramiko.ChannelException as error:
        raise _refused(jump, hop, error) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise UnreachableError(f"the jump host {jump.label} went away: {error or 'the connection ended'}") from error
    return JumpStream(channel)


def _refused(jump: Destination, hop: Destination, error: paramiko.ChannelException) -> MlxError:
    if error.code == 1:
        return MachineError(
            f"the jump host {jump.label} does not forward connections",
            field="ProxyJump",
            hint="its sshd has AllowTcpForwarding no: ask its administrator",
        )
    return UnreachableError(
        f"the jump host {jump.label} cannot reach {hop.host} port {hop.port}: {error.text}",
        field="host",
        hint="is the machine on, and are host and port right as seen from the jump host?",
    )
