"""Questions of a connection, asked in the page: passphrases, passwords, several at once, two tabs; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.fixtures import Laptop, SshdFactory
from tests.support.sshd import IS_ROOT, Sshd, make_key

from .lab import Lab
from .panel import PATIENCE_MS, first_run, machines, opened, question

SECRET = "a passphrase nobody else has"


def with_locked_key(laptop: Laptop, server: Sshd, alias: str) -> None:
    """A machine that only a key with a passphrase opens."""
    key = make_key(laptop.home / ".ssh" / f"locked-{alias}", passphrase=SECRET)
    server.authorized_keys.write_text(Path(f"{key}.pub").read_text())
    laptop.add_host(server, alias, IdentityFile=str(key))


def kept(lab: Lab, page: Page) -> str:
    """All that was written: by the server, below the home, and into the storage of the page."""
    texts = [path.read_bytes().decode("utf-8", "replace") for path in lab.home.rglob("*") if path.is_file()]
    return "\n".join([*texts, page.evaluate("() => JSON.stringify([localStorage, sessionStorage, document.cookie])")])


def test_a_passphrase_is_asked_again_where_it_was_wrong_and_kept_nowhere(
    make_lab: Callable[..., Lab],
    laptop: Laptop,
    sshd: SshdFactory,
    open_page: Callable[..., Page],
    snap: Callable[..., object],
) -> None:
    with_locked_key(laptop, sshd(), "box")
    lab = make_lab()
    page = open_page(lab)
    first_run(page).locator('[data-machine="box"]').click()
    asked = question(page)
    field = asked.get_by_label("passphrase of")
    expect(field).to_be_focused()
    assert (field.get_attribute("type"), field.get_attribute("autocomplete")) == ("password", "off")
    expect(asked).to_contain_text("never stored")
    expect(asked.get_by_role("timer")).to_contain_text("Time left to answer: 1:5")
    page.keyboard.type(SECRET + "!")
    snap(page, "passphrase")
    page.keyboard.press("Enter")
    expect(asked.get_by_role("alert")).to_contain_text("not right")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    page.keyboard.type(SECRET)
    page.keyboard.press("Enter")
    expect(first_run(page)).to_have_count(0, timeout=PATIENCE_MS)
    assert SECRET not in kept(lab, page)
    assert SECRET not in page.content()


def test_a_question_is_answered_in_one_tab_and_gone_in_the_other(
    make_lab: Callable[..., Lab], laptop: Laptop, sshd: SshdFactory, open_page: Callable[..., Page]
) -> None:
    with_locked_key(laptop, sshd(), "box")
    lab = make_lab()
    page, other = open_page(lab), open_page(lab, workspace="other")
    page.bring_to_front()
    first_run(page).locator('[data-machine="box"]').click()
    expect(question(page)).to_be_visible()
    expect(question(other)).to_be_visible()  # there the panel is closed
    other.keyboard.press("Escape")
    expect(question(other)).to_have_count(0)
    expect(question(page)).to_have_count(0)
    expect(first_run(page).locator('[data-check="login"]')).to_contain_text("ssh-add")


def test_several_questions_wait_their_turn(
    make_lab: Callable[..., Lab], laptop: Laptop, sshd: SshdFactory, open_page: Callable[..., Page]
) -> None:
    for alias in ("one", "two"):
        with_locked_key(laptop, sshd(), alias)
    lab = make_lab()
    page = open_page(lab)
    section = machines(page)
    for alias in ("one", "two"):
        opened(section, alias).get_by_role("button", name="Test", exact=True).dispatch_event("click")
    for _ in ("one", "two"):
        expect(question(page)).to_have_count(1)
        field = question(page).get_by_label("passphrase of")
        expect(field).to_be_focused()
        asked = field.get_attribute("id")
        page.keyboard.type(SECRET)
        page.keyboard.press("Enter")
        expect(page.locator(f'[id="{asked}"]')).to_have_count(0)
    expect(question(page)).to_have_count(0)
    for alias in ("one", "two"):
        expect(section.locator(f'[data-machine="{alias}"]')).to_contain_text("can run notebooks", timeout=PATIENCE_MS)


@pytest.mark.skipif(not IS_ROOT, reason="only root can add accounts")
def test_a_password_is_asked_for_and_a_key_that_changed_stops(
    make_lab: Callable[..., Lab],
    laptop: Laptop,
    sshd: SshdFactory,
    open_page: Callable[..., Page],
    snap: Callable[..., object],
) -> None:
    server = sshd(PasswordAuthentication="yes", AuthorizedKeysFile="none")
    user = server.add_user(password=SECRET)
    laptop.add_host(server, "box", User=user)
    lab = make_lab()
    page = open_page(lab)
    first_run(page).locator('[data-machine="box"]').click()
    asked = question(page)
    expect(asked.get_by_label(f"password of {user}@")).to_be_focused()
    page.keyboard.type(SECRET)
    asked.get_by_role("button", name="Continue").click()
    expect(first_run(page)).to_have_count(0, timeout=PATIENCE_MS)
    assert SECRET not in kept(lab, page)

    server.kill()
    server.swap_host_keys()
    server.start()
    row = opened(machines(page), "box")
    row.get_by_role("button", name="Test", exact=True).click()
    stop = row.locator('[data-check="host_key"][data-ok="stop"]')
    expect(stop).to_contain_text("has changed")
    expect(stop).to_contain_text(server.fingerprint())
    expect(stop).to_contain_text("ssh-keygen -R")
    expect(question(page)).to_have_count(0)
    stop.scroll_into_view_if_needed()
    snap(page, "host-key-changed")
