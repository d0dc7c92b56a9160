"""A laptop with a project and machines for tests of a run's whole journey."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_mlx import lifecycle
from jupyter_mlx.capture import Captured, capture_run
from jupyter_mlx.dispatch.contacts import Contact
from jupyter_mlx.dispatch.dispatcher import Dispatcher
from jupyter_mlx.dispatch.mirroring import Item
from jupyter_mlx.errors import UnreachableError
from jupyter_mlx.models import Json, Machine, Run, RunState
from jupyter_mlx.runner.journal import Record
from jupyter_mlx.workbench import Workbench

PATIENCE_S = 60.0


def eventually(what: Callable[[], Any], patience: float = PATIENCE_S) -> Any:
    """Wait until something is true; its value."""
    until = time.monotonic() + patience
    while not (value := what()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
    return value


class Heard:
    """Collects what a follow hands on."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.stop = threading.Event()
        self.contacts: list[str | None] = []

    def __call__(self, items: list[Item]) -> None:
        self.items += items

    def contact(self, error: Exception | None) -> None:
        self.contacts.append(None if error is None else type(error).__name__)

    @property
    def seqs(self) -> list[int]:
        return [item.seq for item in self.items if isinstance(item, Record)]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [item.event for item in self.items if isinstance(item, Record) and item.event.get("type") == kind]

    @property
    def text(self) -> str:
        return "".join(event["text"] for event in self.events("stream"))


class Gate(Workbench):
    """A workbench whose way to the machines can be closed, and whose links can be cut."""

    closed: Exception | None = None  # what every dial raises
    dials = 0

    def _dial(self, machine: Machine, known: Json) -> Contact:
        self.dials += 1
        if self.closed is not None:
            raise self.closed
        return super()._dial(machine, known)

    def cut(self) -> None:
        """Break every link under way."""
        for contact in list(self.dispatcher.contacts._contacts.values()):
            contact.close()


def away(why: str = "no route to host") -> UnreachableError:
    """What a dial raises while a machine is out of reach."""
    return UnreachableError(why)


class Bed:
    """A workbench of its own and a project folder with notebooks."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.project = home / "project"
        self.project.mkdir(parents=True, exist_ok=True)
        self.workbench = Gate(data=home / "state", config=home / "settings")

    @property
    def dispatcher(self) -> Dispatcher:
        return self.workbench.dispatcher

    @property
    def local(self) -> Machine:
        return self.workbench.machines.find("local")

    def run(self, run_id: str) -> Run:
        return self.workbench.store.run(run_id)

    def notebook(self, *cells: str, name: str = "note.ipynb") -> Path:
        """Write a notebook of code cells into the project."""
        blank = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
        content = {
            "cells": [{**blank, "id": f"c{n}", "source": source} for n, source in enumerate(cells)],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path = self.project / name
        path.write_text(json.dumps(content))
        return path

    def capture(self, *cells: str, machine: Machine | None = None, name: str = "note.ipynb", **more: Any) -> Captured:
        """Capture a notebook that runs with the Python of the tests."""
        return capture_run(
            self.notebook(*cells, name=name),
            machine=machine or self.local,
            blobs=self.workbench.blobs,
            project=self.project,
            environment=f"existing:{sys.executable}",
            **more,
        )

    def submit(self, *cells: str, machine: Machine | None = None, **more: Any) -> Run:
        """Capture and submit."""
        target = machine or self.local
        return self.dispatcher.submit(self.capture(*cells, machine=target, **more), target)

    def follow(self, run_id: str, heard: Heard | None = None) -> Run:
        """Follow to the end."""
        heard = heard or Heard()
        return self.dispatcher.follow(run_id, heard, heard.stop, contact=heard.contact)

    def ended(self, run_id: str) -> Run:
        """Wait for a run's end as the machine sees it, by syncing; its final state."""

        def over() -> Run | None:
            self.dispatcher.sync(5.0)
            run = self.run(run_id)
            return run if lifecycle.over(run) else None

        run: Run = eventually(over)
        return run

    def queued(self, *cells: str) -> Run:
        """A run that waits because its machine is out of reach; the machine is back afterwards."""
        self.workbench.cut()
        self.workbench.closed = away()
        run = self.submit(*cells)
        assert run.state is RunState.QUEUED
        self.workbench.closed = None
        return run

    def on_machine(self) -> list[str]:
        """The ids of the runs machine local has."""
        folder = self.home / "state" / "local" / "runs"
        return sorted(path.name for path in folder.iterdir() if len(path.name) == 26) if folder.is_dir() else []

    def journal(self, run: Run) -> bytes:
        """What machine local holds."""
        return (self.home / "state" / "local" / "runs" / run.id / "journal").read_bytes()

    def mirror(self, run: Run) -> bytes:
        """What this laptop holds."""
        return self.workbench.store.mirror(run.id).path.read_bytes()

    def close(self) -> None:
        """End what is open: runs that still go are stopped."""
        self.workbench.closed = None
        if "dispatcher" in self.workbench.__dict__:
            for run in self.workbench.store.open_runs("local"):
                if run.state not in (RunState.QUEUED, RunState.SENDING) and not run.state.final:
                    self.dispatcher.stop(run.id)
        self.workbench.close()
