"""The panel of remote runs: what it shows of real runs, with the keyboard, in light and dark, and while hidden."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from jupyter_mlx.models import Run, RunState, new_run_id
from jupyter_mlx.workbench import Workbench
from tests.journeys.bed import code, until

from .lab import ENVIRONMENT, TOKEN, Lab
from .palette import palette

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FINAL = ("succeeded", "failed", "cancelled", "lost")

TRAINING = """
import time, random
from jupyter_mlx import log
for step in range(400):
    log(loss=2.0 / (step + 1) ** 0.5, val_acc=1 - 0.9 / (step + 2), step=step)
    time.sleep(0.25)
"""
_SCROLLS_SIDEWAYS = """() => [...document.querySelectorAll('#jupyter-mlx-panel *')].filter(
    node => node.scrollWidth > node.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(node).overflowX)
).length"""
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


def no_faults(page: Page, selector: str) -> None:
    """axe-core finds nothing to say about a part of the page."""
    page.add_script_tag(path=AXE)
    report = page.evaluate(
        "selector => axe.run(selector, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})", selector
    )
    found = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in report["violations"]]
    assert found == []


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
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuetext", "cell 2 of 3")
    expect(row.get_by_role("img", name=re.compile("loss is"))).to_be_visible()
    expect(row).to_contain_text(re.compile(r"0:\d\d / ~0:\d\d"))
    expect(active.get_by_role("listitem").filter(has_text="waiting for a slot")).to_have_count(1)
    history = panel.get_by_role("region", name="History")
    expect(history.get_by_role("row")).to_have_count(3)
    expect(history.get_by_role("row").filter(has_text="no room for 8 GB")).to_be_visible()
    expect(history.get_by_role("row").filter(has_text="#2 ")).to_contain_text("▲")
    expect(history.get_by_role("row").filter(has_text="#1 ")).not_to_contain_text("▲")
    launch = panel.get_by_role("region", name="Launch")
    expect(launch.get_by_role("button", name=re.compile("2 files"))).to_be_enabled()
    assert panel.evaluate("node => node.offsetWidth") < 300
    assert page.evaluate(_SCROLLS_SIDEWAYS) == 0
    snap(page, "panel-light")
    no_faults(page, "#jupyter-mlx-panel")
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    no_faults(page, "#jupyter-mlx-panel")
    snap(page, "panel-dark")
    row.get_by_role("button", name=re.compile("Stop run")).click()
    launch.get_by_role("button", name="Run on local").click()
    row.click()
    ids = [one[0] for one in asked(page)]
    assert ids == ["jupyter-mlx:stop-run", "jupyter-mlx:run-notebook", "jupyter-mlx:open-run"]


def test_the_list_of_runs_is_worked_with_the_keyboard_and_stays_as_it_was_left(
    lab: Lab, open_page: Callable[..., Page]
) -> None:
    history_of(lab)
    page = open_page(lab, "train.ipynb")
    stand_in(page, "jupyter-mlx:open-run", "jupyter-mlx:delete-run", "jupyter-mlx:star-run")
    panel = show(page)
    history = panel.get_by_role("region", name="History")
    rows = history.get_by_role("row")
    expect(rows).to_have_count(3)
    ids = [run["id"] for run in lab.runs()]
    rows.first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Enter", "Home", " ", "Delete", "End", " ", "/"):
        page.keyboard.press("Space" if key == " " else key)
    assert asked(page) == [["jupyter-mlx:open-run", {"run": ids[2]}], ["jupyter-mlx:delete-run", {"run": ids[0]}]]
    expect(history.get_by_role("toolbar", name="Selected runs")).to_contain_text("2 runs selected")
    expect(history.get_by_label("Filter runs")).to_be_focused()
    page.keyboard.type("baseline")
    expect(rows).to_have_count(1)
    page.keyboard.press("Control+A")
    page.keyboard.type("nowhere")
    expect(history).to_contain_text("No run matches “nowhere”")
    history.get_by_role("button", name="Clear the filter").click()
    history.get_by_label("Order of the runs").select_option(label="best val_acc")
    expect(rows.first).to_contain_text("val_acc 0.91")
    history.get_by_role("button", name="failed", exact=True).click()
    expect(rows).to_have_count(1)
    panel.get_by_role("heading", name=re.compile("Active")).click()
    expect(panel.get_by_role("region", name="Active")).to_be_hidden()
    kept = "lab/api/workspaces/default"
    until(lambda: "active" in lab.call("GET", kept)["data"]["jupyter-mlx:panel"]["collapsed"], "it to be remembered")
    page.close()
    page = open_page(lab, "train.ipynb")
    panel = show(page)
    expect(panel.get_by_role("region", name="History").get_by_role("row")).to_have_count(1)
    expect(panel.get_by_role("region", name="History").get_by_label("Order of the runs")).to_have_value(
        "metric:val_acc"
    )
    expect(panel.get_by_role("region", name="Active")).to_be_hidden()


def test_launch_says_what_is_wrong_where_it_is_wrong(
    lab: Lab, open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    lab.notebook(code("lr = 0.001\nepochs = 20", "parameters"), name="train.ipynb")
    page = open_page(lab, "train.ipynb")
    launch = show(page).get_by_role("region", name="Launch")
    launch.get_by_role("button", name=re.compile("local|this computer", re.IGNORECASE)).first.click()
    epochs = launch.get_by_label("epochs", exact=True)
    epochs.fill("many")
    expect(launch.get_by_role("alert")).to_contain_text("epochs must be a whole number")
    expect(epochs).to_have_attribute("aria-invalid", "true")
    snap(page, "panel-wrong")
    launch.get_by_role("button", name="Back to the default of epochs").click()
    expect(launch.get_by_role("alert")).to_have_count(0)
    expect(epochs).to_have_value("")
    launch.get_by_label("Environment", exact=True).select_option("requirements.txt")
    expect(launch.get_by_role("alert")).to_contain_text("no requirements file")
    metadata = page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.context.model.getMetadata('jupyter_mlx').environment"
    )
    assert metadata == "requirements.txt"  # what the notebook itself says counts, so it says the new choice
    page.evaluate("() => window.jupyterapp.commands.execute('application:close-all')")
    page.get_by_role("button", name="Discard").click()
    expect(launch).to_contain_text("No notebook is open")


def test_hidden_it_does_nothing(make_lab: Callable[..., Lab], open_page: Callable[..., Page]) -> None:
    lab = make_lab(begin=False, options=["--LabApp.expose_app_in_browser=True"])
    lab.settings("jupyter-mlx/plugin", fillNotebooks=False)  # or the open notebook would follow its run
    lab.start()
    lab.notebook("import time\nfor n in range(40):\n    print(n); time.sleep(0.1)", name="a.ipynb", machine="local")
    page = open_page(lab, "a.ipynb")
    panel = show(page)
    expect(panel.get_by_role("button", name=re.compile("1 file"))).to_be_enabled()
    page.get_by_role("tab", name=re.compile("File Browser")).click()
    expect(panel).to_be_hidden()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if "jupyter-mlx" in request.url else None)
    page.evaluate(
        """() => {
            window.changes = 0;
            new MutationObserver(all => { window.changes += all.length; }).observe(
                document.querySelector('#jupyter-mlx-panel'), {subtree: true, childList: true, characterData: true}
            );
        }"""
    )
    began = run(lab, "a.ipynb")
    over(lab, began["id"])
    assert page.evaluate("() => window.changes") == 0
    assert requests == []
    panel = show(page)
    expect(panel.get_by_role("region", name="History").get_by_role("row")).to_have_count(1)
    assert page.evaluate("() => window.changes") > 0


def test_many_runs_are_few_rows(make_lab: Callable[..., Lab], open_page: Callable[..., Page]) -> None:
    lab = make_lab(begin=False, options=["--LabApp.expose_app_in_browser=True"])
    with Workbench(data=lab.home / "data" / "jupyter_mlx") as bench:
        for n in range(350):
            made = Run(new_run_id(), 0, str(lab.root), f"nb{n}.ipynb", "local")
            made.state, made.created, made.started, made.ended = RunState.SUCCEEDED, 1e9 + n, 1e9 + n, 1e9 + 2 * n
            bench.store.create({"format": 1}, made)
    page = open_page(lab.start())
    panel = show(page)
    history = panel.get_by_role("region", name="History")
    rows = history.get_by_role("row")
    expect(rows.first).to_contain_text("nb349.ipynb")
    for known in ("200+", "300+", "350"):
        rows.first.focus()
        page.keyboard.press("End")
        history.get_by_role("button", name="Load older runs").click()
        expect(panel.get_by_role("heading", name=re.compile("History"))).to_contain_text(f"({known})")
    rows.first.focus()
    page.keyboard.press("End")
    expect(rows.last).to_contain_text("nb0.ipynb")
    expect(rows.last).to_be_focused()
    assert rows.count() <= 80
    expect(history.get_by_role("button", name="Load older runs")).to_have_count(0)
    history.get_by_label("Filter runs").fill("nb77.")
    expect(rows).to_have_count(1)


def test_without_the_server_half_it_says_what_to_do(
    make_lab: Callable[..., Lab], open_page: Callable[..., Page], snap: Callable[..., Path]
) -> None:
    options = ["--LabApp.expose_app_in_browser=True", "--ServerApp.jpserver_extensions=jupyter_mlx=False"]
    lab = make_lab(begin=False, options=options)
    page = open_page(lab.start(probe="api/status"))
    panel = show(page)
    expect(panel.get_by_role("alert")).to_contain_text("jupyter server extension enable jupyter_mlx")
    snap(page, "panel-off")


def test_it_is_there_in_notebook_7(make_lab: Callable[..., Lab], context: BrowserContext) -> None:
    pytest.importorskip("notebook")
    lab = make_lab(begin=False, app="notebook")
    lab.notebook("print(1)", name="a.ipynb", machine="local")
    lab.start()
    page = context.new_page()
    page.goto(f"{lab.url}/notebooks/a.ipynb?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook")
    palette(page)
    page.get_by_placeholder("SEARCH").fill("Show Remote Runs")
    page.keyboard.press("Enter")
    launch = page.get_by_role("region", name="Launch")
    expect(launch.get_by_role("button", name="Run on local")).to_be_visible()
