"""What the tests of live notebooks share: runs that go on as the test says, and what a page shows of them."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page, expect

from tests.journeys.bed import CLI, until

from .lab import CHECKOUT, ENVIRONMENT, Lab

expect.set_options(timeout=30_000)  # several labs share few cores

WAITS = "import os, time\nwhile not os.path.exists({gate!r}): time.sleep(0.02)\n"


class Gate:
    """Lets a cell of a run go on when the test opens it; for runs on this computer."""

    def __init__(self, folder: Path, name: str = "gate") -> None:
        self.path = folder / name

    def code(self, rest: str = "") -> str:
        """Source that waits here before the rest."""
        return WAITS.format(gate=str(self.path)) + rest

    def open(self) -> None:
        """Let it go on."""
        self.path.write_text("")


def start(lab: Lab, path: str = "nb.ipynb", machine: str = "local", **more: Any) -> dict[str, Any]:
    """Start a run over the server, as another program would."""
    wanted = {"notebook": path, "machine": machine, "environment": ENVIRONMENT, **more}
    run: dict[str, Any] = lab.call("POST", "jupyter-mlx/runs", wanted)
    return run


def start_by_cli(lab: Lab, path: Path) -> None:
    """Start a run at a terminal beside the lab, and leave."""
    command = [*CLI, "run", str(path), "--on", "local", "--env", ENVIRONMENT, "--detach"]
    subprocess.run(command, cwd=path.parent, env={**lab.env, "PYTHONPATH": str(CHECKOUT)}, check=True, timeout=100)


def ended(lab: Lab, run: dict[str, Any], state: str = "succeeded") -> None:
    """Wait for the end of a run."""
    found = until(
        lambda: (now := lab.call("GET", f"jupyter-mlx/runs/{run['id']}"))["ended"] and now, "the end of the run"
    )
    assert found["state"] == state, found


def cell(page: Page, index: int) -> Locator:
    """A cell of the notebook in front; the lab may leave the empty cell of a new notebook behind, without height."""
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-cell:visible").nth(index)


def output(page: Page, index: int) -> Locator:
    """All outputs of a cell of the notebook in front."""
    return cell(page, index).locator(".jp-Cell-outputArea")


def saved(page: Page, path: Path) -> Any:
    """Save the notebook in front and read the file, which must be valid and without a trace of ours."""
    before = path.stat().st_mtime_ns
    page.locator(".lm-DockPanel-tabBar .lm-mod-current").first.click()
    page.keyboard.press("Control+s")
    notebook = until(lambda: path.stat().st_mtime_ns != before and _parsed(path), "the notebook to be saved")
    nbformat.validate(notebook)
    for one in notebook["cells"]:
        assert not [key for key in one["metadata"] if "mlx" in key.lower()], one["metadata"]
    assert "jp-Mlx" not in path.read_text()
    return notebook


def _parsed(path: Path) -> Any:
    """What is in a file; None while it is written."""
    with contextlib.suppress(json.JSONDecodeError):
        return json.loads(path.read_text())
    return None


def type_into(page: Page, index: int, text: str) -> None:
    """Edit a cell, as a person does: at the end of its first line."""
    cell(page, index).locator(".cm-line").first.click()
    page.keyboard.press("End")
    page.keyboard.type(text)
