"""The store at a glance: whether anything changed, which runs did, and which projects there are."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from typing import NamedTuple

from ..models import Json, MachineStatus, Run
from . import rows
from .part import Part

_LATEST = 20  # earlier runs that tell how long one will take
_LOOKED_AT = 10  # earlier runs that tell what a machine has


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

    def expected_s(self, project: str, notebook: str, machine: str) -> float | None:
        """How long such a run takes: the median of the latest that succeeded; None where there was none."""
        query = (
            "SELECT ended - started FROM runs WHERE project = ? AND notebook = ? AND machine = ? "
            "AND state = 'succeeded' AND ended >= started ORDER BY created DESC LIMIT ?"
        )
        values = [rows.text_to_sql(value) for value in (project, notebook, machine)]
        with self.database.read() as connection:
            found = [float(took) for (took,) in connection.execute(query, (*values, _LATEST))]
        return round(statistics.median(found), 3) if found else None

    def expected(self, runs: Iterable[Run]) -> dict[str, float]:
        """How long each of those that are not over will take, as far as earlier ones tell, by id."""
        known: dict[tuple[str, str, str], float | None] = {}
        told: dict[str, float] = {}
        for run in runs:
            if run.state.final:
                continue
            alike = (run.project, run.notebook, run.machine)
            if alike not in known:
                known[alike] = self.expected_s(*alike)
            took = known[alike]
            if took is not None:
                told[run.id] = took
        return told

    def used_environment(self, project: str, machine: str, digest: str) -> bool:
        """Whether one of a project's latest runs on a machine had the environment with this digest there."""
        query = (
            "SELECT specs.json, parts.json FROM runs JOIN specs ON specs.run = row JOIN parts ON parts.run = row "
            "WHERE project = ? AND machine = ? AND name = 'environment' ORDER BY created DESC LIMIT ?"
        )
        with self.database.read() as connection:
            found = connection.execute(query, (rows.text_to_sql(project), machine, _LOOKED_AT)).fetchall()
        return any(_had(json.loads(spec), json.loads(had), digest) for spec, had in found)

    def machine_statuses(self) -> list[MachineStatus]:
        """Every machine there was a contact with, without its facts."""
        query = "SELECT name, last_contact, unreachable_since, why FROM machines ORDER BY name"
        with self.database.read() as connection:
            return [MachineStatus(*found) for found in connection.execute(query)]


def _had(spec: Json, environment: Json, digest: str) -> bool:
    """Whether a run asked for an environment and its machine told that it has it."""
    asked = spec.get("environment")
    return isinstance(asked, dict) and asked.get("digest") == digest and environment.get("seconds") is not None
