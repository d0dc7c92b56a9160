"""The command line's contract, as a user and as programs rely on it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

from .bed import Bed, code

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\Z")
ENV = ("--env", f"existing:{sys.executable}")
TRAIN = (
    code("lr = 0.1\nepochs = 2\nname = 'a'", "parameters", cell_id="params"),
    code(
        "import json, os\nfor step in range(epochs):\n    print(json.dumps({'step': step, 'loss': lr / (step + 1)}))",
        cell_id="train",
    ),
    code("import jupyter_mlx\njupyter_mlx.log(accuracy=0.5, step=7)\nname", cell_id="log"),
    code(
        "open('outputs/model.bin', 'wb').write(bytes(range(256)) * 100)\nprint(open('data.txt').read())", cell_id="out"
    ),
)


def test_a_run_from_the_terminal_to_the_files(bed: Bed) -> None:
    (bed.project / "data.txt").write_text("from the project")
    notebook = bed.notebook(*TRAIN, name="train.ipynb")
    before = notebook.read_bytes()
    done = bed.cli("run", notebook, "--on", bed.name, *ENV, "-p", "lr=0.5", "-p", "epochs=3", "-p", "name=it's; $(x)")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "from the project" in done.stdout
    assert "succeeded" in done.stdout
    assert notebook.read_bytes() == before

    run = bed.json("show", "1")
    assert run["state"] == "succeeded"
    assert run["number"] == 1
    assert run["project"] == str(bed.project)
    assert (run["notebook"], run["machine"]) == ("train.ipynb", bed.name)
    assert run["params"] == {"lr": 0.5, "epochs": 3, "name": "it's; $(x)"}
    assert run["metrics"] == {"loss": pytest.approx(0.5 / 3), "accuracy": 0.5}
    assert all(ISO.match(run[key]) for key in ("created", "started", "ended"))
    assert run["created"] <= run["started"] <= run["ended"]
    assert [cell["state"] for cell in run["cells"]] == ["succeeded"] * 5
    assert [cell["id"] for cell in run["cells"] if cell["id"] in ("params", "train", "log", "out")] == [
        "params",
        "train",
        "log",
        "out",
    ]
    assert all(ISO.match(cell["started"]) and cell["duration_s"] >= 0 for cell in run["cells"])
    assert run["environment"]["python"] == "{}.{}.{}".format(*sys.version_info[:3])
    assert "ipykernel" in run["environment"]["packages"]
    assert re.fullmatch(r"[0-9a-f]{64}", run["environment"]["digest"])
    assert run["bundle"]["files"] == 2
    assert run["cost"] is None
    data = bytes(range(256)) * 100
    expected = {"path": "model.bin", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert [{key: file[key] for key in expected} for file in run["outputs"]] == [expected]

    points = bed.json("metrics", "1")
    assert [(p["step"], p["value"]) for p in points["loss"]] == [(n, pytest.approx(0.5 / (n + 1))) for n in range(3)]
    assert [p["step"] for p in points["accuracy"]] == [7]
    assert all(set(p) == {"step", "value", "time", "seq"} for p in points["loss"])
    lines = bed.cli("metrics", "1", "--csv").stdout.splitlines()
    assert lines[0] == "key,step,value,time,seq"
    assert len(lines) == 1 + 3 + 1

    assert "from the project" in bed.cli("logs", "1").stdout

    fetched = bed.cli("fetch", "1", "out")
    assert fetched.returncode == 0, fetched.stderr
    out = bed.project / "out"
    assert (out / "outputs" / "model.bin").read_bytes() == data
    executed = nbformat.read(out / "train.ipynb", as_version=4)
    nbformat.validate(executed)
    by_id = {cell["id"]: cell for cell in executed.cells}
    assert by_id["out"].outputs[0].text == "from the project\n"
    assert by_id["log"].outputs[0].data["text/plain"] == repr("it's; $(x)")
    assert by_id["train"].execution_count == 3


def test_attach_replays_from_the_first_event_and_again(bed: Bed) -> None:
    notebook = bed.notebook("print('one')", "import time; time.sleep(1); print('two')", "print('three')")
    run_id = bed.submit(notebook)
    for _ in range(2):
        done = bed.cli("attach", run_id, "--json")
        assert done.returncode == 0, done.stderr
        first, *events, last = [json.loads(line) for line in done.stdout.splitlines()]
        assert first["id"] == last["id"] == run_id
        assert last["state"] == "succeeded"
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        text = "".join(event["text"] for event in events if event["type"] == "stream")
        assert text == "one\ntwo\nthree\n"
    assert bed.mirror(run_id) == bed.journal(run_id)


def test_a_failing_cell_ends_with_five_and_says_why(bed: Bed) -> None:
    notebook = bed.notebook("x = 1", "raise ValueError('no such column')", "print('never')")
    done = bed.cli("run", notebook, "--on", bed.name, *ENV)
    assert done.returncode == 5
    assert "ValueError" in done.stdout
    assert "no such column" in done.stdout
    run = bed.json("show", "last")
    assert run["state"] == "failed"
    assert "no such column" in run["reason"]
    assert [cell["state"] for cell in run["cells"]] == ["succeeded", "failed", "skipped"]
    allowed = bed.cli("run", notebook, "--on", bed.name, *ENV, "--allow-errors")
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert "never" in allowed.stdout


def test_from_a_cell_on_the_rest_is_skipped(bed: Bed) -> None:
    cells = (code("n = 1", "parameters"), code("raise SystemError('never')"), code("print('n is', n)"))
    notebook = bed.notebook(*cells)
    refused = bed.cli("run", notebook, "--on", bed.name, *ENV, "--from-cell", 3)
    assert (refused.returncode, "no code cell from cell 3 on" in refused.stderr) == (2, True)
    done = bed.cli("run", notebook, "--on", bed.name, *ENV, "--from-cell", 2, "-p", "n=7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "n is 7" in done.stdout
    assert "3 of 4 cells" in done.stdout
    run = bed.json("show", "last")
    assert [cell["state"] for cell in run["cells"]] == ["succeeded", "succeeded", "skipped", "succeeded"]
    again = bed.json("rerun", "last", "--detach")
    assert [cell["state"] for cell in bed.ended(again["id"])["cells"]] == [cell["state"] for cell in run["cells"]]


def test_reruns_stops_and_lists(bed: Bed) -> None:
    first = bed.submit(
        bed.notebook("print(6 * 7)"), "--title", "the answer", "--tag", "a", "--tag", "b", "--experiment", "e"
    )
    bed.ended(first)
    again = bed.json("rerun", "1", "--detach")
    assert again["number"] == 2
    assert bed.ended(again["id"])["rerun_of"] == first
    sleeper = bed.submit(bed.notebook("import time; time.sleep(600)"))
    stopped = bed.json("stop", sleeper, "--wait")
    assert stopped["state"] == "cancelled"
    assert bed.processes(sleeper) == []
    listed = [json.loads(line) for line in bed.cli("runs", "--json").stdout.splitlines()]
    assert [run["number"] for run in listed] == [3, 2, 1]
    assert (listed[2]["title"], listed[2]["tags"], listed[2]["experiment"]) == ("the answer", ["a", "b"], "e")
    assert bed.cli("stop", sleeper).returncode == 6
    assert bed.cli("gc", bed.name, "--dry-run").returncode == 0


def test_a_fetch_that_misses_something_says_so(bed: Bed) -> None:
    run_id = bed.submit(bed.notebook("open('outputs/model', 'w').write('x' * 1000)"))
    bed.ended(run_id)
    spared = bed.cli("gc", bed.name, "--keep-days", "0")
    assert spared.returncode == 0
    assert "kept #1: its outputs were never fetched (1 file, 1.0 kB)" in spared.stderr
    assert run_id in bed.cli("gc", bed.name, "--keep-days", "0", "--unfetched").stdout
    fetched = bed.cli("fetch", "1", "out")
    assert fetched.returncode == 3
    assert "not fetched: outputs/model" in fetched.stderr
    assert (bed.project / "out" / "nb.ipynb").is_file()
    assert not list((bed.project / "out").glob(".fetching*"))
    assert bed.json("fetch", "1", "out", code=3)["skipped"]


def test_bad_input_ends_with_two_and_no_traceback(bed: Bed, tmp_path: Path) -> None:
    (bed.project / "bad.ipynb").write_text("<<<<<<< HEAD\n{}")
    good = bed.notebook("1")
    cases = [
        ("run", "nowhere.ipynb"),
        ("run", "bad.ipynb"),
        ("run", good, "--on", "no-such-machine"),
        ("run", good, "--on", ""),
        ("run", good, "-p", "1x=2"),
        ("run", good, "-p", "novalue"),
        ("run", good, "--time-limit", "soon"),
        ("run", good, "--env", "no-such-requirements.txt"),
        ("run",),
        ("show", "99"),
        ("show", "$(touch canary)"),
        ("machines", "add", "x", "--host", "-oProxyCommand=touch canary"),
        ("machines", "add", "x", "--host", "h", "--port", "0"),
        ("machines", "add", "../x", "--host", "h"),
        ("runs", "--state", "asleep"),
        ("nonsense",),
    ]
    for case in cases:
        done = bed.cli(*case)
        assert done.returncode == 2, (case, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr
        assert done.stderr.strip(), case
    assert not list(bed.project.glob("canary*"))
    assert bed.cli("runs", "--json").stdout == ""


def test_doctor_tells_what_a_machine_has(bed: Bed) -> None:
    done = bed.cli("doctor", bed.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "python" in done.stdout
    told = bed.json("doctor", bed.name)
    assert told["facts"]["checks"]
    assert told["round_trip_s"] < 30
