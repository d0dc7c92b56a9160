"""Long work in a forked child: it can be ended at any moment, and its memory goes with it."""

import ctypes
import json
import os
import select
import signal
import sys
from typing import Any, Callable, Dict, NoReturn, Optional

from .refusal import Refusal

_PR_SET_PDEATHSIG = 1
_RESET = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class AsideError(RuntimeError):
    """The work failed in a way nobody foresaw, or its process was killed; the message says how."""


class Aside:
    """One piece of work in a child; ask `poll` until it is over. Only from the main thread.

    ``work`` returns a JSON value. Its `Refusal` and OSError come back as themselves, other exceptions as `AsideError`.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self._pieces = []  # type: list[bytes]
        read, write = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(read)
            _child(work, write, parent)
        os.close(write)
        os.set_blocking(read, False)
        self.fd = read
        self._open = True

    def poll(self, timeout: float = 0.0) -> bool:
        """Whether the work is over, waiting at most ``timeout`` seconds for news."""
        if self._open and select.select([self.fd], [], [], timeout)[0]:
            self._read()
        return not self._open

    def _read(self) -> None:
        try:
            while True:
                piece = os.read(self.fd, 1 << 16)
                if not piece:
                    os.close(self.fd)
                    self._open = False
                    return
                self._pieces.append(piece)
        except BlockingIOError:
            pass

    def result(self) -> Any:
        """What the work returned or raised. Waits for it."""
        while not self.poll(60.0):
            pass
        _, status = os.waitpid(self.pid, 0)
        try:
            report = json.loads(b"".join(self._pieces).decode("utf-8"))
        except ValueError:
            raise AsideError("its process %s" % _ended(status)) from None
        if "value" in report:
            return report["value"]
        raise _error(report["error"])


def _ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "was killed by %s" % signal.Signals(os.WTERMSIG(status)).name
    return "ended with status %d" % os.WEXITSTATUS(status)


def _child(work: Callable[[], Any], write: int, parent: int) -> NoReturn:
    status = 1
    try:
        die_with_parent(parent)
        signal.set_wakeup_fd(-1)
        for number in _RESET:
            signal.signal(number, signal.SIG_DFL)
        try:
            report = {"value": work()}  # type: Dict[str, Any]
        except BaseException as error:  # noqa: BLE001 (whatever it is, the parent must hear of it)
            report = {"error": _describe(error)}
        with os.fdopen(write, "wb") as out:
            out.write(json.dumps(report).encode("utf-8"))
        status = 0
    finally:
        os._exit(status)


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when its parent dies; at once where it died already. Linux only."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def _describe(error: BaseException) -> Dict[str, Any]:
    if isinstance(error, Refusal):
        return dict(error.as_dict(), kind="refusal")
    if isinstance(error, OSError) and error.errno:
        name = error.filename
        where = os.fsdecode(name) if isinstance(name, (str, bytes)) else None
        return {"kind": "os", "errno": error.errno, "message": error.strerror, "filename": where}
    return {"kind": "other", "message": "%s: %s" % (type(error).__name__, str(error)[:2000])}


def _error(report: Dict[str, Optional[Any]]) -> Exception:
    if report["kind"] == "refusal":
        return Refusal(str(report["code"]), str(report["message"]), report["hint"], report["field"])
    if report["kind"] == "os":
        return OSError(report["errno"], report["message"], report["filename"])
    return AsideError(str(report["message"]))
