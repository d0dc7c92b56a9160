from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from jupyter_mlx.errors import ConflictError, NoSpaceError, NotFoundError
from jupyter_mlx.models import RunState
from jupyter_mlx.store import Store
from jupyter_mlx.store import mirror as mirroring
from tests.store.bed import a_run, a_whole_run, cells, exit_event, journal

WHOLE = journal(*a_whole_run())


@pytest.fixture
def run(store):
    return store.create({}, a_run(cells=cells(2)))


@pytest.fixture
def mirror(store, run):
    made = store.mirror(run.id)
    assert made.try_lead()
    yield made
    made.release()


def test_one_leads_at_a_time(store, run, mirror, folder):
    again = store.mirror(run.id)
    assert not again.try_lead()
    assert mirror.try_lead()  # who leads goes on leading
    code = "import sys; from jupyter_mlx.store import Store; print(Store(sys.argv[1]).mirror(sys.argv[2]).try_lead())"
    ask = [sys.executable, "-c", code, str(folder), run.id]
    assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout == "False\n"
    mirror.release()
    assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout == "True\n"
    assert again.try_lead()  # the other process ended without letting go
    again.release()


def test_only_the_leader_writes(store, run):
    follower = store.mirror(run.id)
    with pytest.raises(ConflictError, match="somebody else"):
        follower.append(0, WHOLE)
    with pytest.raises(ConflictError, match="somebody else"):
        follower.finish()
    assert follower.offset == 0


@pytest.mark.parametrize("piece", [1, 7, 100, 1000, 10**6])
def test_pieces_of_any_size_give_the_same(store, run, mirror, piece):
    data = WHOLE if piece > 1 else WHOLE[:300]
    for at in range(0, len(data), piece):
        mirror.append(at, data[at : at + piece])
    assert mirror.path.read_bytes() == data
    assert mirror.offset == len(data)
    found = store.run(run.id)
    if piece > 1:
        assert (found.state, found.peak_memory, found.cells[0].state) == (RunState.SUCCEEDED, 1 << 20, "succeeded")
        assert [(p.step, p.value) for p in store.metrics(run.id)["loss"]] == [(1, 0.5), (2, 0.25)]
        assert store.metrics(run.id)["done"][0].value is True
        assert found.metrics["loss"] == 0.25
    assert found.accepted
    assert store.findings(run.id) == []


def test_the_first_bytes_prove_acceptance_whatever_the_client_had_concluded(store, run):
    store.set_state(run.id, RunState.FAILED, "gave up")
    mirror = store.mirror(run.id)
    mirror.try_lead()
    assert mirror.append(0, journal({"type": "progress", "phase": "files"})).state is RunState.PREPARING
    mirror.release()
    assert store.open_runs() == [store.run(run.id)]


@pytest.mark.parametrize("wrong", [1, -1, 10**6])
def test_only_the_next_byte_is_taken(mirror, wrong):
    mirror.append(0, WHOLE[:100])
    with pytest.raises(ConflictError, match="byte 100 ") as caught:
        mirror.append(100 + wrong, WHOLE[100:])
    assert caught.value.field == "offset"
    with pytest.raises(ConflictError):
        mirror.append(0, WHOLE)
    mirror.append(100, WHOLE[100:])
    assert mirror.path.read_bytes() == WHOLE


def test_nothing_is_no_step(mirror):
    assert mirror.append(0, b"").state is RunState.QUEUED
    assert mirror.offset == 0


@pytest.mark.parametrize("cut", [0, 1, 31, 32, 200, len(WHOLE) - 1, len(WHOLE)])
def test_a_new_process_goes_on_where_the_old_one_committed(folder, cut):
    with Store(folder) as store:
        run = store.create({}, a_run(cells=cells(2)))
        mirror = store.mirror(run.id)
        mirror.try_lead()
        mirror.append(0, WHOLE[:cut])
        mirror.release()
        with mirror.path.open("ab") as file:
            file.write(b"written, never committed")
    with Store(folder) as store:
        mirror = store.mirror(run.id)
        assert mirror.offset == cut
        assert mirror.try_lead()
        assert mirror.offset == cut == mirror.path.stat().st_size
        mirror.append(cut, WHOLE[cut:])
        mirror.release()
        assert mirror.path.read_bytes() == WHOLE
        assert store.run(run.id).state is RunState.SUCCEEDED
        assert len(store.metrics(run.id)["loss"]) == 2
        assert store.findings(run.id) == []


