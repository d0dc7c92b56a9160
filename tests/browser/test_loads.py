"""The extension is there in a real JupyterLab, and says what to do where its server half is not."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from .lab import Lab


def test_the_lab_loads_the_extension_and_connects(lab: Lab, open_page: Callable[..., Page]) -> None:
    lab.notebook("print('hello')")
    page = open_page(lab, "nb.ipynb")
    expect(page.locator(".jp-Notebook")).to_contain_text("hello")
    assert page.evaluate("() => document.querySelectorAll('.jp-toastContainer .Toastify__toast--error').length") == 0


def test_without_the_server_half_the_page_says_what_to_do(
    make_lab: Callable[..., Lab], open_page: Callable[..., Page]
) -> None:
    lab = make_lab(begin=False, options=["--ServerApp.jpserver_extensions=jupyter_mlx=False"])
    lab.start(probe="api/status")
    page = open_page(lab)
    expect(page.locator(".Toastify__toast")).to_contain_text("jupyter server extension enable jupyter_mlx")
