from __future__ import annotations

import hashlib

import pytest

from jupyter_mlx.models import MachineStatus, to_json
from jupyter_mlx.runner.names import UnsafeNameError
from jupyter_mlx.store import Store


def blob(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()


def test_a_machine_never_seen(store):
    assert store.machine_status("gpu") == MachineStatus("gpu")


def test_unreachable_keeps_the_first_time_and_the_last_reason(store):
    store.set_unreachable("gpu", "timed out")
    first = store.machine_status("gpu")
    store.set_unreachable("gpu", "no route\nto host")
    second = store.machine_status("gpu")
    assert first.unreachable_since == second.unreachable_since
    assert first.unreachable_since
    assert second.why == "no route to host"
    assert to_json(second)["unreachable_since"].endswith("Z")


def test_contact_ends_it_and_keeps_facts(store):
    store.set_reachable("gpu", {"boot_id": "a", "nested": {"x": [1]}})
    store.set_unreachable("gpu", "gone")
    assert store.machine_status("gpu").facts["boot_id"] == "a"
    store.set_reachable("gpu")
    status = store.machine_status("gpu")
    assert (status.unreachable_since, status.why, status.facts["nested"]) == (None, None, {"x": [1]})
    assert status.last_contact
    store.set_unreachable("gpu", "again")
    assert store.machine_status("gpu").unreachable_since >= status.last_contact


def test_facts_are_bounded(store):
    store.set_reachable("gpu", {"big": "x" * 10**7, "odd": "\ud800"})
    assert len(store.machine_status("gpu").facts["big"]) < 10**5


def test_beliefs_are_kept_apart_by_machine_and_root(store, folder):
    store.add_blobs("a", "/root", [blob(1), blob(2)])
    store.add_blobs("a", "/root", [blob(2), blob(3)])
    store.add_blobs("a", None, [blob(4)])
    store.add_blobs("b", "/root", [blob(5)])
    with Store(folder) as other:
        assert other.believed_blobs("a", "/root") == {blob(1), blob(2), blob(3)}
        assert other.believed_blobs("a") == other.believed_blobs("a", "") == {blob(4)}
        assert other.believed_blobs("c", "/root") == set()


def test_beliefs_can_be_given_up(store):
    store.add_blobs("a", "/r", [blob(n) for n in range(5)])
    store.forget_blobs("a", "/r", [blob(0), blob(9)])
    assert store.believed_blobs("a", "/r") == {blob(n) for n in range(1, 5)}
    store.forget_blobs("b", "/r")
    store.forget_blobs("a", "/r")
    assert store.believed_blobs("a", "/r") == set()


def test_what_is_no_blob_is_refused(store):
    with pytest.raises(UnsafeNameError):
        store.add_blobs("a", "/r", [blob(1), "../../x"])
    assert store.believed_blobs("a", "/r") == set()
    store.add_blobs("a", "/r", [])


def test_many_beliefs_stay_compact(store, folder):
    ids = {blob(n) for n in range(20_000)}
    store.add_blobs("a", "/r", ids)
    assert store.believed_blobs("a", "/r") == ids
    store.close()
    assert (folder / "mlx.sqlite").stat().st_size < 20_000 * 80
