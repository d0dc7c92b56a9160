"""The schema as named steps; each is applied in one transaction together with the record that it ran."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

APPLICATION_ID = 0x4D4C5831  # "MLX1" in the header of the file: it is ours

_FIRST = """
CREATE TABLE projects (path TEXT PRIMARY KEY, last_number INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE runs (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    number INTEGER NOT NULL,
    project TEXT NOT NULL,
    notebook TEXT NOT NULL,
    machine TEXT NOT NULL,
    title TEXT NOT NULL,
    experiment TEXT,
    notes TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    created REAL NOT NULL,
    accepted REAL,
    started REAL,
    ended REAL,
    cancel_requested REAL,
    cancel_delivered REAL,
    peak_memory INTEGER,
    rerun_of TEXT,
    price REAL,
    currency TEXT NOT NULL,
    open INTEGER NOT NULL,        -- something is still to be expected from the client or the machine
    version INTEGER NOT NULL,     -- goes up with every change of the run
    UNIQUE (project, number)
);
CREATE INDEX runs_created ON runs (created DESC, id DESC);
CREATE INDEX runs_open ON runs (machine) WHERE open;

CREATE TABLE parts (              -- the large fields of a run, JSON each
    run INTEGER NOT NULL REFERENCES runs (row) ON DELETE CASCADE,
    name TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (run, name)
) WITHOUT ROWID;

CREATE TABLE specs (
    run INTEGER PRIMARY KEY REFERENCES runs (row) ON DELETE CASCADE,
    json BLOB NOT NULL
);

CREATE TABLE series (             -- one metric of one run, with its last value
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (row) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value NOT NULL,
    UNIQUE (run, key)
);

CREATE TABLE points (             -- no type on step and value: numbers stay what they were, a blob is a bool
    series INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    step,
    value NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (series, seq)
) WITHOUT ROWID;

CREATE TABLE mirrors (            -- how far the copy of the journal is taken, decoded and counted
    run INTEGER PRIMARY KEY REFERENCES runs (row) ON DELETE CASCADE,
    offset INTEGER NOT NULL DEFAULT 0,
    decoded INTEGER NOT NULL DEFAULT 0,
    last_seq INTEGER NOT NULL DEFAULT 0,
    points INTEGER NOT NULL DEFAULT 0,
    findings INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE findings (           -- what was damaged or odd in a journal
    run INTEGER NOT NULL REFERENCES runs (row) ON DELETE CASCADE,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    why TEXT NOT NULL
);
CREATE INDEX findings_run ON findings (run, offset);

CREATE TABLE machines (
    name TEXT PRIMARY KEY,
    last_contact REAL,
    unreachable_since REAL,
    why TEXT,
    facts TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;

CREATE TABLE places (id INTEGER PRIMARY KEY, machine TEXT NOT NULL, root TEXT NOT NULL, UNIQUE (machine, root));

CREATE TABLE believed (           -- blobs a machine is believed to have, 32 bytes each
    place INTEGER NOT NULL REFERENCES places (id) ON DELETE CASCADE,
    blob BLOB NOT NULL,
    PRIMARY KEY (place, blob)
) WITHOUT ROWID;
"""


_ALIKE = """
CREATE INDEX runs_alike ON runs (project, notebook, machine, created) WHERE state = 'succeeded';
"""


def _run_script(script: str) -> Callable[[sqlite3.Connection], None]:
    def step(connection: sqlite3.Connection) -> None:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement)

    return step


MIGRATIONS: dict[str, Callable[[sqlite3.Connection], None]] = {
    "001_first": _run_script(_FIRST),
    "002_alike": _run_script(_ALIKE),
}


_RECORD = "CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL UNIQUE, applied REAL NOT NULL)"


def applied(connection: sqlite3.Connection) -> list[str]:
    """The steps this file has seen, oldest first."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone():
        return []
    return [name for (name,) in connection.execute("SELECT name FROM migrations ORDER BY rowid")]


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is pending. The caller has made sure that nobody else does so now."""
    done = applied(connection)
    for name, step in MIGRATIONS.items():
        if name in done:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(_RECORD)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            step(connection)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (name, time.time()))
            connection.execute("COMMIT")
        except BaseException:  # whatever ended the step, half of it must not stay
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
