"""A run folder as acceptance leaves it, and the kernel host started on it: no agent, no supervisor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jupyter_mlx.link.runner_zip import runner_zip
from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.journal import Journal, Record, read
from jupyter_mlx.runner.layout import Root, RunPaths

Json = dict[str, Any]


def code(source: str, *tags: str) -> Json:
    """A code cell."""
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": [], "execution_count": None}


def notebook_of(*cells: Json | str) -> Json:
    """A notebook of cells; text is a code cell."""
    made = [code(cell) if isinstance(cell, str) else dict(cell) for cell in cells]
    for index, cell in enumerate(made):
        cell["id"] = f"cell-{index}"
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}


class HostedRun:
    """One run folder below a root in ``folder``."""

    def __init__(self, folder: Path, notebook: Json, *, close: bool = True, **spec: Any) -> None:
        self.notebook = notebook
        root = Root(str(folder / "root"))
        root.prepare()
        self.pyz = folder / "runner.pyz"
        self.pyz.write_bytes(runner_zip().data)
        self.paths: RunPaths = root.run(new_run_id())
        for path in (self.paths.folder, self.paths.work, self.paths.outputs):
            os.mkdir(path)
        cells = [(i, c.get("id", str(i))) for i, c in enumerate(notebook["cells"]) if c["cell_type"] == "code"]
        self.spec = {
            "format": 1,
            "id": self.paths.id,
            "notebook_blob": BlobStore(root.blobs).put(json.dumps(notebook).encode()),
            "cells": [{"index": index, "id": cell_id} for index, cell_id in cells],
            "cwd": "",
            "limits": {},
        } | spec
        Path(self.paths.spec).write_text(json.dumps(self.spec))
        self._inbox = Journal(self.paths.inbox)
        for index, _ in cells if close else []:
            self.send("execute", index=index)
        if close:
            self.send("close")
        self._closed = False
        self.process: subprocess.Popen[bytes] | None = None

    def send(self, kind: str, **fields: Any) -> None:
        """Put a message into the inbox."""
        self._inbox.append({"type": kind, **fields})

    def start(self, python: str = sys.executable, **env: str) -> subprocess.Popen[bytes]:
        """Start the host."""
        trouble = os.open(self.paths.trouble, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        variables = os.environ | {
            "JMLX_KERNEL_PYTHON": sys.executable,
            "JUPYTER_MLX_EVENTS": self.paths.events,
            "JUPYTER_MLX_OUTPUTS": self.paths.outputs,
        }
        variables.pop("PYTEST_CURRENT_TEST", None)  # ipykernel looks at it
        argv = [python, "-I", str(self.pyz), "host", self.paths.folder]
        self.process = subprocess.Popen(
            argv, env=variables | env, stdin=subprocess.DEVNULL, stdout=trouble, stderr=trouble
        )
        os.close(trouble)
        return self.process

    def run(self, timeout: float = 60, **env: str) -> Json:
        """Start the host and wait for it; what it says in host.json."""
        self.start(**env)
        return self.finish(timeout)

    def finish(self, timeout: float = 60) -> Json:
        """Wait for the host; what it says in host.json."""
        assert self.process is not None
        assert self.process.wait(timeout) == 0, Path(self.paths.trouble).read_text()
        return self.verdict()

    def verdict(self) -> Json:
        """What host.json says."""
        found: Json = json.loads(Path(self.paths.folder, "host.json").read_text())
        return found

    def events(self, *kinds: str) -> list[Json]:
        """The journal's events so far, of some kinds or of all; any damage fails the test."""
        if not os.path.exists(self.paths.journal):
            return []
        items = list(read(self.paths.journal))
        records = [item for item in items if isinstance(item, Record)]
        assert len(records) >= len(items) - 1  # the last may be on its way
        return [item.event for item in records if not kinds or item.event["type"] in kinds]

    def text(self, cell: int, name: str = "stdout") -> str:
        """What a cell printed so far."""
        streams = self.events("stream")
        return "".join(e["text"] for e in streams if e["cell"] == cell and e["name"] == name)

    def media(self, digest: str) -> bytes:
        """A large value."""
        return Path(self.paths.media, digest).read_bytes()

    def until(self, holds: Callable[[], Any], timeout: float = 30) -> Any:
        """Wait until something holds; its value."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if found := holds():
                return found
            time.sleep(0.02)
        raise AssertionError(f"it never held; the journal ends with {self.events()[-3:]}")

    def kernel_pid(self) -> int:
        """The kernel's process, once there is one."""
        path = Path(self.paths.folder, "kernel.json")
        self.until(path.exists)
        return int(json.loads(path.read_text())["pid"])

    def close(self) -> None:
        """Leave no process behind."""
        if not self._closed:
            self._inbox.close()
            self._closed = True
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def of_type(events: Iterable[Json], kind: str) -> list[Json]:
    """The events of one type."""
    return [event for event in events if event["type"] == kind]
