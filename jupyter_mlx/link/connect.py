"""From a machine and a transport to a link."""

from __future__ import annotations

from ..errors import MlxError
from ..models import Machine
from ..transport.pipe import Transport
from .bootstrap import COMMAND, DEADLINE_S, Start, bootstrap
from .link import Link


def connect(machine: Machine, transport: Transport, *, runner_there: bool = True, timeout: float = DEADLINE_S) -> Link:
    """Open a pipe, start the agent, shake hands.

    ``runner_there``: whether the machine is believed to hold this version of the runner; wrong costs one round trip.
    Raises `UnreachableError`, `AccessError`, `HostKeyError`, `MachineError`, each within
    the timeout or the transport's own.
    """
    pipe = transport.open(COMMAND)
    try:
        reader, facts = bootstrap(pipe, Start(machine, runner_there), timeout)
        return Link(machine.name, transport, pipe, reader, facts)
    except MlxError:
        pipe.close()
        transport.close()
        raise
