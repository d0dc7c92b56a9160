"""What an SSH connection may run over: a socket, a ProxyCommand, a channel of a jump host; a guard for its start."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from typing import Protocol

import paramiko

HEAD_LIMIT = 16 << 10  # what may come before the line that begins with SSH-
_REFILL = 1 << 20


class Stream(Protocol):
    """The part of a socket that an SSH connection uses."""

    def send(self, data: bytes) -> int:
        """Write some of it."""

    def recv(self, limit: int) -> bytes:
        """Some bytes, empty at the end; raises TimeoutError."""

    def settimeout(self, seconds: float | None) -> None:
        """How long `send` and `recv` may take."""

    def close(self) -> None:
        """End it; may be called twice."""

    def abort(self) -> None:
        """End it so that a thread blocked inside wakes at once."""


class SocketStream:
    """A connected socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.send = sock.send
        self.recv = sock.recv
        self.settimeout = sock.settimeout

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def abort(self) -> None:
        """Shut both directions, which wakes whoever is blocked, as closing alone would not."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


class ProxyStream(SocketStream):
    """A ProxyCommand, run as ``ssh`` runs it: through a shell, in a session of its own; its group ends with us."""

    def __init__(self, command: str) -> None:
        ours, theirs = socket.socketpair()
        self._said = b""
        with theirs:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", "exec " + command],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        super().__init__(ours)
        threading.Thread(target=self._listen, name="ProxyCommand", daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stderr
        with contextlib.suppress(OSError, ValueError), self._process.stderr as source:
            while chunk := os.read(source.fileno(), 65536):
                self._said = (self._said + chunk)[-2000:]

    def said(self) -> str:
        """What the command wrote on stderr, and how it ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.3)
        status = self._process.poll()
        text = self._said.decode("utf-8", "replace").strip()
        return text if status is None else f"{text} (exit status {status})".strip()

    def close(self) -> None:
        """Close our end and end the command's whole group."""
        super().close()
        for number, patience in ((signal.SIGTERM, 0.5), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                return


class JumpStream:
    """A direct-tcpip channel through a jump host. Refills in large pieces: many small reads of a channel are slow."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._buffer = memoryview(b"")
        self.send = channel.send
        self.settimeout = channel.settimeout

    def recv(self, limit: int) -> bytes:
        """Some bytes, empty at the end."""
        if not self._buffer:
            self._buffer = memoryview(self._channel.recv(_REFILL))
        piece, self._buffer = self._buffer[:limit], self._buffer[limit:]
        return bytes(piece)

    def close(self) -> None:
        """Close the channel, also where the connection around it is gone already."""
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            self._channel.close()

    def abort(self) -> None:
        """Close the channel."""
        self.close()


class GuardedStream:
    """Reads the first line with suspicion: whatever is not SSH is kept to be shown, and cut off at 16 KiB."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.head = b""
        self.ended = False  # the other side ended it before it spoke SSH
        self.send = stream.send
        self.settimeout = stream.settimeout
        self.abort = stream.abort
        self.recv = self._first
        self._closed = False  # paramiko asks sockets for this

    def _first(self, limit: int) -> bytes:
        try:
            data = self._stream.recv(limit)
        except TimeoutError:
            raise
        except OSError:
            self.ended = True
            raise
        self.ended = not data
        self.head += data
        if self.speaks_ssh:
            self.recv = self._stream.recv  # from here on nothing stands in between
        elif len(self.head) > HEAD_LIMIT:
            raise EOFError("not an SSH server")
        return data

    def close(self) -> None:
        """Close what is guarded."""
        self._closed = True
        self._stream.close()

    @property
    def speaks_ssh(self) -> bool:
        """Whether the line that names the protocol has come."""
        return self.head.startswith(b"SSH-") or b"\nSSH-" in self.head
