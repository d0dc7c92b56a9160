"""What the pieces of a journal mean for the database: decoded, judged and written in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .. import lifecycle
from ..errors import NotFoundError
from ..models import Json, MetricPoint, Run
from ..observations import NOTHING, SILENT, Effects
from ..runner.journal import Damage, Decoder, Record
from . import rows

MAX_POINTS = 10_000_000  # of one run
MAX_FINDINGS = 1_000  # of one run that are kept; all are counted

Item = Record | Damage
_Row = tuple[int, int, int, str]  # of the table of findings


@dataclass
class Position:
    """How far a run's journal is taken; offsets are bytes of the journal."""

    offset: int = 0  # bytes that are in the mirror file for good
    decoded: int = 0  # bytes whose meaning is in the database; ahead of `offset` only after the file was damaged
    last_seq: int = 0
    points: int = 0
    findings: int = 0


def position(connection: sqlite3.Connection, row: int) -> Position:
    """The committed position of a run."""
    query = "SELECT offset, decoded, last_seq, points, findings FROM mirrors WHERE run = ?"
    found = connection.execute(query, (row,)).fetchone()
    return Position(*found) if found else Position()


def slim(items: Iterable[Item]) -> Iterator[Item]:
    """The same items without the content that only the mirror file keeps, so that a batch stays small."""
    for item in items:
        if isinstance(item, Record) and item.event.get("type") in SILENT:
            event = {"type": item.event["type"], "t": item.event.get("t")}
            yield Record(item.offset, item.length, item.seq, event)
        else:
            yield item


@dataclass
class Projection:
    """One run as the database has it, kept in memory by whoever mirrors it."""

    row: int
    version: int
    run: Run
    at: Position
    decoder: Decoder
    series: dict[str, int] = field(default_factory=dict)  # metric key -> row of the table
    seen: set[str] = field(default_factory=set)  # oddities named already

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Take over what others changed on the run since (a title, a wish to stop)."""
        found = connection.execute("SELECT version FROM runs WHERE row = ?", (self.row,)).fetchone()
        if not found:
            raise NotFoundError(f"no run {self.run.id}: it was deleted", field="run")
        if found[0] != self.version:
            _, self.version, self.run = rows.load(connection, "row = ?", (self.row,))[0]

    def write(self, connection: sqlite3.Connection, items: Iterable[Item], verdict: Json | None, now: float) -> None:
        """Apply items in order and write everything that follows from them."""
        changed, touched = False, set[str]()
        points: list[tuple[str, MetricPoint]] = []
        findings: list[_Row] = []
        for item in items:
            if isinstance(item, Damage):
                self._find(findings, item.offset, item.length, item.why)
                continue
            counts, odd = lifecycle.in_order(self.at.last_seq, item.seq)
            if odd:
                self._find(findings, item.offset, item.length, odd)
            if counts:
                self.at.last_seq = item.seq
                effects = self._apply(item.event, item.seq, now)
                changed |= effects is not NOTHING
                points += effects.points
                touched |= effects.touched
                for flag in effects.flags:
                    self._find_once(findings, item.offset, item.length, flag)
        if verdict is not None and self.run.exit is None:
            effects = self._apply({**verdict, "type": "exit", "t": now}, self.at.last_seq, now)
            changed, touched = True, touched | effects.touched
            for flag in effects.flags:
                self._find_once(findings, self.at.offset, 0, flag)
        self._write_points(connection, points, findings)
        connection.executemany("INSERT INTO findings VALUES (?, ?, ?, ?)", findings)
        if changed:
            rows.update(connection, self.row, self.run, touched)
            self.version += 1
        values = (self.at.offset, self.at.decoded, self.at.last_seq, self.at.points, self.at.findings, self.row)
        query = "UPDATE mirrors SET offset = ?, decoded = ?, last_seq = ?, points = ?, findings = ? WHERE run = ?"
        connection.execute(query, values)

    def _apply(self, event: Json, seq: int, now: float) -> Effects:
        """One event; the first one proves that the machine has the run, and what kept us from knowing is over."""
        if self.run.accepted is None:
            lifecycle.accept(self.run, now)
            effects = lifecycle.apply(self.run, event, seq)
            return effects if effects is not NOTHING else Effects()
        return lifecycle.apply(self.run, event, seq)

    def _find(self, findings: list[_Row], offset: int, length: int, why: str) -> None:
        self.at.findings += 1
        if self.at.findings <= MAX_FINDINGS:
            findings.append((self.row, offset, length, why))

    def _find_once(self, findings: list[_Row], offset: int, length: int, why: str) -> None:
        """An oddity of the machine that may repeat with every event: named once."""
        if why not in self.seen and len(self.seen) < MAX_FINDINGS:
            self.seen.add(why)
            self._find(findings, offset, length, why)

    def _write_points(
        self, connection: sqlite3.Connection, points: list[tuple[str, MetricPoint]], findings: list[_Row]
    ) -> None:
        room = MAX_POINTS - self.at.points
        if len(points) > room:
            why = f"more than {MAX_POINTS} points: the rest is only in the journal"
            self._find_once(findings, self.at.decoded, 0, why)
            points = points[: max(0, room)]
        if not points:
            return
        self.at.points += len(points)
        last: dict[str, object] = {}
        for key, point in points:
            last[key] = rows.value_to_sql(point.value)
        for key, value in last.items():
            if key not in self.series:
                self.series[key] = _series(connection, self.row, key, value)
        latest = [(value, self.series[key]) for key, value in last.items()]
        connection.executemany("UPDATE series SET value = ? WHERE id = ?", latest)
        values = ((self.series[key], p.seq, p.step, rows.value_to_sql(p.value), p.time) for key, p in points)
        connection.executemany("INSERT OR IGNORE INTO points VALUES (?, ?, ?, ?, ?)", values)


def load(connection: sqlite3.Connection, run_id: str) -> Projection | None:
    """The committed projection of a run, or None where there is no such run."""
    found = rows.load(connection, "id = ?", (run_id,))
    if not found:
        return None
    row, version, run = found[0]
    at = position(connection, row)
    seen = {str(why) for (why,) in connection.execute("SELECT why FROM findings WHERE run = ?", (row,))}
    return Projection(row, version, run, at, Decoder(at.decoded), seen=seen)


def _series(connection: sqlite3.Connection, row: int, key: str, value: object) -> int:
    known = connection.execute("SELECT id FROM series WHERE run = ? AND key = ?", (row, key)).fetchone()
    if known:
        return int(known[0])
    made = connection.execute("INSERT INTO series (run, key, value) VALUES (?, ?, ?)", (row, key, value))
    return int(made.lastrowid or 0)
