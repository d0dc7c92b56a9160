"""The store at a glance: whether anything changed, which runs did, and which projects there are."""

from __future__ import annotations

from typing import NamedTuple

from ..models import MachineStatus
from . import rows
from .part import Part


class ProjectRow(NamedTuple):
    """A project with what its runs tell."""

    path: str
    runs: int
    last_number: int
    last_created: float


class Overview(Part):
    """Cheap questions that a face asks often."""

    def stamp(self) -> int:
        """A number that changes when another thread or process has written; compare it within one thread only."""
        with self.database.read() as connection:
            # The pragma alone opens no snapshot, and would tell of one that was taken before.
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

    def versions(self, newest: int) -> dict[str, int]:
        """The version of each open run and of the newest others; a version goes up with every change of its run."""
        query = "SELECT id, version FROM runs WHERE {} ORDER BY created DESC, id DESC LIMIT ?"
        with self.database.read() as connection:
            found = dict(connection.execute(query.format("1"), (newest,)).fetchall())
            found.update(connection.execute(query.format("open"), (-1,)).fetchall())
        return {str(run_id): int(version) for run_id, version in found.items()}

    def projects(self) -> list[ProjectRow]:
        """Every project that has runs, the one used last first."""
        query = "SELECT project, count(*), max(number), max(created) FROM runs GROUP BY project ORDER BY 4 DESC"
        with self.database.read() as connection:
            found = connection.execute(query).fetchall()
        return [ProjectRow(rows.text_from_sql(path), int(n), int(last), float(at)) for path, n, last, at in found]

    def machine_statuses(self) -> list[MachineStatus]:
        """Every machine there was a contact with, without its facts."""
        query = "SELECT name, last_contact, unreachable_since, why FROM machines ORDER BY name"
        with self.database.read() as connection:
            return [MachineStatus(*found) for found in connection.execute(query)]
