"""What is installed in a kernel's interpreter, asked of the interpreter itself."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, NotFoundError
from ..models import Json
from ..runner.durable import write_atomic
from .interpreter_facts import MARKER
from .kernels import Kernel
from .wording import shown, sized

DEADLINE = 20.0  # seconds for an interpreter to say what is installed
MAX_ANSWER = 64 << 20  # bytes of what it says, noise included
_FIELDS = {"python": str, "executable": str, "markers": dict, "dists": list, "broken": list, "folders": list}


@dataclass(frozen=True)
class Facts:
    """What an interpreter said about itself. ``dists`` as interpreter_facts.py prints them, first found first."""

    python: str
    executable: str
    markers: dict[str, str]
    dists: list[Json]
    broken: list[str]

    @property
    def packages(self) -> dict[str, str]:
        """Version by canonical name of all that is installed; the first of a name counts, as in an import."""
        found: dict[str, str] = {}
        for dist in self.dists:
            found.setdefault(re.sub(r"[-_.]+", "-", str(dist["name"])).lower(), str(dist["version"]))
        return dict(sorted(found.items()))


def ask(kernel: Kernel, cache: Path | None = None) -> Facts:
    """What is installed in a kernel's interpreter; from ``cache`` (a folder) where nothing was installed since.

    Raises NotFoundError where the interpreter is gone, InputError where it does not answer.
    """
    program = kernel.command[0] if os.sep in kernel.command[0] else shutil.which(kernel.command[0])
    if program is None or not os.path.exists(program):
        raise NotFoundError(
            f"the kernel {shown(kernel.name)} starts {shown(kernel.command[0])}, which does not exist",
            field="environment",
            hint="Was its environment moved or deleted? Choose another kernel, or give --env.",
        )
    command = [program, *kernel.command[1:]]
    file = (
        cache / f"{hashlib.sha256(json.dumps([command, _script()]).encode()).hexdigest()[:32]}.json" if cache else None
    )
    known = _cached(file, program)
    if known is None:
        known = _asked(kernel, command)
        _keep(file, program, known)
    return Facts(
        str(known["python"]),
        str(known["executable"]),
        dict(known["markers"]),
        list(known["dists"]),
        list(known["broken"]),
    )


@functools.lru_cache(maxsize=1)
def _script() -> str:
    return Path(__file__).with_name("interpreter_facts.py").read_text("utf-8")


def _asked(kernel: Kernel, command: list[str]) -> Json:
    name = f"the interpreter of the kernel {shown(kernel.name)} ({shown(command[-1])})"
    said = _output([*command, "-I", "-c", _script()], {**os.environ, **kernel.env}, name)
    marker = said.rfind(MARKER.encode())
    if marker < 0:
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        raise InputError(
            f"{name} did not say what is installed: {shown(last) if last else 'it only ended'}", field="environment"
        )
    try:
        facts = json.loads(said[marker + len(MARKER) :].split(b"\n")[0])
        version = tuple(int(part) for part in facts["python"].split(".")[:2])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InputError(f"{name} answered something else than asked", field="environment") from None
    if version < (3, 8):
        raise InputError(
            f"{name} is Python {shown(facts['python'])}; 3.8 is the oldest that can be captured",
            field="environment",
            hint="--env requirements.txt or --env existing:NAME needs nothing from it.",
        )
    if not _complete(facts):
        raise InputError(f"{name} answered something else than asked", field="environment")
    return dict(facts)


def _output(command: list[str], env: dict[str, str], name: str) -> bytes:
    """What a command prints until it says the marker's line or ends; then its whole process group is gone."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(f"{name} cannot be started: {error.strerror}", field="environment") from None
    assert process.stdout is not None
    said = bytearray()
    end = time.monotonic() + DEADLINE
    try:
        while not _answered(said):
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise InputError(f"{name} did not answer within {DEADLINE:g} s", field="environment")
            piece = os.read(process.stdout.fileno(), 1 << 20)
            if not piece:
                break
            said += piece
            if len(said) > MAX_ANSWER:
                raise InputError(f"{name} said more than {sized(MAX_ANSWER)}", field="environment")
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()
    return bytes(said)


def _answered(said: bytearray) -> bool:
    if not said.endswith(b"}\n"):
        return False
    marker = said.rfind(MARKER.encode())
    return marker >= 0 and said.find(b"\n", marker) == len(said) - 1


def _complete(facts: Json) -> bool:
    return all(isinstance(facts.get(key), kind) for key, kind in _FIELDS.items())


def _stamp(path: str) -> list[int] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return [info.st_mtime_ns, info.st_ino]


def _cached(file: Path | None, program: str) -> Json | None:
    """The facts kept for an interpreter, where each folder it looks into still has the time it had then."""
    if file is None:
        return None
    try:
        kept = json.loads(file.read_bytes())
        facts: Json = kept["facts"]
        if kept["program"] != _stamp(program) or any(_stamp(folder) != stamp for folder, stamp in kept["folders"]):
            return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # whatever is wrong with it, asking again is right
    return facts if isinstance(facts, dict) and _complete(facts) else None


def _keep(file: Path | None, program: str, facts: Json) -> None:
    if file is None:
        return
    kept = {
        "program": _stamp(program),
        "folders": [[folder, _stamp(folder)] for folder in facts["folders"]],
        "facts": facts,
    }
    with contextlib.suppress(OSError):  # only slower without
        file.parent.mkdir(0o700, parents=True, exist_ok=True)
        write_atomic(str(file), json.dumps(kept).encode("ascii"), durable=False)
