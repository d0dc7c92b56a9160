"""The life of a run as pure functions: (run, what happened) -> the run changed, plus what else follows from it.

::

    client    queued ⇄ sending ─────────────┐            the client gives up: queued, sending → failed
                                            │                                 queued → cancelled
    machine       accepted → preparing → running → succeeded | failed | cancelled | lost

Before the machine has accepted a run only the client moves it; afterwards only the machine's journal does, and `lost`
comes from nowhere else. Where both spoke (the client gave up on a run that had arrived), the machine is right.
Nothing here raises for what a machine says: what makes no sense is left out and named in ``Effects.flags``.
"""

from __future__ import annotations

from typing import Any

from . import observations
from .errors import ConflictError
from .models import Cell, Json, Run, RunState
from .observations import NOTHING, Effects, Said
from .untrusted import count, line, moment, number, seconds, text

_RANK = {RunState.QUEUED: 0, RunState.SENDING: 1, RunState.PREPARING: 2, RunState.RUNNING: 3}
_CLIENT_MOVES = {
    RunState.QUEUED: {RunState.SENDING, RunState.FAILED, RunState.CANCELLED},
    RunState.SENDING: {RunState.QUEUED, RunState.FAILED},  # not cancelled: it may have arrived
}
_CLOSING = frozenset({"outputs", "exit"})  # still fine after the last state


def over(run: Run) -> bool:
    """Whether nothing more is to be expected: the verdict is here, or the run never reached its machine."""
    return run.state.final and (run.exit is not None or run.accepted is None)


def move(run: Run, state: RunState, reason: str | None, now: float) -> None:
    """A step of the client before acceptance. Raises ConflictError where the run is no longer the client's."""
    if state is RunState.LOST:
        raise ConflictError(f"run #{run.number} cannot be declared lost from here; only its machine knows")
    allowed = run.accepted is None and (state is run.state or state in _CLIENT_MOVES.get(run.state, ()))
    if not allowed:
        raise ConflictError(
            f"run #{run.number} is {run.state.value} and cannot become {state.value}",
            hint="its machine decides now" if run.accepted else "a run that may have arrived is asked for first",
        )
    run.state, run.reason = state, reason
    if state.final and run.ended is None:
        run.ended = now


def accept(run: Run, now: float) -> None:
    """The machine has the run durably. Repeats change nothing; a verdict the client alone had given is taken back."""
    if run.accepted is not None:
        return
    run.accepted = now
    run.state, run.reason, run.ended = RunState.PREPARING, None, None


def request_cancel(run: Run, now: float) -> bool:
    """Note that a stop is wanted; whether that is news. A run that is over stays as it is."""
    if over(run) or run.cancel_requested is not None:
        return False
    run.cancel_requested = now
    return True


def cancel_delivered(run: Run, now: float) -> bool:
    """Note that the machine knows about the stop; whether that is news."""
    if run.cancel_delivered is not None:
        return False
    run.cancel_requested = run.cancel_requested or now
    run.cancel_delivered = now
    return True


def in_order(last_seq: int, seq: int) -> tuple[bool, str | None]:
    """(whether an event with this number counts, what is odd about the number); numbers go up by one from 1."""
    if seq <= last_seq:
        return False, f"event {seq} came again after {last_seq}"
    missing = seq - last_seq - 1
    return True, f"{missing} events are missing before event {seq}" if missing else None


def apply(run: Run, event: Json, seq: int) -> Effects:
    """Change a run by one event of its journal; metric points and oddities are returned."""
    kind = event.get("type")
    if not isinstance(kind, str) or (kind in observations.SILENT and run.exit is None):
        return NOTHING
    effects = Effects()
    when = moment(event.get("t"))
    if when is None:
        effects.flags.append("the machine's clock makes no sense")
    if run.exit is not None or (run.state.final and kind not in _CLOSING):
        effects.flags.append(f"an event of type {line(kind, 40)!r} came after the end")
        return effects
    handler = _HANDLERS.get(kind) or observations.HANDLERS.get(kind)
    if handler:  # unknown types stay in the journal, for a newer version to read
        handler(run, Said(event, when, seq), effects)
    return effects


