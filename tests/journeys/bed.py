"""A user at a terminal: notebooks, a machine, the command line as whole processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.sshd import Sshd

CLI = [sys.executable, "-m", "jupyter_mlx.cli.main"]
PATIENCE_S = 60.0
FINAL = ("succeeded", "failed", "cancelled", "lost")


def code(source: str, *tags: str, cell_id: str = "") -> dict[str, Any]:
    """A code cell."""
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "id": cell_id or f"c{abs(hash((source, tags))) % 10**10}",
        "metadata": metadata,
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def write_notebook(path: Path, *cells: dict[str, Any] | str) -> Path:
    """A notebook of code cells on disk."""
    made = [code(cell, cell_id=f"cell-{n}") if isinstance(cell, str) else cell for n, cell in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}))
    return path


def until(condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """What the condition gives once it is true. A test that waits in vain says for what."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {patience_s:.0f} s in vain for {what}")


@dataclass
class Bed:
    """One machine as a user reaches it, a project folder, and the command line in its environment."""

    name: str
    project: Path
    root: Path  # the machine's folder of ours
    env: dict[str, str]
    server: Sshd | None = None
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def notebook(self, *cells: dict[str, Any] | str, name: str = "nb.ipynb") -> Path:
        """A notebook in the project."""
        return write_notebook(self.project / name, *cells)

    def cli(self, *args: object, timeout: float = 100, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        return subprocess.run(
            [*CLI, *map(str, args)],
            cwd=options.pop("cwd", self.project),
            env={**self.env, **options.pop("env", {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            **options,
        )

    def json(self, *args: object, code: int = 0, **options: Any) -> Any:
        """Run with ``--json`` and read the one object it prints."""
        done = self.cli(*args, "--json", **options)
        assert done.returncode == code, f"exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-3000:]}"
        return json.loads(done.stdout)

    def start(self, *args: object, **options: Any) -> subprocess.Popen[str]:
        """Start the command line and go on; it is killed at the end of the test."""
        process = subprocess.Popen(
            [*CLI, *map(str, args)],
            cwd=self.project,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.STDOUT),
            text=True,
            start_new_session=True,
            **options,
        )
        self.started.append(process)
        return process

    def submit(self, notebook: Path, *args: object) -> str:
        """Submit detached on this bed's machine with this Python's packages; the run's id."""
        submitted = self.json(
            "run", notebook, "--on", self.name, "--env", f"existing:{sys.executable}", "--detach", *args
        )
        return str(submitted["id"])

    def show(self, run_id: str) -> Any:
        """The run's model, fresh."""
        return self.json("show", run_id)

    def ended(self, run_id: str, patience_s: float = PATIENCE_S) -> Any:
        """The run's model once it is over."""
        until((self.folder(run_id) / "exit.json").exists, "the verdict on the machine", patience_s)
        shown = self.show(run_id)
        assert shown["state"] in FINAL, shown
        return shown

    def folder(self, run_id: str) -> Path:
        """The run's folder on the machine."""
        return self.root / "runs" / run_id

    def journal(self, run_id: str) -> bytes:
        """The journal's bytes on the machine."""
        return (self.folder(run_id) / "journal").read_bytes()

    def mirror(self, run_id: str) -> bytes:
        """The bytes of the mirror on the laptop."""
        return (Path(self.env["JUPYTER_DATA_DIR"]) / "jupyter_mlx" / "mirrors" / run_id / "journal").read_bytes()

    def processes(self, run_id: str) -> list[int]:
        """Living processes that belong to a run, by their environment or their command line."""
        return list(processes_with(f"JMLX_RUN={run_id}", run_id))

    def supervisor(self, run_id: str) -> int:
        """The process id of the run's supervisor."""
        record = until(lambda: _read(self.folder(run_id) / "supervisor.json"), "a supervisor")
        return int(json.loads(record)["pid"])

    def close(self) -> None:
        """End what the test started, runs included."""
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
            if process.stdout:
                process.stdout.close()
        for pid in processes_with(str(self.root), self.env["JUPYTER_DATA_DIR"]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def processes_with(*needles: str) -> Iterator[int]:
    """Processes that carry one of the texts in their command line or environment; never this one."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            text = (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()
            zombie = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if not zombie and any(needle.encode() in text for needle in needles):
            yield int(folder.name)
