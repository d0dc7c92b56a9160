"""The verb that ends a run before its time."""

from __future__ import annotations

import argparse

from .follow import DETACHED, DetachedError, follow
from .history import find, standing
from .session import session
from .terminal import Screen


def stop(screen: Screen, args: argparse.Namespace) -> int:
    """Stop a run and everything it started; an unreachable machine gets the order when it is back."""
    with session(args.accept_host_key) as workbench:
        run = find(workbench, args)
        run = workbench.dispatcher.stop(run.id)
        if args.wait and not run.state.final:
            try:
                run = follow(workbench, run, lambda _: None)
            except DetachedError:
                screen.note(f"#{run.number}: the order to stop stands; nobody waits for it any more.")
                return DETACHED
        if args.json:
            screen.json(run)
            return 0
        screen.line(f"#{run.number} {standing(run)}")
        if not run.state.final and not run.cancel_delivered:
            screen.note(f"{run.machine} is out of reach; the order is kept and delivered when it is back.")
        return 0
