"""axe finds nothing in the first run, the machines section and their dialogs, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.fixtures import Laptop, SshdFactory

from .lab import CHECKOUT, Lab
from .panel import PATIENCE_MS, first_run, machines, opened

AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page, selector: str) -> list[str]:
    """What axe has against a part of the page; the part must be there."""
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(path=AXE)
    found = page.evaluate(
        "([part, rules]) => axe.run(part, {runOnly: rules}).then(({passes, violations}) => [passes.length,"
        " violations.map(({id, nodes}) => `${id}: ${nodes.map(node => node.html).join(' ')}`)])",
        [selector, RULES],
    )
    assert found[0] > 0, f"{selector} is not there"
    told: list[str] = found[1]
    return told


@pytest.mark.skipif(not AXE.exists(), reason="no axe here (jlpm install)")
@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach(
    make_lab: Callable[..., Lab],
    laptop: Laptop,
    sshd: SshdFactory,
    open_page: Callable[..., Page],
    theme: str,
) -> None:
    server = sshd()
    laptop.add_host(server, "box")
    server.stop_listening()
    lab = make_lab(begin=False)
    lab.settings("apputils-extension/themes", theme=theme)
    lab.start()
    page = open_page(lab)
    region = first_run(page)
    assert violations(page, ".jp-MlxFirstRun") == []
    region.locator('[data-machine="box"]').click()
    expect(region.get_by_role("button", name="Test again")).to_be_visible()
    assert violations(page, ".jp-MlxFirstRun") == []

    section = machines(page)
    here = opened(section, "local")
    here.get_by_role("button", name="Test", exact=True).click()
    expect(here).to_contain_text("can run notebooks", timeout=PATIENCE_MS)
    assert violations(page, ".jp-MlxMachines") == []
    section.get_by_role("button", name="Add machine…").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
    page.get_by_label("Port").fill("many")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("alert").filter(has_text="no number")).to_be_visible()
    assert violations(page, ".jp-Dialog .jp-MlxForm") == []
    page.keyboard.press("Escape")
    here.get_by_role("button", name="Clean…").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing to free")
    assert violations(page, ".jp-Dialog .jp-MlxForm") == []
