"""A `Run` as rows and back. Small fields are columns; large ones are parts, written only when they changed."""

from __future__ import annotations

import dataclasses
import json
import math
import sqlite3
from collections.abc import Iterable
from typing import Any

from ..lifecycle import over
from ..models import BundleSummary, Cell, OutputFile, Run, RunState

COLUMNS = (
    *("id", "number", "project", "notebook", "machine", "title", "experiment", "notes", "state", "reason"),
    *("created", "accepted", "started", "ended", "cancel_requested", "cancel_delivered"),
    *("peak_memory", "rerun_of", "price", "currency"),
)
PARTS = frozenset({"tags", "exit", "params", "cells", "environment", "bundle", "outputs", "progress"})

_INSERT = f"INSERT INTO runs ({', '.join(COLUMNS)}, open, version) VALUES ({', '.join('?' * len(COLUMNS))}, ?, 1)"
_SET = ", ".join(f"{name} = ?" for name in COLUMNS)
_UPDATE = f"UPDATE runs SET {_SET}, open = ?, version = version + 1 WHERE row = ?"
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_CHUNK = 500  # rows asked for in one query: below SQLite's limit of variables


def text_to_sql(value: str) -> str | bytes:
    """Text as SQLite takes it; file names that are no UTF-8 (lone surrogates) go as bytes."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value


def text_from_sql(value: Any) -> Any:
    """What `text_to_sql` took."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def value_to_sql(value: Any) -> Any:
    """The value of a metric: bools as blobs, what is not finite as text (SQLite makes NaN a NULL)."""
    if isinstance(value, bool):
        return b"1" if value else b"0"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def value_from_sql(value: Any) -> Any:
    """What `value_to_sql` took."""
    if isinstance(value, bytes):
        return value == b"1"
    return _WORDS.get(value, value) if isinstance(value, str) else value


def insert(connection: sqlite3.Connection, run: Run) -> int:
    """A new run with all its parts; its row."""
    row = int(connection.execute(_INSERT, _columns(run)).lastrowid or 0)
    _write_parts(connection, row, run, PARTS)
    return row


def update(connection: sqlite3.Connection, row: int, run: Run, touched: Iterable[str]) -> None:
    """Write a changed run: all columns, and the parts named."""
    connection.execute(_UPDATE, (*_columns(run), row))
    _write_parts(connection, row, run, touched)


def load(connection: sqlite3.Connection, where: str, values: Iterable[Any] = ()) -> list[tuple[int, int, Run]]:
    """(row, version, run) of all runs a condition picks, in the order it gives."""
    query = f"SELECT row, version, {', '.join(COLUMNS)} FROM runs WHERE {where}"
    rows = connection.execute(query, tuple(values)).fetchall()
    numbers = [row[0] for row in rows]
    parts: dict[int, dict[str, Any]] = {number: {} for number in numbers}
    metrics: dict[int, dict[str, Any]] = {number: {} for number in numbers}
    for at in range(0, len(numbers), _CHUNK):
        some = numbers[at : at + _CHUNK]
        marks = ", ".join("?" * len(some))
        for number, name, text in connection.execute(f"SELECT run, name, json FROM parts WHERE run IN ({marks})", some):
            parts[number][name] = json.loads(text)
        series = f"SELECT run, key, value FROM series WHERE run IN ({marks}) ORDER BY id"
        for number, key, value in connection.execute(series, some):
            metrics[number][key] = value_from_sql(value)
    return [(row[0], row[1], _run(row[2:], parts[row[0]], metrics[row[0]])) for row in rows]


def _columns(run: Run) -> list[Any]:
    values = [getattr(run, name) for name in COLUMNS]
    plain = [value.value if isinstance(value, RunState) else value for value in values]
    return [*(text_to_sql(value) if isinstance(value, str) else value for value in plain), not over(run)]


def _write_parts(connection: sqlite3.Connection, row: int, run: Run, names: Iterable[str]) -> None:
    rows = []
    for name in names:
        value = getattr(run, name)
        if isinstance(value, list):
            value = [dataclasses.asdict(item) if isinstance(item, (Cell, OutputFile)) else item for item in value]
        elif isinstance(value, BundleSummary):
            value = dataclasses.asdict(value)
        rows.append((row, name, json.dumps(value)))
    connection.executemany("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)", rows)


def _run(values: Iterable[Any], parts: dict[str, Any], metrics: dict[str, Any]) -> Run:
    known = {name: text_from_sql(value) for name, value in zip(COLUMNS, values, strict=True)}
    known["state"] = RunState(known["state"])
    known |= {name: value for name, value in parts.items() if name in PARTS}
    known["cells"] = [Cell(**cell) for cell in parts.get("cells", [])]
    known["outputs"] = [OutputFile(**item) for item in parts.get("outputs", [])]
    bundle = parts.get("bundle")
    known["bundle"] = BundleSummary(**bundle) if bundle else None
    return Run(**known, metrics=metrics)
