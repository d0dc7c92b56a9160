from __future__ import annotations

import os
import random

import pytest

from jupyter_mlx.errors import ConflictError, MlxError
from jupyter_mlx.store import Store
from tests.store.bed import a_run, a_spec, a_whole_run, cells, journal


def filled(folder) -> list[str]:
    """A store with runs in it, all in the main file; their ids."""
    with Store(folder) as store:
        made = [store.create({"note": "x" * 500}, a_run(cells=cells(20), title=f"run {n}")) for n in range(60)]
        mirror = store.mirror(made[0].id)
        mirror.try_lead()
        mirror.append(0, journal(*a_whole_run()))
        mirror.release()
    return [run.id for run in made]


def test_a_store_keeps_what_it_was_given(folder):
    ids = filled(folder)
    with Store(folder) as store:
        assert sorted(run.id for run in store.runs()) == sorted(ids)
        assert store.check() == []


def test_a_file_of_garbage_is_named_and_not_touched(folder):
    folder.mkdir()
    (folder / "mlx.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(ConflictError, match="damaged") as caught:
        Store(folder)
    assert "doctor --rebuild" in str(caught.value.hint)
    assert (folder / "mlx.sqlite").read_bytes() == b"garbage" * 1000


@pytest.mark.parametrize("seed", range(12))
def test_garbage_pages_end_in_a_named_error_or_the_right_answer(folder, seed):
    ids = filled(folder)
    path, chance = folder / "mlx.sqlite", random.Random(seed)
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        for page in chance.sample(range(1, pages), 4):
            file.seek(page * 4096)
            file.write(chance.randbytes(4096))
    before = path.stat().st_size
    errors: list[MlxError] = []
    problems: list[str] = []
    try:
        with Store(folder) as store:
            for ask in (store.runs, lambda: [store.spec(i) for i in ids], lambda: store.metrics(ids[0])):
                try:
                    ask()
                except MlxError as error:
                    errors.append(error)
            problems = store.check()
    except MlxError as error:
        errors.append(error)
    assert errors or problems
    assert all("doctor --rebuild" in str(error.hint) for error in errors)
    assert path.stat().st_size >= before


def test_a_deleted_file_is_no_empty_history(folder):
    filled(folder)
    (folder / "mlx.sqlite").unlink()
    with pytest.raises(ConflictError, match="it is gone") as caught:
        Store(folder)
    assert "doctor --rebuild" in str(caught.value.hint)
    assert not (folder / "mlx.sqlite").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_half_a_write_ahead_log_keeps_whole_commits_only(folder, share):
    store = Store(folder)
    made = [store.create({}, a_run(title=f"run {n}")) for n in range(20)]
    wal = folder / "mlx.sqlite-wal"
    kept = wal.read_bytes()
    copy = folder.parent / "copy"
    (copy / "mirrors").mkdir(parents=True)
    (copy / "mlx.sqlite").write_bytes((folder / "mlx.sqlite").read_bytes())
    (copy / "mlx.sqlite-wal").write_bytes(kept[: int(len(kept) * share)])
    store.close()
    if share == 0.0:  # not even the schema is there: as good as new
        assert (copy / "mlx.sqlite").stat().st_size <= 4096
    with Store(copy) as other:
        found = other.runs()
        assert [run.id for run in reversed(found)] == [run.id for run in made][: len(found)]
        assert len(found) < 20
        assert other.check() == []
        for run in made:
            other.rebuild_from(a_spec(run) | {"number": run.number}, run.machine)
        assert sorted(run.number for run in other.runs()) == list(range(1, 21))


def test_starting_over_sets_the_old_file_aside_and_keeps_the_mirrors(folder):
    ids = filled(folder)
    garbage = b"garbage" * 1000
    (folder / "mlx.sqlite").write_bytes(garbage)
    store, aside = Store.start_over(folder)
    with store:
        assert aside is not None
        assert aside.read_bytes() == garbage
        assert store.runs() == []
        run = store.rebuild_from(a_spec(a_run()) | {"id": ids[0]}, "gpu-box")
        mirror = store.mirror(run.id)
        assert mirror.try_lead()
        assert mirror.offset == 0  # the machine's journal comes again, whole
        mirror.append(0, journal(*a_whole_run()))
        assert mirror.path.read_bytes() == journal(*a_whole_run())
        assert store.metrics(run.id)["loss"][-1].value == 0.25
        mirror.release()


def test_mending_takes_away_only_what_is_damaged(folder):
    ids = filled(folder)
    store, aside = Store.mended(folder)
    with store:
        assert aside is None
        assert {run.id for run in store.runs()} == set(ids)
    with (folder / "mlx.sqlite").open("r+b") as out:  # the header stays, pages behind it do not
        out.seek(4096)
        out.write(os.urandom((folder / "mlx.sqlite").stat().st_size - 4096))
    store, aside = Store.mended(folder)
    with store:
        assert aside is not None
        assert store.runs() == []
        assert store.database.problems() == []
    (folder / "mlx.sqlite").chmod(0)
    if os.geteuid():
        with pytest.raises(ConflictError, match="cannot be opened"):
            Store.mended(folder)
    (folder / "mlx.sqlite").unlink()
    store, aside = Store.mended(folder)
    with store:
        assert aside is None
        assert store.runs() == []


def test_starting_over_where_the_file_is_gone(folder):
    filled(folder)
    (folder / "mlx.sqlite").unlink()
    store, aside = Store.start_over(folder)
    with store:
        assert aside is None
        assert store.runs() == []
    Store(folder).close()


def test_the_check_names_strays_and_mirrors_that_are_cut(folder):
    ids = filled(folder)
    (folder / "mirrors" / "01ARZ3NDEKTSV4RRFFQ69G5FAV").mkdir()
    path = folder / "mirrors" / ids[0] / "journal"
    os.truncate(path, 10)
    with Store(folder) as store:
        problems = store.check()
    assert len(problems) == 2
    assert "no known run" in problems[0] + problems[1]
    assert any("10 of" in problem for problem in problems)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConflictError, match="file"):
        Store(tmp_path / "file" / "data")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_named(folder):
    filled(folder)
    folder.chmod(0o500)
    (folder / "mlx.sqlite").chmod(0o400)
    try:
        with pytest.raises(ConflictError, match=r"Permission denied|readonly|cannot be opened"):
            Store(folder).create({}, a_run())
    finally:
        folder.chmod(0o700)
