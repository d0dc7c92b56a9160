"""Notebooks others wrote run as they do with `jupyter execute`: the test notebooks of nbclient, through both.

They come from nbclient's own sdist, fetched when the test runs and kept in pytest's cache.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.executed import compose
from tests.support.hosting import HostedRun

Json = dict[str, Any]

KNOWN = [
    "Autokill",
    "Check History in Memory",
    "Clear Output",
    "Disable Stdin",
    "Empty Cell",
    "Error",
    "Factorials",
    "HelloWorld",
    "Inline Image",
    "JupyterWidgets",
    "Other Comms",
    "Output",
    "SVG",
    "Skip Exceptions",
    "Skip Exceptions with Cell Tags",
    "Skip Execution with Cell Tag",
    "Sleep1s",
    "Unicode",
    "UnicodePy3",
    "update-display-id",
]
PARALLEL = {"Parallel Execute A", "Parallel Execute B"}  # wait for each other
# The debugger's warning at the start sets off the timer that flushes stderr, and the order of streams with it.
QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}

OPTIONS: dict[str, Json] = {
    "Interrupt": {"allow_errors": True, "interrupt_on_timeout": True, "timeout": 2},
    "Skip Exceptions": {"allow_errors": True},
}

# A name in, a JSON line out: what nbclient makes of that notebook, {name, notebook, error}.
REFERENCE = """
import faulthandler, json, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
for line in sys.stdin:
    name = line.rstrip("\\n")
    faulthandler.dump_traceback_later(40, exit=True)  # now and then it waits for a message that was lost
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    error = None
    more = options.get(name, {})
    try:
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}, **more).execute()
    except CellExecutionError as failure:
        error = [failure.ename, failure.evalue]
    except DeadKernelError:
        error = "dead"
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps({"name": name, "notebook": notebook, "error": error}), flush=True)
"""


@pytest.fixture(scope="session")
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of nbclient's test notebooks."""
    cache = request.config.cache
    folder = Path(cache.mkdir("nbclient-sdist") if cache else tmp_path_factory.mktemp("nbclient"))
    with (folder / "lock").open("w") as lock:  # several workers want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        sdist = fetch(folder)
    made = tmp_path_factory.mktemp("files")
    with tarfile.open(sdist) as archive:
        for member in archive:
            _, _, name = member.name.partition("/tests/files/")
            if member.isfile() and name and "/" not in name:
                source = archive.extractfile(member)
                assert source is not None
                (made / name).write_bytes(source.read())
    return made


