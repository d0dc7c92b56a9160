"""One action starts a run, wherever the user's hand is; and it runs what is on the screen, saved or not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.journeys.bed import FINAL, code, until

from .lab import Lab
from .palette import palette

QUICK = "print('hello from', 1 + 1)"
SLOW = "import time\nfor n in range(600):\n    print(n, flush=True)\n    time.sleep(0.2)"


def test_one_action_from_every_place_starts_one_run_of_what_is_on_the_screen(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    on_disk = lab.notebook(QUICK, machine="local").read_text()
    lab.settings("jupyter-mlx/plugin", askBeforeSecondRun=False)
    page = open_page(lab, "nb.ipynb")

    run_button(page).click()
    assert _source(_one_more(lab, 1)) == QUICK

    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("  # typed, not saved")
    page.keyboard.press("Control+Shift+Enter")
    edited = _source(_one_more(lab, 2))
    assert edited.endswith("# typed, not saved")
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1, "the keys did something to the notebook too"

    page.get_by_role("menuitem", name="Run", exact=True).click()
    snap(page, "start-run-menu")
    page.get_by_role("menuitem", name="Run Remotely").click()
    assert _source(_one_more(lab, 3)) == edited

    palette(page)
    page.locator(".lm-CommandPalette-input").fill("run remotely")
    page.locator(".lm-CommandPalette-item[data-command='jupyter-mlx:run-notebook']").click()
    assert _source(_one_more(lab, 4)) == edited

    page.locator(".jp-DirListing-item", has_text="nb.ipynb").click(button="right")
    snap(page, "start-context-menu")
    page.get_by_role("menuitem", name="Run Remotely").click()
    assert _source(_one_more(lab, 5)) == edited
    assert (lab.root / "nb.ipynb").read_text() == on_disk, "the file was written"


def test_a_notebook_that_is_not_open_runs_as_it_lies_on_disk_with_its_own_target(lab: Lab, page: Page) -> None:
    lab.notebook(code("n = 1", "parameters"), "print(n)", machine="local", params={"n": "7"})
    page.locator(".jp-DirListing-item", has_text="nb.ipynb").click(button="right")
    page.get_by_role("menuitem", name="Run Remotely").click()
    run = _one_more(lab, 1)
    assert run["params"] == {"n": 7}
    assert page.locator(".jp-Notebook").count() == 0


def test_the_click_shows_at_once_and_counts_once_though_the_answer_is_lost(
    lab: Lab, open_page: Callable[..., Page]
) -> None:
    lab.notebook(QUICK, machine="local")
    page = open_page(lab, "nb.ipynb")
    asked: list[Any] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        asked.append(json.loads(route.request.post_data or ""))
        if len(asked) == 1:
            held.append(route)
        else:
            route.fallback()

    page.route("**/jupyter-mlx/runs?*", hold)
    run_button(page).click()
    sending = page.get_by_role("button", name="Sending…", exact=True)
    expect(sending).to_be_disabled()
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Control+Shift+Enter")  # once more, in vain
    until(lambda: held or page.wait_for_timeout(50), "the request")
    held[0].fetch()  # it reaches the server,
    held[0].abort()  # and the answer does not reach the page

    expect(run_button(page)).to_be_enabled()
    until(lambda: len(asked) == 2 or page.wait_for_timeout(50), "another try")
    assert asked[0]["id"] == asked[1]["id"]
    run = _one_more(lab, 1)
    assert run["id"] == asked[0]["id"]
    assert toasts(page).count() == 0


def test_what_cannot_start_says_why_and_what_to_press(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.notebook(code("n = 1", "parameters"), "print(n)", machine="nowhere", name="lost.ipynb")
    lab.notebook(code("n = 1", "parameters"), "print(n)", machine="local", params={"m": "2"}, name="wrong.ipynb")
    page = open_page(lab, "lost.ipynb")
    run_button(page).click()
    expect(toasts(page)).to_contain_text("lost.ipynb did not start")
    expect(toasts(page)).to_contain_text("nowhere")
    snap(page, "start-no-machine")
    toasts(page).get_by_role("button", name="Choose a machine").click()
    expect(page.locator("#jupyter-mlx-panel")).to_be_visible()

    page = open_page(lab, "wrong.ipynb", workspace="two")
    run_button(page).click()
    expect(toasts(page)).to_contain_text("wrong.ipynb did not start")
    expect(toasts(page).get_by_role("button", name="Change parameters")).to_be_visible()
    assert toasts(page).count() == 1
    assert lab.runs() == []


def test_a_machine_out_of_reach_is_no_error_the_run_is_queued(lab: Lab, open_page: Callable[..., Page]) -> None:
    lab.call("POST", "jupyter-mlx/machines", {"name": "gone", "host": "127.0.0.1", "port": 9})
    lab.notebook(QUICK, machine="gone")
    page = open_page(lab, "nb.ipynb")
    run_button(page).click()
    expect(toasts(page)).to_contain_text("is queued: sent when gone is back")
    assert page.locator(".Toastify__toast--error").count() == 0
    expect(page.locator(".jp-MlxStatus")).to_have_text("1 queued")


def test_other_ways_to_run_are_behind_the_arrow(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.notebook(code("n = 1", "parameters"), SLOW, "print('last')", machine="local")
    (lab.root / "rows.csv").write_text("a,b\n" * 1000)
    page = open_page(lab, "nb.ipynb")

    _more(page, "Show What Would Travel…")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("row", name="rows.csv")).to_contain_text("4.0 kB")
    expect(dialog).to_contain_text("n=1")
    dialog.get_by_role("button", name="Copy as Text").click()
    assert "rows.csv" in page.evaluate("navigator.clipboard.readText()")
    snap(page, "start-preflight")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert lab.runs() == []

    _more(page, "Run on Another Machine…")
    expect(page.get_by_role("radio", name="This computer")).to_be_focused()
    snap(page, "start-machines")
    page.keyboard.press("Enter")
    first = until(lambda: next((run for run in lab.runs() if run["state"] == "running"), None), "the first run")

    run_button(page).click()
    expect(dialog).to_contain_text("This notebook is running already")
    snap(page, "start-second")
    dialog.get_by_role("button", name="Cancel").click()
    assert len(lab.runs()) == 1

    page.locator(".jp-Notebook .jp-Cell").nth(2).click()
    page.keyboard.press("Escape")
    _more(page, "Run Remotely from the Active Cell")
    dialog.get_by_role("button", name=f"Stop #{first['number']} and Run").click()
    until(lambda: len(lab.runs()) == 2, "the second run")
    until(lambda: [run["state"] for run in lab.runs()] == ["succeeded", "cancelled"], "both to end")
    cells = lab.call("GET", f"jupyter-mlx/runs/{lab.runs()[0]['id']}")["cells"]
    assert [cell["state"] for cell in cells] == ["succeeded", "skipped", "succeeded"]


def test_where_no_machine_was_ever_chosen_the_panel_asks(lab: Lab, open_page: Callable[..., Page]) -> None:
    lab.notebook(QUICK)
    page = open_page(lab, "nb.ipynb")
    run_button(page).click()
    expect(page.locator("#jupyter-mlx-panel")).to_be_visible()
    assert lab.runs() == []


def run_button(page: Page) -> Locator:
    """The main half of the split button."""
    return page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name="Run remotely", exact=True)


def toasts(page: Page) -> Locator:
    """Notifications in sight."""
    return page.locator(".Toastify__toast")


def _more(page: Page, entry: str) -> None:
    page.get_by_role("button", name="More ways to run remotely").click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def _one_more(lab: Lab, count: int) -> dict[str, Any]:
    until(lambda: len(lab.runs()) >= count, f"run {count}")
    until(lambda: lab.runs()[0]["state"] in FINAL, f"run {count} to end")
    runs = lab.runs()
    assert len(runs) == count
    assert runs[0]["state"] == "succeeded"
    executed = lab.call("GET", f"jupyter-mlx/runs/{runs[0]['id']}/notebook")["notebook"]
    return {**runs[0], "notebook_that_ran": executed}


def _source(run: dict[str, Any]) -> str:
    source = run["notebook_that_ran"]["cells"][0]["source"]
    return source if isinstance(source, str) else "".join(source)
