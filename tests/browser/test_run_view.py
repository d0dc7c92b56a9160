"""The view of a run: live charts and log, the notebook that ran, why it failed; by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.bed import until

from .lab import CHECKOUT, ENVIRONMENT, Lab

Snap = Callable[..., Path]

expect.set_options(timeout=20_000)  # a run takes seconds to start where others run beside it

EXPOSED = ["--LabApp.expose_app_in_browser=True"]
LIVE = """
import jupyter_mlx, json, math, time
from pathlib import Path
gate = Path({gate!r})
for step in range(40):
    jupyter_mlx.log({{"train/loss": 2.5 * math.exp(-step / 12) + 0.05 * math.sin(step), "__proto__": step}}, step=step)
    print(json.dumps({{"val/acc": 1 - math.exp(-step / 9), "odd": float("nan") if step % 7 == 3 else step}}))
    print(f"\\x1b[32mepoch {{step}}\\x1b[0m loss <b>fell</b>")
while not gate.exists():
    time.sleep(0.05)
jupyter_mlx.log({{"train/loss": float("inf")}}, step=40)
jupyter_mlx.log({{"train/loss": 0.01}}, step=41)
for line in range(3000):
    print("late line", line)
"""


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """A server whose page can be asked to run a command."""
    return make_lab(options=EXPOSED)


def start(lab: Lab, *cells: str, name: str = "nb.ipynb", **wanted: Any) -> str:
    """Start a notebook of these cells; the run's id."""
    lab.notebook(*cells, name=name)
    body = {"notebook": name, "machine": "local", "environment": ENVIRONMENT, **wanted}
    run: dict[str, Any] = lab.call("POST", "jupyter-mlx/runs", body)
    return str(run["id"])


def open_run(page: Page, run: str, **args: Any) -> Locator:
    """The view of a run, opened by its command."""
    page.evaluate(
        "args => window.jupyterapp.commands.execute('jupyter-mlx:open-run', args).then(() => null)",
        {"run": run, **args},
    )
    view = page.locator(f"#jp-mlx-run-{run}")
    expect(view).to_be_visible()
    return view


def dark(page: Page) -> None:
    page.evaluate(
        "() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'}).then(() => null)"
    )
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    expect(page.locator("#jupyterlab-splash")).not_to_be_attached()


def violations(page: Page, view: Locator) -> list[str]:
    """What axe finds wrong in a part of the page."""
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(path=CHECKOUT / "node_modules" / "axe-core" / "axe.min.js")
    found: list[str] = page.evaluate(
        "id => axe.run(document.getElementById(id)).then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html}`))",
        view.get_attribute("id"),
    )
    return found


def test_metrics_and_log_come_in_while_it_runs(lab: Lab, open_page: Callable[..., Page], snap: Snap) -> None:
    gate = lab.root / "go"
    run = start(lab, "lr = 0.1", LIVE.format(gate=str(gate)), "print('end')")
    page = open_page(lab)
    view = open_run(page, run, tab="metrics")
    expect(view.locator(".jp-MlxChart canvas")).not_to_have_count(0)
    expect(view.get_by_role("group", name="__proto__")).to_be_visible()
    loss = view.get_by_role("group", name="train/loss")
    course = re.compile(r"fell from 2\.5 to .* over 40 points")
    expect(loss.get_by_role("figure")).to_have_attribute("aria-label", course)
    expect(view.get_by_role("group", name="odd").get_by_role("figure")).to_have_attribute(
        "aria-label", re.compile("not finite")
    )
    snap(page, "metrics-light")
    # A zoom stays while points come.
    plot = loss.locator(".u-over")
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(loss.get_by_role("button", name="Show all")).to_be_visible()
    # The log, scrolled away from its end.
    view.get_by_role("tab", name="Log").click()
    log = view.get_by_role("log")
    expect(log).to_contain_text("epoch 39 loss <b>fell</b>")
    expect(log.locator(".ansi-green-fg").first).to_be_visible()
    snap(page, "log-light")
    follow = view.get_by_role("checkbox", name="Follow")
    expect(follow).to_be_checked()
    log.focus()
    page.keyboard.press("Home")
    expect(follow).not_to_be_checked()
    gate.touch()
    expect(view.get_by_role("tab", name="Log")).to_contain_text("3,0")
    expect(log).to_contain_text("epoch 0 ")
    assert log.evaluate("node => node.scrollTop") == 0
    assert log.locator(".jp-MlxLog-row").count() < 200
    follow.check()
    expect(log).to_contain_text("late line 2999")
    view.get_by_role("searchbox", name="Filter lines").fill("late line 29")
    expect(view.get_by_text("111 of ")).to_be_visible()
    # Back at the metrics: still zoomed, and with the points after the gap.
    view.get_by_role("tab", name="Metrics").click()
    expect(loss.get_by_role("button", name="Show all")).to_be_visible()
    expect(loss.locator(".jp-MlxChart-value")).to_have_text("0.01")
    loss.get_by_role("button", name="Table").click()
    expect(loss.get_by_role("table")).to_contain_text("Infinity")
    expect(loss.get_by_role("table").get_by_role("row")).to_have_count(1 + 42 - 25)
    dark(page)
    snap(page, "metrics-dark")


