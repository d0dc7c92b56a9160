"""The figures of the page: ``python -m bench.page``, in a real browser on a real server, the machine this computer.

What the page has no way to do yet, or no longer by that name, is printed as n/a.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, Request, sync_playwright

from tests.browser.lab import TOKEN, Lab, chromium
from tests.support.relay import Relay

from .bundle import Bundle, packed

PROBE = Path(__file__).with_name("probe.js")
BUTTON = "Run remotely"
PANEL = "#jupyter-mlx-panel"
POINTS = 200
CELL = f"""
import time, jupyter_mlx
for n in range({POINTS}):
    jupyter_mlx.log(sent=time.time())
    print(f"line {{time.time():.6f}};", flush=True)
    time.sleep(0.03)
"""
TALK = "import time\nwhile True:\n    print('talk', flush=True); time.sleep(0.05)"

Row = tuple[str, str, str]  # figure, value, aim


class Seat:
    """A browser at a server, behind a relay that can cut it off."""

    def __init__(self, lab: Lab, page: Page, relay: Relay) -> None:
        self.lab = lab
        self.page = page
        self.relay = relay
        self.requests: list[str] = []
        self.files: list[str] = []
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if "/lab/extensions/jupyter-mlx/static/" in request.url:
            self.files.append(request.url.partition("?")[0].rpartition("/")[2])
        elif "/jupyter-mlx/" in request.url:
            self.requests.append(request.url)

    def open(self, notebook: str) -> None:
        """A notebook in a fresh JupyterLab."""
        self.page.goto(f"http://127.0.0.1:{self.relay.port}/lab/tree/{notebook}?reset&token={TOKEN}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def notes(self, name: str) -> Any:
        """What the probe has noted."""
        return self.page.evaluate(f"window.__mlx.{name}")

    def until(self, condition: str, seconds: float = 60.0) -> bool:
        """Wait for a condition in the page; False where it does not come true."""
        try:
            self.page.wait_for_function(condition, timeout=seconds * 1000)
        except Error:
            return False
        return True

    def start(self) -> bool:
        """Press the button of the open notebook; False where there is none or no run came of it."""
        button = self.page.get_by_role("button", name=BUTTON).first
        try:
            button.click(timeout=10_000)
        except Error:
            return False
        return self.until("window.__mlx.run !== null", 30)


@contextlib.contextmanager
def seat() -> Iterator[Seat]:
    """Everything that is needed, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="mlx-page-") as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder), options=["--LabApp.expose_app_in_browser=True"])  # its commands, for us to call
        lab.prepare()
        lab.notebook(CELL, name="points.ipynb", machine="local")
        lab.notebook(TALK, name="talk.ipynb", machine="local")
        lab.start()
        relay = Relay(lab.port)
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=options)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.add_init_script(path=PROBE)
        try:
            yield Seat(lab, page, relay)
        finally:
            browser.close()
            relay.close()
            lab.close()


def bundle_rows(one: Seat) -> list[Row]:
    """Sizes of what the lab fetches: at its start, with the panel, with a run's view, and all there is."""
    built = Bundle()
    note = " (development build)" if built.development else ""
    at_start = {file.name for file in built.eager + built.chunks("style")}
    panel = _more_files(one, at_start, lambda: _show_panel(one))
    view = _more_files(one, at_start | {file.name for file in panel or []}, lambda: _show_run(one))
    sizes = [
        ("at the start", built.eager, "≤ 30"),
        ("its style", built.chunks("style"), ""),
        ("panel, in addition", panel, "≤ 70"),
        ("run view, in addition", view, "≤ 110"),
        ("all", built.files, "≤ 220"),
    ]
    return [
        (f"bundle gz, {name}{note}", "n/a" if files is None else f"{packed(*files):.1f} kB", aim)
        for name, files, aim in sizes
    ]


def _more_files(one: Seat, before: set[str], show: Callable[[], bool]) -> list[Path] | None:
    """The files that are fetched to show something; also those that came with a restored layout."""
    if not show():
        return None
    return [file for file in Bundle().files if file.name in set(one.files) - before]


def _show_panel(one: Seat) -> bool:
    return _command(one, "jupyter-mlx:show-panel") or one.page.locator(PANEL).count() > 0


def _show_run(one: Seat) -> bool:
    runs = one.lab.runs()
    return bool(runs) and _command(one, "jupyter-mlx:open-run", {"run": runs[0]["id"]})


def _command(one: Seat, name: str, args: object = None) -> bool:
    """Whether the lab has a command, and did it."""
    script = """async ([name, args]) => {
        const app = window.jupyterapp ?? window.jupyterlab;
        if (!app?.commands.hasCommand(name)) return false;
        await app.commands.execute(name, args ?? {});
        await new Promise(done => setTimeout(done, 2000));
        return true;
    }"""
    try:
        return bool(one.page.evaluate(script, [name, args]))
    except Error:
        return False


