"""An open notebook is the live view of its run: outputs come into its cells as if they ran here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .lab import Lab
from .live import Gate, cell, ended, output, saved, start, start_by_cli

TOOLBAR = [{"name": "mlx-run-chip", "rank": 990}]
PLOT = (
    "from IPython.display import display, HTML, clear_output, update_display\n"
    "import base64\n"
    "dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='\n"
    "display({'image/png': dot, 'text/plain': 'a dot'}, raw=True)\n"
    "handle = display('first', display_id='d')\n"
    "update_display('second', display_id='d')\n"
)
BAR = "import sys\nfor n in range(20001):\n    sys.stdout.write(f'\\rstep {n:5d}/20000')\nprint('\\ndone')\n"


@pytest.fixture
def chip(make_lab: Callable[..., Lab]) -> Callable[..., Lab]:
    """A lab whose notebooks have the chip in their toolbar."""

    def start_lab() -> Lab:
        lab = make_lab(begin=False)
        lab.settings("notebook-extension/panel", toolbar=TOOLBAR)
        return lab.start()

    return start_lab


def test_a_running_notebook_fills_in_cell_by_cell(
    chip: Callable[..., Lab], open_page: Callable[..., Page], snap: Callable[..., Path], tmp_path: Path
) -> None:
    lab = chip()
    gate = Gate(tmp_path)
    cells = [
        "print('one')\nimport sys; print('two', file=sys.stderr)\n40 + 2",
        PLOT,
        gate.code("for n in range(3): print('waited', n)\nclear_output(wait=True)\nprint('cleared')"),
        BAR,
        "raise ValueError('no such luck')",
        "print('never')",
    ]
    path = lab.notebook(*cells)
    page = open_page(lab, "nb.ipynb")
    expect(page.locator(".jp-MlxFilled")).to_have_count(0)
    run = start(lab)

    expect(output(page, 0)).to_contain_text("42")
    expect(cell(page, 0).locator(".jp-InputPrompt")).to_have_text("[1]:")
    expect(cell(page, 1).locator("img")).to_have_count(1)
    expect(output(page, 1)).to_contain_text("second")
    expect(cell(page, 2).locator(".jp-InputPrompt")).to_have_text("[*]:")
    expect(cell(page, 2)).to_have_attribute("data-mlx-state", "running")
    expect(cell(page, 3)).to_have_attribute("data-mlx-state", "waiting")
    expect(cell(page, 0).locator(".jp-MlxMark")).to_contain_text("on local")
    button = page.get_by_role("button", name=re.compile(rf"#{run['number']}"))
    expect(button).to_contain_text("2/6")
    snap(page, "live-running")

    gate.open()
    ended(lab, run, "failed")
    expect(output(page, 2)).to_contain_text("cleared")
    expect(output(page, 2)).not_to_contain_text("waited 2")
    expect(cell(page, 3).locator(".jp-OutputArea-output")).to_have_text(re.compile(r"^step 20000/20000\s+done\s*$"))
    expect(cell(page, 4).locator(".jp-OutputArea-output")).to_contain_text("no such luck")
    expect(cell(page, 4)).to_have_attribute("data-mlx-state", "failed")
    expect(cell(page, 5)).to_have_attribute("data-mlx-state", "skipped")
    expect(cell(page, 5).locator(".jp-OutputArea-output")).to_have_count(0)
    snap(page, "live-failed")

    notebook = saved(page, path)
    assert [one["execution_count"] for one in notebook["cells"]][:4] == [1, 2, 3, 4]
    assert "".join(notebook["cells"][3]["outputs"][0]["text"]).split() == ["step", "20000/20000", "done"]
    assert notebook["cells"][5]["outputs"] == []


def test_a_run_on_another_machine_started_at_a_terminal_fills_in(
    ssh_box: str, lab: Lab, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    big = "from IPython.display import display\ndisplay({'text/html': '<p>' + 'x' * 400_000 + 'the end</p>'}, raw=True)"
    lab.notebook("print('from afar')", big, "print('last')")
    page = open_page(lab, "nb.ipynb")
    run = start(lab, machine=ssh_box)
    ended(lab, run)
    expect(output(page, 0)).to_contain_text("from afar")
    expect(cell(page, 0).locator(".jp-MlxMark")).to_contain_text("on box")
    expect(cell(page, 1).locator(".jp-RenderedHTML")).to_contain_text("the end")  # too large for an event
    start_by_cli(lab, lab.notebook("print('by a terminal')", name="other.ipynb"))
    ended(lab, lab.runs()[0])
    page = open_page(lab, "other.ipynb", workspace="second")
    expect(cell(page, 0).locator(".jp-OutputArea-output")).to_have_count(0)  # it was over before anybody looked
