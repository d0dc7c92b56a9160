"""Runs under a real supervisor, as the agent would start it, with the real kernel host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from jupyter_mlx.runner import processes
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.journal import Journal, Record, read
from jupyter_mlx.runner.layout import Root, RunPaths

from .bed import eventually, made_run, project

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PYTHON38 = "/root/.pyenv/versions/3.8.18/bin/python"
_CODE = f"""import sys; sys.path.insert(0, {str(REPOSITORY)!r})
from jupyter_mlx.runner.__main__ import main; sys.exit(main())"""


def code_notebook(*cells: str) -> dict[str, Any]:
    """A notebook of code cells."""
    return {
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "execution_count": None, "source": cell}
            for n, cell in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


class Supervised:
    """An accepted run and, once started, its supervisor."""

    def __init__(
        self,
        folder: Path,
        *cells: str,
        files: dict[str, bytes] | None = None,
        python: str = sys.executable,
        **spec: Any,
    ) -> None:
        root = Root(str(folder))
        root.prepare()
        whole, _ = project(BlobStore(root.blobs), code_notebook(*cells), **(files or {}))
        whole["cells"] = [{"index": n, "id": f"c{n}"} for n in range(len(cells))]
        whole.update(spec)
        self.root = root
        self.paths: RunPaths = made_run(root, whole, started=False)
        self.python = python
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environ: str) -> Supervised:
        """Start the supervisor, not detached: its end is ours to see."""
        with open(self.paths.trouble, "ab") as said:
            self.process = subprocess.Popen(
                [self.python, "-I", "-S", "-c", _CODE, "supervise", self.paths.folder],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                env={**os.environ, **environ},
            )
        return self

    def wait(self, timeout: float = 60) -> dict[str, Any]:
        """The verdict; fails where the supervisor said something or left processes behind."""
        assert self.process is not None
        self.process.wait(timeout)
        assert Path(self.paths.trouble).read_text() == ""
        assert processes.run_processes(self.paths.id) == []
        return self.exit()

    def exit(self) -> dict[str, Any]:
        """exit.json."""
        return dict(json.loads(Path(self.paths.exit).read_text()))

    def kill(self) -> None:
        """End the supervisor as the machine might."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def events(self, *types: str) -> list[dict[str, Any]]:
        """What the journal holds, all of it good."""
        items = list(read(self.paths.journal))
        assert all(isinstance(item, Record) for item in items), items
        assert [item.seq for item in items if isinstance(item, Record)] == list(range(1, len(items) + 1))
        found = [item.event for item in items if isinstance(item, Record)]
        return [event for event in found if not types or event["type"] in types]

    def sees(self, kind: str, timeout: float = 40, **fields: Any) -> dict[str, Any]:
        """The first event of a kind with these fields, once it is there."""

        def look() -> dict[str, Any] | None:
            wanted = {"type": kind, **fields}.items()
            return next((event for event in self._so_far() if wanted <= {**_plain(event)}.items()), None)

        return dict(eventually(look, timeout))

    def prints(self, text: str) -> None:
        """Wait until a cell has printed a text."""
        eventually(lambda: any(text in event["text"] for event in self._streams()))

    def _so_far(self) -> list[dict[str, Any]]:
        if not os.path.exists(self.paths.journal):
            return []
        return [item.event for item in read(self.paths.journal) if isinstance(item, Record)]

    def _streams(self) -> list[dict[str, Any]]:
        return [event for event in self._so_far() if event["type"] == "stream"]

    def text(self) -> str:
        """All that the cells printed."""
        return "".join(event["text"] for event in self._streams())

    def tell(self, **message: Any) -> None:
        """A message into the inbox."""
        inbox = Journal(self.paths.inbox)
        inbox.append({"t": time.time(), **message})
        inbox.close()

    @property
    def kernel(self) -> dict[str, Any]:
        """Who the kernel is."""
        return dict(json.loads(Path(self.paths.kernel).read_text()))


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    """The fields that can be compared as a set."""
    return {name: value for name, value in event.items() if isinstance(value, (str, int, float))}
