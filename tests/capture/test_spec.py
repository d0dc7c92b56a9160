"""A run captured: the spec the machine accepts, the blobs it needs, and not a word of what must not leave."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mlx.capture import Captured, capture_run
from jupyter_mlx.errors import InputError, LimitError, MlxError, NotFoundError
from jupyter_mlx.models import Machine, new_run_id
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.journal import dumps
from jupyter_mlx.runner.specs import check_spec, needed_blobs

from .notebooks import code, notebook, put, save, text

BOX = Machine("box", host="10.0.0.5", price=1.2, currency="EUR", slots=2)
STREAM = {"output_type": "stream", "name": "stdout", "text": "left over"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    put(folder, "work/.git/HEAD")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder / "jupyter"))
    return folder


def blobs_of(home: Path) -> BlobStore:
    return BlobStore(str(home / "jupyter/jupyter_mlx/blobs"))


def captured(home: Path, path: Path, **options: Any) -> Captured:
    options.setdefault("environment", "existing:python3")
    return capture_run(path, machine=BOX, blobs=blobs_of(home), **options)


def simple(home: Path, name: str = "work/src/nb.ipynb") -> Path:
    cells = [text("# Title"), code("lr = 0.1\nepochs = 3", "parameters"), code("print(lr)", outputs=[STREAM])]
    return save(home / name, notebook(*cells))


def test_the_spec_is_what_a_machine_accepts(home: Path) -> None:
    put(home, "work/data.csv", "1,2")
    found = captured(
        home,
        simple(home),
        params=["lr=0.5"],
        title="A try",
        tags=["a", "b", "a"],
        experiment="digits",
        time_limit_s=60,
        no_output_limit_s=5.5,
        allow_errors=True,
    )
    spec = json.loads(dumps({**found.spec, "id": new_run_id(), "number": 1, "created": 1.0}))
    check_spec(spec)
    assert spec["project"] == str(home / "work")
    assert (spec["project_name"], spec["notebook"], spec["cwd"]) == ("work", "src/nb.ipynb", "src")
    assert (spec["title"], spec["tags"], spec["experiment"]) == ("A try", ["a", "b"], "digits")
    assert spec["params"] == {"lr": 0.5, "epochs": 3}
    assert spec["limits"] == {"time_s": 60.0, "no_output_s": 5.5, "allow_errors": True}
    assert spec["kernel"] == {"name": "python3", "language": "python"}
    assert (spec["price"], spec["currency"], spec["slots"]) == (1.2, "EUR", 2)
    assert spec["cells"] == [
        {"index": 1, "id": found.spec["cells"][0]["id"]},
        {"index": 2, "id": "injected-parameters"},
        {"index": 3, "id": found.spec["cells"][2]["id"]},
    ]
    assert found.origins == [0, 1, None, 2]
    assert found.warnings == []
    assert spec["bundle"] == {"digest": found.blob_ids[0], "files": 2, "bytes": found.spec["bundle"]["bytes"]}
    assert [file.path for file in found.files] == ["data.csv", "src/nb.ipynb"]


def test_the_blobs_are_all_there_and_all_that_is_needed(home: Path) -> None:
    found = captured(home, simple(home))
    store = blobs_of(home)
    assert store.missing(found.spec["bundle"]["digest"], needed_blobs(found.spec)) == []
    walked = {blob_id for blob_id, _ in store.walk(found.spec["bundle"]["digest"])}
    assert set(found.blob_ids) == walked | set(needed_blobs(found.spec))
    assert len(set(found.blob_ids)) == len(found.blob_ids)


def test_the_notebooks_that_travel_are_valid_and_without_outputs(home: Path, tmp_path: Path) -> None:
    found = captured(home, simple(home), params=["epochs=5"])
    store = blobs_of(home)
    store.materialise(found.spec["bundle"]["digest"], str(tmp_path / "copy"))
    executed = nbformat.reads(Path(store.path(found.spec["notebook_blob"])).read_bytes().decode(), as_version=4)
    saved = nbformat.read(tmp_path / "copy/src/nb.ipynb", as_version=4)
    for made in (executed, saved):
        nbformat.validate(made)
        assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in made.cells)
    assert [cell.source for cell in executed.cells][2] == "# Parameters\nepochs = 5"
    assert len(saved.cells) == 3
    assert b"left over" not in b"".join(Path(store.path(blob_id)).read_bytes() for blob_id in found.blob_ids)


def test_running_the_notebook_changes_nothing_about_the_bundle(home: Path) -> None:
    path = simple(home)
    first = captured(home, path)
    content = json.loads(path.read_text())
    content["cells"][2].update(outputs=[], execution_count=99)
    save(path, content)
    assert captured(home, path).spec["bundle"]["digest"] == first.spec["bundle"]["digest"]


def test_the_editors_content_wins_over_the_file(home: Path) -> None:
    path = simple(home)
    before = path.read_bytes()
    found = captured(home, path, content=notebook(code("unsaved = 1")))
    assert b"unsaved = 1" in Path(blobs_of(home).path(found.spec["notebook_blob"])).read_bytes()
    assert path.read_bytes() == before
    path.unlink()
    assert captured(home, path, content=notebook(code("unsaved = 1"))).spec["bundle"] == found.spec["bundle"]


@pytest.mark.parametrize(
    "name", ["a b'\";$(touch x)\n.ipynb", "-rf.ipynb", "é🚀.ipynb", "x" * 249 + ".ipynb", "\u202egnp.ipynb", " .ipynb"]
)
def test_hostile_names_are_captured_as_they_are(
    home: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    simple(home, f"work/{name}")
    monkeypatch.chdir(home / "work")
    found = captured(home, Path(name))
    check_spec({**found.spec, "id": new_run_id()})
    assert found.spec["notebook"] == name
    blobs_of(home).materialise(found.spec["bundle"]["digest"], str(tmp_path / "copy"))
    assert sorted(os.listdir(tmp_path / "copy")) == [name]
    assert sorted(os.listdir(home / "work")) == sorted([".git", name])


def test_values_that_json_lacks_survive_in_the_spec(home: Path) -> None:
    path = save(home / "work/nb.ipynb", notebook(code("x = (1, 2)\ny = 1.0", "parameters"), code("y")))
    spec = json.loads(dumps(captured(home, path, params=["y=nan"]).spec))
    assert spec["params"] == {"x": [1, 2], "y": "NaN"}


def test_the_state_folder_never_travels_in_its_own_bundle(home: Path) -> None:
    path = simple(home, "work/nb.ipynb")
    store = BlobStore(str(home / "work/state/jupyter_mlx/blobs"))
    for _ in range(2):
        found = capture_run(path, machine=BOX, blobs=store, environment="existing:x")
        assert [file.path for file in found.files] == ["nb.ipynb"]


def test_the_default_environment_is_the_kernels(home: Path) -> None:
    found = captured(home, simple(home), environment=None)
    environment = found.spec["environment"]
    assert environment["kind"] == "kernel"
    assert environment["packages"]["ipykernel"]
    assert set(environment) == {"kind", "python", "packages", "requirements", "target", "digest"}
    check_spec({**found.spec, "id": new_run_id()})


def test_warnings_gather_what_people_should_know(home: Path) -> None:
    put(home, "work/mlx.yaml", "name: x")
    (home / "work/etc").symlink_to("/etc")
    path = save(home / "work/nb.ipynb", notebook(code("lr = = 1", "parameters", cell_id="")))
    words = [
        "cell 1 had no id",
        "the parameters cell could not be read",
        "mlx.yaml marks the project's folder",
        "left out, a link out of the project: etc",
    ]
    found = captured(home, path).warnings
    assert len(found) == 4
    assert all(word in warning for word, warning in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"time_limit_s": 0}, "time_limit"),
        ({"time_limit_s": float("nan")}, "time_limit"),
        ({"no_output_limit_s": -1}, "no_output_limit"),
        ({"time_limit_s": "10"}, "time_limit"),
        ({"title": "x" * 2000}, "title"),
        ({"tags": [" "]}, "tags"),
        ({"params": ["nope=1"]}, "params.nope"),
        ({"environment": "nope"}, "environment"),
        ({"project": Path("/nope")}, "project"),
        ({"max_bytes": 1}, "project"),
    ],
)
def test_bad_input_names_its_field_and_leaves_nothing(home: Path, options: dict[str, Any], field: str) -> None:
    path = simple(home)
    with pytest.raises(MlxError) as caught:
        captured(home, path, **options)
    assert caught.value.field == field
    assert not (home / "jupyter/jupyter_mlx/blobs").exists()


def test_a_notebook_that_vanished_leaves_nothing(home: Path) -> None:
    with pytest.raises(NotFoundError):
        captured(home, home / "work/gone.ipynb")
    assert not (home / "jupyter").exists()


def test_a_notebook_in_home_needs_a_word(home: Path) -> None:
    with pytest.raises(InputError, match="your home folder"):
        captured(home, simple(home, "nb.ipynb"))


def test_a_description_too_large_for_a_frame_is_a_limit(home: Path) -> None:
    path = save(home / "work/nb.ipynb", notebook(*[code("1", cell_id=f"c{i:030}") for i in range(25_000)]))
    with pytest.raises(LimitError, match="it has 25,000 code cells"):
        captured(home, path)


def test_a_cell_of_fifty_megabytes_is_captured(home: Path) -> None:
    path = save(home / "work/nb.ipynb", notebook(code("x = '" + "y" * 50_000_000 + "'")))
    found = captured(home, path)
    assert blobs_of(home).size(found.spec["notebook_blob"]) > 50_000_000
