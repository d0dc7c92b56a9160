"""Reading a growing mirror, and what the machine says when it knows less than we do."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlx import lifecycle
from jupyter_mlx.dispatch.mirroring import Item, Mirroring, Tail
from jupyter_mlx.models import RunState
from jupyter_mlx.runner.journal import Damage, Record, dumps, encode

from .bed import Bed, eventually

RECORDS = [encode(n, dumps({"type": "stream", "text": "x" * (n * 37 % 200)})) for n in range(1, 30)]


def told(items: list[Item]) -> list[int]:
    return [item.seq for item in items if isinstance(item, Record)]


def test_a_mirror_that_does_not_exist_yet_says_nothing(tmp_path: Path) -> None:
    items: list[Item] = []
    tail = Tail(str(tmp_path / "journal"), 0, items.extend)
    assert tail.pump() == 0
    tail.finish()
    assert items == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(1, 400), max_size=40))
def test_pieces_of_any_size_make_the_same_records(tmp_path: Path, sizes: list[int]) -> None:
    path, whole = tmp_path / "journal", b"".join(RECORDS)
    path.write_bytes(b"")
    items: list[Item] = []
    tail = Tail(str(path), 0, items.extend)
    at = 0
    for size in [*sizes, len(whole)]:
        with path.open("ab") as out:
            out.write(whole[at : at + size])
        at += size
        tail.pump()
    assert told(items) == list(range(1, 30))


def test_a_record_that_never_ends_is_told_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(RECORDS[0] + RECORDS[1][:-10])
    items: list[Item] = []
    tail = Tail(str(path), 0, items.extend)
    tail.pump()
    assert told(items) == [1]
    tail.finish()
    assert isinstance(items[-1], Damage)


def test_from_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"".join(RECORDS))
    items: list[Item] = []
    Tail(str(path), len(RECORDS[0]), items.extend).pump()
    assert told(items) == list(range(2, 30))


def finished(bed: Bed, *cells: str) -> tuple[str, Path]:
    """A run that is over on the machine and not mirrored yet; its folder there."""
    run = bed.submit(*cells)
    folder = bed.home / "state" / "local" / "runs" / run.id
    eventually((folder / "exit.json").exists)
    return run.id, folder


def test_catching_up_goes_on_where_it_was_left(bed: Bed) -> None:
    run_id, folder = finished(bed, "print(1)")
    journal = (folder / "journal").read_bytes()
    mirror = bed.workbench.store.mirror(run_id)
    assert mirror.try_lead()
    mirror.append(0, journal[: len(journal) // 2])
    Mirroring(bed.dispatcher.contacts).catch_up(bed.run(run_id), mirror, threading.Event())
    mirror.release()
    assert mirror.path.read_bytes() == journal
    assert lifecycle.over(bed.run(run_id))


def test_a_machine_that_lost_the_end_of_a_journal_takes_nothing_from_us(bed: Bed) -> None:
    """After a power cut there; its verdict counts and our longer copy stays."""
    run_id, folder = finished(bed, "print(1)")
    journal = (folder / "journal").read_bytes()
    end = journal.rindex(b"\n", 0, len(journal) - 1) + 1
    mirror = bed.workbench.store.mirror(run_id)
    assert mirror.try_lead()
    mirror.append(0, journal[:end])
    os.truncate(folder / "journal", end // 2)
    assert Mirroring(bed.dispatcher.contacts).follow(bed.run(run_id), mirror, threading.Event(), lambda: None)
    mirror.release()
    assert mirror.path.read_bytes() == journal[:end]
    assert lifecycle.over(bed.run(run_id))
    assert bed.run(run_id).state is RunState.SUCCEEDED
