"""The command palette, opened as people do: again if the lab was not ready for the first try."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.journeys.bed import until


def palette(page: Page) -> Locator:
    """The field to type into."""
    field = page.locator(".lm-CommandPalette-input")

    def is_there() -> bool:
        if not field.is_visible():
            page.keyboard.press("Control+Shift+C")
            page.wait_for_timeout(200)
        return field.is_visible()

    until(is_there, "the command palette")
    return field
