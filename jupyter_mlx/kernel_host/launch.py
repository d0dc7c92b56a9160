"""The kernel's process: started apart from us, dying with us, its exit looked at."""

import contextlib
import os
import signal
import subprocess
import time
from typing import Any, Callable, Dict, List, Optional

from ..runner.aside import die_with_parent
from ..runner.durable import write_json
from ..runner.layout import RunPaths
from ..runner.processes import identity

_OOM_SCORE = "500"  # where memory runs out, the kernel goes before those who can tell of it
_GRACE = (10.0, 2.5, 5.0)  # seconds for a kernel to leave: asked, told, killed
_HANG_S = 1.0  # between closing its sockets and its end; ipykernel 7 sometimes waits for itself there


class KernelProcess:
    """A running kernel. Raises OSError where its program cannot be started."""

    def __init__(self, argv: List[str], env: Dict[str, str], cwd: str, paths: RunPaths) -> None:
        self.argv = argv
        self._stderr = paths.stderr
        self._errors_from = 0
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        out, err = os.open(paths.stdout, flags, 0o600), os.open(paths.stderr, flags, 0o600)
        try:
            self._errors_from = os.fstat(err).st_size
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=cwd,
                env=env,
                start_new_session=True,
                preexec_fn=_prepare(os.getpid()),  # noqa: PLW1509 (no thread of ours runs yet)
            )
        finally:
            os.close(out)
            os.close(err)
        self.pid = self.process.pid
        with contextlib.suppress(OSError), open("/proc/%d/oom_score_adj" % self.pid, "w") as score:
            score.write(_OOM_SCORE)

    def record(self, paths: RunPaths) -> None:
        """Write ``kernel.json``: who the kernel is, beyond doubt."""
        write_json(paths.kernel, identity(self.pid), durable=False)

    @property
    def status(self) -> Optional[int]:
        """None while it lives; then its exit code, or minus the signal that ended it."""
        return self.process.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the kernel's process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def leave(self, ask: Callable[[], Any], meanwhile: Callable[[], bool]) -> None:
        """Make it go: ``ask()`` first, then SIGTERM, then SIGKILL.

        ``meanwhile()`` takes some ms of the waiting and says whether the kernel has closed its sockets.
        """
        steps = [ask, lambda: self.signal(signal.SIGTERM), lambda: self.signal(signal.SIGKILL)]  # type: List[Callable[[], Any]]
        hung = False
        for step, seconds in zip(steps, _GRACE):
            if self.status is not None:
                return
            step()
            end = time.monotonic() + (_HANG_S / 4 if hung else seconds)
            while self.status is None and time.monotonic() < end:
                if meanwhile() and not hung:
                    end, hung = min(end, time.monotonic() + _HANG_S), True

    def last_words(self, lines: int = 100) -> List[str]:
        """The last lines the process wrote to its stderr."""
        try:
            with open(self._stderr, "rb") as source:
                size = source.seek(0, os.SEEK_END)
                source.seek(max(self._errors_from, size - 16384))
                text = source.read().decode("utf-8", "replace")
        except OSError:
            return []
        return [line[:1000] for line in text.splitlines() if line.strip()][-lines:]


def describe(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return "exited with status %d" % status
    with contextlib.suppress(ValueError):
        return "was killed by %s" % signal.Signals(-status).name
    return "was killed by signal %d" % -status


def _prepare(parent: int) -> Callable[[], None]:
    """What the child runs between fork and exec."""

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])  # a blocked signal would stay blocked
        die_with_parent(parent)

    return prepare
