"""What every part of the store shares: the database and the folder it lies in."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import NotFoundError
from ..models import Run
from . import rows
from .database import Database
from .trouble import damaged


class Part:
    """One subject of the store."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.database = database

    def mirror_folder(self, run_id: str) -> Path:
        """Where the copy of a run's journal lies."""
        return self.folder / "mirrors" / run_id

    def load(self, connection: sqlite3.Connection, where: str, *values: object) -> list[tuple[int, int, Run]]:
        """(row, version, run) of all runs a condition picks. Raises ConflictError where a row makes no sense."""
        try:
            return rows.load(connection, where, values)
        except (ValueError, TypeError, KeyError) as error:  # what a damaged page may hold
            raise damaged(self.database.path, f"a run cannot be read: {error}") from error

    def one(self, connection: sqlite3.Connection, run_id: str) -> tuple[int, int, Run]:
        """(row, version, run) of the run with an id. Raises NotFoundError."""
        found = self.load(connection, "id = ?", rows.text_to_sql(run_id))
        if not found:
            raise NotFoundError(f"no run {run_id[:40]!r}", field="run", hint="`jupyter mlx runs` lists them")
        return found[0]

    def row_of(self, connection: sqlite3.Connection, run_id: str) -> int:
        """The row of the run with an id. Raises NotFoundError."""
        found = connection.execute("SELECT row FROM runs WHERE id = ?", (rows.text_to_sql(run_id),)).fetchone()
        if not found:
            raise NotFoundError(f"no run {run_id[:40]!r}", field="run", hint="`jupyter mlx runs` lists them")
        return int(found[0])
