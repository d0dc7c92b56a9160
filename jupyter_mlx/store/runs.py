"""Runs: making, finding, changing and forgetting them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, cast

from .. import lifecycle
from ..errors import ConflictError
from ..models import Json, Run, RunState
from ..runner.durable import try_lock
from . import rows
from .found import run_from
from .part import Part
from .trouble import damaged, named


class Runs(Part):
    """The runs of this user, whatever machine they are on."""

    def create(self, spec: Json, run: Run) -> Run:
        """A new run with the next number of its project; durable when this returns. ConflictError for a known id."""
        with self.database.write() as connection:
            if connection.execute("SELECT 1 FROM runs WHERE id = ?", (run.id,)).fetchone():
                raise ConflictError(f"run {run.id} exists already", field="run")
            return self._insert(connection, replace(run, number=self._next_number(connection, run.project)), spec)

    def rebuild_from(self, spec: Json, machine: str) -> Run:
        """The run a machine has in its folders, put back where it is missing; keeps its number where that is free.

        Repeats change nothing; a run that is known and was not thought to be accepted is so now.
        Raises InputError where the spec has no run id.
        """
        found = run_from(spec, machine)
        with self.database.write() as connection:
            known = self.load(connection, "id = ?", found.id)
            if known:
                row, _, run = known[0]
                if run.machine == machine and run.accepted is None:
                    lifecycle.accept(run, time.time())
                    rows.update(connection, row, run, ())
                return run
            project = rows.text_to_sql(found.project)
            taken = connection.execute("SELECT 1 FROM runs WHERE project = ? AND number = ?", (project, found.number))
            if not found.number or taken.fetchone():
                found.number = self._next_number(connection, found.project)
            return self._insert(connection, found, spec)

    def run(self, run_id: str) -> Run:
        """The run with an id. Raises NotFoundError."""
        with self.database.read() as connection:
            return self.one(connection, run_id)[2]

    def open_runs(self, machine: str | None = None) -> list[Run]:
        """Runs from which something is still to be expected, oldest first."""
        where, values = ("open", []) if machine is None else ("open AND machine = ?", [machine])
        with self.database.read() as connection:
            return [run for _, _, run in self.load(connection, where + " ORDER BY created, id", *values)]

    def spec(self, run_id: str) -> Json:
        """What was asked, with id, number and time of creation. Raises NotFoundError."""
        with self.database.read() as connection:
            row = self.row_of(connection, run_id)
            found = connection.execute("SELECT json FROM specs WHERE run = ?", (row,)).fetchone()
        try:
            return cast(Json, json.loads(found[0]))
        except (TypeError, ValueError) as error:
            raise damaged(self.database.path, f"the spec of {run_id} cannot be read") from error

    def set_state(self, run_id: str, state: RunState, reason: str | None = None) -> Run:
        """A step of the client before the machine accepted. Raises ConflictError where it is not ours to make."""
        return self._change(run_id, lambda run: lifecycle.move(run, state, reason, time.time()))

    def accepted(self, run_id: str) -> Run:
        """Note that the machine has the run durably; from now on only its journal moves the state."""
        return self._change(run_id, lambda run: lifecycle.accept(run, time.time()))

    def request_cancel(self, run_id: str) -> Run:
        """Note that a stop is wanted; nothing happens to a run that is over. Delivering it is the dispatcher's."""
        return self._change(run_id, lambda run: lifecycle.request_cancel(run, time.time()))

    def cancel_delivered(self, run_id: str) -> Run:
        """Note that the machine has the wish to stop durably."""
        return self._change(run_id, lambda run: lifecycle.cancel_delivered(run, time.time()))

    def update(
        self, run_id: str, *, title: str | None = None, tags: list[str] | None = None, notes: str | None = None
    ) -> Run:
        """Change what people wrote about a run; None leaves it as it is."""

        def edit(run: Run) -> None:
            run.title = run.title if title is None else title
            run.tags = run.tags if tags is None else list(dict.fromkeys(tags))
            run.notes = run.notes if notes is None else notes

        return self._change(run_id, edit, touched=("tags",))

    def delete(self, run_id: str) -> None:
        """Forget a run that is over, here only. Raises ConflictError where it is not, or is being mirrored."""
        folder = self.mirror_folder(self.run(run_id).id)
        with named(folder):
            lock = try_lock(str(folder / "lock")) if folder.is_dir() else None
        if lock is None and folder.is_dir():
            raise ConflictError("the run is being mirrored by another process", field="run", hint="try again later")
        try:
            with self.database.write() as connection:
                row, _, run = self.one(connection, run_id)
                if not lifecycle.over(run):
                    raise ConflictError(f"run #{run.number} is not over", field="run", hint="stop it first")
                connection.execute("DELETE FROM runs WHERE row = ?", (row,))
            shutil.rmtree(folder, ignore_errors=True)  # the run is gone already; a rest does no harm
        finally:
            if lock is not None:
                os.close(lock)

    def _change(self, run_id: str, change: Callable[[Run], Any], touched: Iterable[str] = ()) -> Run:
        with self.database.write() as connection:
            row, _, run = self.one(connection, run_id)
            change(run)
            rows.update(connection, row, run, touched)
            return run

    def _next_number(self, connection: sqlite3.Connection, project: str) -> int:
        query = "SELECT last_number FROM projects WHERE path = ?"
        last = connection.execute(query, (rows.text_to_sql(project),)).fetchone()
        return int(last[0]) + 1 if last else 1

    def _insert(self, connection: sqlite3.Connection, run: Run, spec: Json) -> Run:
        """Write a run whose number is settled; numbers are never given out again, not even after a delete."""
        project = rows.text_to_sql(run.project)
        connection.execute("INSERT OR IGNORE INTO projects VALUES (?, 0)", (project,))
        query = "UPDATE projects SET last_number = max(last_number, ?) WHERE path = ?"
        connection.execute(query, (run.number, project))
        row = rows.insert(connection, run)
        full = {**spec, "id": run.id, "number": run.number, "created": run.created}
        connection.execute("INSERT INTO specs VALUES (?, ?)", (row, json.dumps(full).encode("ascii")))
        connection.execute("INSERT INTO mirrors (run) VALUES (?)", (row,))
        return run
