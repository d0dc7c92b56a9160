"""What people do with a run that is over: star, tag, write a note, save its results, run it again, forget it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.bed import until

from .lab import Lab
from .palette import palette
from .test_start import QUICK, run_button, toasts


def test_a_run_that_is_over_is_labelled_saved_repeated_and_forgotten(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.notebook(QUICK, machine="local")
    page = open_page(lab, "nb.ipynb")
    run_button(page).click()
    until(lambda: lab.runs() and lab.runs()[0]["state"] == "succeeded", "the run to end")
    dialog = page.get_by_role("dialog")

    _fire(page, "star-run")
    until(lambda: lab.runs()[0]["tags"] == ["starred"], "the star")
    _fire(page, "tag-run")
    dialog.get_by_role("textbox").fill("baseline, wide,, baseline")
    page.keyboard.press("Enter")
    until(lambda: lab.runs()[0]["tags"] == ["baseline", "wide", "starred"], "the tags, with the star")
    _fire(page, "note-run")
    dialog.get_by_role("textbox", name="Note").fill("first line")
    page.keyboard.press("Enter")
    page.keyboard.type("second line")
    snap(page, "commands-note")
    dialog.get_by_role("button", name="Save").click()
    until(lambda: lab.runs()[0]["notes"] == "first line\nsecond line", "the note")

    saved = lab.root / "runs" / "nb-1" / "nb.ipynb"
    _save(page)
    until(saved.exists, "the executed notebook")
    assert "hello from 2" in saved.read_text()
    saved.write_text("{}")
    _save(page)
    expect(dialog).to_contain_text("Write over what is there?")
    dialog.get_by_role("button", name="Write Over").click()
    until(lambda: "hello from 2" in saved.read_text(), "the notebook written over")
    expect(toasts(page).first).to_contain_text("of #1 nb.ipynb")

    _fire(page, "rerun-run")
    until(lambda: [run["state"] for run in lab.runs()] == ["succeeded", "succeeded"], "the run again")
    assert lab.runs()[0]["rerun_of"] == lab.runs()[1]["id"]
    _fire(page, "delete-run")
    expect(dialog).to_contain_text("Forget #2 nb.ipynb?")
    snap(page, "commands-forget")
    dialog.get_by_role("button", name="Forget").click()
    until(lambda: _numbers(lab) == [1], "the second run to go")


def _fire(page: Page, name: str) -> None:
    palette(page)
    page.locator(".lm-CommandPalette-input").fill("remote runs")
    item = page.locator(f".lm-CommandPalette-item[data-command='jupyter-mlx:{name}']")
    expect(item).not_to_have_class("lm-mod-disabled")
    item.click()


def _save(page: Page) -> None:
    _fire(page, "fetch-run")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()


def _numbers(lab: Lab) -> list[Any]:
    return [run["number"] for run in lab.runs()]
