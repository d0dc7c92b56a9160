from __future__ import annotations

import pytest

from jupyter_mlx.models import RunState
from jupyter_mlx.store import projection
from tests.store.bed import T0, a_run, a_whole_run, cells, exit_event, journal


@pytest.fixture
def run(store):
    return store.create({}, a_run(cells=cells(2)))


@pytest.fixture
def put(store, run):
    mirror = store.mirror(run.id)
    assert mirror.try_lead()
    yield lambda data: mirror.append(mirror.offset, data)
    mirror.release()


def whys(store, run):
    return [finding.why for finding in store.findings(run.id)]


def test_a_damaged_record_is_named_and_the_rest_is_read(store, run, put):
    data = bytearray(journal(*a_whole_run()))
    at = data.index(b'"loss":0.5')
    data[at + 2] ^= 1
    put(bytes(data))
    [damage, gap] = store.findings(run.id)
    assert damage.offset <= at < damage.offset + damage.length
    assert "checksum" in damage.why
    assert gap.why == "1 events are missing before event 8"
    assert store.run(run.id).state is RunState.SUCCEEDED
    assert [point.value for point in store.metrics(run.id)["loss"]] == [0.25]


def test_repeats_and_rewinds_are_left_out_and_named(store, run, put):
    metric = {"type": "metric", "values": {"a": 1}}
    put(
        journal(metric, metric, first=1)
        + journal(metric, first=2)
        + journal(metric, first=1)
        + journal(metric, first=3)
    )
    assert [point.seq for point in store.metrics(run.id)["a"]] == [1, 2, 3]
    assert whys(store, run) == ["event 2 came again after 2", "event 1 came again after 2"]
    assert [record.seq for record in store.events(run.id)] == [1, 2, 3]


def test_gaps_are_named(store, run, put):
    put(journal({"type": "state", "state": "running"}, first=5))
    assert whys(store, run) == ["4 events are missing before event 5"]
    assert store.run(run.id).state is RunState.RUNNING


def test_events_after_the_verdict_change_nothing(store, run, put):
    put(journal(exit_event(), exit_event("failed"), {"type": "metric", "values": {"a": 1}}))
    assert store.run(run.id).state is RunState.SUCCEEDED
    assert store.metrics(run.id) == {}
    assert whys(store, run) == [
        "an event of type 'exit' came after the end",
        "an event of type 'metric' came after the end",
    ]


def test_an_oddity_that_repeats_is_named_once_also_by_the_next_process(store, run, put):
    events = [{"type": "metric", "values": {"a": n}, "t": "never"} for n in range(50)]
    put(journal(*events))
    mirror_again = journal(*events, first=51)
    put(mirror_again)
    assert whys(store, run) == ["the machine's clock makes no sense"]
    assert len(store.metrics(run.id)["a"]) == 100


def test_findings_are_counted_and_only_the_first_are_kept(store, run, put):
    put(b"junk\n" * 5000 + journal({"type": "state", "state": "running"}))
    assert len(store.findings(run.id)) == projection.MAX_FINDINGS
    with store.database.read() as connection:
        assert projection.position(connection, store.row_of(connection, run.id)).findings == 5000
    assert store.run(run.id).state is RunState.RUNNING


def test_junk_alone_proves_nothing(store, run, put):
    put(b"junk\n" * 10)
    assert store.run(run.id).accepted is None
    assert store.run(run.id).state is RunState.QUEUED


def test_points_have_a_limit_with_a_mark(store, run, put, monkeypatch):
    monkeypatch.setattr(projection, "MAX_POINTS", 25)
    put(journal(*({"type": "metric", "values": {"a": n}} for n in range(20))))
    put(journal(*({"type": "metric", "values": {"a": n}} for n in range(20, 40)), first=21))
    put(journal(*({"type": "metric", "values": {"a": n}} for n in range(40, 60)), first=41))
    assert len(store.metrics(run.id)["a"]) == 25
    assert len(whys(store, run)) == 1
    assert "25 points" in whys(store, run)[0]
    assert sum(1 for _ in store.events(run.id)) == 60


def test_content_of_cells_is_not_in_the_database(store, run, put):
    secret = "a very particular text"
    put(
        journal(
            {"type": "stream", "cell": 0, "name": "stdout", "text": secret},
            {"type": "log", "source": "s", "text": secret},
        )
    )
    dump = "\n".join(str(row) for row in store.database.problems())
    with store.database.read() as connection:
        dump += "\n".join(connection.iterdump())
    assert secret not in dump
    assert [line.text for line in store.log(run.id)] == [secret]


def test_values_survive_the_way_through_the_table(store, run, put):
    put(
        journal(
            {
                "type": "metric",
                "step": 1.5,
                "values": {"nan": "NaN", "inf": "Infinity", "yes": True, "int": 3, "word": "x"},
            }
        )
    )
    found = {key: points[0].value for key, points in store.metrics(run.id).items()}
    assert found.pop("nan") != found["int"]
    assert found == {"inf": float("inf"), "yes": True, "int": 3, "word": "x"}
    assert type(found["yes"]) is bool
    assert type(found["int"]) is int
    assert store.metrics(run.id)["int"][0] == (store.metrics(run.id)["int"][0])
    point = store.metrics(run.id)["word"][0]
    assert (point.step, point.time, point.seq) == (1.5, T0, 1)


def test_one_event_with_ten_thousand_keys(store, run, put):
    values = {f"metric/{n}": n for n in range(12_000)}
    put(journal({"type": "metric", "values": values}))
    put(journal({"type": "metric", "values": dict.fromkeys(values, 5)}, first=2))
    found = store.metrics(run.id)
    assert len(found) == 10_000
    assert all(len(points) == 2 for points in found.values())
    assert any("10000 metric keys" in why for why in whys(store, run))