def _state(run: Run, said: Said, effects: Effects) -> None:
    state = _machine_state(said.event.get("state"))
    if state is None:
        effects.flags.append("a state is unknown")
        return
    if not state.final and _RANK[state] < _RANK[run.state]:
        effects.flags.append(f"{state.value} came after {run.state.value}")
        return
    run.state = state
    run.reason = line(said.event.get("reason"))
    if state.final:
        run.ended = said.when or run.started or run.created
    elif run.started is None:
        run.started = said.when


def _exit(run: Run, said: Said, effects: Effects) -> None:
    state = _machine_state(said.event.get("state"))
    if state is None or not state.final:
        effects.flags.append("the verdict names no final state")
        state = run.state if run.state.final else RunState.FAILED
    elif run.state.final and run.state is not state:
        effects.flags.append(f"the verdict is {state.value}, the last state was {run.state.value}")
    run.exit = _exit_record(said.event, state)
    run.state, run.reason = state, run.exit["reason"]
    run.peak_memory = max(filter(None, (run.peak_memory, run.exit["rss_peak"])), default=None)
    run.started = run.exit["started"] or run.started
    run.ended = _end(run, run.exit["ended"] or said.when, run.exit["duration_s"])
    run.progress = {}
    _close_cells(run.cells, state)
    effects.touched |= {"exit", "progress", "cells"}


def _machine_state(value: object) -> RunState | None:
    """A state only a machine may name, else None."""
    known = {state.value: state for state in RunState if state not in (RunState.QUEUED, RunState.SENDING)}
    return known.get(value) if isinstance(value, str) else None


def _exit_record(event: Json, state: RunState) -> Json:
    """The verdict with the fields of docs/formats.md and no others."""
    sizes = {key: count(event.get(key)) for key in ("cell", "rss_peak", "journal_bytes")}
    words = {key: line(event.get(key), 200) for key in ("cause", "ename", "boot_id")}
    codes: dict[str, Any] = {}
    for key in ("code", "signal"):
        value = event.get(key)
        codes[key] = line(value, 40) if isinstance(value, str) else _whole(value)
    return {
        "state": state.value,
        "reason": line(event.get("reason")),
        "evalue": text(event.get("evalue"), 4000),
        "started": moment(event.get("started")),
        "ended": moment(event.get("ended")),
        "duration_s": seconds(event.get("duration_s")),
        **sizes,
        **words,
        **codes,
    }


def _whole(value: object) -> int | None:
    known = number(value)
    return known if isinstance(known, int) else None


def _end(run: Run, ended: float | None, duration: float | None) -> float:
    """When the run ended, never before it started; the monotonic duration wins over a clock that was set meanwhile."""
    if run.started is None:
        return ended or run.created
    if duration is not None and (ended is None or abs(ended - run.started - duration) > 60):
        return run.started + duration
    return max(ended or run.started, run.started)


def _close_cells(cells: list[Cell], state: RunState) -> None:
    """Nothing runs any more: what was running shares the verdict, what waited was skipped."""
    broken = "cancelled" if state is RunState.CANCELLED else "failed"
    for cell in cells:
        if cell.state == "running" and state is not RunState.SUCCEEDED:
            cell.state = broken
        elif cell.state == "waiting":
            cell.state = "skipped"


def _cancel(run: Run, said: Said, effects: Effects) -> None:
    cancel_delivered(run, said.when or run.created)
    run.progress = {"phase": "cancel", "message": line(said.event.get("step"), 40)}
    effects.touched.add("progress")


_HANDLERS: dict[str, observations.Handler] = {"state": _state, "exit": _exit, "cancel": _cancel}
