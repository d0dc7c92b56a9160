"""Building one environment into its folder: a venv, its packages, and a log that people can read while it grows."""

import errno
import os
import re
import stat
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Sequence

from .aside import die_with_parent
from .layout import Root
from .pythons import Python, choose
from .refusal import Refusal
from .uv import find_uv, variables

LOG_FILE = "build.log"
MAX_REASON_LINES = 5
_PIECE = 32 << 10
_MAX_LOGGED = 2 << 20  # bytes of one build in the journal; all of it is in build.log
_PACKAGE = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")

_FULL = ("os error 28", "Errno 28", "No space left on device", "os error 122", "Disk quota exceeded")

Emit = Callable[..., Any]


class BuildLog:
    """Lines into build.log and, in larger pieces, into the journal."""

    def __init__(self, path: str, emit: Emit) -> None:
        self.path = path
        self.last: List[str] = []
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 (open as long as the build)
        self._emit = emit
        self._held: List[str] = []
        self._size = self._logged = 0

    def line(self, text: str) -> None:
        """Note one line."""
        self._file.write(text.encode("utf-8", "replace") + b"\n")
        self.last = [*self.last[-199:], text[:2000]]
        self._held.append(text[:_PIECE])
        self._size += len(text) + 1
        if self._size > _PIECE:
            self.flush()

    def flush(self) -> None:
        """Let the journal have what is held."""
        if self._held and self._logged < _MAX_LOGGED:
            self._logged += self._size
            self._emit("log", source="environment", text="\n".join(self._held) + "\n")
        self._held, self._size = [], 0

    def close(self) -> None:
        """The build is over, well or not."""
        self.flush()
        os.fsync(self._file.fileno())
        self._file.close()


class Builder:
    """Builds ``folder/venv``. The folder is locked by the caller; ``keep_fd`` holds the lock in the programs too."""

    def __init__(self, root: Root, folder: str, emit: Emit, keep_fd: int, mark: Dict[str, str]) -> None:
        self._root = root
        self._folder = folder
        self._emit = emit
        self._keep_fd = keep_fd
        self._env = dict(variables(root), **mark)
        self._log = BuildLog(os.path.join(folder, LOG_FILE), emit)
        self._venv = os.path.join(folder, "venv")
        self.python = os.path.join(self._venv, "bin", "python")

    def build(self, asked: Optional[str], requirements: Sequence[str], shipped_uv: Optional[str]) -> None:
        """Make the environment. Raises `Refusal` with the installer's own words, OSError on a full disk."""
        try:
            base = choose(asked)
            if asked and base.text != asked and asked.count(".") == 2:
                self._log.line("Python %s is not here: taking %s" % (asked, base.text))
            uv = find_uv(self._root, shipped_uv)
            wanted = os.path.join(self._folder, "requirements.txt")
            with open(wanted, "w", encoding="utf-8") as out:
                out.write("".join(line + "\n" for line in requirements))
            self._say("building the environment: %d packages asked for, Python %s" % (len(requirements), base.text))
            if uv:
                self._with_uv(uv, base, wanted)
            else:
                self._with_pip(base, wanted)
            _protect_links(self._venv)
        finally:
            self._log.close()

    def _with_uv(self, uv: str, base: Python, wanted: str) -> None:
        self._run([uv, "venv", "--no-project", "--python", base.path, self._venv])
        self._run([uv, "pip", "install", "--python", self.python, "-r", wanted])

    def _with_pip(self, base: Python, wanted: str) -> None:
        """Slower by much, but all it needs is a Python."""
        self._log.line("no uv here: using venv and pip")
        try:
            self._run([base.path, "-m", "venv", self._venv])
        except Refusal:
            raise Refusal(
                "machine",
                "there is no uv on the machine, and `%s -m venv` does not work" % base.path,
                "install uv there (https://docs.astral.sh/uv/), or the python3-venv package",
            ) from None
        self._run([self.python, "-m", "pip", "install", "--no-input", "--progress-bar", "off", "-r", wanted])

    def _run(self, command: List[str]) -> None:
        self._log.line("$ " + " ".join(command))
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._folder,  # not the user's project: its settings are not the run's
            env=self._env,
            pass_fds=[self._keep_fd],
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 (this process has one thread)
        )
        assert process.stdout is not None
        last = 0.0
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            self._log.line(line)
            if line.startswith(("Resolved", "Prepared", "Installed", "Collecting", "Downloading")):
                self._say(line[:200])
            if time.monotonic() - last > 0.5:
                self._log.flush()
                last = time.monotonic()
        status = process.wait()
        process.stdout.close()
        if status:
            raise self._failed(status)

    def _failed(self, status: int) -> Exception:
        lines = self._log.last
        if any(words in line for line in lines[-40:] for words in _FULL):
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._folder)
        said = "\n".join(reason_lines(lines)) or "the installer ended with status %d" % status
        return Refusal("machine", "the environment could not be built: " + said, "the whole log: " + self._log.path)

    def _say(self, message: str) -> None:
        self._emit("progress", phase="environment", message=message)


def reason_lines(lines: Sequence[str]) -> List[str]:
    """What the installer gave as the reason, in at most 5 lines."""
    start = max(0, len(lines) - MAX_REASON_LINES)
    for number, line in enumerate(lines):
        if line.lstrip().lower().startswith(("error", "\u00d7")):
            start = number
            break
    return [line.strip()[:500] for line in lines[start:] if line.strip()][:MAX_REASON_LINES]


def _die_with(parent: int) -> Callable[[], None]:
    return lambda: die_with_parent(parent) if sys.platform.startswith("linux") else None


def _protect_links(folder: str) -> None:
    """Take the write bits of files that are hard links into uv's cache: an edit here would change every environment."""
    for parent, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)
            info = os.lstat(path)
            if stat.S_ISREG(info.st_mode) and info.st_nlink > 1:
                os.chmod(path, stat.S_IMODE(info.st_mode) & ~0o222)


def with_kernel(requirements: Sequence[str]) -> List[str]:
    """The lines for the installer; a kernel is always among them."""
    lines = [line.strip() for line in requirements if line.strip() and not line.strip().startswith("#")]
    names = [found.group(1).lower().replace("_", "-") for found in map(_PACKAGE.match, lines) if found]
    hashed = any("--hash" in line or line == "--require-hashes" for line in lines)  # no room for a line without
    return lines if hashed or "ipykernel" in names else [*lines, "ipykernel"]
