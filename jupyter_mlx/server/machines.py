"""Machines: the list, its changes, and the test of one."""

from __future__ import annotations

import dataclasses

from ..errors import InputError, NotFoundError
from ..machines.entry import checked_name
from ..machines.facts import shown
from ..models import Machine
from ..workbench import Workbench
from .asked import MachineFields, NewMachine, Nothing
from .base import MlxHandler
from .contract import operation
from .machine_test import tested
from .views import Check, MachineList, MachineView


def machine_name(text: str) -> str:
    """A name as it stood in the URL. Raises `NotFoundError`."""
    try:
        return checked_name(text)
    except InputError as error:
        raise NotFoundError("there is no such machine", field="machine") from error


class MachinesHandler(MlxHandler):
    """``jupyter-mlx/machines``."""

    auth_resource = "jupyter_mlx:machines"

    @operation("This computer, the own list and every usable alias of ssh_config", answer=MachineList)
    async def get(self) -> None:
        """All machines."""
        bench = self.service.workbench
        await self.reply(
            lambda: MachineList([_view(bench, one) for one in bench.machines.all()], bench.machines.problems())
        )

    @operation("Put a machine on the own list", answer=MachineView, status=201, body=NewMachine)
    async def post(self) -> None:
        """Add one."""
        fields = {key: value for key, value in dataclasses.asdict(self.body).items() if value is not None}
        bench = self.service.workbench
        await self.reply(lambda: _view(bench, bench.machines.add(**fields)), status=201)
        self.service.feed.ring()


class MachineHandler(MlxHandler):
    """``jupyter-mlx/machines/{machine}``."""

    auth_resource = "jupyter_mlx:machines"

    @operation("One machine", answer=MachineView)
    async def get(self, machine: str) -> None:
        """One machine."""
        bench = self.service.workbench
        await self.reply(lambda: _view(bench, bench.machines.find(machine_name(machine))))

    @operation("Change fields of a machine", answer=MachineView, body=MachineFields)
    async def patch(self, machine: str) -> None:
        """What is left out stays, null takes a field back to its default."""
        changes = {name: getattr(self.body, name) for name in self.given}
        bench = self.service.workbench
        await self.reply(lambda: _view(bench, bench.machines.edit(machine_name(machine), **changes)))

    @operation("Take a machine off the own list", status=204)
    async def delete(self, machine: str) -> None:
        """Nothing on the machine is touched."""
        await self.done(lambda: self.service.workbench.machines.remove(machine_name(machine)))


class MachineTestHandler(MlxHandler):
    """``jupyter-mlx/machines/{machine}/test``."""

    auth_resource = "jupyter_mlx:machines"

    @operation(
        "Test a machine; each line of the answer is one `Check`, written when it is known",
        answer=Check,
        action="execute",
        body=Nothing,
        media="application/x-ndjson",
    )
    async def post(self, machine: str) -> None:
        """Only machines that are on a list are contacted."""
        bench = self.service.workbench
        found = await self.service.quickly(lambda: bench.machines.find(machine_name(machine)))
        questions = self.service.questions
        await self.stream(lambda: tested(bench, found, questions), "application/x-ndjson")
        self.service.tender.retry(found.name)


def _view(bench: Workbench, machine: Machine) -> MachineView:
    status = bench.store.machine_status(machine.name)
    return MachineView(
        machine, dataclasses.replace(status, facts=shown(status.facts)), len(bench.store.open_runs(machine.name))
    )
