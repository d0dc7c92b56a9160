"""The panel of remote runs: what it shows of real runs, with the keyboard, in light and dark, and while hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.bed import code, until

from .lab import ENVIRONMENT, Lab

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FINAL = ("succeeded", "failed", "cancelled", "lost")

TRAINING = """
import time, random
from jupyter_mlx import log
for step in range(400):
    log(loss=2.0 / (step + 1) ** 0.5, val_acc=1 - 0.9 / (step + 2), step=step)
    time.sleep(0.25)
"""
QUICK = "from jupyter_mlx import log\nlog(loss={loss}, val_acc={acc})"


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """A server whose page shows its application to scripts."""
    return make_lab(options=["--LabApp.expose_app_in_browser=True"])


def run(lab: Lab, notebook: str = "nb.ipynb", **wanted: Any) -> dict[str, Any]:
    """Start a run as a program does."""
    body = {"notebook": notebook, "machine": "local", "environment": ENVIRONMENT, **wanted}
    found: dict[str, Any] = lab.call("POST", "jupyter-mlx/runs", body)
    return found


def over(lab: Lab, run_id: str) -> dict[str, Any]:
    """The run once it is over."""

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = lab.call("GET", f"jupyter-mlx/runs/{run_id}")
        return found if found["state"] in FINAL else None

    ended_run: dict[str, Any] = until(ended, "the end of the run")
    return ended_run


def show(page: Page) -> Locator:
    """The panel, open."""
    page.evaluate("() => window.jupyterapp.commands.execute('jupyter-mlx:show-panel')")
    panel = page.get_by_role("region", name="Remote runs", exact=True)
    expect(panel).to_be_visible()
    return panel


def stand_in(page: Page, *commands: str) -> None:
    """Commands of other parts of the page, that note what they were asked; those that are there are put aside."""
    page.evaluate(
        """ids => {
            window.asked = [];
            const {commands} = window.jupyterapp;
            for (const id of ids) {
                commands._commands.delete(id);
                commands.addCommand(id, {execute: args => { window.asked.push([id, args]); }});
            }
        }""",
        list(commands),
    )


def asked(page: Page) -> list[Any]:
    """What the stand-ins were asked."""
    found: list[Any] = page.evaluate("() => window.asked")
    return found


def history_of(lab: Lab) -> None:
    """Three runs that are over: one good, one better, one failed; the second starred and tagged."""
    lab.notebook(QUICK.format(loss=0.4, acc=0.81), name="train.ipynb", machine="local")
    over(lab, run(lab, "train.ipynb")["id"])
    lab.notebook(QUICK.format(loss=0.2, acc=0.91), name="train.ipynb", machine="local")
    better = over(lab, run(lab, "train.ipynb", tags=["baseline", "starred"])["id"])
    assert better["state"] == "succeeded"
    lab.call("PATCH", f"jupyter-mlx/runs/{better['id']}", {"notes": "first that works"})
    lab.notebook("x = 1", "raise MemoryError('no room for 8 GB')", name="eval.ipynb")
    assert over(lab, run(lab, "eval.ipynb")["id"])["state"] == "failed"


def test_it_shows_what_runs_what_ran_and_what_can_be_run(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    history_of(lab)
    lab.notebook(
        code("lr = 0.001\nepochs = 20\nshuffle = True\nname = 'base'", "parameters"),
        TRAINING,
        "print('end')",
        name="train.ipynb",
        machine="local",
    )
    run(lab, "train.ipynb")
    run(lab, "train.ipynb", title="sweep lr=1e-2")
    page = open_page(lab, "train.ipynb")
    stand_in(page, "jupyter-mlx:open-run", "jupyter-mlx:stop-run", "jupyter-mlx:run-notebook")
    panel = show(page)
    active = panel.get_by_role("region", name="Active")
    row = active.get_by_role("listitem").filter(has_text="running")  # the other waits until it is over
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuetext", re.compile("cell 2 of 3"))
    expect(row.get_by_role("img", name=re.compile("loss is"))).to_be_visible()
    expect(active.get_by_role("listitem")).to_have_count(2)
    launch = panel.get_by_role("region", name="Launch")
    expect(launch.get_by_role("button", name=re.compile("file"))).to_be_enabled()
    expect(launch.get_by_placeholder("0.001")).to_be_visible()
    history = panel.get_by_role("region", name="History")
    expect(history.get_by_role("row")).to_have_count(3)
    expect(history.get_by_role("row").filter(has_text="no room for 8 GB")).to_be_visible()
    snap(page, "panel-light")
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    snap(page, "panel-dark")
