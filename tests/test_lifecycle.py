from __future__ import annotations

import copy
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlx import lifecycle, observations
from jupyter_mlx.errors import ConflictError
from jupyter_mlx.models import FINAL_STATES, Cell, Run, RunState, new_run_id, to_json
from tests.test_untrusted import ANYTHING

T0 = 1_700_000_000.0
STATES = [*(state.value for state in RunState), "strange", None, 5]
FORMATS = Path(__file__).parent.parent / "docs" / "formats.md"


def new(state: RunState = RunState.QUEUED, **more: object) -> Run:
    accepted = None if state in (RunState.QUEUED, RunState.SENDING) else T0
    values = {"accepted": accepted, "created": T0, "cells": [Cell(0, "a"), Cell(1, "b")], **more}
    return Run(new_run_id(), 1, "/p", "n.ipynb", "m", state=state, **values)


def say(run: Run, kind: str, seq: int = 1, /, **fields: object) -> observations.Effects:
    return lifecycle.apply(run, {"type": kind, "t": T0 + seq, **fields}, seq)


# The client's part


CLIENT = {
    (RunState.QUEUED, RunState.SENDING),
    (RunState.QUEUED, RunState.CANCELLED),
    (RunState.QUEUED, RunState.FAILED),
    (RunState.SENDING, RunState.QUEUED),
    (RunState.SENDING, RunState.FAILED),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(RunState, RunState)))
def test_every_move_of_the_client(before, after):
    run = new(before)
    fine = run.accepted is None and after is not RunState.LOST and ((before, after) in CLIENT or before is after)
    if fine:
        lifecycle.move(run, after, "why", T0 + 5)
        assert (run.state, run.reason) == (after, "why")
        assert run.ended == (T0 + 5 if after.final else None)
    else:
        with pytest.raises(ConflictError):
            lifecycle.move(run, after, "why", T0 + 5)
        assert (run.state, run.reason, run.ended) == (before, None, None)


def test_acceptance_is_once_and_takes_back_what_the_client_had_concluded():
    run = new()
    lifecycle.move(run, RunState.FAILED, "gave up", T0 + 1)
    assert lifecycle.over(run)
    lifecycle.accept(run, T0 + 2)
    assert (run.state, run.reason, run.ended, run.accepted) == (RunState.PREPARING, None, None, T0 + 2)
    run.state = RunState.RUNNING
    lifecycle.accept(run, T0 + 9)
    assert (run.state, run.accepted) == (RunState.RUNNING, T0 + 2)


def test_a_wish_to_stop_is_kept_with_its_first_time():
    run = new(RunState.RUNNING)
    assert lifecycle.request_cancel(run, T0 + 1)
    assert not lifecycle.request_cancel(run, T0 + 2)
    assert (run.cancel_requested, run.cancel_delivered) == (T0 + 1, None)
    assert lifecycle.cancel_delivered(run, T0 + 3)
    assert not lifecycle.cancel_delivered(run, T0 + 4)
    assert (run.cancel_requested, run.cancel_delivered, run.state) == (T0 + 1, T0 + 3, RunState.RUNNING)


def test_a_run_that_is_over_takes_no_wish_to_stop():
    run = new(RunState.SUCCEEDED, exit={"state": "succeeded"})
    assert not lifecycle.request_cancel(run, T0)
    assert run.cancel_requested is None


# The machine's part


