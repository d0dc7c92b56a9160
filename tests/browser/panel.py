"""The panel of a page, as the tests about machines use it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

PATIENCE_MS = 30_000  # for the test of a machine: it asks a package index too


def open_panel(page: Page) -> Locator:
    """Show the panel; the panel itself."""
    panel = page.locator("#jupyter-mlx-panel")
    if not panel.is_visible():
        page.locator('.lm-TabBar-tab[data-id="jupyter-mlx-panel"]').click()
    expect(panel).to_be_visible()
    return panel


def first_run(page: Page) -> Locator:
    """The first run inside the panel."""
    return open_panel(page).get_by_role("region", name="Choose a machine")


def machines(page: Page) -> Locator:
    """The section of the machines, opened."""
    panel = open_panel(page)
    region = panel.get_by_role("region", name="Machines", exact=True).locator("visible=true")
    heading = panel.locator(".jp-AccordionPanel-title, .lm-AccordionPanel-title").filter(
        has_text=re.compile("^Machines")
    )
    if heading.get_attribute("aria-expanded") == "false":
        heading.click()
    section = region.filter(has=page.get_by_role("button", name="Add machine…"))
    expect(section.last).to_be_visible()
    return section.last


def row(section: Locator, name: str) -> Locator:
    """The head of a machine's row."""
    return section.locator(f'[data-machine="{name}"] > button')


def opened(section: Locator, name: str) -> Locator:
    """A machine's row, opened."""
    head = row(section, name)
    if head.get_attribute("aria-expanded") == "false":
        head.click()
    return section.locator(f'[data-machine="{name}"]')


def question(page: Page) -> Locator:
    """The dialog that asks something."""
    return page.get_by_role("dialog").filter(has=page.get_by_role("timer"))
