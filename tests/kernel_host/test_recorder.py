"""From what happens to what is written: merging, splitting, durability."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.kernel_host.media import Media
from jupyter_mlx.kernel_host.recorder import PIECE, Recorder, split
from jupyter_mlx.runner.journal import Journal, Record, read


@pytest.fixture
def recorder(tmp_path):
    made = Recorder(Journal(str(tmp_path / "journal")), Media(str(tmp_path / "media")))
    yield made
    made.close()


def written(tmp_path) -> list[dict[str, object]]:
    records = list(read(str(tmp_path / "journal")))
    assert all(isinstance(record, Record) for record in records)
    return [{key: value for key, value in record.event.items() if key != "t"} for record in records]


def test_text_is_merged_until_something_else_happens(recorder, tmp_path) -> None:
    recorder.stream(0, "stdout", "a")
    recorder.stream(0, "stdout", "b")
    recorder.stream(0, "stderr", "c")
    recorder.event("clear_output", cell=0, wait=True)
    recorder.stream(0, "stdout", "d")
    recorder.stream(1, "stdout", "e")
    recorder.stream(1, "stdout", "")
    assert written(tmp_path) == []
    recorder.flush()
    assert written(tmp_path) == [
        {"type": "stream", "cell": 0, "name": "stdout", "text": "ab"},
        {"type": "stream", "cell": 0, "name": "stderr", "text": "c"},
        {"type": "clear_output", "cell": 0, "wait": True},
        {"type": "stream", "cell": 0, "name": "stdout", "text": "d"},
        {"type": "stream", "cell": 1, "name": "stdout", "text": "e"},
    ]


def test_text_is_not_held_for_long(recorder, tmp_path, monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr("jupyter_mlx.kernel_host.recorder.time.monotonic", lambda: now[0])
    recorder.stream(0, "stdout", "a")
    recorder.flush_due()
    assert written(tmp_path) == []
    now[0] += 0.021
    recorder.flush_due()
    assert [event["text"] for event in written(tmp_path)] == ["a"]


def test_much_text_is_not_held_at_all(recorder, tmp_path) -> None:
    recorder.stream(0, "stdout", "x" * 700_000)
    assert sum(len(event["text"]) for event in written(tmp_path)) == 700_000


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=50), st.integers(1, 5000))
def test_pieces_are_small_and_whole(text, times) -> None:
    whole = text * times
    pieces = split(whole)
    assert "".join(pieces) == whole
    assert all(len(piece.encode()) <= PIECE for piece in pieces)


def test_events_that_cannot_be_written_leave_a_note(recorder, tmp_path) -> None:
    recorder.event("before")
    recorder.event("odd", text="x" * (2 << 20))
    recorder.event("after")
    recorder.flush()
    before, note, after = written(tmp_path)
    assert (before["type"], note["type"], after["type"]) == ("before", "log", "after")
    assert "over the limit" in note["text"]


def test_odd_text_is_written(recorder, tmp_path) -> None:
    recorder.stream(0, "stdout", "\0\ud800\n\u2028" * 20_000)
    recorder.flush()
    assert "".join(event["text"] for event in written(tmp_path)) == "\0\ud800\n\u2028" * 20_000


def test_metrics_follow_the_text_they_stand_in(recorder, tmp_path) -> None:
    recorder.stream(0, "stdout", '{"a": 1}\n{"b"')
    recorder.stream(0, "stderr", '{"e": 1}\n')
    recorder.stream(0, "stdout", ': 2}\n{"c": 3, "step": 4}')
    recorder.stream(1, "stdout", '{"other": 1}\n')
    recorder.end_cell(0)
    recorder.flush()
    found = [(e["cell"], e["values"], e.get("step")) for e in written(tmp_path) if e["type"] == "metric"]
    assert found == [(0, {"a": 1}, None), (0, {"b": 2}, None), (1, {"other": 1}, None), (0, {"c": 3}, 4)]
    recorder.end_cell(0)
    recorder.end_all()
    recorder.flush()
    assert len([e for e in written(tmp_path) if e["type"] == "metric"]) == 4


def test_a_display_update_carries_large_values_aside(recorder, tmp_path) -> None:
    recorder.update_display("d", {"text/html": "x" * 300_000}, {"a": 1})
    recorder.update_display("d", None, None)
    recorder.flush()
    first, second = written(tmp_path)
    assert first["data"]["text/html"]["size"] == 300_000
    assert (first["metadata"], second["data"], second["metadata"]) == ({"a": 1}, {}, {})


def test_settling_and_closing_sync_the_file(recorder, tmp_path, monkeypatch) -> None:
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.readlink(f"/proc/self/fd/{fd}")) or real(fd))
    recorder.event("cell", cell=0)
    recorder.flush(durable=True)
    assert synced == [str(tmp_path / "journal")]
    recorder.settle()
    recorder.settle()
    recorder.flush(durable=True)
    assert 2 <= len(synced) <= 4


def test_a_full_disk_is_raised(tmp_path) -> None:
    recorder = Recorder(Journal(str(tmp_path / "journal")), Media("/proc/no/such"))
    with pytest.raises(OSError, match="proc"):
        recorder.update_display("d", {"text/html": "x" * 300_000}, {})
    recorder.close()