def test_a_run_goes_its_way():
    run = new(RunState.PREPARING)
    say(run, "state", 1, state="preparing")
    assert run.started == T0 + 1
    say(run, "state", 2, state="running", reason="cells")
    assert (run.state, run.reason, run.started) == (RunState.RUNNING, "cells", T0 + 1)
    say(run, "cell", 3, cell=0, state="running")
    say(run, "state", 4, state="failed", reason="cell 0: ValueError")
    assert (run.state, run.ended, lifecycle.over(run)) == (RunState.FAILED, T0 + 4, False)
    verdict = {"state": "failed", "reason": "cell 0: ValueError", "cause": "cell_error", "cell": 0, "code": 0}
    verdict |= {"ename": "ValueError", "evalue": "bad\nvalue", "signal": None, "rss_peak": 1000, "journal_bytes": 9}
    effects = say(run, "exit", 5, started=T0, ended=T0 + 4.5, duration_s=4.5, **verdict)
    assert effects.touched == {"exit", "cells", "progress"}
    assert not effects.flags
    assert lifecycle.over(run)
    assert (run.started, run.ended, run.peak_memory) == (T0, T0 + 4.5, 1000)
    assert run.exit is not None
    assert (run.exit["cause"], run.exit["evalue"], run.exit["cell"]) == ("cell_error", "bad\nvalue", 0)
    assert [cell.state for cell in run.cells] == ["failed", "skipped"]


@pytest.mark.parametrize(("before", "after"), list(itertools.product(RunState, STATES)))
def test_states_only_go_forward(before, after):
    run = new(before, accepted=T0)
    effects = say(run, "state", state=after)
    rank = {state: n for n, state in enumerate(RunState)}
    machine = {state.value for state in RunState} - {"queued", "sending"}
    forward = after in machine and (RunState(after).final or rank[RunState(after)] >= rank[before])
    if forward and not before.final:
        assert run.state.value == after
        assert not effects.flags
    else:
        assert run.state is before
        assert effects.flags


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_the_first_verdict_wins_and_what_comes_after_is_flagged(state):
    run = new(RunState.RUNNING)
    say(run, "exit", 1, state=state, reason="first")
    before = to_json(run)
    for seq, kind in enumerate([*observations.HANDLERS, *observations.SILENT, "state", "exit", "cancel", "novelty"], 2):
        effects = say(run, kind, seq, state="failed", values={"a": 1}, cell=0, name="x", files=[], reason="second")
        assert effects.flags == [f"an event of type {kind!r} came after the end"]
        assert not effects.points
    assert to_json(run) == before


def test_outputs_and_verdict_may_follow_the_last_state_and_nothing_else():
    run = new(RunState.RUNNING)
    say(run, "state", 1, state="succeeded")
    assert say(run, "metric", 2, values={"a": 1}).flags
    assert not say(run, "outputs", 3, files=[]).flags
    assert not say(run, "exit", 4, state="succeeded").flags
    assert run.metrics == {}


def test_a_verdict_that_differs_from_the_last_state_wins_and_is_flagged():
    run = new(RunState.RUNNING)
    say(run, "state", 1, state="succeeded")
    assert say(run, "exit", 2, state="lost", reason="the machine was rebooted").flags
    assert (run.state, run.reason) == (RunState.LOST, "the machine was rebooted")


@pytest.mark.parametrize("state", ["running", "queued", "won", None, 7, ["failed"], {}])
def test_a_verdict_without_a_final_state_still_ends_the_run(state):
    run = new(RunState.RUNNING)
    assert say(run, "exit", state=state, reason=["not", "text"]).flags
    assert run.state is RunState.FAILED
    assert lifecycle.over(run)


def test_cancelled_cells_say_so():
    run = new(RunState.RUNNING)
    say(run, "cell", cell=0, state="running")
    say(run, "exit", state="cancelled")
    assert [cell.state for cell in run.cells] == ["cancelled", "skipped"]


def test_a_stop_in_the_journal_counts_as_delivered():
    run = new(RunState.RUNNING, cancel_requested=T0 - 5)
    say(run, "cancel", 2, step="interrupt")
    assert (run.cancel_requested, run.cancel_delivered) == (T0 - 5, T0 + 2)
    assert run.progress == {"phase": "cancel", "message": "interrupt"}
    other = new(RunState.RUNNING)  # asked for from another laptop
    say(other, "cancel", 2, step="requested")
    assert other.cancel_requested == other.cancel_delivered == T0 + 2


# Clocks


