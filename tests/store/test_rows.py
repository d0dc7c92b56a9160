from __future__ import annotations

import dataclasses
import math
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.models import BundleSummary, Cell, OutputFile, Run, RunState
from jupyter_mlx.store import rows
from jupyter_mlx.store.migrations import migrate
from tests.store.bed import T0, a_run


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrate(made)
    yield made
    made.close()


def full() -> Run:
    return a_run(
        number=7,
        title="émoji 🎉",
        experiment="e",
        tags=["a", "b=c"],
        notes="two\nlines",
        state=RunState.FAILED,
        reason="why",
        exit={"state": "failed", "code": 1},
        accepted=T0,
        started=T0 + 1,
        ended=T0 + 2,
        cancel_requested=T0 + 3,
        cancel_delivered=T0 + 4,
        params={"lr": 0.1, "deep": {"x": [1, None]}},
        cells=[Cell(0, "a", "failed", T0, 1.5, 3), Cell(2, "b")],
        environment={"digest": "d", "packages": {"numpy": "2"}},
        bundle=BundleSummary("abc", 3, 1000),
        outputs=[OutputFile("a.txt", 5, None), OutputFile("b", 1, "f" * 64, "work")],
        progress={"phase": "x"},
        peak_memory=2**40,
        rerun_of="01ARZ3NDEKTSV4RRFFQ69G5FAV",
        price=1.25,
        currency="EUR",
    )


def numbered(run: Run, number: int) -> Run:
    return dataclasses.replace(run, number=number)


def test_a_run_comes_back_as_it_went(connection):
    run = full()
    rows.insert(connection, run)
    [(_, version, found)] = rows.load(connection, "id = ?", (run.id,))
    assert found == run
    assert version == 1


def test_every_field_of_a_run_is_kept_somewhere():
    names = {field.name for field in dataclasses.fields(Run)}
    assert names == set(rows.COLUMNS) | rows.PARTS | {"metrics"}


def test_an_update_writes_columns_and_the_parts_named(connection):
    run = numbered(a_run(), 1)
    row = rows.insert(connection, run)
    changed = dataclasses.replace(full(), id=run.id, project=run.project)
    rows.update(connection, row, changed, ("tags",))
    [(_, version, found)] = rows.load(connection, "row = ?", (row,))
    assert (found.title, found.state, found.tags, found.cells, version) == (
        changed.title,
        changed.state,
        ["a", "b=c"],
        [],
        2,
    )


def test_more_runs_than_one_query_takes(connection):
    made = [numbered(a_run(tags=[str(n)]), n + 1) for n in range(1200)]
    for run in made:
        rows.insert(connection, run)
    assert [run for _, _, run in rows.load(connection, "1 ORDER BY number")] == made


@given(st.text(st.characters(codec=None), max_size=20))  # codec None: lone surrogates too
def test_any_text_comes_back(text):
    assert rows.text_from_sql(rows.text_to_sql(text)) == text


@given(st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(st.characters(codec="utf-8")))
def test_any_metric_value_comes_back(value):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE one (value NOT NULL)")
    connection.execute("INSERT INTO one VALUES (?)", (rows.value_to_sql(value),))
    found = rows.value_from_sql(connection.execute("SELECT value FROM one").fetchone()[0])
    connection.close()
    if value in ("NaN", "Infinity", "-Infinity"):  # in a journal these words are numbers
        assert isinstance(found, float)
    elif isinstance(value, float) and math.isnan(value):
        assert math.isnan(found)
    else:
        assert (found, type(found)) == (value, type(value))
