"""What the tests of the runner stand on: an agent as a process behind two pipes, and runs made by hand."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_mlx.link.runner_zip import runner_zip
from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.frames import Frame, encode, read_frame
from jupyter_mlx.runner.journal import Journal
from jupyter_mlx.runner.layout import Root, RunPaths
from jupyter_mlx.runner.submit import _make
from jupyter_mlx.runner.trees import Entry

NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "id": "one",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": "print('hello')",
        }
    ],
    "metadata": {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def install(root: Path) -> str:
    """The runner's zip in its place below a root; its path."""
    runner = runner_zip()
    path = root / "runner" / f"{runner.digest}.pyz"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(runner.data)
    return str(path)


def project(
    blobs: BlobStore, notebook: dict[str, Any] | None = None, **files: bytes
) -> tuple[dict[str, Any], list[str]]:
    """(the spec of a run without id, every blob it needs) of a project with files beside run.ipynb."""
    data = json.dumps(notebook or NOTEBOOK).encode()
    blob = blobs.put(data)
    entries = [Entry("run.ipynb", "file", blob, len(data))]
    entries += [Entry(name, "file", blobs.put(content), len(content)) for name, content in files.items()]
    root, _ = blobs.put_tree(entries)
    spec = {
        "format": 1,
        "notebook": "run.ipynb",
        "notebook_blob": blob,
        "bundle": {"digest": root, "files": len(entries), "bytes": 1},
        "cells": [{"index": 0, "id": "one"}],
        "cwd": "",
        "environment": {"kind": "existing", "target": sys.executable},
        "kernel": {"name": "python3", "language": "python"},
        "limits": {},
        "params": {},
    }
    return spec, [name for name, _ in blobs.walk(root)]


def made_run(root: Root, spec: dict[str, Any] | None = None, *, started: bool = True) -> RunPaths:
    """A run as the agent accepts it, nobody started; ``started`` marks it as begun all the same."""
    root.prepare()
    whole = dict(spec or project(BlobStore(root.blobs))[0], id=new_run_id())
    paths = root.run(whole["id"])
    assert _make(root, paths, whole)
    if started:
        Path(paths.started).touch()
    return paths


def written(paths: RunPaths, *events: dict[str, Any]) -> bytes:
    """The journal's bytes after these events were appended."""
    journal = Journal(paths.journal)
    journal.extend([{"t": time.time(), **event} for event in events])
    journal.close()
    return Path(paths.journal).read_bytes()


class Peer:
    """The client's end of an agent that runs as a process of its own."""

    def __init__(self, root: Path, *, python: str = sys.executable, home: str | None = None, **environ: str) -> None:
        argv = [python, "-I", "-S", home or install(root), "agent", "--root", str(root)]
        options = [item for name in ("silence",) if name in environ for item in ("--" + name, environ.pop(name))]
        self.process = subprocess.Popen(
            argv + options,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environ},
        )
        self._frames: queue.Queue[Frame | None] = queue.Queue()
        self._number = 0
        self.reading = threading.Event()
        self.reading.set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.hello = self.receive().header

    def _read(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            while True:
                self.reading.wait()
                frame = read_frame(self.process.stdout.read)
                self._frames.put(frame)
                if frame is None:
                    return

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        """One frame to the agent."""
        self.write(encode(header, body))

    def write(self, data: bytes) -> None:
        """Any bytes to the agent."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self, timeout: float = 30) -> Frame:
        """The next frame from the agent."""
        frame = self._frames.get(timeout=timeout)
        assert frame is not None, "the agent ended"
        return frame

    def ask(self, op: str, **fields: Any) -> int:
        """Send a request; its number."""
        self._number += 1
        self.send({"op": op, "n": self._number, **fields})
        return self._number

    def request(self, op: str, **fields: Any) -> dict[str, Any]:
        """One request, one reply."""
        number = self.ask(op, **fields)
        frame = self.receive()
        assert frame.header.pop("n") == number
        return frame.header

    def frames(self, op: str, **fields: Any) -> list[Frame]:
        """One request, frames up to the end or an error."""
        self.ask(op, **fields)
        found = [self.receive()]
        while not {"end", "error"} & set(found[-1].header):
            found.append(self.receive())
        return found

    def blob(self, data: bytes, name: str, *, offset: int = 0, stop: int | None = None, z: bool = False) -> None:
        """Send a blob, or a part of one."""
        end = len(data) if stop is None else min(stop, len(data))
        while True:
            body = data[offset : min(end, offset + (1 << 19))]
            header = {"op": "blob", "id": name, "size": len(data), "offset": offset, "z": z}
            self.send(header, zlib.compress(body) if z else body)
            offset += len(body)
            if offset >= end:
                return

    def ends(self, timeout: float = 30) -> int:
        """Wait for the agent's end; its exit status."""
        return self.process.wait(timeout)

    def close(self) -> str:
        """Hang up; what the agent printed on stderr."""
        assert self.process.stdin is not None and self.process.stdout is not None and self.process.stderr is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.reading.set()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(10)
        said = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return said


def eventually(what: Any, timeout: float = 30) -> Any:
    """The first true answer of ``what()``."""
    end = time.monotonic() + timeout
    while True:
        found = what()
        if found or time.monotonic() > end:
            assert found, "it never came"
            return found
        time.sleep(0.02)


@contextlib.contextmanager
def peer(root: Path, **options: Any) -> Iterator[Peer]:
    """A `Peer` that hangs up at the end."""
    one = Peer(root, **options)
    try:
        yield one
    finally:
        one.close()
