"""The verb that tests a machine and tells each remedy."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import InputError, MlxError
from ..models import Machine
from ..workbench import Workbench
from .prompts import prompts_for
from .terminal import Screen, one_line, printable


def doctor(screen: Screen, args: argparse.Namespace) -> int:
    """Probe a machine and print the card, or restore the history."""
    with Workbench(prompts=prompts_for(args.accept_host_key)) as workbench:
        if args.rebuild:
            return _rebuild(screen, workbench, args)
        machine = workbench.machines.find(args.machine or "local")
        link = workbench.dispatcher.contacts.link(machine.name)
        trip = link.ping()
        facts = link.probe()
        checks = [check for check in facts.get("checks", []) if isinstance(check, dict)]
        if args.json:
            screen.json({"machine": machine, "round_trip_s": trip, "facts": facts})
        else:
            _card(screen, machine, trip, checks)
        return 3 if any(check.get("ok") is False and check.get("required") for check in checks) else 0


def _card(screen: Screen, machine: Machine, trip: float, checks: list[dict[str, Any]]) -> None:
    screen.line(screen.paint(machine.name, 1) + f"  answers in {trip * 1000:.0f} ms")
    for check in checks:
        ok = check.get("ok")
        mark = screen.paint("✓", 32) if ok else screen.paint("✗", 31) if ok is False else screen.paint("·", 2)
        screen.line(f"  {mark} {one_line(str(check.get('id')), 24):<16}{one_line(str(check.get('value') or ''), 120)}")
        if ok is False:
            screen.line(f"      {one_line(str(check.get('problem') or ''), 300)}")
            if check.get("remedy"):
                screen.line(f"      → {one_line(str(check.get('remedy')), 300)}")


def _rebuild(screen: Screen, workbench: Workbench, args: argparse.Namespace) -> int:
    aside = workbench.mend()
    if aside is not None:
        screen.note(f"the history was damaged: set aside as {printable(str(aside))}")
    machines = [workbench.machines.find(args.machine)] if args.machine else workbench.machines.all()
    total, first = 0, None
    for machine in machines:
        try:
            restored = workbench.dispatcher.rebuild(machine.name)
        except MlxError as error:
            first = first or error
            screen.note(f"{machine.name}: {one_line(error.message, 300)}")
            continue
        total += len(restored.restored)
        if not args.json:
            screen.line(f"{machine.name}: {len(restored.restored)} runs restored, {len(restored.known)} were known")
        for run_id, why in restored.failed:
            screen.note(f"{machine.name}: {one_line(run_id, 40)}: {one_line(why, 300)}")
    if args.json:
        screen.json({"restored": total})
    if first is not None and (args.machine or isinstance(first, InputError)):
        raise first
    return 0
