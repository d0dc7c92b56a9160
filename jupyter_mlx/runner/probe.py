"""What this machine is and has, for the doctor's card. Each step has its own deadline: one that hangs holds up none."""

import os
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from .check import Check
from .layout import Root


class Step(NamedTuple):
    """A check by name, with the seconds it may take."""

    id: str
    seconds: float
    look: Callable[[Root], Check]


def steps() -> List[Step]:
    """All steps in the order of the card."""
    from . import probe_machine as machine
    from . import probe_software as software
    from . import probe_storage as storage

    return [
        Step("system", 2, machine.system),
        Step("root", 5, storage.root),
        Step("temporary", 5, storage.temporary),
        Step("python", 10, software.pythons),
        Step("uv", 10, software.uv),
        Step("memory", 2, machine.memory),
        Step("processors", 2, machine.processors),
        Step("gpus", 6, machine.gpus),
        Step("limits", 2, machine.limits),
        Step("logout", 5, machine.logout),
        Step("scratch", 5, storage.scratch),
        Step("environments", 5, software.environments),
        Step("conda", 2, software.conda),
        Step("containers", 2, software.containers),
        Step("slurm", 2, software.slurm),
        Step("proxy", 2, machine.proxy),
        Step("boot", 2, machine.boot),
        Step("index", 6, software.index),  # the slowest where there is no network: it holds up none of the others
    ]


class _Running:
    def __init__(self, step: Step, root: Root) -> None:
        self.step = step
        self.check: Optional[Check] = None
        self.end = time.monotonic() + step.seconds
        self.thread = threading.Thread(target=self._look, args=(root,), name="probe-" + step.id, daemon=True)
        self.thread.start()

    def _look(self, root: Root) -> None:
        try:
            self.check = self.step.look(root)
        except Exception as error:  # noqa: BLE001 (one odd corner of a machine must not hide the rest of the card)
            self.check = Check(self.step.id, None, "cannot tell: %s: %s" % (type(error).__name__, str(error)[:200]))

    def wait(self) -> Check:
        self.thread.join(max(0.0, self.end - time.monotonic()))
        problem = "no answer within %g s" % self.step.seconds
        return self.check or Check(
            self.step.id, False, "", problem, "a hanging file system or driver; see the machine's log"
        )


def _nobody(_: Dict[str, Any]) -> None:
    """Does not listen."""


def probe(root: str, tell: Callable[[Dict[str, Any]], None] = _nobody) -> Dict[str, Any]:
    """Every fact and check, all steps at once; ``{checks: [...], pythons, uv, environments, gpus, ...}``.

    ``tell`` gets each check as it is known, in the order of the card.
    """
    began = time.monotonic()
    where = Root(os.path.expanduser(root))
    running = [_Running(step, where) for step in steps()]
    checks = []
    for one in running:
        checks.append(one.wait())
        tell(checks[-1].as_dict())
    facts: Dict[str, Any] = {}
    for check in checks:
        facts.update(check.facts or {})
    facts["checks"] = [check.as_dict() for check in checks]
    facts["seconds"] = round(time.monotonic() - began, 3)
    return facts
