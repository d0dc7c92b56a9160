from __future__ import annotations

import os

import pytest

from jupyter_mlx.errors import ConflictError, NotFoundError
from tests.store.bed import T0, a_run, a_whole_run, journal

WHOLE = journal(*a_whole_run())


@pytest.fixture
def run(store):
    made = store.create({}, a_run())
    mirror = store.mirror(made.id)
    mirror.try_lead()
    mirror.append(0, WHOLE)
    mirror.release()
    return made


def test_events_come_in_order_and_from_any_record_on(store, run):
    records = list(store.events(run.id))
    assert [record.event["type"] for record in records] == [event["type"] for event in a_whole_run()]
    for n, record in enumerate(records):
        assert list(store.events(run.id, record.offset)) == records[n:]
        assert list(store.events(run.id, record.offset + record.length)) == records[n + 1 :]
    assert list(store.events(run.id, 10**9)) == []
    assert store.decoded(run.id) == len(WHOLE)


def test_only_what_is_committed_is_read(store):
    run = store.create({}, a_run())
    mirror = store.mirror(run.id)
    mirror.try_lead()
    mirror.append(0, WHOLE[:400])
    with mirror.path.open("ab") as file:
        file.write(WHOLE[400:])
    read = sum(record.length for record in store.events(run.id))
    assert read == store.decoded(run.id) <= 400
    mirror.release()


def test_a_run_without_a_journal_has_no_events(store):
    run = store.create({}, a_run())
    assert list(store.events(run.id)) == []
    assert list(store.log(run.id)) == []
    assert store.metrics(run.id) == {}
    assert store.findings(run.id) == []


def test_log_lines(store, run):
    [line] = store.log(run.id)
    assert (line.source, line.text, line.time, line.seq) == ("build", "installing", T0 + 1, 2)


def test_a_lost_or_cut_file_is_named(store, run):
    path = store.mirror(run.id).path
    os.truncate(path, 300)
    with pytest.raises(ConflictError, match="bytes are missing"):
        list(store.events(run.id))
    path.unlink()
    with pytest.raises(ConflictError, match="it is gone"):
        list(store.events(run.id))


def test_events_of_an_unknown_run_are_refused_at_once(store):
    with pytest.raises(NotFoundError):
        store.events("NOPE")


def test_a_large_journal_is_read_in_pieces(store):
    run = store.create({}, a_run())
    mirror = store.mirror(run.id)
    mirror.try_lead()
    data = journal(*({"type": "stream", "cell": 0, "name": "stdout", "text": "y" * 50_000} for _ in range(100)))
    mirror.append(0, data)
    mirror.release()
    assert sum(record.length for record in store.events(run.id)) == len(data)
