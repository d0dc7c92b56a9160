"""The software of a run, built there by the real uv: once for all who ask for the same, a twin of the kernel's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.runner.indexes import uv_variables
from jupyter_mlx.runner.journal import Record, read

from .bed import Bed, until, write_notebook
from .packages import an_index, uv

SAY = "import six, sys\nprint(six.__version__, sys.version.split()[0], sys.prefix)"
PYTHON = "{}.{}.{}".format(*sys.version_info[:3])


@pytest.fixture
def builds(ssh_bed: Bed, tmp_path: Path) -> Bed:
    """A machine whose Python is this one's base and stands alone: what else is needed comes with the run."""
    an_index()
    python = tmp_path / "bare" / "python3"
    python.parent.mkdir()
    python.symlink_to(os.path.realpath(sys.executable))
    ssh_bed.json("machines", "edit", ssh_bed.name, "--python", python, "--slots", "4")
    return ssh_bed


def events(bed: Bed, run_id: str) -> list[dict[str, Any]]:
    """The events of a run so far."""
    path = bed.folder(run_id) / "journal"
    return [item.event for item in read(str(path)) if isinstance(item, Record)] if path.exists() else []


def environments(bed: Bed) -> list[str]:
    """The environments that are complete on the machine."""
    return sorted(path.parent.name for path in (bed.root / "envs").glob("*/.complete"))


def test_a_requirements_file_is_built_once_and_named(builds: Bed) -> None:
    bed = builds
    (bed.project / "requirements.txt").write_text("six==1.17.0  # small\n")
    notebook = bed.notebook(SAY)
    first = bed.cli("run", notebook, "--on", bed.name, "--env", "requirements.txt")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "environment ready in" in first.stdout
    version, python, prefix = next(line for line in first.stdout.splitlines() if line.startswith("1.17.0")).split(
        None, 2
    )
    assert version == "1.17.0"
    assert python == PYTHON
    assert prefix.startswith(str(bed.root / "envs"))
    second = bed.cli("run", notebook, "--on", bed.name, "--env", "requirements.txt")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "environment cached" in second.stdout
    runs = [bed.json("show", number) for number in ("1", "2")]
    for run in runs:
        made = run["environment"]
        assert (made["python"], made["packages"]["six"]) == (PYTHON, "1.17.0")
        assert "ipykernel" in made["packages"]
        assert re.fullmatch(r"[0-9a-f]{64}", made["digest"])
    assert runs[0]["environment"]["digest"] == runs[1]["environment"]["digest"]
    assert environments(bed) == [runs[0]["environment"]["digest"]]
    log = (bed.root / "envs" / runs[0]["environment"]["digest"] / "build.log").read_text()
    assert "six==1.17.0" in log

    (bed.project / "requirements.txt").write_text("six==1.17.0\nsurely-no-such-package-of-anybody==9.9\n")
    failed = bed.cli("run", notebook, "--on", bed.name, "--env", "requirements.txt")
    assert failed.returncode == 5
    assert "surely-no-such-package-of-anybody" in failed.stdout
    assert bed.json("show", "last")["exit"]["cause"] == "environment"
    assert environments(bed) == [runs[0]["environment"]["digest"]]

    (bed.project / "requirements.txt").write_text("six==1.16.0\n")
    argv = ("run", notebook, "--on", bed.name, "--env", "requirements.txt", "--detach", "--json")
    starts = [bed.start(*argv, stderr=subprocess.DEVNULL) for _ in range(8)]
    ids = [json.loads(process.communicate(timeout=90)[0])["id"] for process in starts]
    assert len(set(ids)) == 8
    ended = [bed.ended(run_id, 110) for run_id in ids]
    assert [run["state"] for run in ended] == ["succeeded"] * 8
    assert len({run["environment"]["digest"] for run in ended}) == 1
    built = [run_id for run_id in ids for event in events(bed, run_id) if "Installed" in str(event.get("message"))]
    assert len(built) == 1
    assert len(environments(bed)) == 2
    assert sorted(run["number"] for run in ended) == list(range(4, 12))


def test_a_twin_of_the_notebooks_own_kernel(builds: Bed, tmp_path: Path) -> None:
    bed, here = builds, tmp_path / "my kernel"
    env = {
        **os.environ,
        **uv_variables(os.environ),
        "UV_CACHE_DIR": str(bed.root / "cache"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    base = os.path.realpath(sys.executable)
    subprocess.run([uv(), "venv", "--quiet", "--python", base, here], env=env, check=True)
    argv = [uv(), "pip", "install", "--quiet", "--python", here / "bin" / "python", "ipykernel", "six==1.16.0"]
    subprocess.run(argv, env=env, check=True)
    spec = {
        "argv": [str(here / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Mine",
        "language": "python",
    }
    folder = Path(bed.env["JUPYTER_DATA_DIR"]) / "kernels" / "mine"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec))
    notebook = write_notebook(bed.project / "mine.ipynb", SAY)
    content = json.loads(notebook.read_text())
    content["metadata"]["kernelspec"] = {"name": "mine", "display_name": "Mine", "language": "python"}
    notebook.write_text(json.dumps(content))

    done = bed.cli("run", notebook, "--on", bed.name, "--env", "kernel")
    assert done.returncode == 0, done.stdout + done.stderr
    run = bed.json("show", "last")
    told = subprocess.run(
        [uv(), "pip", "list", "--format", "json", "--python", here / "bin" / "python"],
        env=env, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    mine = {item["name"].lower().replace("_", "-"): item["version"] for item in json.loads(told)}
    there = {name.lower().replace("_", "-"): version for name, version in run["environment"]["packages"].items()}
    assert there == mine
    assert run["environment"]["python"] == PYTHON
    line = next(line for line in done.stdout.splitlines() if line.startswith("1.16.0"))
    assert line.split(None, 2)[2].startswith(str(bed.root / "envs"))
    # Nothing was said about it: the kernel's own software is what a run on another machine gets.
    again = bed.json("run", notebook, "--on", bed.name, "--detach")
    assert bed.ended(again["id"])["environment"]["digest"] == run["environment"]["digest"]
    until(lambda: not bed.processes(again["id"]), "its last process to be gone", 20)
