"""One writer per document, and the user's own work comes first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.bed import code, until

from .lab import Lab
from .live import Gate, cell, ended, saved, start, type_into


def menu(page: Page, item: str) -> None:
    """Choose from the menu of the chip."""
    page.locator(".jp-MlxChip-button:visible").click()
    page.get_by_role("menuitem", name=item).click()


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    one = make_lab(begin=False)
    one.settings("notebook-extension/panel", toolbar=[{"name": "mlx-run-chip", "rank": 990}])
    one.settings("apputils-extension/themes", theme="JupyterLab Dark")
    return one.start()


def test_edits_during_a_run_are_kept_and_its_output_stays_in_the_run(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path], tmp_path: Path
) -> None:
    gate = Gate(tmp_path)
    before = {**code("print('mine')", cell_id="mine"), "outputs": [stream("before the run\n")], "execution_count": 7}
    path = lab.notebook(gate.code(), before, code("print('edited')", cell_id="edited"), "print('moved')", "x = 'gone'")
    page = open_page(lab, "nb.ipynb")
    run = start(lab)
    expect(cell(page, 0)).to_have_attribute("data-mlx-state", "running")

    type_into(page, 2, "  # mine")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")  # the cell that moves, and then one that is new
    page.get_by_role("button", name="Move this cell down").locator("visible=true").click()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.type("y = 1")
    page.keyboard.press("Escape")
    gate.open()
    ended(lab, run)

    edited = cell(page, 2)
    expect(edited.locator(".jp-MlxMark-note")).to_contain_text("output kept in run #1")
    expect(edited.locator(".jp-OutputArea-output")).to_have_count(0)
    expect(cell(page, 1).locator(".jp-OutputArea-output")).to_have_text("mine\n")
    expect(cell(page, 4).locator(".jp-OutputArea-output")).to_have_text("moved\n")
    snap(page, "live-edited")
    edited.get_by_role("button", name="Diff").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("[data-kind=new]")).to_contain_text("# mine")
    expect(dialog.locator("[data-kind=gone]")).to_contain_text("print('edited')")
    expect(dialog.locator(".jp-OutputArea-output")).to_have_text("edited\n")
    snap(page, "live-difference")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    notebook = saved(page, path)
    sources = ["".join(one["source"]) for one in notebook["cells"]]
    assert sources[1:] == ["print('mine')", "print('edited')  # mine", "x = 'gone'", "print('moved')", "y = 1"]
    type_into(page, 2, "")
    for _ in range(len("  # mine")):
        page.keyboard.press("Backspace")
    expect(edited.locator(".jp-OutputArea-output")).to_have_text("edited\n")  # it is again what ran

    menu(page, "Restore the Outputs I Had Before")
    expect(cell(page, 1).locator(".jp-OutputArea-output")).to_have_text("before the run\n")
    expect(cell(page, 1).locator(".jp-InputPrompt")).to_have_text("[7]:")
    expect(cell(page, 4).locator(".jp-OutputArea-output")).to_have_count(0)
    expect(page.locator(".jp-MlxFilled")).to_have_count(0)
    restored = saved(page, path)["cells"]
    assert restored[1]["outputs"] == before["outputs"] and restored[2]["outputs"] == []


def test_a_cell_that_is_run_here_takes_itself_back(lab: Lab, open_page: Callable[..., Page], tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    where = "import os; print('here' if os.environ.get('JUPYTER_MLX_OUTPUTS') is None else 'there')"
    lab.notebook(gate.code(), where, where)
    page = open_page(lab, "nb.ipynb")
    run = start(lab)
    expect(cell(page, 0)).to_have_attribute("data-mlx-state", "running")
    cell(page, 1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell(page, 1).locator(".jp-OutputArea-output")).to_have_text("here\n")
    gate.open()
    ended(lab, run)
    expect(cell(page, 2).locator(".jp-OutputArea-output")).to_have_text("there\n")
    expect(cell(page, 1).locator(".jp-OutputArea-output")).to_have_text("here\n")
    expect(cell(page, 1).locator(".jp-MlxMark")).to_have_count(0)
    workspaces = lab.home / "config" / "lab" / "workspaces"
    until(lambda: any('"taken":["cell-1"]' in one.read_text() for one in workspaces.glob("*")), "it to be remembered")
    page.reload()  # also the next page knows
    expect(cell(page, 2)).to_have_attribute("data-mlx-state", "succeeded")
    expect(cell(page, 1).locator(".jp-MlxMark")).to_have_count(0)
    menu(page, "Clear Marks of Remote Runs")
    expect(page.locator(".jp-MlxFilled, .jp-MlxMark")).to_have_count(0)


def test_two_windows_have_one_writer_and_it_can_be_taken_over(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path], tmp_path: Path
) -> None:
    gate = Gate(tmp_path)
    path = lab.notebook("print('first')", gate.code("print('second')"), "print('third')")
    one = open_page(lab, "nb.ipynb")
    run = start(lab)
    expect(cell(one, 1)).to_have_attribute("data-mlx-state", "running")
    two = open_page(lab, "nb.ipynb", workspace="other")
    banner = two.locator(".jp-MlxFollowed")
    expect(banner).to_contain_text("followed in another window")
    expect(cell(two, 1)).to_have_attribute("data-mlx-state", "running")
    expect(cell(two, 0).locator(".jp-OutputArea-output")).to_have_count(0)
    snap(two, "live-elsewhere")
    banner.get_by_role("button", name="Take over").click()
    expect(cell(two, 0).locator(".jp-OutputArea-output")).to_have_text("first\n")
    expect(banner).to_have_count(0)
    expect(one.locator(".jp-MlxFollowed")).to_contain_text("followed in another window")
    gate.open()
    ended(lab, run)
    expect(cell(two, 2).locator(".jp-OutputArea-output")).to_have_text("third\n")
    expect(cell(one, 2).locator(".jp-OutputArea-output")).to_have_count(0)
    two.bring_to_front()
    assert [len(item["outputs"]) for item in saved(two, path)["cells"]] == [1, 1, 1]
    two.close()
    expect(cell(one, 2).locator(".jp-OutputArea-output")).to_have_text("third\n")  # the lease came back


def test_renamed_duplicated_and_closed_notebooks(lab: Lab, open_page: Callable[..., Page], tmp_path: Path) -> None:
    first, second = Gate(tmp_path, "1"), Gate(tmp_path, "2")
    path = lab.notebook(first.code("print('first')"), second.code("print('second')"))
    page = open_page(lab, "nb.ipynb")
    run = start(lab)
    expect(cell(page, 0)).to_have_attribute("data-mlx-state", "running")
    shutil.copy(path, path.with_name("copy.ipynb"))
    page.locator(".jp-DirListing-item", has_text="nb.ipynb").click()
    page.keyboard.press("F2")
    page.locator(".jp-DirListing-editor").fill("renamed.ipynb")
    page.keyboard.press("Enter")
    expect(page.locator(".lm-TabBar-tabLabel", has_text="renamed.ipynb")).to_have_count(1)
    first.open()
    expect(cell(page, 0).locator(".jp-OutputArea-output")).to_have_text("first\n")
    other = open_page(lab, "copy.ipynb", workspace="other")
    expect(other.locator(".jp-MlxFilled")).to_have_count(0)
    other.close()
    saved(page, path.with_name("renamed.ipynb"))
    page.goto("about:blank")
    second.open()
    ended(lab, run)
    page = open_page(lab, "renamed.ipynb")
    expect(cell(page, 1).locator(".jp-OutputArea-output")).to_have_text("second\n")
    assert len(saved(page, path.with_name("renamed.ipynb"))["cells"][1]["outputs"]) == 1
    copied = json.loads(path.with_name("copy.ipynb").read_text())
    assert all(item["outputs"] == [] for item in copied["cells"])


def test_two_people_in_one_document_have_one_writer(
    make_lab: Callable[..., Lab], browser: Browser, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    pytest.importorskip("jupyter_collaboration")
    lab = make_lab(collaborates=True)
    gate = Gate(tmp_path)
    html = "from IPython.display import display, HTML\ndisplay(HTML('<b>bold</b><script>window.__pwned = 1</script>'))"
    path = lab.notebook("print('first')", gate.code("print('second')"), html)
    one = open_page(lab, "nb.ipynb")
    two = open_page(lab, "nb.ipynb", workspace="other")
    expect(cell(two, 0).locator(".cm-content")).to_contain_text("first")
    run = start(lab)
    for page in (one, two):
        expect(cell(page, 0).locator(".jp-OutputArea-output")).to_have_text("first\n")
        expect(cell(page, 1)).to_have_attribute("data-mlx-state", "running")
        expect(page.locator(".jp-MlxFollowed")).to_have_count(0)  # everybody sees the same outputs
    one.close()  # whoever wrote: one of the two is left
    gate.open()
    ended(lab, run)
    expect(cell(two, 1).locator(".jp-OutputArea-output")).to_have_text("second\n")
    expect(cell(two, 2).locator("b")).to_have_text("bold")
    assert two.evaluate("() => window.__pwned ?? null") is None
    late = open_page(lab, "nb.ipynb", workspace="late")
    expect(cell(late, 2).locator("b")).to_have_text("bold")
    for index in range(3):
        expect(cell(late, index).locator(".jp-OutputArea-output")).to_have_count(1)
    assert late.evaluate("() => window.__pwned ?? null") is None
    assert [len(item["outputs"]) for item in saved(late, path)["cells"]] == [1, 1, 1]


def stream(text: str) -> dict[str, object]:
    """Text a cell put out."""
    return {"output_type": "stream", "name": "stdout", "text": [text]}
