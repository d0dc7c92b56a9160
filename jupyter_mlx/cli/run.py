"""The verbs that start runs and watch them: run, rerun, attach."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ..capture.spec import Captured, capture_run
from ..models import Json, Machine, Run, RunState, new_run_id, to_json
from ..runner.journal import Damage, Record
from ..workbench import Workbench
from .follow import DetachedError, follow, left, left_while_sending
from .history import find, note_damage
from .live import LiveView
from .session import session
from .terminal import Screen, one_line, size

_RUN_FAILED = 5


def run(screen: Screen, args: argparse.Namespace) -> int:
    """Capture a notebook, submit it, follow it."""
    with session(args.accept_host_key) as workbench:
        machine = workbench.machines.find("local" if args.on is None else args.on)
        captured = _captured(workbench, machine, args)
        for warning in captured.warnings:
            screen.note(f"note: {one_line(warning, 300)}")
        if args.dry_run:
            return _dry_run(screen, captured, args.json)
        run_id = new_run_id()
        try:
            submitted = workbench.dispatcher.submit(captured, machine, run_id)
        except KeyboardInterrupt:
            return left_while_sending(screen, workbench, run_id, as_json=args.json)
        if not args.json:
            bundle = captured.spec["bundle"]
            screen.line(
                screen.paint(f"#{submitted.number} {one_line(submitted.notebook, 80)} → {machine.name}", 1)
                + f"  {_cells(captured)}, {bundle['files']} files, {size(bundle['bytes'])}"
            )
        return _delivered(screen, workbench, submitted, args)


def _cells(captured: Captured) -> str:
    cells = captured.spec["cells"]
    skipped = sum(1 for cell in cells if cell.get("skip"))
    return f"{len(cells) - skipped} of {len(cells)} cells" if skipped else f"{len(cells)} cells"


def _captured(workbench: Workbench, machine: Machine, args: argparse.Namespace) -> Captured:
    return capture_run(
        Path(args.notebook),
        machine=machine,
        blobs=workbench.blobs,
        project=None if args.project is None else Path(args.project),
        params=args.param,
        environment=args.env,
        title=args.title,
        tags=args.tag,
        experiment=args.experiment,
        time_limit_s=args.time_limit,
        no_output_limit_s=args.no_output_limit,
        allow_errors=args.allow_errors,
        first_cell=args.from_cell,
    )


def _dry_run(screen: Screen, captured: Captured, as_json: bool) -> int:
    if as_json:
        screen.json({"spec": captured.spec, "files": captured.files, "warnings": captured.warnings})
        return 0
    bundle = captured.spec["bundle"]
    for file in captured.files:
        screen.line(f"  {size(file.size):>10}  {one_line(file.path, 160)}")
    screen.line(f"{bundle['files']} files, {size(bundle['bytes'])} would travel; nothing was sent")
    return 0


def rerun(screen: Screen, args: argparse.Namespace) -> int:
    """Run the same content again."""
    with session(args.accept_host_key) as workbench:
        earlier = find(workbench, args)
        machine = workbench.machines.find(earlier.machine if args.on is None else args.on)
        run_id = new_run_id()
        try:
            again = workbench.dispatcher.rerun(earlier.id, machine, run_id)
        except KeyboardInterrupt:
            return left_while_sending(screen, workbench, run_id, as_json=args.json)
        if not args.json:
            screen.line(
                screen.paint(f"#{again.number} {one_line(again.notebook, 80)} → {machine.name}", 1)
                + f"  as #{earlier.number}"
            )
        return _delivered(screen, workbench, again, args)


def _delivered(screen: Screen, workbench: Workbench, submitted: Run, args: argparse.Namespace) -> int:
    """A run that is stored and, where its machine could be reached, accepted: say so and leave, or follow it."""
    if args.json:
        screen.json(submitted)
    if not args.detach:
        return _watch(screen, workbench, submitted, args.json)
    if args.json:
        return 0
    if submitted.state in (RunState.QUEUED, RunState.SENDING):
        screen.line(f"#{submitted.number} queued: {one_line(submitted.reason or '', 300)}")
        screen.note("It is sent when the machine is back.")
    else:
        screen.line(f"#{submitted.number} accepted by {submitted.machine}: jupyter mlx attach {submitted.number}")
    return 0


def attach(screen: Screen, args: argparse.Namespace) -> int:
    """Follow a run from its first event on."""
    with session(args.accept_host_key) as workbench:
        found = find(workbench, args)
        if args.json:
            screen.json(found)
        else:
            screen.line(screen.paint(f"#{found.number} {one_line(found.notebook, 80)} → {found.machine}", 1))
        return _watch(screen, workbench, found, args.json)


def _watch(screen: Screen, workbench: Workbench, watched: Run, as_json: bool) -> int:
    """Print a run live until it ends; the exit code that says how it ended."""
    spec = workbench.store.spec(watched.id)
    view = LiveView(screen, len(spec.get("cells", [])), {} if as_json else _titles(workbench, spec))

    def hear(items: Sequence[Record | Damage]) -> None:
        for item in items:
            if isinstance(item, Damage):
                note_damage(screen, item.offset, item.length, item.why)
            elif as_json:
                screen.json({"seq": item.seq, **item.event})
            else:
                view.event(item)

    try:
        ended = follow(workbench, watched, hear, screen.note, may_stop=True)
    except DetachedError as detached:
        return left(screen, workbench, watched, stop=detached.stop)
    if as_json:
        screen.json(to_json(ended))
    else:
        view.verdict(ended)
    return 0 if ended.state is RunState.SUCCEEDED else _RUN_FAILED


def _titles(workbench: Workbench, spec: Json) -> dict[int, str]:
    """The first line of each cell's code; nothing where the notebook is no longer on this computer."""
    try:
        with workbench.blobs.open(str(spec.get("notebook_blob"))) as source:
            cells = json.load(source)["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {index: text.strip().partition("\n")[0] for index, text in enumerate(sources)}
