"""The whole journey through the one door the faces use."""

from __future__ import annotations

import os
import time

from jupyter_mlx.models import RunState

from .bed import Bed, Heard, away


def test_numbers_count_within_the_project(bed: Bed) -> None:
    bed.workbench.closed = away()
    assert [bed.submit("1").number for _ in range(3)] == [1, 2, 3]


def test_the_record_says_what_was_asked(bed: Bed) -> None:
    bed.workbench.machines.edit("local", price=3.0)
    cells = ["a = 1", "print(a)"]
    run = bed.follow(bed.submit(*cells, title="t", tags=["x"], experiment="e").id)
    assert (run.title, run.tags, run.experiment, run.machine) == ("t", ["x"], "e", "local")
    assert run.project == str(bed.project.resolve())
    assert run.notebook == "note.ipynb"
    assert [cell.state for cell in run.cells] == ["succeeded", "succeeded"]
    assert run.bundle is not None
    assert run.bundle.files >= 1
    assert run.cost is not None
    assert run.exit is not None
    assert run.exit["cause"] == "done"


def test_a_failing_cell_is_the_verdict(bed: Bed) -> None:
    heard = Heard()
    run = bed.follow(bed.submit("print('before')", "1 / 0", "print('never')").id, heard)
    assert run.state is RunState.FAILED
    assert run.exit is not None
    assert (run.exit["cause"], run.exit["cell"], run.exit["ename"]) == ("cell_error", 1, "ZeroDivisionError")
    assert [cell.state for cell in run.cells] == ["succeeded", "failed", "skipped"]
    assert heard.text == "before\n"


def test_hostile_notebook_names_run(bed: Bed) -> None:
    name = "a b'\";$(touch x)\n\U0001f600.ipynb"
    run = bed.follow(bed.submit("print('fine')", name=name).id)
    assert (run.state, run.notebook) == (RunState.SUCCEEDED, name)
    assert not (bed.project / "x").exists()


def test_clearing_spares_what_is_not_mirrored(bed: Bed) -> None:
    done = bed.ended(bed.submit("1").id)
    open_one, ours = bed.submit("import time; time.sleep(300)"), bed.submit("2")
    runs = bed.home / "state" / "local" / "runs"
    mirror = bed.workbench.store.mirror(ours.id)
    assert mirror.try_lead()  # its journal cannot be caught up: another process is at it
    bed.dispatcher.stop(open_one.id)
    while not all((runs / run.id / "exit.json").exists() for run in (ours, open_one)):
        time.sleep(0.1)
    for run in (done, ours):
        os.utime(runs / run.id / "exit.json", (1, 1))
    shown = bed.dispatcher.collect("local", dry_run=True, keep_days=1)
    assert [item["id"] for item in shown["items"] if item["kind"] == "run"] == [done.id]
    assert (runs / done.id).exists()
    bed.dispatcher.collect("local", dry_run=False, keep_days=1)
    assert not (runs / done.id).exists()
    assert (runs / ours.id).exists()
    mirror.release()
    assert bed.follow(done.id).state is RunState.SUCCEEDED  # the history stays


def test_nothing_is_left_behind_where_all_is_delivered(bed: Bed) -> None:
    bed.submit("1")
    assert bed.dispatcher.undelivered() == {}
    assert bed.dispatcher.leave() is None