def fetch(folder: Path) -> Path:
    """The sdist of the nbclient that is installed, from the folder or an index."""
    version = importlib.metadata.version("nbclient")
    sdist = folder / f"nbclient-{version}.tar.gz"
    if not sdist.exists():
        what = ["download", "--no-deps", "--no-binary", "nbclient", f"nbclient=={version}", "-d", str(folder)]
        try:
            got = subprocess.run([*pip(), *what], capture_output=True, text=True, timeout=100, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("no package index answered within 100 s")
        if not sdist.exists():
            pytest.skip(f"no package index has nbclient's sdist: {got.stderr.strip()[-300:]}")
    return sdist


def pip() -> list[str]:
    """A pip; an environment made by uv has none of its own."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        pytest.skip("there is neither pip nor uv to fetch nbclient's sdist with")
    return [uv, "tool", "run", "pip"]


def cleaned(path: Path) -> Json:
    """A notebook as it is sent: without outputs."""
    notebook: Json = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


class Reference:
    """nbclient at work in a process of its own, one notebook after the other."""

    def __init__(self, folder: Path, errors: Path) -> None:
        self._folder, self._errors = folder, errors
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._errors.open("wb") as stderr:
            return subprocess.Popen(
                [sys.executable, "-c", REFERENCE, str(self._folder), json.dumps(OPTIONS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"} | QUIET,
            )

    def begin(self, name: str) -> None:
        """Start on a notebook."""
        assert self._process.stdin is not None
        self._process.stdin.write(name.encode() + b"\n")
        self._process.stdin.flush()

    def result(self, name: str) -> Json:
        """What nbclient made of the notebook that was begun: {notebook, error}."""
        for _ in range(2):
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
            if line:
                found: Json = json.loads(line)
                assert found["name"] == name
                return found
            self.close()
            self._process = self._start()
            self.begin(name)
        pytest.skip(f"nbclient hung twice: {self._errors.read_text()[-1000:]}")

    def close(self) -> None:
        """Leave no process behind."""
        self._process.terminate()
        self._process.communicate()


@pytest.fixture(scope="session")
def reference(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    folder = tmp_path_factory.mktemp("reference")
    shutil.copytree(files, folder / "work")
    made = Reference(folder / "work", folder / "stderr")
    yield made
    made.close()


def start(hosted: Any, files: Path, name: str, **env: str) -> HostedRun:
    """A notebook on its way through the kernel host."""
    allow_errors = bool(OPTIONS.get(name, {}).get("allow_errors"))
    run: HostedRun = hosted(notebook=cleaned(files / f"{name}.ipynb"), limits={"allow_errors": allow_errors})
    shutil.copytree(files, run.paths.work, dirs_exist_ok=True)
    run.start(**QUIET, **env)
    return run


def compare(run: HostedRun, expected: Json) -> None:
    """Same outputs, same counts, same failure, same state of widgets."""
    verdict = run.finish(100)
    made = compose(run.notebook, run.events(), run.media)
    error: Any = None
    if verdict["cause"] == "cell_error":
        error = [verdict["ename"], verdict["evalue"]]
    elif verdict["cause"] == "kernel_died":
        error = "dead"
    assert error == expected["error"], verdict
    wanted = expected["notebook"]
    lived = error != "dead"  # else the last messages may or may not have left the kernel
    assert [shown(cell, lived) for cell in made["cells"]] == [shown(cell, lived) for cell in wanted["cells"]]
    assert made["metadata"].get("language_info") == wanted["metadata"].get("language_info")
    if error is None:
        assert widgets(made) == widgets(wanted)


def shown(cell: Json, lived: bool) -> Any:
    """What a cell shows, without what differs from run to run."""
    if cell["cell_type"] != "code":
        return "".join(cell["source"])
    outputs: list[Json] = []
    for output in cell["outputs"]:
        last = outputs[-1] if outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            outputs.append(dict(output))
    execution = sorted(cell["metadata"].get("execution") or ())
    return normalised(outputs), *((cell["execution_count"], execution) if lived else ())


def normalised(value: Any) -> Any:
    """A value without addresses, model ids, times and the kernel's process id."""
    text = json.dumps(value, sort_keys=True)
    text = re.sub(r"0x[0-9a-f]{7,16}", "<ADDRESS>", text)
    text = re.sub(r"\b[0-9a-f]{32}\b", "<MODEL>", text)
    text = re.sub(r"ipykernel_\d+", "ipykernel_N", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<TIME>", text)
    return json.loads(text)


def widgets(notebook: Json) -> Any:
    """The widgets' state with model ids numbered in order of their making."""
    text = json.dumps(notebook["metadata"].get("widgets"))
    for number, model in enumerate(dict.fromkeys(re.findall(r"\b[0-9a-f]{32}\b", text))):
        text = text.replace(model, f"<MODEL {number}>")
    return json.loads(re.sub(r'"msg_id": "[^"]+"', '"msg_id": "<MESSAGE>"', text))


@pytest.mark.parametrize("name", KNOWN)
def test_same_as_nbclient(name, hosted, files, reference) -> None:
    if not (files / f"{name}.ipynb").exists():
        pytest.skip("this version of nbclient does not have it")
    reference.begin(name)
    compare(start(hosted, files, name), reference.result(name))


def test_an_interrupted_cell_is_the_same(hosted, files, reference) -> None:
    reference.begin("Interrupt")
    run = start(hosted, files, "Interrupt")
    run.until(lambda: run.events("cell"))
    run.send("interrupt")
    compare(run, reference.result("Interrupt"))


def test_notebooks_that_came_later_are_the_same_too(hosted, files, reference) -> None:
    for path in sorted(files.glob("*.ipynb")):
        if path.stem not in PARALLEL.union(KNOWN, ["Interrupt"]):
            reference.begin(path.stem)
            compare(start(hosted, files, path.stem), reference.result(path.stem))


def test_two_notebooks_at_once_see_each_other(hosted, files, tmp_path) -> None:
    runs = [start(hosted, files, name, NBEXECUTE_TEST_PARALLEL_TMPDIR=str(tmp_path)) for name in sorted(PARALLEL)]
    assert [run.finish()["state"] for run in runs] == ["succeeded", "succeeded"]
