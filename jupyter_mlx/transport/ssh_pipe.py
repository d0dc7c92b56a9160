"""One command on one channel of a paramiko connection."""

from __future__ import annotations

import contextlib
import threading
import time

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST

from ..errors import UnreachableError
from .handshake import Connection

_SLICE = 128 << 10  # a larger slice gains nothing; a whole `bytes` would be copied again for each packet
_KEEP_STDERR = 4096
_CLOSE_S = 1.0


class SshPipe:
    """A `Pipe`. Reads empty the channel's buffer whole: taking small pieces from a large one is quadratic."""

    def __init__(self, connection: Connection, channel: paramiko.Channel, name: str) -> None:
        self._connection, self._channel, self._name = connection, channel, name
        self._buffer = memoryview(b"")
        self._closed = False
        self._stderr = b""
        self._sending, self._receiving, self._closing = threading.Lock(), threading.Lock(), threading.Lock()
        self._drain = threading.Thread(target=self._drain_stderr, name=f"stderr of {name}", daemon=True)

    def start(self, command: str) -> None:
        """Ask for the command without waiting for the answer: a round trip less. A refusal ends the stream."""
        message = paramiko.Message()
        message.add_byte(cMSG_CHANNEL_REQUEST)
        message.add_int(self._channel.remote_chanid)
        message.add_string("exec")
        message.add_boolean(True)
        message.add_string(command)
        self._channel._event_pending()  # type: ignore[attr-defined]  # noqa: SLF001 - exec_command would wait, without a deadline
        try:
            self._connection._send_user_message(message)  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._lost(error) from error
        self._drain.start()

    def send(self, data: bytes) -> None:
        """Write all of it; see `Pipe`."""
        rest = memoryview(data)
        with self._sending:
            while rest:
                if self._closed:
                    raise UnreachableError(f"the pipe to {self._name} was closed")
                try:
                    sent = self._channel.send(rest[:_SLICE])  # type: ignore[arg-type]  # a view saves a copy
                except (paramiko.SSHException, EOFError, OSError) as error:
                    raise self._lost(error) from error
                if sent == 0:
                    raise self._lost(None)
                rest = rest[sent:]

    def receive(self, limit: int) -> bytes:
        """Some bytes, empty at the end; see `Pipe`."""
        with self._receiving:
            if not self._buffer:
                try:
                    data = self._channel.recv(1 << 30)
                except (paramiko.SSHException, EOFError, OSError) as error:
                    raise self._lost(error) from error
                if not data:
                    return self._at_end()
                self._buffer = memoryview(data)
            piece, self._buffer = self._buffer[:limit], self._buffer[limit:]
            return bytes(piece)

    def _at_end(self) -> bytes:
        """An end of stream looks the same whether the command ended or the link broke; tell them apart."""
        if self._closed:
            raise UnreachableError(f"the pipe to {self._name} was closed")
        if self._channel.eof_received:
            return b""
        self._connection.join(0.3)  # a dying connection unlinks its channels first, then says that it is dead
        if self._connection.saved_exception is not None or not self._connection.is_active():
            raise self._lost(self._connection.saved_exception)
        return b""

    def _lost(self, error: Exception | None) -> UnreachableError:
        if self._closed:
            return UnreachableError(f"the pipe to {self._name} was closed")
        why = str(error) if error is not None else ""
        return UnreachableError(f"the connection to {self._name} broke" + (f": {why}" if why else ""))

    def _drain_stderr(self) -> None:
        """Unread stderr would fill the window that stdout shares."""
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            while chunk := self._channel.recv_stderr(1 << 20):
                self._stderr = (self._stderr + chunk)[-_KEEP_STDERR:]

    def close(self) -> None:
        """Close the channel; where the link does not even take that within a second, the connection; see `Pipe`."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            polite = threading.Thread(target=self._close_channel, name=f"close {self._name}", daemon=True)
            polite.start()
            polite.join(_CLOSE_S)
            if polite.is_alive():
                self._connection.end()

    def _close_channel(self) -> None:
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            self._channel.close()

    def diagnosis(self) -> str:
        """The end of stderr and the exit status; see `Pipe`."""
        deadline = time.monotonic() + 0.5
        while not self._channel.exit_status_ready() and not self._closed and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._channel.exit_status_ready() and self._drain.is_alive():
            self._drain.join(0.5)  # its last words may still be on their way
        text = self._stderr.decode("utf-8", "replace").strip()
        status = self.exit_status()
        if status is None:
            return text
        return f"{text}\n(exit status {status})" if text else f"(exit status {status})"

    def exit_status(self) -> int | None:
        """The command's exit status once the machine told; see `Pipe`."""
        status = self._channel.exit_status
        return status if status >= 0 else None
