"""A pipe over the stdin and stdout of a child process; blocked reads and writes wake when it is closed."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable

from ..errors import UnreachableError

_KEEP_STDERR = 4096
_SLICE = 128 << 10


class ProcessPipe:
    """Both ends of a child that runs in a session of its own; `close` ends that whole session's group.

    Raw descriptors with `poll` instead of file objects: a thread blocked in a plain `write` or `read` could not be
    woken, and a reader would wait for a full buffer.
    """

    def __init__(
        self,
        argv: list[str],
        *,
        name: str,
        env: dict[str, str] | None = None,
        cwd: str | None = None,
        grace: float = 1.0,
        quiet: Callable[[str], bool] | None = None,
    ) -> None:
        """Start ``argv``. ``name`` stands in messages; ``grace`` is how long the child may take to end by itself.

        ``quiet`` names the lines of stderr that `diagnosis` leaves out.
        """
        self.name = name
        self._grace = grace
        self._quiet = quiet
        self._said = threading.Condition()
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env=env,
            cwd=cwd,
        )
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._to, self._from = self._stdin.fileno(), self._stdout.fileno()  # not asked again: a closed file has none
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self._wake_read, self._wake_write = os.pipe()
        self._sending, self._receiving, self._closing = threading.Lock(), threading.Lock(), threading.Lock()
        self._closed = False
        self._stderr = b""
        self._deaf = False  # stderr has ended
        self._stderr_thread = threading.Thread(target=self._drain_stderr, name=f"stderr of {name}", daemon=True)
        self._stderr_thread.start()

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def running(self) -> bool:
        """Whether the child has not ended yet."""
        self._settle()
        return self._process.poll() is None

    def send(self, data: bytes) -> None:
        """Write all of it; see `Pipe`."""
        rest = memoryview(data)
        with self._sending:
            while rest:
                self._wait(self._to, select.POLLOUT)
                try:
                    rest = rest[os.write(self._to, rest[:_SLICE]) :]
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise UnreachableError(f"{self.name} no longer reads: {error.strerror}") from error

    def receive(self, limit: int) -> bytes:
        """Some bytes, empty at the end; see `Pipe`."""
        with self._receiving:
            while True:
                self._wait(self._from, select.POLLIN)
                with contextlib.suppress(BlockingIOError):
                    return os.read(self._from, limit)

    def _wait(self, fd: int, events: int) -> None:
        if not self._closed:
            poll = select.poll()
            poll.register(fd, events)
            poll.register(self._wake_read, select.POLLIN)
            poll.poll()
        if self._closed:
            raise UnreachableError(f"the pipe to {self.name} was closed")

    def _drain_stderr(self) -> None:
        assert self._process.stderr
        with contextlib.suppress(OSError, ValueError), self._process.stderr as source:
            while chunk := os.read(source.fileno(), 65536):
                with self._said:
                    self._stderr = (self._stderr + chunk)[-_KEEP_STDERR:]
                    self._said.notify_all()
        with self._said:
            self._deaf = True
            self._said.notify_all()

    def wait_for_stderr(self, enough: Callable[[str], bool], timeout: float) -> bool:
        """Wait until stderr so far is ``enough``; False when it ended, or after ``timeout`` seconds, without that."""
        deadline = time.monotonic() + timeout
        with self._said:
            while not enough(self.stderr):
                rest = deadline - time.monotonic()
                if self._deaf or rest <= 0:
                    return False
                self._said.wait(rest)
            return True

    @property
    def stderr(self) -> str:
        """The end of what the child said on stderr so far, at most 4 KiB."""
        return self._stderr.decode("utf-8", "replace")

    def close(self) -> None:
        """Wake whoever is blocked, let the child see the end, then end its group; see `Pipe`."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            os.write(self._wake_write, b"x")
            with self._sending, contextlib.suppress(OSError):
                self._stdin.close()
            with self._receiving:
                self._stdout.close()
            self._end_child()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _end_child(self) -> None:
        for step in (None, signal.SIGTERM, signal.SIGKILL):
            if step is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, step)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._grace)
                return

    def diagnosis(self) -> str:
        """The end of stderr and the exit status; see `Pipe`."""
        self._settle()
        quiet = self._quiet
        text = "\n".join(line for line in self.stderr.splitlines() if quiet is None or not quiet(line)).strip()
        status = self._process.poll()
        if status is None:
            return text
        ending = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
        return f"{text}\n({ending})" if text else f"({ending})"

    def exit_status(self) -> int | None:
        """The exit status of a child that ended; None before, and where a signal ended it."""
        status = self._process.poll()
        return status if status is not None and status >= 0 else None

    def _settle(self) -> None:
        """A child that just closed its output needs a moment until its status and last words are there."""
        deadline = time.monotonic() + 0.5
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._process.poll() is not None:
            self._stderr_thread.join(0.5)
