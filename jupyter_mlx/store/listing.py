"""Lists of runs: filtered, in an order, in pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..errors import InputError
from ..models import Run, RunState
from . import rows
from .part import Part

METRIC = "metric:"
_NUMBER = re.compile(r"-?[0-9]{1,30}\Z", re.ASCII)


class Order(NamedTuple):
    """``by`` is ``created``, ``duration`` or ``metric:<key>``; what has no such value comes last either way."""

    by: str = "created"
    ascending: bool = False


NEWEST = Order()
_Condition = tuple[str, list[object]]

# What `rows.value_to_sql` made of a number, as a number; other text and NaN have no place among numbers.
_AS_NUMBER = (
    "CASE typeof(value) WHEN 'integer' THEN value WHEN 'real' THEN value WHEN 'blob' THEN value = x'31' "
    "ELSE CASE value WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999 END END"
)


class Listing(Part):
    """The runs of this user as lists show them."""

    def runs(
        self,
        *,
        project: str | None = None,
        state: RunState | str | Iterable[RunState | str] | None = None,
        machine: str | None = None,
        text: str | None = None,
        tags: Iterable[str] = (),
        since: float | None = None,
        order: Order = NEWEST,
        before: str | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """Runs that pass all filters, newest first where no other order is wanted.

        ``text`` is looked for in title, notebook, experiment, notes, tags and id, small and capital letters alike;
        ``tags`` are those a run must have; ``since`` is the time of creation from which on; ``before`` what `cursor`
        gave: only what comes after it in the list.
        """
        filters = [*_filters(project, state, machine, since), *map(_tag_filter, tags)]
        if text:
            filters.append(_text_filter(text))
        if before is not None:
            filters.append(_behind(before, order))
        where = " AND ".join(f"({condition})" for condition, _ in filters) or "1"
        table, given = _table(order)
        way = "ASC" if order.ascending else "DESC"
        first = "" if order.by == NEWEST.by else f"sorted IS NULL, sorted {way}, "
        values = [*given, *(value for _, part in filters for value in part), -1 if limit is None else limit]
        query = f"SELECT row FROM {table} WHERE {where} ORDER BY {first}created {way}, id {way} LIMIT ?"
        with self.database.read() as connection:
            # Row numbers alone are sorted fast; whole runs are not.
            picked = [int(row) for (row,) in connection.execute(query, values)]
            found = {row: run for row, _, run in self.load(connection, f"row IN ({', '.join(map(str, picked))})")}
        return [found[row] for row in picked]


def cursor(run: Run, order: Order) -> str:
    """Where a page in that order ended, if this is its last run; the place stays the same when the run changes."""
    if order.by == NEWEST.by:
        return run.id
    value = _value(run, order)
    return f"{run.id}~{'' if value is None else repr(value)}"


def run_of(place: str) -> str:
    """The id of the run a cursor names."""
    return place.partition("~")[0]


def _value(run: Run, order: Order) -> float | None:
    """What `_table` sorts by."""
    if order.by == "duration":
        return None if run.started is None or run.ended is None else run.ended - run.started
    known = run.metrics.get(order.by.removeprefix(METRIC))
    if isinstance(known, bool):
        return int(known)
    return known if isinstance(known, (int, float)) and known == known else None  # noqa: PLR0124 - NaN is no place


def _table(order: Order) -> tuple[str, list[object]]:
    """The runs with what they are sorted by. Raises `InputError` for an order that is none."""
    if order.by == NEWEST.by:
        return "runs", []
    if order.by == "duration":
        return "(SELECT *, ended - started AS sorted FROM runs)", []
    if order.by.startswith(METRIC):
        joined = f"(SELECT runs.*, {_AS_NUMBER} AS sorted FROM runs LEFT JOIN series ON run = row AND key = ?)"
        return joined, [rows.text_to_sql(order.by.removeprefix(METRIC))]
    raise InputError("sort is none of created, duration, metric:<key>", field="sort")


def _behind(place: str, order: Order) -> _Condition:
    """What comes after a place in the list."""
    run_id, _, shown = place.partition("~")
    sign = ">" if order.ascending else "<"
    created = "(SELECT created FROM runs WHERE id = ?)"
    rest: _Condition = (f"(created, id) {sign} ({created}, ?)", [run_id, run_id])
    if order.by == NEWEST.by:
        return rest
    value = _number(shown)
    if value is None:
        return f"sorted IS NULL AND {rest[0]}", list(rest[1])
    return f"sorted IS NULL OR (sorted, created, id) {sign} (?, {created}, ?)", [value, run_id, run_id]


def _number(shown: str) -> float | None:
    if not shown:
        return None
    try:
        value = int(shown) if _NUMBER.match(shown) else float(shown)
    except ValueError:
        raise InputError("before is no place of this list", field="before", hint="start again without it") from None
    return value if -(1 << 63) <= value < 1 << 63 else float(value)


def _filters(
    project: str | None, state: RunState | str | Iterable[RunState | str] | None, machine: str | None, since: Any
) -> list[_Condition]:
    found: list[_Condition] = []
    if project is not None:
        found.append(("project = ?", [rows.text_to_sql(project)]))
    if state is not None:
        states = [state] if isinstance(state, str) else state  # a RunState is a str
        names = [RunState(item).value for item in states]
        found.append((f"state IN ({', '.join('?' * len(names))})", list(names)))
    if machine is not None:
        found.append(("machine = ?", [machine]))
    if since is not None:
        found.append(("created >= ?", [since]))
    return found


def _tag_filter(tag: str) -> _Condition:
    """A condition for one whole tag; the list is JSON, so a quote that ends its text is not escaped."""
    text = json.dumps(tag)
    condition = "row IN (SELECT run FROM parts WHERE name = 'tags' AND (instr(json, ?) = 1 OR instr(json, ?)))"
    return condition, [f"[{text}", f", {text}"]


def _text_filter(text: str) -> _Condition:
    """A condition that looks for words anywhere in what people wrote; ``%`` and ``_`` mean themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    # Tags are JSON: what is no ASCII stands there as \\uXXXX.
    tag = json.dumps(text)[1:-1].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    fields = ("title", "notebook", "experiment", "notes", "id")
    parts = [f"{name} LIKE ? ESCAPE '\\'" for name in fields]
    parts.append("row IN (SELECT run FROM parts WHERE name = 'tags' AND json LIKE ? ESCAPE '\\')")
    values: list[object] = [rows.text_to_sql(f"%{escaped}%")] * len(fields)
    return " OR ".join(parts), [*values, f"%{tag}%"]
