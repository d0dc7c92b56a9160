"""The project is the folder given, else that of mlx.yaml, of git, of the notebook; never home or / by accident."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_mlx.capture.project import find_project
from jupyter_mlx.errors import InputError, NotFoundError

from .notebooks import put


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


def test_the_nearest_mlx_yaml_wins_over_git(home: Path) -> None:
    notebook = put(home, "repo/part/deep/nb.ipynb")
    put(home, "repo/.git/HEAD")
    put(home, "repo/part/deep/.git", "gitdir: elsewhere")
    put(home, "repo/part/mlx.yaml")
    found = find_project(notebook)
    assert (found.root, found.notebook, found.found) == (home / "repo/part", "deep/nb.ipynb", "mlx.yaml")
    assert (found.id, found.name, found.cwd) == (str(home / "repo/part"), "part", "deep")


def test_git_folders_and_git_files_make_a_root(home: Path) -> None:
    put(home, "repo/.git/HEAD")
    assert find_project(put(home, "repo/a/b/nb.ipynb")).root == home / "repo"
    put(home, "repo/sub/.git", "gitdir: ../.git/modules/sub")
    assert find_project(put(home, "repo/sub/nb.ipynb")).root == home / "repo/sub"


def test_else_the_folder_of_the_notebook(home: Path) -> None:
    found = find_project(put(home, "work/nb.ipynb"))
    assert (found.root, found.notebook, found.cwd, found.found) == (home / "work", "nb.ipynb", "", "notebook")


def test_a_relative_path_counts_from_here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home, "work/nb.ipynb")
    monkeypatch.chdir(home / "work")
    assert find_project(Path("nb.ipynb")).root == home / "work"
    assert find_project(Path("../work/nb.ipynb"), Path("..")).notebook == "work/nb.ipynb"


def test_home_is_a_project_only_when_named(home: Path) -> None:
    notebook = put(home, "nb.ipynb")
    with pytest.raises(InputError, match="the project would be your home folder") as caught:
        find_project(notebook)
    assert "--project" in str(caught.value.hint)
    assert find_project(notebook, home).root == home


def test_a_marker_in_home_makes_no_project_of_it(home: Path) -> None:
    put(home, ".git/HEAD")
    put(home, "mlx.yaml")
    assert find_project(put(home, "work/nb.ipynb")).root == home / "work"


def test_the_root_of_the_disk_is_refused(home: Path) -> None:
    with pytest.raises(InputError, match="would be /, and all of it would be sent"):
        find_project(Path("/nb.ipynb"))


def test_a_notebook_outside_of_the_folder_given_is_refused(home: Path) -> None:
    notebook = put(home, "work/nb.ipynb")
    (home / "work2").mkdir()
    with pytest.raises(InputError, match="is outside of the project") as caught:
        find_project(notebook, home / "work2")
    assert caught.value.field == "project"


@pytest.mark.parametrize(("name", "words"), [("none", "does not exist"), ("file", "is not a folder")])
def test_the_folder_given_must_be_one(home: Path, name: str, words: str) -> None:
    put(home, "file")
    with pytest.raises(NotFoundError, match=words):
        find_project(put(home, "work/nb.ipynb"), home / name)


def test_a_link_out_of_the_project_is_refused(home: Path) -> None:
    put(home, "data/nb.ipynb")
    (home / "work").mkdir()
    (home / "work/nb.ipynb").symlink_to("../data/nb.ipynb")
    with pytest.raises(InputError, match=r"what the notebook links to, .*data/nb\.ipynb, is outside of the project"):
        find_project(home / "work/nb.ipynb")


def test_a_link_inside_the_project_keeps_its_own_name_and_folder(home: Path) -> None:
    put(home, "work/.git/HEAD")
    put(home, "work/real/nb.ipynb")
    (home / "work/link.ipynb").symlink_to("real/nb.ipynb")
    found = find_project(home / "work/link.ipynb")
    assert (found.root, found.notebook, found.cwd) == (home / "work", "link.ipynb", "")


def test_a_linked_folder_is_the_folder_it_links_to(home: Path) -> None:
    put(home, "data/proj/nb.ipynb")
    (home / "work").symlink_to("data/proj")
    assert find_project(home / "work/nb.ipynb").root == home / "data/proj"


@pytest.mark.parametrize(
    "name", ["a b'\";$(touch x)\n.ipynb", "-rf.ipynb", "é" * 100 + "🚀.ipynb", "x" * 249 + ".ipynb"]
)
def test_hostile_names_stay_as_they_are(home: Path, name: str) -> None:
    found = find_project(put(home, f"work/{name}"))
    assert found.notebook == name
    assert os.path.exists(found.root / found.notebook)
