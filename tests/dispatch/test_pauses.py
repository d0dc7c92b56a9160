"""Pauses grow, stay within their bounds, and end early when there is a reason."""

from __future__ import annotations

import random
import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.dispatch import pauses as module
from jupyter_mlx.dispatch.pauses import FIRST_S, LONGEST_S, Pauses


@given(st.integers())
def test_each_pause_is_at_most_three_times_the_last(seed: int) -> None:
    random.seed(seed)
    pauses = Pauses()
    series = [pauses.next() for _ in range(60)]
    assert all(FIRST_S <= pause <= LONGEST_S for pause in series)
    assert series[0] <= 3 * FIRST_S
    assert all(after <= max(3 * before, FIRST_S) for before, after in pairwise(series))


def test_pauses_reach_the_longest_and_start_over() -> None:
    pauses = Pauses()
    assert max(pauses.next() for _ in range(500)) > LONGEST_S / 2
    pauses.reset()
    assert pauses.next() <= 3 * FIRST_S


def test_two_clients_do_not_keep_step() -> None:
    one, other = Pauses(), Pauses()
    assert [one.next() for _ in range(5)] != [other.next() for _ in range(5)]


def test_a_set_stop_ends_the_wait() -> None:
    stop = threading.Event()
    stop.set()
    Pauses(first_s=3600, longest_s=3600).wait(stop)


def test_a_good_reason_ends_the_wait_and_starts_over() -> None:
    asked: list[int] = []
    pauses = Pauses(first_s=3600, longest_s=7200)
    pauses.wait(threading.Event(), lambda: bool(asked.append(1) or len(asked) > 1))
    assert len(asked) == 2
    assert pauses._last == 3600


def test_waking_from_sleep_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    asleep = iter([100.0, 100.0, 400.0])
    monkeypatch.setattr(module, "_asleep", lambda: next(asleep))
    Pauses(first_s=3600, longest_s=3600).wait(threading.Event())
    assert next(asleep, None) is None
