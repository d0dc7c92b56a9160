"""Journals damaged on the machine, a history lost here: what is whole comes back, the rest is named."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import nbformat

from jupyter_mlx.runner.journal import Record, read

from .bed import Bed, until

NOTEBOOK = (
    "import json\nfor step in range(5):\n    print(json.dumps({'step': step, 'loss': 1 / (step + 1)}), flush=True)",
    "import time\nfor n in range(20):\n    print('line', n, flush=True); time.sleep(0.03)",
    "open('outputs/model.bin', 'wb').write(bytes(range(256)) * 10)\nprint('the end')",
)


def done(bed: Bed) -> str:
    """A run that is over on the machine and of which nothing came here yet."""
    run_id = bed.submit(bed.notebook(*NOTEBOOK), "--title", "a run", "--tag", "t", "--experiment", "e", "-p", "x=1")
    until((bed.folder(run_id) / "exit.json").exists, "the verdict on the machine")
    return run_id


def records(bed: Bed, run_id: str) -> list[Record]:
    """The records of the journal on the machine; all are good."""
    items = list(read(str(bed.folder(run_id) / "journal")))
    assert all(isinstance(item, Record) for item in items)
    return [item for item in items if isinstance(item, Record)]


def change(bed: Bed, run_id: str, data: bytes) -> None:
    """Have other bytes in the journal on the machine."""
    (bed.folder(run_id) / "journal").write_bytes(data)


def test_bits_flipped(ssh_bed: Bed) -> None:
    bed, chance = ssh_bed, random.Random(20)
    run_id = done(bed)
    whole = bytearray(bed.journal(run_id))
    said = [item for item in records(bed, run_id) if "line" in str(item.event.get("text"))]
    victims = said[2:-2:4]
    assert len(victims) >= 3
    for victim in victims:
        whole[victim.offset + chance.randrange(victim.length - 1)] ^= 1 << chance.randrange(8)
    lost = {str(victim.event["text"]) for victim in victims}
    change(bed, run_id, bytes(whole))

    followed = bed.cli("attach", run_id)
    assert followed.returncode == 0, followed.stdout + followed.stderr
    for told in (followed, bed.cli("logs", run_id)):
        assert told.returncode == 0
        assert "the end" in told.stdout
        for victim in victims:
            assert f"damaged journal at byte {victim.offset} ({victim.length} bytes)" in told.stderr
        for item in said:
            text = str(item.event["text"])
            assert (text in told.stdout) == (text not in lost), text

    run = bed.show(run_id)
    assert run["state"] == "succeeded"
    assert [point["step"] for point in bed.json("metrics", run_id)["loss"]] == list(range(5))
    assert bed.mirror(run_id) == bed.journal(run_id)
    assert bed.cli("fetch", run_id, "out").returncode == 0
    nbformat.validate(nbformat.read(bed.project / "out" / "nb.ipynb", as_version=4))
    assert (bed.project / "out" / "outputs" / "model.bin").read_bytes() == bytes(range(256)) * 10


def test_the_last_record_cut(ssh_bed: Bed) -> None:
    bed = ssh_bed
    run_id = done(bed)
    whole, last = bed.journal(run_id), records(bed, run_id)[-1]
    assert last.event["type"] == "exit"
    change(bed, run_id, whole[: last.offset + last.length // 2])
    followed = bed.cli("attach", run_id)
    assert followed.returncode == 0, followed.stdout + followed.stderr
    assert f"damaged journal at byte {last.offset} " in followed.stderr
    assert "the end" in followed.stdout
    run = bed.show(run_id)
    assert (run["state"], run["exit"]["cause"]) == ("succeeded", "done")  # exit.json has it
    assert [file["path"] for file in run["outputs"]] == ["model.bin"]
    assert bed.mirror(run_id) == bed.journal(run_id)
    assert bed.cli("logs", run_id).stdout.endswith("the end\n")


def forget(bed: Bed) -> Path:
    """The laptop loses its database, its mirrors and every blob; the machine list stays."""
    data = Path(bed.env["JUPYTER_DATA_DIR"]) / "jupyter_mlx"
    for path in data.glob("mlx.sqlite*"):
        path.unlink()
    for name in ("mirrors", "blobs"):
        shutil.rmtree(data / name)
    return data


def history(bed: Bed) -> list[dict[str, Any]]:
    """Everything the laptop says about every run, save the moments of its own bookkeeping."""
    runs = [json.loads(line) for line in bed.cli("runs", "--json").stdout.splitlines()]
    return [{key: value for key, value in run.items() if key not in ("accepted", "progress")} for run in runs]


def test_the_history_comes_back_from_the_machine(ssh_bed: Bed) -> None:
    bed = ssh_bed
    first = done(bed)
    bed.ended(first)
    second = bed.json("rerun", "1", "--detach")["id"]
    bed.ended(second)
    failed = bed.submit(bed.notebook("1 / 0", name="bad.ipynb"))
    bed.ended(failed)
    asleep = bed.submit(bed.notebook("print('up', flush=True)\nimport time; time.sleep(600)", name="long.ipynb"))
    until(lambda: "up" in bed.cli("logs", asleep).stdout, "its words")
    bed.show(asleep)
    before, metrics = history(bed), bed.json("metrics", first)
    assert metrics["loss"]
    journals = {run_id: bed.journal(run_id) for run_id in (first, second, failed)}

    data = forget(bed)
    assert bed.cli("runs", "--json").stdout == ""
    rebuilt = bed.cli("doctor", bed.name, "--rebuild")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    assert "4 runs restored" in rebuilt.stdout
    after = history(bed)
    assert [run["number"] for run in after] == [4, 3, 2, 1]
    assert after[1:] == before[1:]
    assert (after[0]["id"], after[0]["state"]) == (asleep, "running")
    assert bed.json("metrics", first) == metrics
    assert {run_id: bed.mirror(run_id) for run_id in journals} == journals
    fetched = bed.cli("fetch", first, "out")
    assert fetched.returncode == 0, fetched.stderr
    assert (bed.project / "out" / "outputs" / "model.bin").read_bytes() == bytes(range(256)) * 10
    assert "the end" in (bed.project / "out" / "nb.ipynb").read_text()

    # Twice is as good as once, also over a database that is garbage; what still runs can be stopped.
    for garbage in (b"no database at all " * 1000, None):
        for path in data.glob("mlx.sqlite*"):
            path.unlink()
        if garbage:
            (data / "mlx.sqlite").write_bytes(garbage)
        damaged = bed.cli("runs")
        assert damaged.returncode == 6
        assert "doctor --rebuild" in damaged.stderr
        again = bed.cli("doctor", bed.name, "--rebuild")
        assert again.returncode == 0, again.stdout + again.stderr
        assert ("set aside" in again.stderr) == bool(garbage)
        assert history(bed)[1:] == before[1:]
    assert bed.json("stop", asleep, "--wait")["state"] == "cancelled"
    fresh = bed.submit(bed.notebook("1"))
    assert bed.ended(fresh)["number"] == 5


def test_a_damaged_run_spoils_no_rebuild(ssh_bed: Bed) -> None:
    bed = ssh_bed
    bad, worse = done(bed), done(bed)
    assert all(bed.show(run_id)["number"] for run_id in (bad, worse))
    whole = bed.journal(bad)
    change(bed, bad, whole[:300] + b"\0" * 300 + whole[600:])
    (bed.folder(worse) / "spec.json").write_text('{"id": "' + "[" * 5000)
    forget(bed)
    rebuilt = bed.cli("doctor", bed.name, "--rebuild")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    assert worse in rebuilt.stderr
    assert "spec.json" in rebuilt.stderr
    runs = {run["id"]: run for run in history(bed)}
    assert set(runs) == {bad}
    assert runs[bad]["state"] == "succeeded"
    assert "damaged journal at byte" in bed.cli("logs", bad).stderr
    assert bed.mirror(bad) == bed.journal(bad)
