"""The software of a run: found on the machine, or built once and shared by every run that asks for the same.

::

    envs/<key>/   .lock  venv/  requirements.txt  build.log  packages.json  .complete

The key is machine-side: what was asked for, and what this machine is. Whoever comes first builds under an exclusive
flock on ``.lock``, the others wait for it; runs hold a shared one. ``.complete`` comes last: without it the folder is
wiped and built anew.
"""

import fcntl
import hashlib
import json
import os
import sys
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from . import existing
from .building import Builder, with_kernel
from .durable import fsync_dir, write_atomic
from .env_lock import COMPLETE, is_complete, is_lock_of, open_lock, wipe
from .interrogate import Facts, ask, facts
from .layout import Root
from .processes import MARK
from .refusal import Refusal

_FORMAT = 1
_DRIVER = ["jupyter_client>=8", "pyzmq>=25", "tornado>=6.2", "traitlets>=5.3", "python-dateutil>=2.8"]

Emit = Callable[..., Any]


class Request(NamedTuple):
    """What an environment is made from."""

    python: Optional[str]
    requirements: List[str]
    uv: Optional[str]  # blob of a static binary

    @property
    def key(self) -> str:
        """The name of the environment on this machine."""
        machine = os.uname()
        what = [_FORMAT, sorted(self.requirements), self.python or "", machine.sysname, machine.machine, libc()]
        return hashlib.sha256(json.dumps(what).encode("ascii")).hexdigest()


def libc() -> str:
    """The C library by name and version: built packages depend on it."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or "unknown"
    except (ValueError, OSError):
        return "musl" if sys.platform.startswith("linux") else sys.platform


class Environments:
    """Finds and builds, in a process that may be ended at any moment. ``emit`` writes events of the run."""

    def __init__(self, root: Root, run_id: str, emit: Emit) -> None:
        self._root = root
        self._emit = emit
        self._mark = {MARK: run_id}
        self._memory = os.path.join(root.cache, "facts")

    def prepare(self, asked: Dict[str, Any], uv: Optional[str], ipykernel: bool = True) -> Dict[str, Any]:
        """The environment of a spec: ``{python, prefix, keys, driver}``, all JSON values, reported as an event.

        ``keys`` are the folders of envs/ that the run must hold; ``ipykernel``: whether it must be there.
        Raises `Refusal`, OSError.
        """
        began = time.monotonic()
        if asked.get("kind") == "existing":
            python = existing.resolve(asked.get("target"))
            found = facts(python, self._memory)
            digest, cached, keys = _digest(found), True, []
        else:
            request = Request(asked.get("python"), with_kernel(asked.get("requirements") or []), uv)
            cached = self.build(request)
            digest, keys = request.key, [request.key]
            python = self.python(request.key)
            found = self._facts(request.key)
        if ipykernel:
            _must_have_kernel(python, found, asked.get("target"))
        self._emit(
            "environment",
            digest=digest,
            kind=asked.get("kind"),
            python=found.python,
            packages=found.packages,
            seconds=round(time.monotonic() - began, 3),
            cached=cached,
        )
        driver, more = self._driver(python, found, uv)
        return {"python": python, "prefix": found.prefix, "keys": keys + more, "driver": driver}

    def _driver(self, python: str, found: Facts, uv: Optional[str]) -> Any:
        """(a Python that can run the kernel host, keys of envs/ it needs)."""
        if found.can_drive:
            return python, []
        if sys.executable and facts(sys.executable, self._memory).can_drive:
            return sys.executable, []
        request = Request(None, _DRIVER, uv)
        self.build(request)
        return self.python(request.key), [request.key]

    def python(self, key: str) -> str:
        """The Python of a built environment."""
        return os.path.join(self._root.env(key), "venv", "bin", "python")

    def _facts(self, key: str) -> Facts:
        with open(os.path.join(self._root.env(key), "packages.json"), encoding="utf-8") as source:
            return Facts(json.load(source))

    def build(self, request: Request) -> bool:
        """Have the environment, built here, by another run now or long ago; True where it was there."""
        folder = self._root.env(request.key)
        if is_complete(folder):
            return True
        fd = self._lock(folder)
        if fd is None:
            return True
        try:
            if is_complete(folder):
                return True
            wipe(folder)
            builder = Builder(self._root, folder, self._emit, fd, self._mark)
            builder.build(request.python, request.requirements, request.uv)
            answer = ask(builder.python)
            write_atomic(os.path.join(folder, "packages.json"), json.dumps(answer).encode("ascii"))
            write_atomic(os.path.join(folder, COMPLETE), b"")
            fsync_dir(self._root.envs)
        finally:
            os.close(fd)
        return False

    def _lock(self, folder: str) -> Optional[int]:
        """The folder locked for building; None where another run has built it meanwhile."""
        said = False
        while True:
            fd = open_lock(folder)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not said:
                    said = True
                    message = "another run builds the same environment: waiting for it"
                    self._emit("progress", phase="environment", message=message)
                # Shared: whoever built it holds it that way for as long as their run takes.
                fcntl.flock(fd, fcntl.LOCK_SH)
                built = is_lock_of(fd, folder) and is_complete(folder)
                os.close(fd)
                if built:
                    return None
                time.sleep(0.02 + os.getpid() % 10 / 50)  # it failed, and several waited: one of them builds now
                continue
            if is_lock_of(fd, folder):
                return fd
            os.close(fd)  # the folder was cleared away meanwhile


def _must_have_kernel(python: str, found: Facts, target: Any) -> None:
    if found.version("ipykernel") is None:
        raise Refusal(
            "input",
            "the environment %s has no ipykernel" % (target or "that was asked for"),
            "install it there: %s -m pip install ipykernel" % python if target else "add ipykernel to the requirements",
            field="environment.target",
        )


def _digest(found: Facts) -> str:
    """A name for what an existing environment holds now."""
    what = [found.python, sorted(found.packages.items())]
    return hashlib.sha256(json.dumps(what).encode("ascii")).hexdigest()