def test_by_keyboard_along_cells_tabs_and_points(lab: Lab, open_page: Callable[..., Page], snap: Snap) -> None:
    log = "import jupyter_mlx\nfor n in range(5): jupyter_mlx.log(loss=5 - n, step=n)"
    save = "import os, pathlib\npathlib.Path(os.environ['JUPYTER_MLX_OUTPUTS'], 'model.txt').write_text('weights')"
    run = start(lab, log, save, "from IPython.display import HTML\nHTML('<b>bold</b>')")
    page = open_page(lab)
    view = open_run(page, run)
    expect(view.locator(".jp-MlxRunHeader-state")).to_have_text("succeeded")
    expect(view.get_by_role("region", name="What happened")).to_contain_text("3 of 3 succeeded")
    expect(view.get_by_role("region", name="Environment")).to_contain_text("Python")
    snap(page, "overview-light")
    tab = view.get_by_role("tab", name="Overview")
    tab.focus()
    page.keyboard.press("ArrowRight")
    expect(view.get_by_role("tab", name="Metrics")).to_be_focused()
    chart = view.get_by_role("group", name="loss").get_by_role("figure")
    expect(chart.locator("canvas")).to_be_visible()
    chart.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(view.get_by_role("group", name="loss").locator("[aria-live]")).to_have_text("step 3: 2")
    view.get_by_role("tab", name="Metrics").focus()
    page.keyboard.press("End")
    expect(view.get_by_role("link", name="model.txt")).to_be_visible()
    with page.expect_download() as download:
        view.get_by_role("link", name="model.txt").click()
    assert download.value.path().read_text() == "weights"
    view.get_by_role("list", name="Cells").get_by_role("button").first.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(view.get_by_role("tab", name="Notebook")).to_have_attribute("aria-selected", "true")
    cell = view.locator(".jp-MlxCell").last
    expect(cell).to_be_focused()
    expect(cell.locator(".jp-OutputArea b")).to_have_text("bold")
    snap(page, "notebook-light")
    for name in ("Overview", "Metrics", "Log", "Notebook", "Files"):
        view.get_by_role("tab", name=name).click()
        assert violations(page, view) == []
    dark(page)
    view.get_by_role("tab", name="Overview").click()
    snap(page, "overview-dark")


def remembers(lab: Lab, run: str) -> bool:
    """Whether the lab would open the view again, at its tab."""
    kept = lab.call("GET", "lab/api/workspaces/default")["data"]
    current = kept.get("layout-restorer:data", {}).get("main", {}).get("current")
    return current == f"jupyter-mlx:{run}" and kept.get(current, {}).get("data", {}).get("tab") == "files"


