"""What a run left comes back: the executed notebook and every file, byte for byte."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mlx.dispatch.fetching import Fetched
from jupyter_mlx.errors import ConflictError
from jupyter_mlx.models import Run, RunState

from .bed import Bed, away

WRITES = """
import os
out = os.environ["JUPYTER_MLX_OUTPUTS"]
os.makedirs(out + "/deep/er")
names = ["plain.txt", "deep/er/b.bin", "-rf", "a b'\\";$(touch x)\\n", "\\U0001f600.csv", ".bashrc", "n" * 255]
for n, name in enumerate(names):
    open(out + "/" + name, "wb").write(bytes(range(256)) * (n * 50))
open(out + "/big.bin", "wb").write(os.urandom(3 << 20))
os.symlink("/etc/passwd", out + "/link")
open("made.txt", "w").write("beside the notebook")
print("done")
"""
SAVES = "import os; open(os.environ['JUPYTER_MLX_OUTPUTS'] + '/f', 'w').write('x')"
SHOWS = """
from IPython.display import display
print("text")
display({"image/png": "iVBORw0KGgo=" + "A" * 400_000, "text/plain": "a picture"}, raw=True)
41 + 1
"""


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_folder(bed: Bed, run: Run) -> Path:
    return bed.home / "state" / "local" / "runs" / run.id


class Shared:
    """Two runs that are over, for all tests here: a kernel takes its time to start."""

    def __init__(self, home: Path) -> None:
        self.bed = Bed(home)
        self.written = self.bed.submit(WRITES)
        self.shown = self.bed.submit(SHOWS, SAVES, "1 / 0")
        self.written, self.shown = self.bed.ended(self.written.id), self.bed.ended(self.shown.id)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    made = Shared(tmp_path_factory.mktemp("shared"))
    yield made
    made.bed.close()


@pytest.fixture
def bed(shared: Shared) -> Iterator[Bed]:
    yield shared.bed
    shared.bed.workbench.closed = None


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def outputs_of(notebook: bytes, cell: int) -> list[Any]:
    read: Any = nbformat.reads(notebook.decode(), as_version=4)
    nbformat.validate(read)
    return list(read.cells[cell].outputs)


def test_files_come_back_with_their_names_and_bytes(bed: Bed, shared: Shared, out: Path) -> None:
    run = shared.written
    assert run.state is RunState.SUCCEEDED
    fetched = bed.dispatcher.fetch(run.id, out)
    made = files(out)
    there = {f"outputs/{name}": data for name, data in files(run_folder(bed, run) / "outputs").items()}
    there.pop("outputs/link", None)  # a link is not followed, at either end
    assert {name: data for name, data in made.items() if name.startswith("outputs/")} == there
    assert len(there) == 8
    assert not (out / "outputs" / "link").exists()
    assert fetched.skipped == []
    assert set(fetched.files) == set(made) - {"note.ipynb"}
    assert made["work/made.txt"] == b"beside the notebook"
    assert not (bed.project / "x").exists()


def test_the_executed_notebook_is_valid_and_has_its_outputs(bed: Bed, shared: Shared, out: Path) -> None:
    run = shared.shown
    assert run.state is RunState.FAILED
    fetched = bed.dispatcher.fetch(run.id, out)
    assert fetched.notebook == "note.ipynb"
    notebook = (out / "note.ipynb").read_bytes()
    stream, picture, result = outputs_of(notebook, 0)
    assert stream.text == "text\n"
    assert len(picture.data["image/png"]) > 400_000
    assert result.data["text/plain"] == "42"
    assert outputs_of(notebook, 2)[0].ename == "ZeroDivisionError"
    assert json.loads(notebook)["metadata"]["jupyter_mlx"]["id"] == run.id


def test_again_is_a_no_op_and_needs_no_machine_for_what_is_here(bed: Bed, shared: Shared, out: Path) -> None:
    run = shared.written
    first = bed.dispatcher.fetch(run.id, out)
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    bed.workbench.cut()
    bed.workbench.closed = away()
    again = bed.dispatcher.fetch(run.id, out)
    assert (again.files, again.notebook, again.skipped) == (first.files, first.notebook, [])
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == stamps


def test_offline_the_mirrored_part_comes_and_the_rest_is_listed(bed: Bed, shared: Shared, out: Path) -> None:
    run = shared.shown
    for digest in os.listdir(run_folder(bed, run) / "media"):
        bed.workbench.blobs.discard(digest)
    bed.workbench.cut()
    bed.workbench.closed = away("no route to host")
    fetched = bed.dispatcher.fetch(run.id, out)
    assert fetched.notebook == "note.ipynb"
    assert [why for _, why in fetched.missing_media] == ["no route to host"]
    assert fetched.skipped == [("outputs/f", "no route to host")]
    assert outputs_of((out / "note.ipynb").read_bytes(), 0)[0].text == "text\n"
    bed.workbench.closed = None
    with pytest.raises(ConflictError):  # the notebook has its picture now, and differs
        bed.dispatcher.fetch(run.id, out)
    complete = bed.dispatcher.fetch(run.id, out, force=True)
    assert (complete.missing_media, complete.skipped, complete.files) == ([], [], ["outputs/f"])
    assert len(outputs_of((out / "note.ipynb").read_bytes(), 0)[1].data["image/png"]) > 400_000


def test_nothing_is_overwritten_and_nothing_half_done(bed: Bed, shared: Shared, out: Path) -> None:
    run = shared.written
    (out / "outputs").mkdir(parents=True)
    (out / "outputs" / "plain.txt").write_text("mine")
    with pytest.raises(ConflictError) as caught:
        bed.dispatcher.fetch(run.id, out)
    assert caught.value.field == "outputs/plain.txt"
    assert files(out) == {"outputs/plain.txt": b"mine"}
    bed.dispatcher.fetch(run.id, out, force=True)
    assert files(out)["outputs/plain.txt"] == b""


def test_a_file_that_changed_since_is_skipped_with_the_reason(bed: Bed, shared: Shared, out: Path) -> None:
    outputs = run_folder(bed, shared.written) / "outputs"
    before = (outputs / "big.bin").read_bytes()
    (outputs / "big.bin").write_bytes(os.urandom(3 << 20))
    (outputs / ".bashrc").rename(outputs / "moved")
    fetched: Fetched = bed.dispatcher.fetch(shared.written.id, out)
    (outputs / "big.bin").write_bytes(before)
    (outputs / "moved").rename(outputs / ".bashrc")
    assert sorted(path for path, _ in fetched.skipped) == ["outputs/.bashrc", "outputs/big.bin"]
    assert not (out / "outputs" / "big.bin").exists()
    assert "outputs/plain.txt" in fetched.files


def test_a_hostile_notebook_name_comes_back_the_same(bed: Bed, out: Path) -> None:
    name = "a b'\";$(touch x)\n\U0001f600.ipynb"
    run = bed.ended(bed.submit("print(1)", name=name).id)
    assert bed.dispatcher.fetch(run.id, out).notebook == name
    assert list(files(out)) == [name]


def test_a_run_that_has_not_started_has_nothing(bed: Bed, out: Path) -> None:
    run = bed.queued("1")
    with pytest.raises(ConflictError, match="queued"):
        bed.dispatcher.fetch(run.id, out)
    assert not out.exists()
    bed.dispatcher.stop(run.id)


def test_a_notebook_lost_here_comes_from_the_machine(bed: Bed, shared: Shared, out: Path) -> None:
    blob = bed.workbench.store.spec(shared.written.id)["notebook_blob"]
    bed.workbench.blobs.discard(blob)
    fetched = bed.dispatcher.fetch(shared.written.id, out)
    assert fetched.notebook == "note.ipynb"
    assert fetched.skipped == []
    assert "done" in (out / "note.ipynb").read_text()
    assert bed.workbench.blobs.has(blob)


def test_without_the_notebook_as_sent_the_files_still_come(bed: Bed, shared: Shared, out: Path) -> None:
    blob = bed.workbench.store.spec(shared.written.id)["notebook_blob"]
    there = Path(bed.home, "state", "local", "blobs", blob[:2], blob[2:])
    content = there.read_bytes()
    bed.workbench.blobs.discard(blob)
    there.rename(there.with_suffix(".away"))
    fetched = bed.dispatcher.fetch(shared.written.id, out)
    there.with_suffix(".away").rename(there)
    assert bed.workbench.blobs.put(content) == blob
    assert fetched.notebook is None
    assert [path for path, _ in fetched.skipped] == ["note.ipynb"]
    assert "outputs/plain.txt" in fetched.files
