"""The verbs that look back: runs, show, logs, metrics, fetch."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError, MachineError
from ..models import MetricPoint, Run, RunState, to_json
from ..runner.journal import Damage, Record
from ..workbench import Workbench
from .follow import DETACHED, DetachedError, follow
from .prompts import prompts_for
from .terminal import Screen, clock, duration, number, one_line, printable, size

_SHORT_LIST = 30
_STATE_COLOURS = {"succeeded": 32, "failed": 31, "lost": 31, "cancelled": 33, "running": 36, "preparing": 36}
_CANCELLING = "cancelling"
_NOT_DELIVERED = "cancelling (not delivered yet)"


def find(workbench: Workbench, args: argparse.Namespace) -> Run:
    """The run an invocation means; a number belongs to ``--project`` or else to the project of this folder."""
    store = workbench.store
    if args.project:
        return store.find(args.run, str(Path(args.project).resolve()))
    here = Path.cwd()
    known = (str(folder) for folder in (here, *here.parents) if store.runs(project=str(folder), limit=1))
    return store.find(args.run, next(known, None))


def fresh(workbench: Workbench, args: argparse.Namespace) -> Run:
    """That run, after one look at its machine where it is still open."""
    run = find(workbench, args)
    if run.state.final or getattr(args, "offline", False):
        return run
    workbench.dispatcher.sync(machines=[run.machine])
    return workbench.store.run(run.id)


def runs(screen: Screen, args: argparse.Namespace) -> int:
    """List runs, newest first."""
    if args.state is not None and args.state not in {state.value for state in RunState}:
        raise InputError(f"no state {args.state!r}", hint="states: " + ", ".join(state.value for state in RunState))
    if args.limit is not None and args.limit < 1:
        raise InputError("--limit takes a whole number from 1 on")
    with Workbench(prompts=prompts_for(None)) as workbench:
        if not args.offline:
            workbench.dispatcher.sync()
        limit = args.limit or (None if args.json else _SHORT_LIST)
        found = workbench.store.runs(
            project=str(Path(args.project).resolve()) if args.project else None,
            state=RunState(args.state) if args.state else None,
            machine=args.on,
            limit=limit,
        )
        if args.json:
            for run in found:
                screen.json(run)
            return 0
        if not found:
            chosen = any(value is not None for value in (args.project, args.on, args.state))
            screen.line("No such runs." if chosen else "No runs yet. Start one: jupyter mlx run NOTEBOOK --on MACHINE")
            return 0
        screen.table(("RUN", "STATE", "NOTEBOOK", "MACHINE", "STARTED", "TOOK", "METRICS"), map(_row, found))
        return 0


def _row(run: Run) -> tuple[str, ...]:
    metrics = " ".join(f"{one_line(key, 20)}={number(value)}" for key, value in list(run.metrics.items())[:3])
    return (
        f"#{run.number}",
        standing(run),
        run.title or run.notebook,
        run.machine,
        clock(run.started or run.created),
        duration(run.ended - run.started) if run.started and run.ended else "",
        metrics or (run.reason or ""),
    )


def standing(run: Run) -> str:
    """The state as people say it, with a stop that is on its way."""
    if run.cancel_requested and not run.state.final:
        return _CANCELLING if run.cancel_delivered else _NOT_DELIVERED
    return run.state.value


def show(screen: Screen, args: argparse.Namespace) -> int:
    """Show one run."""
    with Workbench(prompts=prompts_for(None)) as workbench:
        run = fresh(workbench, args)
        status = workbench.store.machine_status(run.machine)
        if args.json:
            screen.json({**to_json(run), "unreachable_since": to_json(status)["unreachable_since"]})
            return 0
        _card(screen, run)
        if status.unreachable_since and not run.state.final:
            screen.line(
                f"  {one_line(run.machine)} unreachable since {clock(status.unreachable_since)}; the run is not judged"
            )
        return 0


def _card(screen: Screen, run: Run) -> None:
    head = f"#{run.number} {one_line(run.title or run.notebook, 80)}"
    screen.line(screen.paint(head, 1) + "  " + screen.paint(standing(run), _STATE_COLOURS.get(run.state.value, 0)))
    facts = {
        "id": run.id,
        "project": run.project,
        "notebook": run.notebook,
        "machine": run.machine,
        "experiment": run.experiment or "",
        "tags": ", ".join(run.tags),
        "reason": run.reason or "",
        "created": clock(run.created),
        "started": clock(run.started),
        "took": duration(run.ended - run.started) if run.started and run.ended else "",
        "params": " ".join(f"{key}={value!r}" for key, value in run.params.items()),
        "python": str(run.environment.get("python") or ""),
        "environment": str(run.environment.get("digest") or "")[:12],
        "bundle": f"{run.bundle.digest[:12]} {run.bundle.files} files, {size(run.bundle.bytes)}" if run.bundle else "",
        "memory": size(run.peak_memory) if run.peak_memory else "",
        "cost": f"{run.cost:.4f} {run.currency}" if run.cost is not None else "",
    }
    for name, value in facts.items():
        if value:
            screen.line(f"  {name:<12}{one_line(value, 300)}")
    for cell in run.cells:
        took = duration(cell.duration_s) if cell.duration_s is not None else ""
        screen.line(f"  cell {cell.index + 1:<7}{cell.state:<11}{took}")
    for key, value in run.metrics.items():
        screen.line(f"  metric {one_line(key, 40)} = {number(value)}")
    for file in run.outputs:
        screen.line(f"  output {one_line(file.path, 120)}  {size(file.size)}")


def logs(screen: Screen, args: argparse.Namespace) -> int:
    """Print the text a run put out, from its first event on."""
    with Workbench(prompts=prompts_for(None)) as workbench:
        if args.follow:
            run = find(workbench, args)
            try:
                follow(workbench, run, lambda items: _print_text(screen, args, items), screen.note)
            except DetachedError:
                return DETACHED
            return 0
        run = fresh(workbench, args)
        _print_text(screen, args, workbench.store.events(run.id))
        for found in workbench.store.findings(run.id):
            note_damage(screen, found.offset, found.length, found.why)
        return 0


def note_damage(screen: Screen, offset: int, length: int, why: str) -> None:
    """Name a part of a journal that could not be read, or what is missing before it."""
    screen.note(f"note: damaged journal at byte {offset} ({length} bytes): {one_line(why, 300)}")


def _print_text(screen: Screen, args: argparse.Namespace, items: Iterable[Record | Damage]) -> None:
    for record in items:
        if isinstance(record, Damage):
            note_damage(screen, record.offset, record.length, record.why)
            continue
        event = record.event
        if args.json:
            if event.get("type") in ("stream", "output", "log"):
                screen.json({"seq": record.seq, **event})
            continue
        if args.cell is not None and event.get("cell") != args.cell:
            continue
        text = _text_of(event, args.stderr)
        if text:
            screen.write(text if args.raw else printable(text, screen.colour))


def _text_of(event: dict[str, object], stderr_only: bool) -> str:
    kind = event.get("type")
    if kind == "stream" and (not stderr_only or event.get("name") == "stderr"):
        return str(event.get("text", ""))
    if kind == "log" and not stderr_only:
        return f"{event.get('source')}: {event.get('text')}\n"
    output = event.get("output")
    if kind == "output" and isinstance(output, dict):
        if output.get("output_type") == "error":
            frames = output.get("traceback")
            return "\n".join(map(str, frames)) + "\n" if isinstance(frames, list) else ""
        data = output.get("data")
        text = data.get("text/plain") if isinstance(data, dict) else None
        if text is not None and not stderr_only:
            return ("".join(map(str, text)) if isinstance(text, list) else str(text)) + "\n"
    return ""


def metrics(screen: Screen, args: argparse.Namespace) -> int:
    """Print the metrics of a run."""
    with Workbench(prompts=prompts_for(None)) as workbench:
        run = fresh(workbench, args)
        series = workbench.store.metrics(run.id)
        if args.json:
            screen.line(json.dumps({key: [to_json(point) for point in points] for key, points in series.items()}))
        elif args.csv:
            screen.write(_csv(series))
        elif not series:
            screen.line(f"#{run.number} has logged no metrics" + ("" if run.state.final else " yet"))
        else:
            rows = [
                (key, number(points[-1].value), number(points[-1].step), str(len(points)))
                for key, points in series.items()
            ]
            screen.table(("METRIC", "LAST", "STEP", "POINTS"), rows)
        return 0


def _csv(series: dict[str, list[MetricPoint]]) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("key", "step", "value", "time", "seq"))
    for key, points in series.items():
        for point in points:
            step = "" if point.step is None else repr(point.step)
            table.writerow((key, step, to_json(point.value), repr(point.time), point.seq))
    return out.getvalue()


def fetch(screen: Screen, args: argparse.Namespace) -> int:
    """Write the executed notebook and the outputs of a run."""
    with Workbench(prompts=prompts_for(args.accept_host_key)) as workbench:
        run = fresh(workbench, args)
        stem = Path(run.notebook).stem[:60] or "run"
        folder = Path(args.folder or f"{stem}-{run.number}")
        fetched = workbench.dispatcher.fetch(run.id, folder, force=args.force)
        code = 0 if fetched.complete else MachineError.exit_code
        if args.json:
            screen.json(fetched)
            return code
        for path in [*([fetched.notebook] if fetched.notebook else []), *fetched.files]:
            screen.line(printable(str(folder / path)))
        for path, why in [*fetched.skipped, *fetched.missing_media]:
            screen.note(f"not fetched: {one_line(path, 120)}: {one_line(why)}")
        return code
