"""Runs are found where people look anyway: status bar, running panel, notifications, launcher, settings, inspector."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.bed import until

from .lab import CHECKOUT, Lab
from .palette import palette
from .test_start import QUICK, SLOW, run_button, toasts

LOCALLY = "Run this notebook detached, on this computer (Ctrl+Shift+Enter)"
SCHEMA = json.loads((CHECKOUT / "schema" / "plugin.json").read_text())


def test_an_open_run_is_in_the_status_bar_and_in_the_running_panel_until_it_is_stopped_there(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.notebook(SLOW, machine="local")
    lab.call("PATCH", "jupyter-mlx/machines/local", {"price": 360.0, "currency": "EUR"})
    page = open_page(lab, "nb.ipynb")
    status = page.locator(".jp-MlxStatus")
    expect(status).to_be_hidden()
    run_button(page).click()
    expect(status).to_contain_text("1 run · ≈ €")
    snap(page, "places-status")
    status.click()
    expect(page.locator("#jupyter-mlx-panel")).to_be_visible()

    page.get_by_role("tab", name="Running Terminals and Kernels").click()
    item = page.locator(".jp-MlxRunning")
    expect(item).to_contain_text("#1 nb.ipynb")
    expect(item).to_contain_text("cell 1 of 1")
    snap(page, "places-running")
    item.locator(".jp-RunningSessions-itemLabel").click()
    expect(page.locator("[id^='jp-mlx-run-view-']")).to_be_visible()
    item.hover()
    item.get_by_title("Stop").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Stop #1 nb.ipynb?")
    dialog.get_by_role("button", name="Stop").click()
    expect(item).to_have_count(0)
    expect(status).to_be_hidden()
    assert lab.runs()[0]["state"] == "cancelled"
    assert page.locator(".Toastify__toast--error").count() == 0, "a stop is no error"


def test_a_failed_run_is_said_once_and_can_be_muted(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.notebook("1 / 0", machine="local")
    page = open_page(lab, "nb.ipynb")
    run_button(page).click()
    said = "#1 nb.ipynb failed in cell 1: ZeroDivisionError: division by zero"
    expect(toasts(page)).to_contain_text(said, timeout=60_000)
    snap(page, "places-failed")
    assert toasts(page).count() == 1
    toasts(page).get_by_role("button", name="Open Run").click()
    expect(page.locator("[id^='jp-mlx-run-view-']")).to_be_visible()

    page.get_by_role("tab", name="nb.ipynb", exact=True).click()
    run_button(page).click()
    toasts(page).get_by_role("button", name="Do Not Show Again").click(timeout=60_000)
    expect(toasts(page)).to_have_count(0)
    settings = lab.home / "config" / "lab" / "user-settings" / "jupyter-mlx" / "plugin.jupyterlab-settings"
    until(lambda: settings.exists() and '"notifyFailed": false' in settings.read_text(), "the setting")
    run_button(page).click()
    until(lambda: [run["state"] for run in lab.runs()] == ["failed"] * 3, "the third run to fail")
    expect(page.locator(".jp-MlxStatus")).to_be_hidden()
    assert toasts(page).count() == 0


def test_the_settings_editor_has_every_key_with_its_machines(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.call("POST", "jupyter-mlx/machines", {"name": "box", "host": "127.0.0.1", "port": 9})
    page = open_page(lab)
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_role("menuitem", name="Settings Editor", exact=False).first.click()
    page.locator(".jp-PluginList-entry", has_text="Remote Runs").click()
    form = page.locator(".jp-SettingsForm")
    for key, about in SCHEMA["properties"].items():
        expect(form, key).to_contain_text(about["title"])
        assert about["description"]
        assert "default" in about
    field = form.get_by_role("combobox", name=SCHEMA["properties"]["defaultMachine"]["title"])
    names = page.locator(f"[id='{field.get_attribute('list')}'] option")
    assert names.evaluate_all("options => options.map(option => option.value)") == ["local", "box"]
    snap(page, "places-settings")

    lab.notebook(QUICK)
    field.fill("local")
    page.locator(".jp-DirListing-item", has_text="nb.ipynb").dblclick()
    expect(page.locator(".jp-MlxRunButton-main")).to_have_attribute("title", LOCALLY)
    run_button(page).click()
    until(lambda: len(lab.runs()) == 1, "a run on the machine of the settings")


def test_a_notebooks_own_target_is_edited_in_the_property_inspector(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.notebook("n = 1", QUICK)
    page = open_page(lab, "nb.ipynb")
    page.get_by_role("tab", name="Property Inspector").click()
    inspector = page.locator(".jp-PropertyInspector")
    inspector.get_by_text("Remote Runs", exact=True).click()
    machine = inspector.get_by_role("combobox", name="Machine")
    machine.fill("local")
    snap(page, "places-inspector")
    expect(page.locator(".jp-MlxRunButton-main")).to_have_attribute("title", LOCALLY)
    page.locator(".jp-Notebook .jp-Cell").first.click()
    until(lambda: _saved(page, lab) == {"environment", "machine"}, "the target, and nothing else, in the file")
    assert _target(lab)["machine"] == "local"
    machine.fill("")
    page.locator(".jp-Notebook .jp-Cell").first.click()
    until(lambda: _saved(page, lab) == {"environment"}, "the machine to go")


def test_the_launcher_has_one_card_that_shows_the_panel(page: Page, snap: Callable[..., Path]) -> None:
    card = page.locator(".jp-LauncherCard", has_text="Remote Runs")
    expect(card).to_have_count(1)
    card.click()
    expect(page.locator("#jupyter-mlx-panel")).to_be_visible()
    expect(card).to_be_visible()
    snap(page, "places-launcher")


def test_the_palette_has_each_command_once(lab: Lab, open_page: Callable[..., Page]) -> None:
    lab.notebook(QUICK, machine="local")
    page = open_page(lab, "nb.ipynb")
    palette(page)
    page.locator(".lm-CommandPalette-input").fill("remote runs")
    items = page.locator(".lm-CommandPalette-item[data-command^='jupyter-mlx:']")
    until(lambda: items.count() > 20, "the commands to be listed")
    ids = items.evaluate_all("items => items.map(item => item.dataset.command)")
    assert len(ids) == len(set(ids))
    assert "" not in items.locator(".lm-CommandPalette-itemLabel").all_inner_texts()


def test_without_the_server_half_one_notice_is_all(
    make_lab: Callable[..., Lab], open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab = make_lab(begin=False, options=["--ServerApp.jpserver_extensions=jupyter_mlx=False"])
    lab.start(probe="api/status")
    lab.notebook(QUICK, machine="local")
    page = open_page(lab, "nb.ipynb")
    expect(toasts(page)).to_contain_text("jupyter server extension enable jupyter_mlx")
    expect(run_button(page)).to_be_disabled()
    expect(page.locator(".jp-NotebookPanel-toolbar .jp-MlxRunButton-main")).to_have_attribute(
        "title", "Cannot run remotely: the server half of jupyter_mlx is off or does not answer"
    )
    snap(page, "places-no-server")
    assert toasts(page).count() == 1


def _saved(page: Page, lab: Lab) -> set[str]:
    """The keys of the target in the file, after a save; the form hands over what is typed in its own time."""
    page.keyboard.press("Control+S")
    page.wait_for_timeout(300)
    return set(_target(lab))


def _target(lab: Lab) -> dict[str, object]:
    found: dict[str, object] = json.loads((lab.root / "nb.ipynb").read_text())["metadata"].get("jupyter_mlx", {})
    return found
