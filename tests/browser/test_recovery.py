"""Page, server or connection may end: the notebook catches up by itself, 0 lines missing, 0 doubled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.bed import until
from tests.support.fixtures import RelayFactory

from .lab import Lab
from .live import Gate, cell, ended, saved, start

LINES = 2000
COUNT = (
    "import time\n"
    "from IPython.display import display\n"
    f"for n in range({LINES}):\n"
    "    print(f'line {n}', flush=True)\n"
    "    if n % 500 == 0: display({'text/plain': f'shown {n}'}, raw=True)\n"
    "    time.sleep(0.003)\n"
)
WANTED = [item for n in range(LINES) for item in ([f"line {n}", f"shown {n}"] if n % 500 == 0 else [f"line {n}"])]


def texts(notebook: dict) -> list[str]:
    """Every line of the first cell's outputs, in order."""
    found: list[str] = []
    for output in notebook["cells"][0]["outputs"]:
        text = output["text"] if output["output_type"] == "stream" else output["data"]["text/plain"]
        found += "".join(text).splitlines()
    return found


def test_reload_and_a_killed_server_lose_nothing(lab: Lab, open_page: Callable[..., Page], tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    path = lab.notebook(COUNT, gate.code("print('after the gate')"), "print('last')")
    page = open_page(lab, "nb.ipynb")
    run = start(lab)
    output = cell(page, 0)
    expect(output).to_contain_text("line 20")
    page.reload()
    expect(output).to_contain_text("line 100")
    lab.kill()
    lab.start()
    expect(cell(page, 1)).to_have_attribute("data-mlx-state", "running")
    page.reload()
    expect(cell(page, 1)).to_have_attribute("data-mlx-state", "running")
    expect(cell(page, 0)).to_contain_text(f"line {LINES - 1}")
    lab.kill()
    gate.open()  # it ends while nobody is there
    page.close()
    lab.start()
    ended(lab, run)

    page = open_page(lab, "nb.ipynb")
    expect(cell(page, 1).locator(".jp-OutputArea-output")).to_have_text("after the gate\n")
    expect(cell(page, 2).locator(".jp-OutputArea-output")).to_have_text("last\n")
    assert texts(saved(page, path)) == WANTED
    page.reload()
    expect(cell(page, 2)).to_have_attribute("data-mlx-state", "succeeded")
    assert texts(saved(page, path)) == WANTED


def test_a_cut_connection_comes_back_without_gap_or_double(
    make_lab: Callable[..., Lab], open_page: Callable[..., Page], relay: RelayFactory, tmp_path: Path
) -> None:
    lab = make_lab()
    gate = Gate(tmp_path)
    path = lab.notebook(COUNT, gate.code("print('after the cut')"))
    network = relay(lab.port)
    real, lab.port = lab.port, network.port  # the page comes through the relay, the test does not
    page = open_page(lab, "nb.ipynb")
    lab.port = real
    run = start(lab)
    output = cell(page, 0)
    expect(output).to_contain_text("line 20")
    lost = page.get_by_role("dialog", name="Server Connection Error")  # the lab itself may say so
    page.add_locator_handler(lost, lambda: lost.press("Escape"))
    network.refuse()
    network.reset()
    until(
        lambda: lab.call("GET", f"jupyter-mlx/runs/{run['id']}")["cells"][0]["state"] == "succeeded", "the first cell"
    )
    gate.open()
    ended(lab, run)
    expect(cell(page, 1).locator(".jp-OutputArea-output")).to_have_count(0)
    network.heal()
    expect(cell(page, 1).locator(".jp-OutputArea-output")).to_contain_text("after the cut", timeout=60_000)
    assert texts(saved(page, path)) == WANTED