@pytest.mark.parametrize("t", ["NaN", -5, 253402300799, "yesterday", None, 10**400, True])
def test_a_clock_that_makes_no_sense_is_flagged_and_left_out(t):
    run = new(RunState.PREPARING)
    effects = lifecycle.apply(run, {"type": "state", "state": "running", "t": t}, 1)
    assert (run.state, run.started) == (RunState.RUNNING, None)
    assert effects.flags == ["the machine's clock makes no sense"]
    assert lifecycle.apply(run, {"type": "metric", "values": {"a": 1}, "t": t}, 2).points[0][1].time == T0
    lifecycle.apply(run, {"type": "exit", "state": "succeeded", "t": t, "started": t, "ended": t, "duration_s": t}, 3)
    assert run.ended == T0


@pytest.mark.parametrize("jump", [-400 * 86400, 400 * 86400])
def test_a_clock_that_is_set_meanwhile_does_not_change_how_long_it_took(jump):
    run = new(RunState.RUNNING)
    say(run, "exit", state="succeeded", started=T0, ended=T0 + 30 + jump, duration_s=30.0)
    assert (run.started, run.ended) == (T0, T0 + 30)


def test_a_run_never_ends_before_it_started():
    run = new(RunState.RUNNING, started=T0)
    say(run, "exit", state="succeeded", ended=T0 - 100)
    assert run.ended == T0


# Numbers


@pytest.mark.parametrize(
    ("last", "seq", "counts", "odd"),
    [
        (0, 1, True, False),
        (5, 6, True, False),
        (5, 5, False, True),
        (5, 1, False, True),
        (5, 9, True, True),
        (0, 2**48 - 1, True, True),
        (0, 0, False, True),
    ],
)
def test_numbers_in_order(last, seq, counts, odd):
    found, why = lifecycle.in_order(last, seq)
    assert (found, bool(why)) == (counts, odd)


# Everything


def documented() -> set[str]:
    """The types of the table in docs/formats.md."""
    table = FORMATS.read_text().split("| type | fields | meaning |")[1].split("\n\n")[0]
    names = [line.split("|")[1] for line in table.splitlines()[2:]]
    return {name.strip(" `") for cell in names for name in cell.split(",")}


def test_every_documented_type_is_known_here_and_the_reverse():
    known = {*observations.HANDLERS, *observations.SILENT} | {"state", "exit", "cancel"}
    assert documented() == known


def test_unknown_types_and_types_that_are_none_change_nothing():
    run = new(RunState.RUNNING)
    before = to_json(run)
    for kind in ("novelty", None, 5, ["state"], {}):
        assert not lifecycle.apply(run, {"type": kind, "t": T0, "state": "failed"}, 1).points
    assert to_json(run) == before


FIELDS = ["state", "reason", "cell", "id", "execution_count", "duration_s", "values", "step", "name", "value", "files"]
FIELDS += [
    "packages",
    "digest",
    "rss",
    "rss_peak",
    "phase",
    "message",
    "done",
    "code",
    "signal",
    "started",
    "ended",
    "t",
]
PLAUSIBLE = st.sampled_from(
    [s.value for s in RunState] + [0, 1, "skipped", "loss", {"loss": 1}, [{"path": "a", "size": 1}]]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(documented())), st.dictionaries(st.sampled_from(FIELDS), ANYTHING | PLAUSIBLE)
        ),
        max_size=12,
    )
)
def test_whatever_a_machine_says_the_run_stays_a_run(events):
    run = new(RunState.PREPARING)
    seen: list[RunState] = [run.state]
    for seq, (kind, fields) in enumerate(events, 1):
        ended = run.exit is not None
        before = copy.deepcopy(run)
        effects = lifecycle.apply(run, {"type": kind, **fields}, seq)
        if ended:
            assert run == before or "nan" in repr(run)
            assert not effects.points
        seen.append(run.state)
        assert all(isinstance(flag, str) and flag.isprintable() for flag in effects.flags)
    ranks = [4 if state.final else list(RunState).index(state) for state in seen]
    assert ranks == sorted(ranks)
    assert RunState.QUEUED not in seen
    to_json(run)
