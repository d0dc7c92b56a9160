"""What ``--env`` asks for becomes one request, with a digest that changes when the software would."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlx.capture.environment import request_environment
from jupyter_mlx.capture.project import Project
from jupyter_mlx.errors import InputError, NotFoundError
from jupyter_mlx.models import EnvironmentRequest, Machine

from .notebooks import code, put, read

BOX = Machine("box", host="10.0.0.5")
LOCAL = Machine("local", transport="local", source="local")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    (tmp_path / "project").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return Project(tmp_path / "project", "nb.ipynb", "notebook")


def asked(project: Project, request: str | None, machine: Machine = BOX, **notebook: Any) -> EnvironmentRequest:
    return request_environment(request, read(code("1"), **notebook), project, machine, project.root.parent / "cache")


def test_the_kernels_own_packages_without_the_server(project: Project) -> None:
    found = asked(project, None)
    assert (found.kind, found.python, found.target) == ("kernel", sys.version.split()[0], None)
    assert any(line.startswith("ipykernel==") for line in found.requirements)
    assert not any(line.startswith(("jupyterlab==", "jupyter-server==", "pip==")) for line in found.requirements)
    assert found.requirements == sorted(found.requirements)
    assert "ipykernel" in found.packages
    assert asked(project, "kernel") == found


def test_here_the_kernel_is_used_as_it_is(project: Project) -> None:
    found = asked(project, None, LOCAL)
    assert (found.kind, found.target, found.requirements) == ("existing", sys.executable, [])
    assert "ipykernel" in found.packages


def test_the_digest_says_which_software_it_is(project: Project) -> None:
    put(project.root, "requirements.txt", "ipykernel\nsix==1.16\n")
    first = asked(project, "requirements.txt")
    put(project.root, "requirements.txt", "# a comment\nipykernel\n\nsix==1.16\n")
    assert asked(project, "requirements.txt").digest == first.digest
    put(project.root, "requirements.txt", "ipykernel\nsix==1.15\n")
    digests = {
        first.digest,
        asked(project, "requirements.txt").digest,
        asked(project, None).digest,
        asked(project, "existing:a").digest,
        asked(project, "existing:b").digest,
    }
    assert len(digests) == 5
    assert all(len(str(digest)) == 64 for digest in digests)


def test_a_requirements_file_is_looked_for_here_then_in_the_project(project: Project) -> None:
    put(project.root, "requirements.txt", "six\nipykernel\n")
    assert asked(project, "requirements.txt").requirements == ["six", "ipykernel"]
    put(Path.cwd(), "requirements.txt", "numpy\nipykernel>=6\n")
    found = asked(project, "requirements.txt")
    assert (found.kind, found.requirements) == ("requirements", ["numpy", "ipykernel>=6"])
    assert found.python == sys.version.split()[0]
    assert found.notes == []


def test_a_kernel_is_added_where_none_is_asked_for(project: Project) -> None:
    put(project.root, "requirements.txt", "six\n")
    found = asked(project, "requirements.txt")
    assert found.requirements == ["six", "ipykernel"]
    assert found.notes == ["ipykernel was added: requirements.txt has no kernel to run the notebook"]


def test_nothing_is_added_where_everything_must_have_a_hash(project: Project) -> None:
    put(project.root, "requirements.txt", f"six==1.16 --hash=sha256:{'a' * 64}\n")
    found = asked(project, "requirements.txt")
    assert "ipykernel" not in found.requirements
    assert "its hashes leave no room" in found.notes[0]


def test_a_requirements_file_needs_no_kernel_here(project: Project) -> None:
    put(project.root, "requirements.txt", "ipykernel\n")
    found = asked(project, "requirements.txt", kernel="gone")
    assert found.python is None
    assert "the machine chooses the Python" in found.notes[0]


@pytest.mark.parametrize("target", ["torch", "/opt/conda/bin/python", "~/venv/bin/python", "my env"])
def test_what_the_machine_has_is_named(project: Project, target: str) -> None:
    found = asked(project, f"existing:{target}")
    assert dataclasses.replace(found, digest=None) == EnvironmentRequest("existing", target=target)


def test_a_relative_python_is_clear_only_here(project: Project) -> None:
    assert asked(project, "existing:venv/bin/python", LOCAL).target == os.path.abspath("venv/bin/python")
    with pytest.raises(InputError, match="is a relative path"):
        asked(project, "existing:venv/bin/python")


@pytest.mark.parametrize(
    "request_", ["existing", "existing:", "existing: ", "existing:a\nb", "existingtorch", "existing:" + "x" * 5000]
)
def test_an_environment_without_a_name_is_refused(project: Project, request_: str) -> None:
    with pytest.raises(InputError, match="names no environment"):
        asked(project, request_)


@pytest.mark.parametrize("request_", ["", "kernal", "docker:x", "../..", "a\0b", "-r x", "$(touch x)"])
def test_anything_else_is_told_the_choices(project: Project, request_: str) -> None:
    with pytest.raises(InputError) as caught:
        asked(project, request_)
    assert "existing:NAME" in str(caught.value.hint)
    assert caught.value.exit_code == 2


def test_a_requirements_file_that_is_nowhere_says_where_it_was_looked_for(project: Project) -> None:
    with pytest.raises(NotFoundError) as caught:
        asked(project, "requirements.txt")
    assert (
        caught.value.message
        == f"no requirements file: looked for {Path.cwd()}/requirements.txt and {project.root}/requirements.txt"
    )


@pytest.mark.parametrize("name", ["environment.yml", "pyproject.toml", "uv.lock"])
def test_other_kinds_of_files_say_what_to_do(project: Project, name: str) -> None:
    put(project.root, name, "x")
    with pytest.raises(InputError, match="is not a requirements file") as caught:
        asked(project, name)
    assert "uv export" in str(caught.value.hint)


def test_an_unknown_kernel_is_left_to_a_machine_that_may_have_it(project: Project) -> None:
    found = asked(project, None, kernel="torch-gpu")
    assert (found.kind, found.target) == ("existing", "torch-gpu")
    assert "the machine's environment of that name is used" in found.notes[0]
    for request, machine in (("kernel", BOX), (None, LOCAL)):
        with pytest.raises(NotFoundError, match="torch-gpu is not installed on this computer"):
            asked(project, request, machine, kernel="torch-gpu")


def test_a_kernel_of_another_language_is_the_machines_own(project: Project) -> None:
    here = asked(project, None, LOCAL, kernel="ir", language="R")
    assert (here.kind, here.target) == ("existing", sys.executable)
    there = asked(project, None, kernel="ir", language="R")
    assert (there.kind, there.requirements, there.packages) == ("kernel", ["ipykernel"], {})
    assert there.notes == ["the kernel ir (r) is the machine's own: its packages are not captured"]
    with pytest.raises(InputError, match=r"the software of the kernel ir \(r\) cannot be captured"):
        asked(project, "kernel", kernel="ir", language="R")


def test_a_python_kernel_without_a_python_is_refused(project: Project, tmp_path: Path) -> None:
    put(tmp_path, "jupyter/kernels/x/kernel.json", json.dumps({"argv": ["/opt/xpython", "-f"], "language": "python"}))
    with pytest.raises(InputError, match="the kernel x does not start a Python"):
        asked(project, None, kernel="x")


def test_variables_of_the_kernel_are_named(project: Project, tmp_path: Path) -> None:
    spec = {"argv": [sys.executable, "-m", "ipykernel_launcher"], "language": "python", "env": {"CUDA_HOME": "/x"}}
    put(tmp_path, "jupyter/kernels/mine/kernel.json", json.dumps(spec))
    for machine in (BOX, LOCAL):
        assert (
            "the kernel sets variables that do not travel: CUDA_HOME"
            in asked(project, None, machine, kernel="mine").notes
        )
