"""What a run tells about itself while it lives, put on the `Run`: one function per event type of docs/formats.md."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from .models import Cell, Json, MetricPoint, OutputFile, Run
from .runner.names import UnsafeNameError, safe_digest, safe_path
from .untrusted import count, line, number, plain, seconds, text

MAX_CELLS = 10_000
MAX_KEYS = 10_000  # metrics of one run
MAX_PARAMS = 1_000
MAX_TAGS = 1_000
MAX_FILES = 100_000
MAX_PACKAGES = 10_000
KEY_LENGTH = 200
TEXT_LENGTH = 1_000

# Content of cells and raw text: it stays in the journal and changes nothing on the run.
SILENT = frozenset(
    ("stream", "output", "clear_output", "update_display", "set_output", "widgets", "log", "slot", "artifact")
) | {"thinned", "kernel"}

_CELL_STATES = frozenset({"running", "succeeded", "failed", "skipped", "cancelled"})


class Said(NamedTuple):
    """One event as a handler gets it; ``when`` is None where the machine's clock makes no sense."""

    event: Json
    when: float | None
    seq: int


@dataclass
class Effects:
    """What follows from an event besides the changed run."""

    points: list[tuple[str, MetricPoint]] = field(default_factory=list)  # (key, point)
    flags: list[str] = field(default_factory=list)  # what was odd and left out, for people
    touched: set[str] = field(default_factory=set)  # fields of `Run` that changed and are large


NOTHING = Effects()  # shared by all events without effect: never changed

Handler = Callable[[Run, Said, Effects], None]


def _progress(run: Run, said: Said, effects: Effects) -> None:
    run.progress = {"phase": line(said.event.get("phase"), 40), "message": line(said.event.get("message"))}
    for key in ("done", "total"):
        value = seconds(said.event.get(key))  # any finite number from 0 up
        if value is not None:
            run.progress[key] = value
    effects.touched.add("progress")


def _environment(run: Run, said: Said, effects: Effects) -> None:
    given = said.event.get("packages")
    packages = list(given.items()) if isinstance(given, dict) else []
    if len(packages) > MAX_PACKAGES:
        effects.flags.append(f"only {MAX_PACKAGES} of {len(packages)} packages are listed")
    run.environment = {
        "digest": line(said.event.get("digest"), 80),
        "kind": line(said.event.get("kind"), 40),
        "python": line(said.event.get("python"), 200),
        "packages": {line(name, 200): line(version, 200) for name, version in packages[:MAX_PACKAGES]},
        "seconds": seconds(said.event.get("seconds")),
        "cached": said.event.get("cached") is True,
    }
    effects.touched.add("environment")


def _cell(run: Run, said: Said, effects: Effects) -> None:
    index, state = count(said.event.get("cell"), 10**6), said.event.get("state")
    if index is None or state not in _CELL_STATES:
        effects.flags.append("a cell event names no cell or an unknown state")
        return
    at = bisect_left(run.cells, index, key=lambda cell: cell.index)
    if at == len(run.cells) or run.cells[at].index != index:
        if len(run.cells) >= MAX_CELLS:
            effects.flags.append(f"more than {MAX_CELLS} cells")
            return
        run.cells.insert(at, Cell(index, line(said.event.get("id"), 64) or ""))
    cell = run.cells[at]
    cell.state = state
    if state == "running":
        cell.started, cell.duration_s = said.when, None
    else:
        cell.duration_s = seconds(said.event.get("duration_s"))
    cell.execution_count = count(said.event.get("execution_count")) or cell.execution_count
    effects.touched.add("cells")


def _metric(run: Run, said: Said, effects: Effects) -> None:
    values = said.event.get("values")
    if not isinstance(values, dict):
        effects.flags.append("a metric event has no values")
        return
    step = number(said.event.get("step"))
    step = step if step is not None and math.isfinite(step) else None
    time = said.when or run.started or run.created
    dropped = refused = 0
    for name, given in values.items():
        key = line(name, KEY_LENGTH) or ""
        value = _metric_value(given)
        if not key or value is None:
            refused += 1
        elif key not in run.metrics and len(run.metrics) >= MAX_KEYS:
            dropped += 1
        else:
            run.metrics[key] = value
            effects.points.append((key, MetricPoint(step, value, time, said.seq)))
    if refused:
        effects.flags.append(f"{refused} metric values are neither numbers nor text")
    if dropped:
        effects.flags.append(f"more than {MAX_KEYS} metric keys: {dropped} values are only in the journal")


def _metric_value(given: object) -> bool | float | str | None:
    """A value as it is kept, or None where it is neither a number nor text."""
    if isinstance(given, bool):
        return given
    known = number(given)
    return text(given, TEXT_LENGTH) if known is None else known


def _param(run: Run, said: Said, effects: Effects) -> None:
    name = line(said.event.get("name"), KEY_LENGTH)
    if not name or (name not in run.params and len(run.params) >= MAX_PARAMS):
        effects.flags.append("a parameter has no name" if not name else f"more than {MAX_PARAMS} parameters")
        return
    run.params[name] = plain(said.event.get("value"), 8000)
    effects.touched.add("params")


def _tag(run: Run, said: Said, effects: Effects) -> None:
    name, value = line(said.event.get("name"), KEY_LENGTH), said.event.get("value")
    if not name:
        effects.flags.append("a tag has no name")
        return
    shown = value if isinstance(value, str) else "" if value is None else str(plain(value, 200))
    tag = f"{name}={line(shown, TEXT_LENGTH)}" if shown else name
    kept = [old for old in run.tags if old != name and not old.startswith(name + "=")]
    if len(kept) >= MAX_TAGS:
        effects.flags.append(f"more than {MAX_TAGS} tags")
        return
    run.tags = [*kept, tag]
    effects.touched.add("tags")


def _sample(run: Run, said: Said, _effects: Effects) -> None:
    peak = count(said.event.get("rss_peak")) or count(said.event.get("rss")) or 0
    if peak > (run.peak_memory or 0):
        run.peak_memory = peak


def _outputs(run: Run, said: Said, effects: Effects) -> None:
    given = said.event.get("files")
    files = given if isinstance(given, list) else []
    if len(files) > MAX_FILES:
        effects.flags.append(f"only {MAX_FILES} of {len(files)} output files are listed")
    known = [_output_file(item) for item in files[:MAX_FILES]]
    run.outputs = [item for item in known if item is not None]
    if len(run.outputs) < len(known):
        effects.flags.append(f"{len(known) - len(run.outputs)} output files have unsafe names or no size")
    effects.touched.add("outputs")


def _output_file(item: object) -> OutputFile | None:
    """A file as announced, or None where it could leave its folder or says nothing."""
    if not isinstance(item, dict):
        return None
    path, size, area = item.get("path"), count(item.get("size")), item.get("area", "outputs")
    if not isinstance(path, str) or size is None or area not in ("outputs", "work"):
        return None
    try:
        safe_path(path)
    except UnsafeNameError:
        return None
    try:
        digest: str | None = safe_digest(item.get("sha256"))
    except UnsafeNameError:
        digest = None
    return OutputFile(path, size, digest, area)


HANDLERS: dict[str, Handler] = {
    "progress": _progress,
    "environment": _environment,
    "cell": _cell,
    "metric": _metric,
    "param": _param,
    "tag": _tag,
    "sample": _sample,
    "outputs": _outputs,
}
