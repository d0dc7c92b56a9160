"""From a fresh pipe to a speaking agent: the constant command, the first program, the wait for its answer."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import MachineError, MlxError, UnreachableError, error_from
from ..models import Json, Machine
from ..runner import PROTOCOL
from ..runner.frames import FrameError, read_frame
from ..transport.pipe import Pipe
from .reader import PipeReader
from .runner_zip import runner_zip

NOISE_LIMIT = 1 << 20  # bytes a login shell may print before us
DEADLINE_S = 25.0

# Free of quotes, so that sh, csh and fish pass it on alike: stdin as a file, a length line, a program of that length.
STARTER = "f=open(0,chr(114)+chr(98));n=f.readline();s=f.read(int(n));LINE=n+s;exec(s)"
NO_PYTHON = "jupyter_mlx:no-python"

# The only text that ever meets a login shell. The first line of stdin may name a Python; no value stands in here.
COMMAND = (
    'exec /bin/sh -c \'read -r P; for p in "$P" python3 /usr/bin/python3 /usr/local/bin/python3; do '
    'if command -v "$p" >/dev/null 2>&1; then exec "$p" -I -S -c "' + STARTER + '"; fi; done; '
    "echo " + NO_PYTHON + "'"
)


@dataclass(frozen=True)
class Start:
    """What the first program is told: the root on the machine, and whether the runner is likely there."""

    machine: Machine
    runner_there: bool


@lru_cache(maxsize=1)
def _first_program() -> bytes:
    return (Path(__file__).parent / "first_program.py").read_bytes()


def opening(start: Start, nonce: str) -> bytes:
    """Everything the client says before the first answer."""
    runner = runner_zip()
    config = {
        "nonce": nonce,
        "root": start.machine.root or "~/.jupyter_mlx",
        "digest": runner.digest,
        "inline": 0 if start.runner_there else len(runner.packed),
        "starter": STARTER,
    }
    program = _first_program()
    parts = [
        (start.machine.python or "-").encode("utf-8") + b"\n",
        b"%d\n" % len(program) + program,
        json.dumps(config).encode("ascii") + b"\n",
        b"" if start.runner_there else runner.packed,
    ]
    return b"".join(parts)


def bootstrap(pipe: Pipe, start: Start, deadline_s: float = DEADLINE_S) -> tuple[PipeReader, Json]:
    """Start the agent on an open pipe: the reader, right behind the agent's hello, and what that said.

    Raises `MachineError` (no Python, no space, a shell that ends or floods), `UnreachableError`.
    """
    nonce = "jupyter_mlx:" + secrets.token_hex(16)
    reader = PipeReader(pipe)
    began = time.monotonic()
    timer = threading.Timer(deadline_s, pipe.close)  # wakes the blocked read below
    timer.daemon = True
    timer.start()
    try:
        _send_quietly(pipe, opening(start, nonce))
        while True:
            kind, value = _answer(reader, nonce)
            if kind == "ready":
                return reader, _hello(reader, pipe, start.machine.name)
            if kind == "need":
                runner = runner_zip()
                pipe.send(b"%d\n" % len(runner.packed) + runner.packed)
            elif kind == "error" and isinstance(value, dict):
                raise error_from(value)
            else:
                raise MachineError(f"{start.machine.name}: the first program answered {kind!r}")
    except _EndedError as error:
        if time.monotonic() - began >= deadline_s:
            raise _silent(start.machine, deadline_s) from None
        raise _ended(start.machine, pipe, error.noise) from None
    except UnreachableError:
        if time.monotonic() - began >= deadline_s:
            raise _silent(start.machine, deadline_s) from None
        raise
    finally:
        timer.cancel()


class _EndedError(Exception):
    """The stream ended before the answer; carries the last noise."""

    def __init__(self, noise: bytes) -> None:
        super().__init__()
        self.noise = noise


def _send_quietly(pipe: Pipe, data: bytes) -> None:
    """A shell that ends at once breaks the pipe while we talk: what it said tells more than the broken pipe."""
    try:
        pipe.send(data)
    except UnreachableError:
        return


def _answer(reader: PipeReader, nonce: str) -> tuple[str, object]:
    """The next ``nonce kind value`` line; everything else is noise."""
    mark = nonce.encode("ascii") + b" "
    noise = 0
    last = b""
    while True:
        line = reader.line(NOISE_LIMIT)
        if line.startswith(mark) and line.endswith(b"\n"):
            kind, _, value = line[len(mark) :].decode("ascii", "replace").partition(" ")
            try:
                return kind, json.loads(value)
            except ValueError:
                return "error", {"code": "machine", "message": f"unreadable answer: {value[:200]}"}
        if not line.endswith(b"\n"):
            raise _EndedError(last + line[-2000:])
        noise += len(line)
        last = (last + line)[-2000:]
        if noise > NOISE_LIMIT:
            raise MachineError(
                f"the login shell printed more than {NOISE_LIMIT >> 20} MiB before our command ran",
                hint="find what prints in ~/.bashrc, ~/.cshrc or config.fish; let it print in interactive shells only",
            )


def _status_soon(pipe: Pipe, patience_s: float = 1.0) -> int | None:
    """The exit status; it may arrive a moment after the end of the stream."""
    end = time.monotonic() + patience_s
    while pipe.exit_status() is None and time.monotonic() < end:
        time.sleep(0.02)
    return pipe.exit_status()


def _hello(reader: PipeReader, pipe: Pipe, name: str) -> Json:
    """The agent's first frame, judged."""
    try:
        frame = read_frame(reader.exactly)
    except FrameError as error:
        raise MachineError(f"{name} broke the protocol: {error}") from None
    if frame is None or frame.header.get("op") != "hello":
        said = pipe.diagnosis().strip()[-800:]
        raise MachineError(f"{name}: the agent ended at once" + (f": {said}" if said else ""))
    refusal = frame.header.get("error")
    if isinstance(refusal, dict):
        raise error_from(refusal)
    if frame.header.get("protocol") != PROTOCOL:
        raise MachineError(f"{name} speaks protocol {frame.header.get('protocol')}, this side {PROTOCOL}")
    return frame.header


def _silent(machine: Machine, deadline_s: float) -> MlxError:
    return MachineError(
        f"{machine.name}: no answer from the login shell within {deadline_s:.0f} s",
        hint="log in by hand and see what waits: a start-up file, a forced command, a hung network home",
    )


def _ended(machine: Machine, pipe: Pipe, noise: bytes) -> MlxError:
    """The best explanation of a shell that ended without starting us."""
    said = noise.decode("utf-8", "replace").strip()
    if NO_PYTHON in said:
        return MachineError(
            f"{machine.name} has no python3 on the PATH of a login without a terminal",
            hint=f"install Python 3.8 or newer there, or: jupyter mlx machines edit {machine.name} --python PATH",
        )
    status = _status_soon(pipe)
    details = "; ".join(part for part in (said[-500:], pipe.diagnosis().strip()[-500:]) if part)
    ended = f"exit status {status}" if status is not None else "no exit status"
    return MachineError(
        f"{machine.name}: the login shell ended before our command ran ({ended})" + (f": {details}" if details else ""),
        hint="look for `exit` in ~/.bashrc, ~/.cshrc or config.fish, a forced command, /bin/false as the shell",
    )
