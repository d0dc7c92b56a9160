"""One link a machine, and what contacts say about it."""

from __future__ import annotations

import threading

import pytest

from jupyter_mlx.errors import NotFoundError, UnreachableError

from .bed import Bed, away


def test_threads_share_one_link(bed: Bed) -> None:
    links: list[object] = []
    threads = [threading.Thread(target=lambda: links.append(bed.dispatcher.contacts.link("local"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(links) == 8
    assert len(set(map(id, links))) == 1
    assert bed.workbench.dials == 1


def test_a_dead_link_is_dialled_anew(bed: Bed) -> None:
    first = bed.dispatcher.contacts.link("local")
    first.close()
    assert not bed.dispatcher.contacts.alive("local")
    second = bed.dispatcher.contacts.link("local")
    assert second is not first
    assert second.ping() >= 0


def test_both_outcomes_are_remembered(bed: Bed) -> None:
    store, contacts = bed.workbench.store, bed.dispatcher.contacts
    bed.workbench.closed = away("first")
    with pytest.raises(UnreachableError):
        contacts.link("local")
    since = store.machine_status("local").unreachable_since
    assert since is not None
    bed.workbench.closed = away("second")
    with pytest.raises(UnreachableError):
        contacts.link("local")
    status = store.machine_status("local")
    assert (status.unreachable_since, status.why) == (since, "second")
    bed.workbench.closed = None
    contacts.link("local")
    status = store.machine_status("local")
    assert (status.unreachable_since, status.why) == (None, None)
    assert status.facts["root"] == str(bed.workbench.data / "local")


def test_a_lost_link_marks_the_machine_unless_there_is_a_new_one(bed: Bed) -> None:
    contacts = bed.dispatcher.contacts
    contacts.link("local")
    contacts.lost("local", UnreachableError("an old link"))
    assert bed.workbench.store.machine_status("local").unreachable_since is None
    bed.workbench.cut()
    contacts.lost("local", UnreachableError("cut"))
    assert bed.workbench.store.machine_status("local").why == "cut"


def test_what_was_asked_is_kept_until_the_machine_is_another_one(bed: Bed) -> None:
    contacts = bed.dispatcher.contacts
    contacts.link("local")
    contacts.remember("local", probe={"uv": True})
    bed.workbench.cut()
    contacts.link("local")
    assert contacts.facts("local")["probe"] == {"uv": True}
    contacts.remember("local", boot_id="another boot")
    bed.workbench.cut()
    contacts.link("local")
    assert "probe" not in contacts.facts("local")


def test_a_probe_is_told_whole_and_remembered_in_short(bed: Bed) -> None:
    contacts = bed.dispatcher.contacts
    found = contacts.probe("local", contacts.link("local"))
    kept = contacts.facts("local")["probe"]
    assert kept["uv"] == bool(found["uv"])
    assert kept["disk_free"] == found["disk_free"] and kept["measured"] > 0
    assert "checks" in found and "checks" not in kept


def test_an_unknown_machine_is_no_contact(bed: Bed) -> None:
    with pytest.raises(NotFoundError):
        bed.dispatcher.contacts.link("nowhere")
    assert bed.dispatcher.contacts.facts("nowhere") == {}


def test_close_ends_all_links_for_good(bed: Bed) -> None:
    link = bed.dispatcher.contacts.link("local")
    bed.dispatcher.close()
    assert not link.alive
    assert not bed.dispatcher.contacts.link("local").alive
