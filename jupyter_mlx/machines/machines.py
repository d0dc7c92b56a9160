"""Which machines there are: this one, the user's own list, and every usable alias of the SSH configuration."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConflictError, InputError, MlxError, NotFoundError
from ..models import Machine
from .book import Entry, MachineBook
from .entry import LOCAL, LOCAL_FIELDS, checked_fields, checked_name, entry_of, machine_from


class Machines:
    """The machines by name. An entry of the own list comes before an alias of the same name."""

    def __init__(
        self,
        book: MachineBook,
        local_root: Path,
        aliases: Callable[[], list[str]],
        busy: Callable[[str], int],
    ) -> None:
        self._book = book
        self._local_root = local_root
        self._aliases = aliases  # of the SSH configuration; executes nothing
        self._busy = busy  # how many open runs a machine has

    def all(self) -> list[Machine]:
        """Every usable machine: local first, then the own list, then the aliases, each in its order."""
        found = {LOCAL: self._local()}
        for entry in self._book.entries():
            try:
                machine = _machine(entry)
            except InputError:
                continue  # `problems` names it
            found.setdefault(machine.name, machine)
        for machine in self._from_ssh_config():
            found.setdefault(machine.name, machine)
        return list(found.values())

    def problems(self) -> list[str]:
        """What is wrong with the own list or the SSH configuration, one line each."""
        problems = self._book.problems()
        try:
            self._aliases()
        except MlxError as error:
            problems.append(error.message)
        return problems

    def find(self, name: str) -> Machine:
        """The machine of that name. Raises `NotFoundError` with what is close; `InputError` where its entry is bad."""
        if name == LOCAL:
            return self._local()
        entry = self._book.entry(name)
        if entry is not None:
            return _machine(entry)
        known = self.all()
        for machine in known:
            if machine.name == name:
                return machine
        names = [machine.name for machine in known]
        close = difflib.get_close_matches(name, names, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(names[:20])}"
        raise NotFoundError(f"there is no machine {ascii(name)[:80]}", field="machine", hint=hint)

    def add(self, name: str, **fields: object) -> Machine:
        """Put a machine on the list. Raises `InputError`, `ConflictError` where the name is taken there."""
        machine = machine_from(name, fields)
        if name == LOCAL:
            raise ConflictError(f"{LOCAL} is always there", hint=f"jupyter mlx machines edit {LOCAL}")
        with self._book.changing() as entries:
            if any(entry.get("name") == name for entry in entries):
                raise ConflictError(f"{name} is on the list already", hint=f"jupyter mlx machines edit {name}")
            entries.append(entry_of(machine))
        return machine

    def edit(self, name: str, **fields: object) -> Machine:
        """Change fields of a machine on the list; None takes a field back to its default.

        An alias of the SSH configuration gets an entry of its own. Raises `InputError`, `NotFoundError`, and
        `ConflictError` where open runs would be looked for in another place.
        """
        changes = checked_fields(fields)
        if name == LOCAL and not set(changes) <= set(LOCAL_FIELDS):
            wrong = ", ".join(sorted(set(changes) - set(LOCAL_FIELDS)))
            raise InputError(f"{LOCAL} has no {wrong}", field=wrong, hint=f"it has {', '.join(LOCAL_FIELDS)}")
        before = None if self._book.entry(name) else self.find(name)
        with self._book.changing() as entries:
            entry = next((item for item in entries if item.get("name") == name), None)
            if entry is None:
                entry = entry_of(before or machine_from(name, {}))
                entries.append(entry)
            self._refuse_to_move(name, entry, changes)
            _change(entry, changes)
            return self._local(entry) if name == LOCAL else _machine(entry)

    def remove(self, name: str) -> None:
        """Take a machine off the list. Raises `NotFoundError`, and `ConflictError` while it has open runs."""
        checked_name(name)
        with self._book.changing() as entries:
            kept = [entry for entry in entries if entry.get("name") != name]
            if len(kept) == len(entries):
                self.find(name)  # raises where there is no such machine at all
                raise ConflictError(f"{name} is not on the own list", hint="local and aliases of ssh_config stay")
            self._refuse_busy(name, "remove")
            entries[:] = kept

    def _refuse_to_move(self, name: str, entry: Entry, changes: Mapping[str, Any]) -> None:
        moved = [field for field in ("host", "port", "user", "root") if field in changes]
        if any(entry.get(field) != changes[field] for field in moved):
            self._refuse_busy(name, "move")

    def _refuse_busy(self, name: str, what: str) -> None:
        count = self._busy(name)
        if count:
            runs = "1 open run" if count == 1 else f"{count} open runs"
            raise ConflictError(
                f"cannot {what} {name}: it has {runs}", field="machine", hint="wait for their end, or stop them first"
            )

    def _local(self, entry: Entry | None = None) -> Machine:
        entry = entry or self._book.entry(LOCAL) or {}
        fields = checked_fields({key: value for key, value in entry.items() if key in LOCAL_FIELDS})
        fields = {key: value for key, value in fields.items() if value is not None}
        return Machine(name=LOCAL, root=str(self._local_root), transport="local", source="local", **fields)

    def _from_ssh_config(self) -> list[Machine]:
        try:
            aliases = self._aliases()
        except MlxError:
            return []  # `problems` names it
        machines = []
        for alias in aliases:
            try:
                machines.append(Machine(name=checked_name(alias), source="ssh_config"))
            except InputError:
                continue  # a pattern or an alias that cannot be a name here
        return machines


def _machine(entry: Entry) -> Machine:
    return machine_from(entry.get("name"), {key: value for key, value in entry.items() if key != "name"})


def _change(entry: Entry, changes: Mapping[str, Any]) -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(Machine)}
    for field, value in changes.items():
        if value is None or value == defaults[field]:
            entry.pop(field, None)
        else:
            entry[field] = value
