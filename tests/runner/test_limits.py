"""Limits of time and silence."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlx.runner import limits
from jupyter_mlx.runner.journal import Journal
from jupyter_mlx.runner.layout import RunPaths
from jupyter_mlx.runner.limits import Limits


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    found = RunPaths(str(tmp_path))
    Path(found.journal).touch()
    return found


@pytest.fixture
def forward(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock of the limits."""
    now = [1000.0]
    monkeypatch.setattr(limits, "boottime", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


@pytest.mark.parametrize(
    "none", [{}, {"time_s": None, "no_output_s": None}, {"time_s": 0, "no_output_s": 0}, {"time_s": True}]
)
def test_no_limits_are_never_exceeded(
    paths: RunPaths, forward: Callable[[float], None], none: dict[str, object]
) -> None:
    found = Limits(paths, none, 0)
    forward(1e9)
    assert found.exceeded() is None


def test_the_time_limit_counts_from_its_making(paths: RunPaths, forward: Callable[[float], None]) -> None:
    found = Limits(paths, {"time_s": 3600}, 0)
    forward(3600)
    assert found.exceeded() is None
    forward(1)
    beyond = found.exceeded()
    assert beyond and beyond.cause == "time_limit" and beyond.reason == "stopped after 60 min: the time limit"


@pytest.mark.parametrize(
    ("event", "alive"),
    [
        ({"type": "stream", "text": "x"}, True),
        ({"type": "output"}, True),
        ({"type": "cell", "state": "running"}, True),
        ({"type": "metric", "values": {}}, True),
        ({"type": "sample"}, False),
        ({"type": "log", "text": "x"}, False),
        ({"type": "state", "state": "running"}, False),
    ],
)
def test_what_counts_as_output(
    paths: RunPaths, forward: Callable[[float], None], event: dict[str, object], alive: bool
) -> None:
    found = Limits(paths, {"no_output_s": 10}, 0)
    forward(8)
    assert found.exceeded() is None
    journal = Journal(paths.journal)
    journal.append({**event, "t": time.time()})
    journal.close()
    assert found.exceeded() is None
    forward(8)
    beyond = found.exceeded()
    assert (beyond is None) == alive
    if beyond:
        assert beyond == ("no_output_limit", "stopped after 10 s without output: the limit")


def test_logged_events_count_as_output(paths: RunPaths, forward: Callable[[float], None]) -> None:
    found = Limits(paths, {"no_output_s": 10}, 0)
    for _ in range(3):
        forward(8)
        with open(paths.events, "a") as out:
            out.write("{}\n")
        assert found.exceeded() is None
    forward(11)
    assert found.exceeded()


def test_output_of_before_does_not_count(paths: RunPaths, forward: Callable[[float], None]) -> None:
    journal = Journal(paths.journal)
    journal.append({"type": "stream", "text": "old"})
    journal.close()
    found = Limits(paths, {"no_output_s": 1}, Path(paths.journal).stat().st_size)
    forward(2)
    assert found.exceeded()


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.5, "0.5 s"), (119, "119 s"), (150, "2 min 30 s"), (7200, "2 h"), (9000, "2 h 30 min")]
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert limits._words(seconds) == words
