"""How people name a run: ``12``, ``#12``, ``last``, an id or the start of one."""

from __future__ import annotations

import re

from ..errors import ConflictError, NotFoundError
from ..models import Run, iso
from . import rows
from .found import MAX_NUMBER
from .part import Part

SHORTEST = 6  # letters of an id that may stand for it
_NUMBER = re.compile(r"#?([0-9]{1,10})\Z", re.ASCII)
_START = re.compile(rf"[0-9A-HJKMNP-TV-Z]{{{SHORTEST},26}}\Z")
_SHOWN = 10  # candidates named in an error


class Search(Part):
    """Finding one run by what somebody typed."""

    def find(self, reference: str, project: str | None = None) -> Run:
        """The one run that is meant; a number counts in ``project`` first, then in all.

        Raises NotFoundError, or ConflictError naming the candidates where several fit.
        """
        reference = reference.strip()
        if reference == "last":
            return self._last(project)
        number = _NUMBER.match(reference)
        found: list[Run] = []
        if number and int(number.group(1)) <= MAX_NUMBER:
            if project is not None:
                found = self._pick("number = ? AND project = ?", int(number.group(1)), rows.text_to_sql(project))
            found = found or self._pick("number = ?", int(number.group(1)))
        start = reference.upper()
        if not found and _START.match(start):
            found = self._pick("id >= ? AND id < ?", start, start + "~")
        if not found:
            raise NotFoundError(f"no run {reference[:60]!r}", field="run", hint="`jupyter mlx runs` lists all runs")
        if len(found) > 1:
            names = [f"{run.id} (#{run.number} of {run.project}, {run.notebook}, {iso(run.created)})" for run in found]
            raise ConflictError(
                f"{reference!r} fits several runs: {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}",
                field="run",
                hint="name one by its id, or by its number inside its project",
            )
        return found[0]

    def _last(self, project: str | None) -> Run:
        order = "ORDER BY created DESC, id DESC LIMIT 1"
        found = self._pick(f"project = ? {order}", rows.text_to_sql(project)) if project is not None else []
        found = found or self._pick(f"1 {order}")
        if not found:
            raise NotFoundError("there are no runs yet", field="run", hint="`jupyter mlx run NOTEBOOK` makes one")
        return found[0]

    def _pick(self, where: str, *values: object) -> list[Run]:
        with self.database.read() as connection:
            limit = "" if "LIMIT" in where else f" ORDER BY created DESC LIMIT {_SHOWN + 1}"
            return [run for _, _, run in self.load(connection, where + limit, *values)]
