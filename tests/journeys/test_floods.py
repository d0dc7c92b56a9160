"""More output than memory: every end stays small, the disk has all of it, views are cut and say so."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nbformat

from .bed import Bed
from .memory import MIB, peaks

LINES = 1_000_000  # of 100 bytes: 100 MB, at 50 to 70 MB/s where two cores are free
LONG = 50_000_000  # characters without a newline
FLOOD = f"""
import sys
piece = 'x' * 99 + '\\n'
for _ in range({LINES // 10_000}):
    sys.stdout.write(piece * 10_000)
"""
LINE = f"import sys\n_ = sys.stdout.write('y' * {LONG})"

# Whoever held the output would take 150 MB, in most places twice. What they do hold (pieces of some MB, modules,
# an interpreter) takes half of these bounds today. The kernel is the user's: the long line is in its memory anyway.
BOUNDS = {"supervisor": 40 * MIB, "host": 100 * MIB, "agent": 60 * MIB, "client": 120 * MIB}
# The notebook in memory, as values and as text: 10 MB a cell, not 150.
FETCH_BOUND = 300 * MIB


def test_a_flood_and_an_endless_line(bed: Bed, tmp_path: Path) -> None:
    run_id = bed.submit(bed.notebook("print('before')", FLOOD, LINE, "print('after')"))
    seen = tmp_path / "seen"
    with seen.open("w") as out, peaks(bed, lambda: run_id) as memory:
        assert bed.start("attach", run_id, stdout=out).wait(110) == 0
    run = bed.ended(run_id)
    assert run["state"] == "succeeded", run["reason"]
    assert set(memory.bytes) >= set(BOUNDS) - ({"agent"} if bed.server is None else set())
    over = {role: memory.bytes[role] // MIB for role, bound in BOUNDS.items() if memory.bytes.get(role, 0) > bound}
    assert not over, f"MiB taken: {over}"
    assert bed.mirror(run_id) == bed.journal(run_id)
    assert texts(bed, run_id) == {0: len("before\n"), 1: LINES * 100, 2: LONG, 3: len("after\n")}
    view_is_cut(seen)
    notebook_is_cut(bed, run_id)


def texts(bed: Bed, run_id: str) -> dict[int, int]:
    """Characters by cell, as the journal on the machine has them."""
    found: dict[int, int] = {}
    with (bed.folder(run_id) / "journal").open("rb") as source:
        for line in source:
            if b'"type":"stream"' in line[:100]:
                event = json.loads(line[31:])
                found[event["cell"]] = found.get(event["cell"], 0) + len(event["text"])
    return found


def view_is_cut(seen: Path) -> None:
    """The terminal showed the start of each cell, said how much it did not, and went on with the next."""
    assert seen.stat().st_size < 4 * MIB
    lines = seen.read_text().splitlines()
    marks = [int(line.split()[1].replace(",", "")) for line in lines if "more characters: jupyter mlx logs" in line]
    assert len(marks) == 2
    shown = [sum(len(line) for line in lines if set(line) == {letter}) for letter in "xy"]
    shown[0] += sum(set(line) == {"x"} for line in lines) - 1  # newlines; the last line is cut before its own
    assert abs(marks[0] + shown[0] - LINES * 100) <= 1
    assert marks[1] + shown[1] == LONG
    assert "before" in lines
    assert "after" in lines


def notebook_is_cut(bed: Bed, run_id: str) -> None:
    """The executed notebook has the start and the end of what was printed, a mark between them, and is valid."""
    with peaks(bed, lambda: run_id) as memory:
        assert bed.start("fetch", run_id, "out", stdout=subprocess.DEVNULL).wait(100) == 0
    assert memory.bytes["client"] < FETCH_BOUND
    path = bed.project / "out" / "nb.ipynb"
    assert path.stat().st_size < 40 * MIB
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell.outputs[0].text for cell in (notebook.cells[0], notebook.cells[3])] == ["before\n", "after\n"]
    for cell, letter in zip(notebook.cells[1:3], "xy", strict=True):
        head, mark, tail = cell.outputs
        assert "left out" in mark.text
        assert mark.name == "stderr"
        assert set(head.text) | set(tail.text) <= {letter, "\n"}
