"""Clearing a machine takes what is here as well, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_mlx.models import Run

from .bed import Bed, away

SAVES = "import os; open(os.environ['JUPYTER_MLX_OUTPUTS'] + '/model', 'w').write('x' * 1000)"


def collected(bed: Bed, **more: Any) -> tuple[set[str], dict[str, str]]:
    """The runs that went, and why each other stayed."""
    told = bed.dispatcher.collect("local", **{"dry_run": False, "keep_days": 0.0, **more})
    gone = {item["id"] for item in told["items"] if item["kind"] == "run"}
    return gone, {spared["id"]: spared["why"] for spared in told["kept"]}


def ended(bed: Bed, *cells: str) -> Run:
    return bed.ended(bed.submit(*cells).id)


def test_outputs_go_once_they_were_fetched(bed: Bed, tmp_path: Path) -> None:
    plain, saved = ended(bed, "1"), ended(bed, SAVES)
    assert collected(bed, dry_run=True) == ({plain.id}, {saved.id: "its outputs were never fetched"})
    assert collected(bed, keep_days=1.0)[0] == set()
    assert collected(bed) == ({plain.id}, {saved.id: "its outputs were never fetched"})
    assert bed.on_machine() == [saved.id]

    bed.workbench.cut()
    bed.workbench.closed = away()
    assert not bed.dispatcher.fetch(saved.id, tmp_path / "half").complete
    bed.workbench.closed = None
    assert saved.id in collected(bed)[1], "a fetch that missed something brought nothing to safety"

    assert bed.dispatcher.fetch(saved.id, tmp_path / "whole").complete
    assert collected(bed) == ({saved.id}, {})
    assert bed.on_machine() == []


def test_outputs_nobody_wants(bed: Bed) -> None:
    saved = ended(bed, SAVES)
    assert collected(bed, unfetched=True) == ({saved.id}, {})


def test_what_this_computer_does_not_know(bed: Bed, tmp_path: Path) -> None:
    known = ended(bed, "1")
    other = Bed(tmp_path / "another laptop")
    try:
        local = other.home / "state" / "local"
        local.parent.mkdir(parents=True, exist_ok=True)
        local.symlink_to(bed.home / "state" / "local")
        assert collected(other) == (set(), {known.id: "not known on this computer"})
        assert bed.on_machine() == [known.id]
        other.dispatcher.rebuild("local")
        assert collected(other)[0] == {known.id}
    finally:
        other.close()


def test_a_run_under_way(bed: Bed) -> None:
    run = bed.submit("import time; time.sleep(600)")
    assert collected(bed) == (set(), {run.id: "not wholly mirrored yet"})
