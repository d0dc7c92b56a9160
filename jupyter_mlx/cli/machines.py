"""The verbs about machines: machines, machines add/edit/remove, gc."""

from __future__ import annotations

import argparse

from ..errors import InputError
from ..models import to_json
from ..workbench import Workbench
from .prompts import prompts_for
from .terminal import Screen, clock, one_line, size

_FIELDS = ("host", "user", "port", "identity_file", "root", "python", "price", "currency", "slots", "transport")


def listing(screen: Screen, args: argparse.Namespace) -> int:
    """List every usable machine; asks none of them."""
    with Workbench(prompts=prompts_for(None)) as workbench:
        rows = []
        for machine in workbench.machines.all():
            status = workbench.store.machine_status(machine.name)
            since = status.unreachable_since
            if args.json:
                screen.json({**to_json(machine), "unreachable_since": to_json(status)["unreachable_since"]})
                continue
            address = machine.host or ("this computer" if machine.transport == "local" else "")
            address = f"{machine.user}@{address}" if machine.user and address else address
            address = f"{address}:{machine.port}" if machine.port else address
            price = f"{machine.price:g} {machine.currency}/h" if machine.price is not None else ""
            state = f"unreachable since {clock(since)}" if since else ""
            rows.append((machine.name, machine.source, address, price, state))
        if not args.json:
            screen.table(("MACHINE", "FROM", "ADDRESS", "PRICE", "STATE"), rows)
            for problem in workbench.machines.problems():
                screen.note(f"note: {one_line(problem, 300)}")
        return 0


def add(screen: Screen, args: argparse.Namespace) -> int:
    """Add a machine to the user's own list."""
    fields = {name: getattr(args, name) for name in _FIELDS if getattr(args, name) is not None}
    with Workbench(prompts=prompts_for(None)) as workbench:
        machine = workbench.machines.add(args.name, **fields)
    if args.json:
        screen.json(machine)
    else:
        screen.line(f"{machine.name} added. Test it: jupyter mlx doctor {machine.name}")
    return 0


def edit(screen: Screen, args: argparse.Namespace) -> int:
    """Change a machine of the user's own list."""
    fields = {name: getattr(args, name) for name in _FIELDS if getattr(args, name) is not None}
    if not fields:
        raise InputError("nothing to change was given", hint="jupyter mlx machines edit --help lists what can be")
    with Workbench(prompts=prompts_for(None)) as workbench:
        machine = workbench.machines.edit(args.name, **fields)
    if args.json:
        screen.json(machine)
    else:
        screen.line(f"{machine.name} changed")
    return 0


def remove(screen: Screen, args: argparse.Namespace) -> int:
    """Remove a machine from the user's own list; its runs stay in the history."""
    with Workbench(prompts=prompts_for(None)) as workbench:
        workbench.machines.remove(args.name)
    if args.json:
        screen.json({"removed": args.name})
    else:
        screen.line(f"{args.name} removed from your list")
    return 0


def gc(screen: Screen, args: argparse.Namespace) -> int:
    """Free space on a machine."""
    if args.keep_days < 0:
        raise InputError("--keep-days cannot be negative")
    with Workbench(prompts=prompts_for(args.accept_host_key)) as workbench:
        machine = workbench.machines.find(args.machine)
        result = workbench.dispatcher.collect(
            machine.name, dry_run=args.dry_run, keep_days=args.keep_days, unfetched=args.unfetched
        )
    if args.json:
        screen.json(result)
        return 0
    for item in result.get("items", []):
        what = one_line(f"{item.get('kind')} {item.get('id')}", 120)
        screen.line(f"  {size(item.get('bytes')):>10}  {what}")
    for spared in result["kept"]:
        run = f"#{spared['number']}" if spared["number"] else one_line(spared["id"], 40)
        files = spared.get("files")
        left = f" ({files} file{'s' * (files > 1)}, {size(spared['bytes'])})" if files else ""
        screen.note(f"kept {run}: {spared['why']}{left}")
    screen.line(f"{size(result.get('freed'))} {'would be freed' if args.dry_run else 'freed'} on {machine.name}")
    return 0
