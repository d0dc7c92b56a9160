"""The file user code logs to: anything may stand in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlx.kernel_host.logged import MAX_LINE, LoggedEvents, checked
from jupyter_mlx.kernel_host.media import Media
from jupyter_mlx.kernel_host.recorder import Recorder
from jupyter_mlx.runner.journal import Journal, Record, read


@pytest.fixture
def bed(tmp_path):
    recorder = Recorder(Journal(str(tmp_path / "journal")), Media(str(tmp_path / "media")))
    logged = LoggedEvents(str(tmp_path / "events"), recorder)

    def poll(cell=None, last=False):
        logged.poll(cell, last)
        recorder.flush()
        records = [item.event for item in read(str(tmp_path / "journal")) if isinstance(item, Record)]
        return [{key: value for key, value in event.items() if key != "t"} for event in records]

    yield tmp_path / "events", poll
    logged.close()
    recorder.close()


def add(path: Path, *lines: object) -> None:
    with path.open("ab") as out:
        for line in lines:
            out.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")


def test_lines_become_events_of_the_cell_that_runs(bed) -> None:
    path, poll = bed
    assert poll() == []
    add(path, {"type": "metric", "values": {"loss": 0.5}, "step": 3, "t": 1})
    assert poll(cell=4) == [{"type": "metric", "values": {"loss": 0.5}, "step": 3, "cell": 4}]
    add(path, {"type": "param", "name": "lr", "value": 0.1}, {"type": "tag", "name": "a", "value": ""})
    add(path, {"type": "artifact", "path": "a/b c.bin"})
    assert poll(cell=4)[1:] == [
        {"type": "param", "name": "lr", "value": 0.1},
        {"type": "tag", "name": "a", "value": ""},
        {"type": "artifact", "path": "a/b c.bin"},
    ]


def test_half_a_line_waits_for_its_end(bed) -> None:
    path, poll = bed
    line = b'{"type": "metric", "values": {"a": 1}}'
    with path.open("ab", buffering=0) as out:
        for byte in line:
            out.write(bytes([byte]))
            assert poll() == []
        out.write(b"\n" + line)
    assert len(poll()) == 1
    assert len(poll(last=True)) == 2
    assert len(poll(last=True)) == 2


def test_a_line_without_end_is_not_held(bed) -> None:
    path, poll = bed
    for _ in range(5):
        with path.open("ab") as out:
            out.write(b"x" * MAX_LINE)
        assert poll() == []
    add(path, b"", {"type": "tag", "name": "after", "value": "1"})
    note, tag = poll()
    assert (note["type"], tag["name"]) == ("log", "after")
    assert "longer than" in note["text"]


def test_bad_lines_are_told_of_a_few_times_and_passed_over(bed) -> None:
    path, poll = bed
    add(path, *(b"nonsense" for _ in range(100)), b"", b"\xff\xfe", b"[" * 10_000)
    add(path, {"type": "metric", "values": {"a": 1}})
    *notes, metric = poll()
    assert len(notes) == 20
    assert all(note["source"] == "jupyter_mlx.log" for note in notes)
    assert metric["values"] == {"a": 1}


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        {"type": "state", "state": "succeeded"},
        {"type": "exit"},
        {"type": ["metric"]},
        {"type": "metric"},
        {"type": "metric", "values": {}},
        {"type": "metric", "values": {"": 1}},
        {"type": "metric", "values": {"a" * 251: 1}},
        {"type": "metric", "values": {"a": None}},
        {"type": "metric", "values": {str(n): n for n in range(1001)}},
        {"type": "metric", "values": {"a": 1}, "step": "3"},
        {"type": "metric", "values": {"a": 1}, "step": True},
        {"type": "param", "value": 1},
        {"type": "param", "name": 3, "value": 1},
        {"type": "param", "name": "a", "value": "x" * 200_000},
        {"type": "artifact", "path": "../x"},
        {"type": "artifact", "path": "/etc/passwd"},
        {"type": "artifact"},
    ],
)
def test_what_user_code_cannot_say(event) -> None:
    if event == {"type": "artifact"}:
        assert checked(event) == {"path": "None"}
        return
    with pytest.raises((ValueError, TypeError)):
        checked(event)


def test_values_are_put_right() -> None:
    found = checked({"type": "metric", "values": {"a": float("nan"), "b": "0.5", "c": True}, "step": 1.5})
    assert found == {"values": {"a": "NaN", "b": 0.5, "c": True}, "step": 1.5}
