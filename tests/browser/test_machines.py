"""The section of the machines: state in words, a form that says what is wrong, overriding, cleaning, removing."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.bed import until

from .lab import ENVIRONMENT, Lab
from .panel import PATIENCE_MS, machines, opened, row


def test_machines_are_added_changed_and_removed(
    ssh_box: str, lab: Lab, open_page: Callable[..., Page], snap: Callable[..., object]
) -> None:
    page = open_page(lab)
    section = machines(page)
    expect(row(section, "local")).to_contain_text("always here")
    expect(row(section, ssh_box)).to_contain_text("not tried")
    section.get_by_role("button", name="Add machine…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("gpu-box")
    dialog.get_by_label("Host", exact=True).fill("gpu.example.org")
    dialog.get_by_label("Port").fill("70000")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Port")).to_be_focused()
    expect(dialog.get_by_role("alert").filter(has_text="1 to 65535")).to_be_visible()
    snap(page, "add-machine")
    dialog.get_by_label("Port").fill("2222")
    dialog.get_by_text("Price, folder, Python").click()
    dialog.get_by_label("Price per hour").fill("0.8")
    dialog.get_by_label("Currency").fill("EUR")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(row(section, "gpu-box")).to_contain_text("€0.80/h")
    expect(section.get_by_role("button", name="Add machine…")).to_be_focused()

    opened(section, "gpu-box").get_by_role("button", name="Edit…").click()
    dialog.get_by_label("Price per hour").fill("1.5")
    page.keyboard.press("Enter")
    expect(row(section, "gpu-box")).to_contain_text("€1.50/h")

    box = opened(section, ssh_box)
    expect(box).to_contain_text("~/.ssh/config is only read")
    expect(box.get_by_role("button", name="Remove…")).to_have_count(0)
    box.get_by_role("button", name="Override…").click()
    expect(dialog).to_contain_text("kept in your own list")
    dialog.get_by_label("Folder there").fill("relative/folder")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert").filter(has_text="absolute folder")).to_be_visible()
    dialog.get_by_label("Folder there").fill("~/runs of mine")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert lab.call("GET", f"jupyter-mlx/machines/{ssh_box}")["machine"]["root"] == "~/runs of mine"

    row(section, "gpu-box").focus()
    page.keyboard.press("Delete")
    expect(dialog).to_contain_text("Remove gpu-box")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(row(section, "gpu-box")).to_have_count(0)
    assert section.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_a_machine_shows_what_it_has_and_is_cleaned_after_a_look(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., object]
) -> None:
    lab.notebook("print('hello')")
    wish = {"notebook": "nb.ipynb", "machine": "local", "environment": ENVIRONMENT, "title": "first try"}
    run = lab.call("POST", "jupyter-mlx/runs", wish)
    until(lambda: lab.call("GET", f"jupyter-mlx/runs/{run['id']}")["ended"], "the end of the run")
    page = open_page(lab)
    section = machines(page)
    here = opened(section, "local")
    here.get_by_role("button", name="Test", exact=True).click()
    expect(here).to_contain_text("This computer can run notebooks", timeout=PATIENCE_MS)
    for term in ("Disk", "Pythons", "Memory"):
        expect(here.get_by_role("term").filter(has_text=term)).to_be_visible()
    here.get_by_text(re.compile("^All .* lines")).click()
    expect(here.locator('details [data-check="python"][data-ok="true"]')).to_be_visible()
    expect(row(section, "local")).to_contain_text(re.compile(r"load \d"))
    snap(page, "machine-tested")
    folder = lab.home / "data" / "jupyter_mlx" / "local" / "runs" / run["id"]
    assert folder.is_dir()

    here.get_by_role("button", name="Clean…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    expect(dialog).to_contain_text("Nothing to free")
    dialog.get_by_role("combobox").select_option("0")
    expect(dialog.get_by_role("row").filter(has_text="1 run")).to_be_visible()
    dialog.get_by_text("The largest of them").click()
    expect(dialog.get_by_role("listitem").filter(has_text="#1 first try")).to_be_visible()
    snap(page, "clean")
    assert folder.is_dir()
    dialog.get_by_role("button", name="Free space").click()
    expect(page.locator(".Toastify__toast")).to_contain_text("freed on This computer")
    assert not folder.exists()
    assert [one["id"] for one in lab.runs()] == [run["id"]]