def test_a_failed_run_opens_at_its_cell_and_is_there_again_after_a_reload(
    lab: Lab, open_page: Callable[..., Page], snap: Snap
) -> None:
    run = start(
        lab,
        "print('\\n'.join(f'row {n}' for n in range(200)))",
        "def deep(x):\n    return 1 / x\n\ndeep(0)",
        "print('never')",
    )
    page = open_page(lab)
    until(lambda: lab.call("GET", f"jupyter-mlx/runs/{run}")["state"] == "failed", "the run to fail")
    view = open_run(page, run)
    expect(view.get_by_role("tab", name="Notebook")).to_have_attribute("aria-selected", "true")
    failure = view.get_by_role("region", name="Why the run failed")
    expect(failure).to_contain_text("ZeroDivisionError")
    expect(failure).to_contain_text("row 199")
    expect(view.locator(".jp-MlxCell[data-state='failed']")).to_be_in_viewport()
    expect(failure).to_be_in_viewport()
    snap(page, "failed-light")
    view.get_by_role("tab", name="Overview").click()
    expect(view.get_by_role("region", name="Traceback")).to_contain_text("deep(0)")
    snap(page, "failed-overview-light")
    view.get_by_role("tab", name="Files").click()
    expect(view).to_contain_text("No files")
    until(lambda: remembers(lab, run), "the lab to remember the view")
    page.reload()
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    expect(view.get_by_role("tab", name="Files")).to_have_attribute("aria-selected", "true")
    dark(page)
    view.get_by_role("tab", name="Notebook").click()
    snap(page, "failed-dark")
    lab.call("DELETE", f"jupyter-mlx/runs/{run}")
    expect(view).to_contain_text("There is no such run")


def test_nothing_that_a_run_puts_out_is_obeyed(lab: Lab, open_page: Callable[..., Page]) -> None:
    """Markup, scripts, links to commands and names of properties are what the run printed, and no more."""
    attack = "<img src=x onerror='window.bad=1'><script>window.bad=1</script><b>seen</b>"
    link = "<button data-commandlinker-command='jupyter-mlx:open-run' data-commandlinker-args='{}'>press</button>"
    run = start(
        lab,
        f"from IPython.display import HTML, Javascript, display\ndisplay(HTML({attack + link!r}))\n"
        f"display(Javascript('window.bad=1'))\nprint({attack!r})\n"
        f"import jupyter_mlx; jupyter_mlx.log({{{attack!r}: 1, 'constructor': 2, '__proto__': 3}})\n"
        "import os, pathlib; pathlib.Path(os.environ['JUPYTER_MLX_OUTPUTS'], '<img onerror=window.bad=1>').touch()\n"
        "display({'image/png': 'A' * 400_000}, raw=True)",
        f"raise ValueError({attack!r})",
        title=attack,
        tags=[attack],
    )
    until(lambda: lab.call("GET", f"jupyter-mlx/runs/{run}")["state"] == "failed", "the run to fail")
    page = open_page(lab)
    view = open_run(page, run)
    expect(view.locator(".jp-MlxCell b").first).to_have_text("seen")
    expect(view.get_by_role("region", name="Why the run failed")).to_contain_text("<script>")
    page.evaluate("() => window.jupyterapp.commands.commandExecuted.connect((_, {id}) => { window.bad = id })")
    view.get_by_role("button", name="press").click()
    expect(view.locator(".jp-MlxCell img[src^='data:image/png;base64,AAAA']")).to_be_attached()
    for name in ("Overview", "Metrics", "Log", "Files"):
        view.get_by_role("tab", name=name).click()
        expect(view.get_by_role("tabpanel")).to_contain_text("onerror")
    assert page.evaluate("() => window.bad") is None


def test_who_stops_a_run_sees_no_failure(lab: Lab, open_page: Callable[..., Page]) -> None:
    run = start(lab, "print('on it')", "import time\ntime.sleep(600)", "print('never')")
    page = open_page(lab)
    view = open_run(page, run)
    expect(view.get_by_role("button", name="cell 2, running")).to_be_visible()
    expect(view.get_by_role("button", name="cell 2 is running")).to_be_visible()
    view.get_by_role("tab", name="Notebook").click()
    expect(view.locator(".jp-MlxCell").first).to_contain_text("on it")
    lab.call("POST", f"jupyter-mlx/runs/{run}/stop", {})
    expect(view.locator(".jp-MlxRunHeader-state")).to_have_text("stopped")
    expect(view.get_by_role("button", name=re.compile("cell 2, stopped"))).to_be_visible()
    expect(view.locator("[data-state='failed']")).to_have_count(0)
    expect(view.get_by_role("tab", name="Notebook")).to_have_attribute("aria-selected", "true")
    view.get_by_role("tab", name="Overview").click()
    expect(view.get_by_role("tabpanel")).to_contain_text("Stopped by you")
    expect(view.get_by_role("tabpanel")).to_contain_text("After cell 1")
