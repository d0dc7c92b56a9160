from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlx.errors import ConflictError
from jupyter_mlx.store import Store
from jupyter_mlx.store.database import Database
from tests.store.bed import a_run

CREATE = """
import sys, threading
from jupyter_mlx.store import Store
from tests.store.bed import a_run

store, failures = Store(sys.argv[1]), []

def make(thread):
    try:
        for n in range(3):
            number = store.create({}, a_run("/p", f"{thread}.ipynb")).number
            sys.stdout.write(f"{number}\\n")  # in one piece: print writes the end of the line by itself
            store.runs(limit=5)
    except Exception as error:
        failures.append(error)

sys.stdin.readline()
threads = [threading.Thread(target=make, args=(n,)) for n in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
store.close()
sys.exit(repr(failures) if failures else 0)
"""


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "mlx.sqlite", patience=0.5)
    yield made
    made.close()


def name(database: Database, text: str) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO machines (name) VALUES (?)", (text,))


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return [row[0] for row in connection.execute("SELECT name FROM machines ORDER BY name")]


def test_two_processes_with_twenty_threads_each_make_runs(folder):
    with Store(folder) as store:
        commands = [[sys.executable, "-c", CREATE, str(folder)]] * 2
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes = [subprocess.Popen(command, **pipes) for command in commands]
        answers = [process.communicate("go\n", timeout=100) for process in processes]
        ends = [(process.returncode, errors) for process, (_, errors) in zip(processes, answers, strict=True)]
        assert ends == [(0, ""), (0, "")]
        numbers = sorted(int(line) for out, _ in answers for line in out.split())
        assert numbers == list(range(1, 121))
        assert sorted(run.number for run in store.runs()) == numbers


def test_many_processes_open_a_new_store_at_once(folder):
    code = "import sys; from jupyter_mlx.store import Store; sys.stdin.readline(); Store(sys.argv[1]).runs()"
    processes = [subprocess.Popen([sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE) for _ in range(6)]
    for process in processes:
        process.communicate(b"go\n", timeout=100)
    assert [process.returncode for process in processes] == [0] * 6


def test_readers_never_wait_for_a_writer(database):
    name(database, "a")
    seen = []
    with database.write() as connection:
        connection.execute("INSERT INTO machines (name) VALUES ('b')")
        reader = threading.Thread(target=lambda: seen.append(names(database)))
        reader.start()
        reader.join(10)
        assert seen == [["a"]]
    assert names(database) == ["a", "b"]


def test_a_reader_sees_one_moment(database):
    name(database, "a")
    with database.read() as connection:
        first = connection.execute("SELECT count(*) FROM machines").fetchone()[0]
        writer = threading.Thread(target=name, args=(database, "b"))
        writer.start()
        writer.join(10)
        assert connection.execute("SELECT count(*) FROM machines").fetchone()[0] == first == 1
    assert names(database) == ["a", "b"]


def test_a_block_that_raises_did_not_happen(database):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute("INSERT INTO machines (name) VALUES ('a')")
        1 / 0
    assert names(database) == []
    name(database, "b")


def test_a_lock_that_stays_is_named(database):
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ConflictError, match="locked by another process"):
        name(database, "a")
    other.execute("ROLLBACK")
    other.close()
    name(database, "a")


def test_a_thread_that_stays_is_named(database):
    inside, leave = threading.Event(), threading.Event()

    def stay():
        with database.write():
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait(10)
    try:
        with pytest.raises(ConflictError, match="another thread"):
            name(database, "a")
    finally:
        leave.set()
        thread.join()
    name(database, "a")


def test_the_lock_of_a_dead_process_is_gone(database):
    code = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('BEGIN IMMEDIATE'); c.execute(\"INSERT INTO machines (name) VALUES ('dead')\"); "
        "print('in', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(database.path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()
    name(database, "alive")
    assert names(database) == ["alive"]


def test_a_file_that_was_deleted_while_open_is_named(database):
    database.path.unlink()
    with pytest.raises(ConflictError, match="deleted or replaced") as caught:
        name(database, "a")
    assert "doctor --rebuild" in str(caught.value.hint)


def test_a_file_that_was_replaced_while_open_is_named(database, tmp_path):
    other = Database(tmp_path / "other.sqlite")
    other.close()
    os.replace(tmp_path / "other.sqlite", database.path)
    with pytest.raises(ConflictError, match="deleted or replaced"):
        name(database, "a")


def test_after_a_fork_the_child_has_connections_of_its_own(folder):
    code = """
import os, sys
from jupyter_mlx.store import Store
from tests.store.bed import a_run
store = Store(sys.argv[1])
store.create({}, a_run())
pid = os.fork()
store.create({}, a_run())
if pid == 0:
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert sorted(run.number for run in store.runs()) == [1, 2, 3]
store.create({}, a_run())
assert store.check() == []
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(folder)], check=True, timeout=60)


def test_connections_of_threads_that_ended_are_closed(database):
    def handles():
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    name(database, "a")
    before = handles()
    for _ in range(30):
        thread = threading.Thread(target=names, args=(database,))
        thread.start()
        thread.join()
    assert handles() <= before + 3


def test_a_closed_database_opens_again_when_asked(database):
    name(database, "a")
    database.close()
    assert names(database) == ["a"]


def test_every_commit_is_synced(database):
    with database.read() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_the_files_are_private(store, folder):
    store.create({}, a_run())
    mode = 0
    for path in [folder, *folder.iterdir()]:
        mode |= path.stat().st_mode & 0o077
    assert mode == 0


def test_opening_waits_for_who_is_opening_and_gives_up_with_a_name(tmp_path):

    path = tmp_path / "mlx.sqlite"
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConflictError, match="keeps opening"):
            Database(path, patience=0.2)
        timer = threading.Timer(0.3, lambda: fcntl.flock(lock, fcntl.LOCK_UN))
        timer.start()
        Database(path, patience=20).close()
        timer.join()


def test_closing_while_others_work_harms_nobody(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.sqlite")
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        while not stop.is_set():
            try:
                with database.write() as connection:
                    connection.execute("PRAGMA user_version = 7")
                with database.read() as connection:
                    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except BaseException as error:
                failures.append(error)
                raise

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        database.close()
        time.sleep(0.005)
    stop.set()
    for thread in threads:
        thread.join()
    database.close()
    assert not failures
