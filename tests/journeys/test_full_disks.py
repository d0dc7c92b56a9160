"""A disk is full, here or there: the cause is named with path and bytes, what was saved stays whole, and it goes on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.runner.journal import Record, read

from .bed import Bed, until
from .conftest import BedFactory
from .disks import disk, fill, kept_full
from .packages import an_index

BYTES = re.compile(r"\d+ (bytes|MiB)\b.* free")
TALK = "import time\nfor n in range(10 ** 9):\n    print('line', n, 'x' * 1000, flush=True)\n    time.sleep(0.001)"


@pytest.fixture
def small(make_bed: BedFactory, tmp_path: Path) -> Iterator[Bed]:
    """A machine whose root has 12 MB."""
    with disk(tmp_path / "small disk", "12m") as place:
        yield make_bed("ssh", root=place / "root")


def whole(bed: Bed, run_id: str) -> list[dict[str, Any]]:
    """The events of a run's journal on the machine; none of them is damaged."""
    items = list(read(str(bed.folder(run_id) / "journal")))
    assert all(isinstance(item, Record) for item in items)
    events = [item.event for item in items if isinstance(item, Record)]
    assert [item.seq for item in items if isinstance(item, Record)] == list(range(1, len(items) + 1))
    return events


def names_space(text: str, place: Path) -> None:
    """The cause, where, and how much is free."""
    assert "no space" in text
    assert str(place) in text
    assert BYTES.search(text), text


def test_while_files_are_sent(small: Bed) -> None:
    bed = small
    before = bed.submit(bed.notebook("print('kept')"))
    assert bed.ended(before)["state"] == "succeeded"
    (bed.project / "big.bin").write_bytes(os.urandom(30_000_000))
    failed = bed.cli("run", bed.notebook("1", name="big.ipynb"), "--on", bed.name, "--env", "existing:/x", "--detach")
    assert failed.returncode == 3, failed.stdout + failed.stderr
    names_space(failed.stderr, bed.root)
    assert "30000000 bytes did not fit" in failed.stderr
    assert "→" in failed.stderr
    run = bed.json("show", "last")
    assert run["state"] == "failed"
    assert "no space" in run["reason"]
    assert bed.show(before)["state"] == "succeeded"
    assert bed.mirror(before) == bed.journal(before)
    whole(bed, before)
    # What could not be used does not stand in the way of what fits.
    (bed.project / "big.bin").unlink()
    assert bed.ended(bed.submit(bed.notebook("print('after')")))["state"] == "succeeded"


def test_while_the_environment_is_built(small: Bed) -> None:
    bed = small
    an_index()
    bed.json("machines", "edit", bed.name, "--python", sys.executable)  # uv stands beside it
    (bed.project / "requirements.txt").write_text("ipykernel\n")
    done = bed.cli("run", bed.notebook("1"), "--on", bed.name, "--env", "requirements.txt")
    assert done.returncode == 5, done.stdout + done.stderr
    run = bed.json("show", "last")
    assert run["state"] == "failed"
    assert run["exit"]["cause"] == "no_space"
    names_space(run["reason"], bed.root)
    assert (bed.folder(run["id"]) / "exit.json").exists()
    whole(bed, run["id"])
    assert bed.mirror(run["id"]) == bed.journal(run["id"])
    assert [cell["state"] for cell in run["cells"]] != ["running"]
    # What was built in part does not stand in the way of what is there.
    assert bed.ended(bed.submit(bed.notebook("print('after')")))["state"] == "succeeded"


def full_while_running(bed: Bed, run_id: str) -> Any:
    """Fill the machine's disk once the run speaks, and keep it full; the run as it ended."""
    until(lambda: b"line 20" in journal(bed, run_id), "its words")
    with kept_full(bed.root.parent):
        return bed.ended(run_id)


def journal(bed: Bed, run_id: str) -> bytes:
    path = bed.folder(run_id) / "journal"
    return path.read_bytes() if path.exists() else b""


def test_while_the_journal_grows(small: Bed) -> None:
    bed = small
    run_id = bed.submit(bed.notebook("print('first cell')", TALK))
    run = full_while_running(bed, run_id)
    assert run["state"] == "failed"
    assert run["exit"]["cause"] == "no_space"
    assert run["exit"]["cell"] == 1
    names_space(run["reason"], bed.root)
    assert json.loads((bed.folder(run_id) / "exit.json").read_text())["cause"] == "no_space"
    events = whole(bed, run_id)
    said = "".join(event["text"] for event in events if event["type"] == "stream" and event["cell"] == 1)
    assert said.startswith("line 0 x")
    assert bed.mirror(run_id) == bed.journal(run_id)
    assert "first cell" in bed.cli("logs", run_id).stdout
    assert bed.cli("attach", run_id).returncode == 5
    until(lambda: not bed.processes(run_id), "the last process to be gone", 20)


def test_while_a_run_ends(small: Bed, tmp_path: Path) -> None:
    bed, go = small, tmp_path / "go"
    cell = f"import os, time\nprint('line 20', flush=True)\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)"
    # More than the last block of the journal may still hold.
    run_id = bed.submit(bed.notebook(cell, "print('never on disk' * 1000)"))
    until(lambda: b"line 20" in journal(bed, run_id), "its words")
    with kept_full(bed.root.parent):
        go.touch()
        run = bed.ended(run_id)
    assert run["state"] == "failed"
    assert run["exit"]["cause"] == "no_space"
    names_space(run["reason"], bed.root)
    assert run["ended"]
    whole(bed, run_id)
    assert bed.mirror(run_id) == bed.journal(run_id)
    # There is room again: the next one runs.
    assert bed.ended(bed.submit(bed.notebook("print('after')")))["state"] == "succeeded"


def test_here_while_the_mirror_grows(
    make_bed: BedFactory, tmp_path: Path, laptop: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with disk(tmp_path / "laptop disk", "6m") as place:
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(place / "data"))
        bed = make_bed("ssh")
        before = bed.submit(bed.notebook("print('kept')"))
        bed.ended(before)
        go = tmp_path / "go"
        cell = f"import os, time\nprint('begun', flush=True)\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)"
        run_id = bed.submit(bed.notebook(cell, "for n in range(1000):\n    print('line', n, 'x' * 1000)"))
        process, lines = attached(bed, run_id)
        until(lambda: "begun\n" in lines, "its first words")
        fill(place)
        go.touch()
        told = until(lambda: [line for line in lines if "no space" in line], "the notice")
        names_space(told[0], place)
        until((bed.folder(run_id) / "exit.json").exists, "the run to end all the same")
        assert process.poll() is None
        assert not [line for line in lines if "unreachable" in line]
        refused = bed.cli("show", run_id)
        assert refused.returncode in (0, 3), refused.stderr
        assert "Traceback" not in refused.stderr
        (place / "filler").unlink()
        assert process.wait(60) == 0, lines
        until(lambda: any("succeeded in" in line for line in lines), "its last words")
        assert [line.split()[1] for line in lines if line.startswith("line ")] == [str(n) for n in range(1000)]
        assert bed.mirror(run_id) == bed.journal(run_id)
        assert bed.mirror(before) == bed.journal(before)
        shown = bed.show(run_id)
        assert (shown["state"], shown["unreachable_since"]) == ("succeeded", None)


def attached(bed: Bed, run_id: str) -> tuple[subprocess.Popen[str], list[str]]:
    """The command line attached, and its lines as they come."""
    process = bed.start("attach", run_id)
    lines: list[str] = []
    assert process.stdout is not None
    threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True).start()
    return process, lines
