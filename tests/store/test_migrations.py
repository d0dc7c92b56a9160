from __future__ import annotations

import sqlite3

import pytest

from jupyter_mlx.errors import ConflictError
from jupyter_mlx.store import Store, migrations
from jupyter_mlx.store.database import Database


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


def tables(connection):
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_each_step_runs_once_and_is_recorded(connection):
    assert migrations.applied(connection) == []
    migrations.migrate(connection)
    assert migrations.applied(connection) == list(migrations.MIGRATIONS)
    before = tables(connection)
    migrations.migrate(connection)
    assert tables(connection) == before
    assert connection.execute("SELECT count(*) FROM migrations").fetchone()[0] == len(migrations.MIGRATIONS)


def test_a_later_step_is_added_to_an_older_file(connection, monkeypatch):
    migrations.migrate(connection)
    later = {**migrations.MIGRATIONS, "999_later": lambda c: c.execute("CREATE TABLE later (x)")}
    monkeypatch.setattr(migrations, "MIGRATIONS", later)
    migrations.migrate(connection)
    assert "later" in tables(connection)
    assert migrations.applied(connection)[-1] == "999_later"


def test_a_step_that_breaks_leaves_nothing_behind(connection, monkeypatch):
    def breaks(connection):
        connection.execute("CREATE TABLE half (x)")
        connection.execute("this is no SQL")

    migrations.migrate(connection)
    monkeypatch.setattr(migrations, "MIGRATIONS", {**migrations.MIGRATIONS, "999_breaks": breaks})
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(connection)
    assert "half" not in tables(connection)
    assert "999_breaks" not in migrations.applied(connection)


def test_a_file_of_a_newer_version_is_refused_and_left_alone(folder):
    store = Store(folder)
    with store.database.write() as connection:
        connection.execute("INSERT INTO migrations VALUES ('042_of_the_future', 0)")
    store.close()
    before = (folder / "mlx.sqlite").read_bytes()
    with pytest.raises(ConflictError, match="newer jupyter_mlx") as caught:
        Store(folder)
    assert "update" in str(caught.value.hint)
    assert (folder / "mlx.sqlite").read_bytes() == before


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "mlx.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE runs (mine)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(ConflictError, match="no store of jupyter_mlx"):
        Database(path)
    assert path.read_bytes() == before
