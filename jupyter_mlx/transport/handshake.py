"""From a stream to a connection whose host is known: the key exchange, with a deadline for each step."""

from __future__ import annotations

import logging

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from ..errors import MachineError, MlxError, UnreachableError
from .destination import Destination
from .host_keys import HostKeys
from .known_hosts import fingerprint, key_type_of
from .steps import passed
from .streams import GuardedStream, ProxyStream, Stream

BANNER_S = 10.0
EXCHANGE_S = 15.0
CHANNEL_S = 15.0
# Above 2 MiB downloads over 50 ms gain; our reader empties the buffer whole, so a large one costs nothing
# (docs/decisions/002-window-size.md).
WINDOW = 8 << 20

_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
_MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
_HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)

LOG = "jupyter_mlx.ssh"
logging.getLogger(LOG).addHandler(logging.NullHandler())
logging.getLogger(LOG).setLevel(logging.CRITICAL)  # its errors reach the person as ours, not as log lines


class IncompatibleError(MachineError):
    """No algorithm in common; another SSH client may have one."""


class Connection(paramiko.Transport):
    """paramiko's transport with our algorithms: AES-GCM first, nothing on SHA-1, MD5 or CBC."""

    _preferred_ciphers = _CIPHERS
    _preferred_macs = _MACS
    _active_check_timeout = 1.0  # its thread wakes that often; a close wakes it through the socket

    def __init__(self, stream: GuardedStream, host_key_order: tuple[str, ...]) -> None:
        super().__init__(stream, default_window_size=WINDOW)  # type: ignore[arg-type]  # socket-like is enough
        self.stream = stream
        self.host_key_order = host_key_order
        self.banner_timeout = BANNER_S
        self.handshake_timeout = EXCHANGE_S
        self.channel_timeout = CHANNEL_S
        self.set_log_channel(LOG)

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """The host key algorithms to ask for; paramiko's own order cannot put certificates first."""
        return self.host_key_order

    def end(self) -> None:
        """Close at once, whatever its threads are blocked in."""
        self.stream.abort()
        self.close()
        self.stream.close()


def shake_hands(stream: Stream, destination: Destination, host_keys: HostKeys) -> Connection:
    """Exchange keys and check the host's. Raises `UnreachableError`, `MachineError`, `HostKeyError`."""
    guard = GuardedStream(stream)
    connection = Connection(guard, host_keys.order(destination, _HOST_KEYS))
    try:
        connection.start_client(timeout=BANNER_S + EXCHANGE_S)
        if not connection.is_active() or not connection.initial_kex_done:
            raise EOFError("no answer in time")
        key = connection.get_remote_server_key()
        certificate = key.public_blob.key_blob if key.public_blob is not None else None
        host_keys.check(destination, key.asbytes(), certificate)
        passed("host_key", f"{key_type_of(key.asbytes())} {fingerprint(key.asbytes())}")
    except MlxError:
        connection.end()
        raise
    except (paramiko.SSHException, EOFError, OSError, ValueError) as error:
        connection.end()
        raise _explained(destination, guard, stream, error) from error
    return connection


def _explained(destination: Destination, guard: GuardedStream, stream: Stream, error: Exception) -> MlxError:
    place = f"{destination.host} port {destination.port}"
    if isinstance(error, IncompatiblePeer):
        return IncompatibleError(
            f"{place} and this client have no algorithm in common: {error}",
            field="host",
            hint="its SSH server is old or restricted; set the machine's transport to openssh",
        )
    if isinstance(stream, ProxyStream) and not guard.speaks_ssh:
        said = stream.said()
        return UnreachableError(
            f"the ProxyCommand for {place} gave no SSH connection" + (f": {said}" if said else ""),
            field="host",
            hint="try the command by hand; it stands in ssh_config",
        )
    if guard.speaks_ssh:
        return UnreachableError(
            f"{place}: the SSH handshake broke off: {error or 'the connection ended'}",
            field="host",
            hint="try again; if it stays, look into the machine's sshd log",
        )
    said = guard.head[:120].split(b"\n")[0].decode("utf-8", "replace").strip()
    if said.startswith(("Exceeded MaxStartups", "Not allowed at this time")):
        return UnreachableError(
            f"{place} takes no more logins for now: {said}", field="host", hint="wait some minutes; it limits attempts"
        )
    if said:
        return UnreachableError(
            f"{place} is not an SSH server: it said {said[:80]!a}", field="port", hint="check host and port"
        )
    if guard.ended:
        hint = "its sshd may be overloaded (MaxStartups), or it blocks this address"
        return UnreachableError(f"{place} ended the connection before saying anything", field="host", hint=hint)
    return UnreachableError(
        f"{place} accepts connections but sent no SSH banner within {BANNER_S:.0f} s",
        field="port",
        hint="its sshd is stopped or overloaded, or this is not an SSH port",
    )