@pytest.mark.parametrize("left", [None, 0, 10, 500])
def test_a_mirror_file_that_was_lost_or_cut_is_filled_again_and_nothing_counts_twice(store, run, mirror, left):
    mirror.append(0, WHOLE[:600])
    mirror.release()
    if left is None:
        mirror.path.unlink()
    else:
        os.truncate(mirror.path, left)
    assert mirror.try_lead()
    assert mirror.offset == (left or 0)
    for at in range(mirror.offset, len(WHOLE), 77):
        mirror.append(at, WHOLE[at : at + 77])
    assert mirror.path.read_bytes() == WHOLE
    assert len(store.metrics(run.id)["loss"]) == 2
    assert store.findings(run.id) == []
    assert store.run(run.id).state is RunState.SUCCEEDED
    assert sum(1 for _ in store.events(run.id)) == len(a_whole_run())


def test_what_others_change_meanwhile_is_kept(store, run, mirror, folder):
    mirror.append(0, WHOLE[:300])
    with Store(folder) as other:
        other.update(run.id, title="mine", tags=["a"], notes="n")
        other.request_cancel(run.id)
    mirror.append(300, WHOLE[300:])
    found = store.run(run.id)
    assert (found.title, found.tags, found.notes, found.state) == ("mine", ["a"], "n", RunState.SUCCEEDED)
    assert found.cancel_requested


def test_a_run_that_is_deleted_meanwhile_is_named(store, run, mirror):
    with store.database.write() as connection:
        connection.execute("DELETE FROM runs")
    with pytest.raises(NotFoundError):
        mirror.append(0, WHOLE)


def test_unknown_runs_have_no_mirror(store):
    with pytest.raises(NotFoundError):
        store.mirror("01ARZ3NDEKTSV4RRFFQ69G5FAV").try_lead()
    assert not any((store.folder / "mirrors").iterdir())


def test_the_end_of_a_torn_journal_is_decided(store, run, mirror):
    mirror.append(0, WHOLE[:-20])
    assert store.run(run.id).exit is None
    found = mirror.finish({"state": "lost", "reason": "the machine was rebooted", "cause": "rebooted"})
    assert (found.state, found.reason) == (RunState.LOST, "the machine was rebooted")
    assert [finding.why for finding in store.findings(run.id)] == [
        "torn: the record has no end",
        "the verdict is lost, the last state was succeeded",
    ]
    assert store.open_runs() == []
    assert mirror.path.read_bytes() == WHOLE[:-20]
    assert mirror.finish({"state": "failed"}).state is RunState.LOST  # the first verdict stays


def test_a_journal_with_its_verdict_needs_no_other(store, run, mirror):
    mirror.append(0, WHOLE)
    assert mirror.finish({"state": "lost"}).state is RunState.SUCCEEDED
    assert mirror.finish().state is RunState.SUCCEEDED
    assert store.findings(run.id) == []


def test_finish_without_the_whole_file_decides_nothing(store, run, mirror):
    mirror.append(0, WHOLE)
    mirror.release()
    os.truncate(mirror.path, 100)
    mirror.try_lead()
    mirror.finish()
    mirror.append(100, WHOLE[100:])
    assert store.findings(run.id) == []
    assert mirror.path.read_bytes() == WHOLE


# Faults while writing


def test_a_write_that_fails_leaves_the_committed_state(store, run, mirror, monkeypatch):
    mirror.append(0, WHOLE[:500])
    before = store.run(run.id)

    def fails(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(mirroring, "_sync", fails)
        with pytest.raises(NoSpaceError) as caught:
            mirror.append(500, WHOLE[500:])
    assert str(mirror.path) in caught.value.message
    assert f"{len(WHOLE) - 500} bytes" in caught.value.message
    assert mirror.offset == 500 == mirror.path.stat().st_size
    assert store.run(run.id) == before
    mirror.append(500, WHOLE[500:])
    assert mirror.path.read_bytes() == WHOLE
    assert len(store.metrics(run.id)["loss"]) == 2


def test_a_commit_that_fails_leaves_the_committed_state(store, run, mirror):
    mirror.append(0, WHOLE[:500])
    with store.database.write() as connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE UPDATE ON mirrors BEGIN SELECT RAISE(ABORT, 'database is locked'); END"
        )
    with pytest.raises(Exception, match="locked"):
        mirror.append(500, WHOLE[500:])
    with store.database.write() as connection:
        connection.execute("DROP TRIGGER no")
    assert mirror.offset == 500 == mirror.path.stat().st_size
    mirror.append(500, WHOLE[500:])
    assert len(store.metrics(run.id)["loss"]) == 2
    assert store.findings(run.id) == []


