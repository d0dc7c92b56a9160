"""The first run, without a terminal: a machine is picked, tested line by line, and failures say what to do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.fixtures import Laptop, SshdFactory

from .lab import Lab
from .panel import PATIENCE_MS, first_run, machines, opened, question


def test_a_machine_nobody_met_is_asked_about_and_never_trusted_unasked(
    make_lab: Callable[..., Lab],
    laptop: Laptop,
    sshd: SshdFactory,
    open_page: Callable[..., Page],
    snap: Callable[..., object],
) -> None:
    server = sshd()
    laptop.ssh_config.write_text(server.ssh_config("box", UserKnownHostsFile=str(laptop.known_hosts)))
    lab = make_lab(begin=False)
    lab.settings("apputils-extension/themes", theme="JupyterLab Dark")
    lab.start()
    lab.notebook("print('hello')")
    page = open_page(lab, "nb.ipynb")
    region = first_run(page)
    names = region.get_by_role("list", name="Machines").get_by_role("button")
    expect(names).to_have_text([re.compile("^This computer"), re.compile("^box"), re.compile("^Another machine")])
    snap(page, "first-run")
    names.first.focus()
    page.keyboard.press("ArrowDown")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("Enter")

    asked = question(page)
    expect(asked).to_contain_text(server.fingerprint())
    expect(asked).to_contain_text("ssh-ed25519")
    expect(asked).to_contain_text(f"[{server.host}]:{server.port}")
    expect(asked.get_by_role("button", name="Refuse")).to_be_focused()
    snap(page, "host-key")
    page.keyboard.press("Enter")  # what a person who was typing does
    expect(region.get_by_role("heading", name="box cannot be used yet: Host key")).to_be_focused()
    line = region.locator('[data-check="host_key"]')
    expect(line).to_contain_text("is not known")
    expect(line).to_contain_text("test again and accept it")
    snap(page, "host-key-refused")
    own = laptop.home / "config" / "jupyter_mlx" / "known_hosts"
    assert not own.exists()

    page.keyboard.press("Tab")
    while not region.get_by_role("button", name="Test again").evaluate("node => node === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(asked).to_contain_text(server.fingerprint())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(first_run(page)).to_have_count(0, timeout=PATIENCE_MS)
    assert server.host_key().read_text().split()[1] in own.read_text()
    assert lab.call("GET", "jupyter-mlx/machines/box")["status"]["last_contact"]


def test_a_dead_host_says_why_and_what_to_do_and_this_computer_always_works(
    make_lab: Callable[..., Lab],
    laptop: Laptop,
    sshd: SshdFactory,
    open_page: Callable[..., Page],
    snap: Callable[..., object],
) -> None:
    server = sshd()
    laptop.add_host(server, "box")
    server.stop_listening()
    lab = make_lab()
    page = open_page(lab)
    region = first_run(page)
    region.get_by_role("button", name=re.compile("^box")).click()
    expect(region.get_by_role("heading", name="box cannot be used yet: Port")).to_be_focused()
    line = region.locator('[data-check="port"]')
    expect(line).to_contain_text("refused")
    expect(line).to_contain_text("is sshd running, is the port right?")
    snap(page, "dead-host")
    line.get_by_role("button", name="Copy “ssh -v” line").click()
    expect(line).to_contain_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == "ssh -v box"
    page.keyboard.press("Escape")
    expect(region.get_by_role("button", name=re.compile("^box"))).to_be_focused()
    expect(region.get_by_role("button", name=re.compile("^box"))).to_contain_text("did not answer last time")

    region.get_by_role("button", name=re.compile("^This computer")).click()
    expect(first_run(page)).to_have_count(0, timeout=PATIENCE_MS)
    section = machines(page)
    expect(opened(section, "box")).to_contain_text(re.compile("unreachable since .*refused"))
    expect(opened(section, "local")).to_contain_text("always here")


def test_a_machine_is_typed_by_its_address(
    make_lab: Callable[..., Lab],
    laptop: Laptop,
    sshd: SshdFactory,
    open_page: Callable[..., Page],
    snap: Callable[..., object],
) -> None:
    server = sshd()
    shutil.copy(server.user_key, laptop.home / ".ssh" / "id_ed25519")
    laptop.known_hosts.write_text(server.known_hosts_line())
    laptop.ssh_config.write_text(f"UserKnownHostsFile {laptop.known_hosts}\nIdentityFile ~/.ssh/id_ed25519\n")
    lab = make_lab()
    page = open_page(lab)
    region = first_run(page)
    region.get_by_role("button", name=re.compile("^Another machine")).click()
    address = region.get_by_role("textbox", name="Address")
    expect(address).to_be_focused()
    address.fill("what is this")
    page.keyboard.press("Enter")
    expect(region.get_by_role("alert")).to_contain_text("user@host")
    address.fill(f"bad user!@{server.host}")
    page.keyboard.press("Enter")
    expect(region.get_by_role("alert")).to_contain_text("user@host")
    address.fill(f"-x@{server.host}")
    page.keyboard.press("Enter")
    expect(region.get_by_role("alert")).to_contain_text("is not a user name")
    snap(page, "another-machine")
    address.fill(f"{server.user}@{server.host}:{server.port}")
    page.keyboard.press("Enter")
    expect(first_run(page)).to_have_count(0, timeout=PATIENCE_MS)
    found = lab.call("GET", f"jupyter-mlx/machines/{server.host}")["machine"]
    assert (found["user"], found["port"], found["source"]) == (server.user, server.port, "list")
