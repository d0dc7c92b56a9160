"""History restored from the run folders of a machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from jupyter_mlx.errors import UnreachableError
from jupyter_mlx.models import Run, new_run_id

from .bed import Bed, away, eventually

LOGS = "import json\nfor i in range(3):\n    print(json.dumps({'loss': 1 / (i + 1), 'step': i}))"


def forget(bed: Bed) -> Bed:
    """The laptop loses its history and its mirrors."""
    bed.workbench.close()
    for path in bed.workbench.data.glob("mlx.sqlite*"):
        path.unlink()
    shutil.rmtree(bed.workbench.data / "mirrors")
    return Bed(bed.home)


def seen(run: Run) -> object:
    return (run.id, run.number, run.project, run.notebook, run.machine, run.title, run.tags, run.state, run.exit)


def test_everything_comes_back(bed: Bed) -> None:
    before = [bed.submit(LOGS, title="first", tags=["a", "b"]), bed.submit("1 / 0", title="second")]
    before = [bed.ended(run.id) for run in before]
    metrics = bed.workbench.store.metrics(before[0].id)
    assert metrics
    again = forget(bed)
    assert again.workbench.store.runs() == []
    rebuilt = again.dispatcher.rebuild("local")
    assert rebuilt.restored == [run.id for run in before]
    assert (rebuilt.known, rebuilt.failed) == ([], [])
    assert [seen(again.run(run.id)) for run in before] == [seen(run) for run in before]
    assert again.workbench.store.metrics(before[0].id) == metrics
    assert all(again.mirror(run) == again.journal(run) for run in before)
    repeated = again.dispatcher.rebuild("local")
    assert (repeated.restored, repeated.known) == ([], [run.id for run in before])
    assert [seen(again.run(run.id)) for run in before] == [seen(run) for run in before]
    again.close()


def test_a_run_that_still_goes_is_restored_open(bed: Bed) -> None:
    run = bed.submit("import time\nprint('up', flush=True)\ntime.sleep(300)")
    again = forget(bed)
    assert again.dispatcher.rebuild("local").restored == [run.id]
    assert not again.run(run.id).state.final
    again.dispatcher.stop(run.id)
    assert again.ended(run.id).state.value == "cancelled"
    again.close()


def test_a_run_in_doubt_is_known_afterwards(bed: Bed) -> None:
    run = bed.submit("1")
    again = forget(bed)
    store = again.workbench.store
    assert again.dispatcher.rebuild("local").restored == [run.id]
    assert store.run(run.id).accepted is not None
    again.close()


BAD_SPECS = [b"", b"{", b"[]", b"null", b'{"format": 1}', b"[" * 5000, b'{"a": ' * 40 + b"1" + b"}" * 40, b"\xff"]


def test_bad_folders_spoil_no_good_one(bed: Bed) -> None:
    good = bed.submit("1")
    bed.ended(good.id)
    bad = [new_run_id() for _ in BAD_SPECS]
    for run_id, content in zip(bad, BAD_SPECS, strict=True):
        folder = bed.home / "state" / "local" / "runs" / run_id
        folder.mkdir()
        (folder / "spec.json").write_bytes(content)
    again = forget(bed)
    rebuilt = again.dispatcher.rebuild("local")
    assert rebuilt.restored == [good.id]
    assert sorted(run_id for run_id, _ in rebuilt.failed) == sorted(bad)
    assert all("spec.json" in why for _, why in rebuilt.failed)
    assert again.dispatcher.rebuild("local").known == [good.id]
    again.close()


def test_a_spec_of_another_run_is_refused(bed: Bed) -> None:
    run = bed.submit("1")
    bed.ended(run.id)
    folder = bed.home / "state" / "local" / "runs"
    bad = new_run_id()
    shutil.copytree(folder / run.id, folder / bad, ignore=shutil.ignore_patterns("journal"))
    again = forget(bed)
    rebuilt = again.dispatcher.rebuild("local")
    assert rebuilt.restored == [run.id]
    assert rebuilt.failed == [(bad, f"spec.json of run {bad} belongs to another run")]
    again.close()


def test_hostile_words_in_a_spec_stay_words(bed: Bed) -> None:
    run = bed.submit("1")
    bed.ended(run.id)
    path: Path = bed.home / "state" / "local" / "runs" / run.id / "spec.json"
    spec = json.loads(path.read_text())
    spec.update(title="\x1b]0;owned\x07" + "x" * 3000, created="yesterday", price=-1, project="/p\udcff")
    path.chmod(0o600)
    del spec["number"]
    path.write_text(json.dumps(spec))
    again = forget(bed)
    assert again.dispatcher.rebuild("local").restored == [run.id]
    restored = again.run(run.id)
    assert "\x1b" not in restored.title
    assert len(restored.title) <= 1000
    assert (restored.number, restored.price) == (1, None)
    again.close()


def test_out_of_reach_is_raised(bed: Bed) -> None:
    bed.workbench.closed = away()
    with pytest.raises(UnreachableError):
        bed.dispatcher.rebuild("local")


def test_who_leads_a_mirror_is_not_disturbed(bed: Bed) -> None:
    run = bed.submit("1")
    eventually((bed.home / "state" / "local" / "runs" / run.id / "exit.json").exists)
    mirror = bed.workbench.store.mirror(run.id)
    assert mirror.try_lead()
    assert bed.dispatcher.rebuild("local").known == [run.id]
    assert mirror.offset == 0
    mirror.release()
