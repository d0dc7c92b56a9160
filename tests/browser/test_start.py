"""One action starts a run, wherever the user's hand is; and it runs what is on the screen, saved or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.bed import until

from .lab import Lab

QUICK = "print('hello from', 1 + 1)"


def test_one_action_from_every_place_starts_one_run(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.notebook(QUICK, name="nb.ipynb", machine="local")
    lab.settings("jupyter-mlx/plugin", askBeforeSecondRun=False)
    page = open_page(lab, "nb.ipynb")
    button = page.get_by_role("button", name="Run remotely", exact=True)
    expect(button).to_be_visible()
    snap(page, "toolbar")

    button.click()
    _one_more(lab, 1)

    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Control+Shift+Enter")
    _one_more(lab, 2)
    assert page.locator(".jp-Cell").count() == 1, "the keys did something to the notebook too"

    page.get_by_role("menuitem", name="Run", exact=True).click()
    snap(page, "run-menu")
    page.get_by_role("menuitem", name="Run Remotely", exact=False).first.click()
    _one_more(lab, 3)

    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").fill("run remotely")
    snap(page, "palette")
    page.locator(".lm-CommandPalette-item[data-command='jupyter-mlx:run-notebook']").click()
    _one_more(lab, 4)

    page.locator(".jp-DirListing-item", has_text="nb.ipynb").click(button="right")
    snap(page, "context-menu")
    page.get_by_role("menuitem", name="Run Remotely", exact=False).first.click()
    _one_more(lab, 5)


def _one_more(lab: Lab, count: int) -> dict[str, Any]:
    runs: list[dict[str, Any]] = until(lambda: len(lab.runs()) >= count and lab.runs(), f"run {count}")
    until(lambda: lab.runs()[0]["state"] == "succeeded", f"run {count} to end")
    assert len(lab.runs()) == count
    return runs[0]
