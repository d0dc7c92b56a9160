"""The test of a machine, line by line as it happens: the way there, what it is, what it has."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator

from ..errors import AccessError, HostKeyError, InputError, MlxError, UnreachableError
from ..models import Json, Machine, to_json
from ..transport.steps import STEPS, hearing
from ..untrusted import line
from ..workbench import Workbench
from .questions import Questions
from .views import Check

CLOCK_S = 5.0  # a clock that is further off is worth a word
GRACE_S = 2.0  # what a step may take above its limit, for its own words to come through
LIMITS = {"resolve": 10.0, "port": 10.0, "host_key": 25.0, "login": 30.0, "contact": 30.0, "answer": 15.0}
PROBE_S = 15.0
_WAY = (*STEPS, "contact")

Put = Callable[[Check], None]


def tested(bench: Workbench, machine: Machine, questions: Questions) -> Iterator[bytes]:
    """Lines of JSON, one `Check` each. A failed contact is the last line, with its cause and its remedy.

    The person is there to answer for as long as the lines are taken. A step that takes longer than its limit ends the
    test, whatever it waits for; the time of a question does not count.
    """
    lines: queue.Queue[Check | None] = queue.Queue()

    def work() -> None:
        try:
            _Test(bench, machine, lines.put).run()
        finally:
            lines.put(None)

    with questions.attended():
        threading.Thread(target=work, name=f"mlx test {machine.name}", daemon=True).start()
        first = _first(machine)
        known: Check | None = Check("machine", ok=True, value=_address(machine), then=first, limit_s=LIMITS[first])
        while known is not None:
            yield json.dumps(to_json(known)).encode("ascii") + b"\n"
            known = _next(lines, known, questions) if known.then else None


def _next(lines: queue.Queue[Check | None], before: Check, questions: Questions) -> Check | None:
    """The next line; None after the last."""
    limit = LIMITS.get(before.then, PROBE_S)
    end = time.monotonic() + limit + GRACE_S
    while True:
        try:
            return lines.get(timeout=0.5)
        except queue.Empty:
            if questions.open():
                end = time.monotonic() + limit + GRACE_S
            elif time.monotonic() > end:
                problem = f"no answer within {limit:.0f} s"
                remedy = "look at the machine, then test again"
                return Check(before.then, ok=False, problem=problem, remedy=remedy, required=True)


class _Test:
    """One test, in a thread of its own."""

    def __init__(self, bench: Workbench, machine: Machine, put: Put) -> None:
        self._bench = bench
        self._machine = machine
        self._put = put
        self._expected = _first(machine)

    def run(self) -> None:
        """Put every line; the last one is the failure, if there is one."""
        contacts = self._bench.dispatcher.contacts
        try:
            with hearing(self._passed):
                link = contacts.link(self._machine.name)
            named, python = (line(link.facts.get(name), 200) or "" for name in ("hostname", "python"))
            self._say("contact", f"{named}, Python {python}", then="answer", required=True)
            self._say("answer", f"{link.ping() * 1000:.0f} ms", then="clock")
            self._put(_clock(link.clock()))
            self._expected = "probe"
            contacts.probe(self._machine.name, link, self._told)
        except MlxError as error:
            problem, remedy = error.message, _remedy(error)
            self._put(Check(self._step(error), ok=False, problem=problem, remedy=remedy, required=True))

    def _passed(self, step: str, found: str) -> None:
        after = _WAY[_WAY.index(step) + 1]
        self._say(step, line(found, 300) or "", then=after, required=True)

    def _say(self, step: str, value: str, *, then: str, required: bool = False) -> None:
        self._expected = then
        self._put(Check(step, ok=True, value=value, required=required, then=then, limit_s=LIMITS.get(then, PROBE_S)))

    def _told(self, one: Json) -> None:
        ok = one.get("ok")
        value, problem, remedy = (line(one.get(name), 500) or "" for name in ("value", "problem", "remedy"))
        judged = ok if isinstance(ok, bool) else None
        name, required = line(one.get("id"), 40) or "", one.get("required") is True
        self._put(Check(name, judged, value, problem, remedy, required, "probe", PROBE_S))

    def _step(self, error: MlxError) -> str:
        """Which step of the way failed."""
        if isinstance(error, HostKeyError):
            return "host_key"
        if isinstance(error, AccessError):
            return "login"
        if isinstance(error, InputError):
            return "settings"
        return self._expected if isinstance(error, UnreachableError) else "contact"


def _first(machine: Machine) -> str:
    return "contact" if machine.transport == "local" else "resolve"


def _address(machine: Machine) -> str:
    if machine.transport == "local":
        return "this computer"
    place = machine.host or machine.name
    place = f"{machine.user}@{place}" if machine.user else place
    return f"{place} port {machine.port}" if machine.port else place


def _clock(ahead: float) -> Check:
    """Whether the machine's clock can be compared with ours."""
    value = f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this computer"
    fine = abs(ahead) < CLOCK_S
    problem = "" if fine else "times of runs there cannot be compared with the clock here"
    remedy = "" if fine else "timedatectl set-ntp true (there)"
    return Check("clock", fine, value, problem, remedy, then="probe", limit_s=PROBE_S)


def _remedy(error: MlxError) -> str:
    """What to do, in words for the page: it has no command line's options."""
    hint = error.hint or ""
    if isinstance(error, HostKeyError) and "--accept-host-key" in hint:
        return "compare the fingerprint with what the administrator says, then test again and accept it"
    return hint