FILL = """
import sys
from jupyter_mlx.errors import NoSpaceError
from jupyter_mlx.store import Store
from tests.store.bed import journal

def text(n):
    stream = {"type": "stream", "cell": 0, "name": "stdout", "text": "x" * 60_000}
    return journal(stream, {"type": "metric", "values": {"a": n}}, first=2 * n + 1)

def fill(store, run_id, count, limit=lambda: None):
    mirror = store.mirror(run_id)
    assert mirror.try_lead()
    full = 0
    data = b"".join(text(n) for n in range(count))
    while mirror.offset < len(data):
        try:
            mirror.append(mirror.offset, data[mirror.offset : mirror.offset + 200_000])
        except NoSpaceError as error:
            assert "/" in error.message and "bytes" in error.message, error.message
            full += 1
            at = mirror.offset
            assert mirror.path.read_bytes() == data[:at]
            assert len(store.metrics(run_id).get("a", [])) == data[:at].count(b'"metric"')
            if full == 3:
                limit()
            assert full < 20
    mirror.release()
    assert mirror.path.read_bytes() == data
    assert [point.value for point in store.metrics(run_id)["a"]] == list(range(count))
    assert store.check() == [] and store.findings(run_id) == []
    return full
"""


def test_a_limit_of_file_size_is_named_and_does_no_damage(store, run, folder):
    code = FILL + (
        "import resource\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "store = Store(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))\n"
        "assert fill(store, sys.argv[2], 60, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))) >= 3\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder), run.id], check=True, timeout=60)


@pytest.fixture
def tiny(tmp_path):
    """A file system of 3 MB."""
    point = tmp_path / "tiny"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(point)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    yield point
    subprocess.run(["umount", "-l", str(point)], check=True)


@pytest.mark.parametrize("ballast", range(2_000_000, 2_800_000, 100_000))
def test_a_full_disk_is_named_and_does_no_damage(tiny, ballast):
    # Different ballasts let different writes be the one that fails: the mirror's, the log's, the table's.
    (tiny / "ballast").write_bytes(b"x" * ballast)
    code = FILL + (
        "import os\n"
        "store = Store(sys.argv[1] + '/data')\n"
        "from tests.store.bed import a_run\n"
        "run = store.create({}, a_run())\n"
        "assert fill(store, run.id, 20, lambda: os.unlink(sys.argv[1] + '/ballast')) >= 3\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tiny)], check=True, timeout=60)


def test_a_disk_that_is_full_from_the_start_is_named(tiny):
    (tiny / "ballast").write_bytes(b"x" * 3_000_000)
    with pytest.raises(NoSpaceError, match="no space left"), Store(tiny / "data") as store:
        store.create({}, a_run(title="x" * 200_000))
    (tiny / "ballast").unlink()
    with Store(tiny / "data") as store:
        assert store.create({}, a_run()).number == 1


# Size


def test_a_flood_goes_through_with_bounded_memory(folder):
    code = """
import resource, sys
from jupyter_mlx.store import Store
from tests.store.bed import a_run, journal
store = Store(sys.argv[1])
mirror = store.mirror(store.create({}, a_run()).id)
assert mirror.try_lead()
piece, seq, at = 40, 0, 0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(60):
    data = journal(*[{"type": "stream", "cell": 0, "name": "stdout", "text": "x" * 60_000}] * piece, first=seq + 1)
    seq, at = seq + piece, at + len(data)
    mirror.append(at - len(data), data)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert mirror.path.stat().st_size == at > 140_000_000
assert grown < 60_000, grown
"""
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, timeout=100)
    assert (folder / "mlx.sqlite").stat().st_size < 1_000_000  # text stays in the mirror


def test_points_by_the_hundred_thousand(store, run, mirror):
    data = journal(*({"type": "metric", "values": {"loss": n, "acc": n / 2}, "step": n} for n in range(20_000)))
    mirror.append(0, data)
    found = store.metrics(run.id)
    assert [point.value for point in found["loss"]] == list(range(20_000))
    assert [point.step for point in found["acc"]] == list(range(20_000))
    assert store.run(run.id).metrics == {"loss": 19_999, "acc": 9_999.5}


def test_a_reader_follows_while_the_leader_writes(store, run, mirror, folder):
    events = [{"type": "metric", "values": {"a": n}} for n in range(300)] + [exit_event()]
    data, seen, done = journal(*events), [], threading.Event()

    def read():
        with Store(folder) as reader:
            at = 0
            while True:
                last = done.is_set()
                for record in reader.events(run.id, at):
                    at = record.offset + record.length
                    seen.append(record.seq)
                if last:
                    return

    thread = threading.Thread(target=read)
    thread.start()
    for at in range(0, len(data), 501):
        mirror.append(at, data[at : at + 501])
    done.set()
    thread.join(30)
    assert seen == list(range(1, 302))
