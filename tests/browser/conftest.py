"""A real browser on a real Jupyter server: ``lab`` is the server, ``page`` its JupyterLab, ``ssh_box`` a machine.

The server serves the lab extension as it is built in this checkout. A page that reports an error of ours on its
console fails its test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fixtures import Laptop, SshdFactory

from .lab import TOKEN, Lab, chromium

pytest.importorskip("playwright.sync_api", reason="pip install playwright")
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

PATIENCE_MS = 30_000
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture
def make_lab(laptop: Laptop) -> Iterator[Callable[..., Lab]]:
    """Call it to start a server: ``make_lab(base_url="/user/a%20b/")``; all of them end with the test."""
    labs: list[Lab] = []

    def start(*, begin: bool = True, **options: Any) -> Lab:
        lab = Lab(laptop.home, **options)
        if not labs:
            lab.prepare()
        labs.append(lab)
        return lab.start() if begin else lab

    yield start
    for lab in labs:
        lab.close()


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """A server that runs."""
    return make_lab()


@pytest.fixture
def ssh_box(laptop: Laptop, sshd: SshdFactory) -> str:
    """The alias of a machine in ~/.ssh/config whose host key is known; before `lab`, so that the server sees it."""
    return laptop.add_host(sshd(), "box")


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium. One a test: its event loop must not meet that of another test."""
    path = chromium()
    if path is None:
        pytest.skip("no browser here (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser: its tabs share cookies."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, permissions=["clipboard-read"])
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """Errors of ours on the console of any page; the test fails if there is one."""
    found: list[str] = []
    yield found
    assert not found


@pytest.fixture
def open_page(context: BrowserContext, errors: list[str]) -> Callable[..., Page]:
    """Call it with a server and a notebook's path: a tab with JupyterLab that is ready."""

    def start(lab: Lab, path: str = "", *, workspace: str = "", query: str = "") -> Page:
        page = context.new_page()
        page.on("console", lambda message: _note(message, errors))
        page.on("pageerror", lambda error: _thrown(error, errors))
        where = "/".join(["lab", *(["workspaces", workspace] if workspace else []), *(["tree", path] if path else [])])
        page.goto(f"{lab.url}/{where}?token={TOKEN}{query}")
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        page.wait_for_selector(".jp-Notebook" if path.endswith(".ipynb") else "#jp-main-dock-panel")
        return page

    return start


@pytest.fixture
def page(lab: Lab, open_page: Callable[..., Page]) -> Page:
    """JupyterLab in a tab, nothing open."""
    return open_page(lab)


@pytest.fixture
def snap(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path]:
    """Call it with a page and a name: a picture in the test's folder, or in ``--pictures DIR``."""
    folder = Path(request.config.getoption("--pictures") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str, **options: Any) -> Path:
        path = folder / f"{name}.png"
        page.screenshot(path=path, **options)
        return path

    return take


def _thrown(error: Error, errors: list[str]) -> None:
    """The lab itself lets errors go when its server or a kernel dies; ours have our files in their stack."""
    if re.search(r"jupyter-mlx|jp-Mlx", f"{error} {error.stack}"):
        errors.append(str(error))


def _note(message: ConsoleMessage, errors: list[str]) -> None:
    """What the browser itself says of a server that is away or answers with an error is no error of the page."""
    ours = re.search(r"jupyter-mlx|jp-Mlx", message.text + str(message.location))
    if message.type == "error" and ours and not re.match(r"WebSocket connection|Failed to load", message.text):
        errors.append(message.text)
