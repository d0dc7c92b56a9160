"""Addresses that open a run, also below a base URL that needs escaping; and Notebook 7 beside JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.bed import until

from .lab import TOKEN, Lab
from .palette import palette
from .test_start import QUICK, run_button, toasts

BELOW = "/user/a%20b/"


def test_below_a_base_url_with_a_space_a_run_starts_and_its_link_opens_it(
    make_lab: Callable[..., Lab], open_page: Callable[..., Page]
) -> None:
    lab = make_lab(base_url=BELOW)
    lab.notebook(QUICK, machine="local")
    page = open_page(lab, "nb.ipynb")
    run_button(page).click()
    until(lambda: lab.runs() and lab.runs()[0]["state"] == "succeeded", "the run to end")
    run = lab.runs()[0]["id"]
    palette(page)
    page.locator(".lm-CommandPalette-input").fill("copy link to run")
    page.locator(".lm-CommandPalette-item[data-command='jupyter-mlx:copy-run-link']").click()
    expect(toasts(page).get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{lab.url}/lab?mlx-run={run}"

    other = page.context.new_page()
    other.goto(link)
    expect(other.locator(f"#jp-mlx-run-view-{run}")).to_be_visible()
    assert "mlx-run" not in other.url
    other.goto(f"{lab.url}/lab/tree/nb.ipynb?mlx-run={run}")
    expect(other.locator(f"#jp-mlx-run-view-{run}")).to_be_visible()
    expect(other.get_by_role("tab", name="nb.ipynb", exact=True)).to_be_visible()


def test_in_notebook_7_the_button_the_tree_and_the_running_page_work(
    make_lab: Callable[..., Lab], context: BrowserContext, errors: list[str], snap: Callable[..., Path]
) -> None:
    pytest.importorskip("notebook", reason="pip install notebook")
    lab = make_lab(app="notebook", base_url=BELOW)
    lab.notebook("1 / 0", machine="local")
    page = context.new_page()
    page.on("console", lambda message: "jupyter-mlx" in message.text and errors.append(message.text))
    page.goto(f"{lab.url}/notebooks/nb.ipynb?token={TOKEN}")
    run_button(page).click()
    expect(toasts(page)).to_contain_text("failed in cell 1: ZeroDivisionError", timeout=60_000)
    snap(page, "links-notebook7")
    page.goto(f"{lab.url}/tree")
    page.locator(".jp-DirListing-item", has_text="nb.ipynb").click(button="right")
    page.get_by_role("menuitem", name="Run Remotely").click()
    expect(toasts(page).first).to_contain_text("nb.ipynb")
    until(lambda: [run["state"] for run in lab.runs()] == ["failed", "failed"], "the second run")