def activation_rows(one: Seat) -> list[Row]:
    """What our plugins cost while the lab starts."""
    took = one.notes("activation")
    total = f"{sum(plugin['ms'] for plugin in took):.1f} ms ({len(took)} plugins)" if took else "n/a"
    return [("activation of our plugins", total, "≤ 50 ms")]


def click_rows(one: Seat) -> list[Row]:
    """From the click to something to see, and to the run's id."""
    started = one.start()
    one.until("window.__mlx.shown !== null", 5)
    clicked, shown, run = one.notes("clicked"), one.notes("shown"), one.notes("run")
    return [
        ("click → visible state", _ms((shown - clicked) / 1000 if shown and clicked else None), "≤ 100 ms"),
        ("click → run id", _ms((run["at"] - clicked) / 1000 if started and clicked else None), "≤ 500 ms"),
    ]


def live_rows(one: Seat) -> list[Row]:
    """From the machine to the page: a point, the frame it is painted in, a line of output in its cell."""
    one.until(f"window.__mlx.points.length >= {POINTS} || window.__mlx.run === null", 60)
    one.page.wait_for_timeout(1000)
    points, painted, lines = one.notes("points"), one.notes("painted"), one.notes("lines")
    return [
        ("log() → page, p50", _ms(_part(points, 0.5)), ""),
        ("log() → page, p95", _ms(_part(points, 0.95)), ""),
        ("log() → painted, p50", _ms(_part(painted, 0.5)), "≤ 300 ms"),
        ("log() → painted, p95", _ms(_part(painted, 0.95)), "≤ 1 s"),
        ("output line → cell, p95", _ms(_part(lines, 0.95)), "≤ 500 ms"),
    ]


def cut_rows(one: Seat, seconds: float) -> list[Row]:
    """How soon a page is back at the present after its connection was silently gone."""
    name = f"catch-up after {seconds:g} s without a connection"
    if not one.start() or not one.until("window.__mlx.latest > 0", 20):
        return [(name, "n/a", "≤ 2 s")]
    one.relay.freeze()
    time.sleep(seconds)
    back = time.time()
    one.page.evaluate("window.__mlx.watch = true")
    one.relay.reset()
    one.relay.heal()
    caught = one.until(f"window.__mlx.heard.some(({{ t }}) => t >= {back})", 60)
    heard = one.notes("heard")
    first = min((event["at"] for event in heard if event["t"] >= back), default=None)
    return [(name, f"{first - back:.1f} s" if caught and first else "n/a", "≤ 2 s")]


def idle_rows(one: Seat, seconds: float) -> list[Row]:
    """Requests a minute beside the socket, while nothing happens: seen, and hidden."""
    rows = []
    for hidden in (False, True):
        one.page.evaluate(
            "hidden => { Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            hidden,
        )
        one.page.wait_for_timeout(3000)
        before, frames = len(one.requests), one.notes("frames")
        one.page.wait_for_timeout(seconds * 1000)
        asked, sent = (len(one.requests) - before) * 60 / seconds, (one.notes("frames") - frames) * 60 / seconds
        word = "hidden" if hidden else "idle"
        rows.append((f"requests a minute, {word}", f"{asked:g} (and {sent:g} messages on the socket)", "0"))
    return rows


def _part(values: list[float], share: float) -> float | None:
    return sorted(values)[int(share * (len(values) - 1))] if values else None


def _ms(seconds: float | None) -> str:
    return "n/a" if seconds is None else f"{seconds * 1000:.0f} ms"


def list_rows(count: int = 10_000) -> list[Row]:
    """A page of 100 of many runs, by the last value of a metric."""
    from jupyter_mlx.store import Order, Store

    from .many_runs import fill

    with tempfile.TemporaryDirectory(prefix="mlx-runs-") as folder, Store(folder) as store:
        fill(store, count)
        took = []
        for _ in range(15):
            began = time.perf_counter()
            store.runs(order=Order("metric:loss"), limit=101)
            took.append(time.perf_counter() - began)
    return [(f"100 of {count:,} runs by a metric", _ms(statistics.median(took)), "≤ 50 ms")]


def measure(cut: float, idle: float) -> Iterator[list[Row]]:
    """All figures, as they come."""
    yield list_rows()
    with seat() as one:
        one.open("points.ipynb")
        yield activation_rows(one)
        yield click_rows(one)
        yield live_rows(one)
        yield bundle_rows(one)
        yield idle_rows(one, idle)
        one.open("talk.ipynb")
        yield cut_rows(one, cut)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cut", type=float, default=60.0, help="seconds without a connection")
    parser.add_argument("--idle", type=float, default=60.0, help="seconds in which requests are counted, twice")
    args = parser.parse_args()
    os.environ.pop("SSH_AUTH_SOCK", None)
    print("| figure | measured | aim |\n|---|---|---|")
    for rows in measure(args.cut, args.idle):
        for row in rows:
            print("| " + " | ".join(row) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
