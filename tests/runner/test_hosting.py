"""What the kernel host is started with."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner.hosting import lay_out, python_kernel, variables
from jupyter_mlx.runner.layout import RunPaths
from jupyter_mlx.runner.slots import Slot

NONE = Slot("run-0", ["run-0"], [])


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    found = RunPaths(str(tmp_path / new_run_id()))
    os.makedirs(found.work)
    return found


def software(prefix: Path) -> dict[str, str]:
    return {"python": str(prefix / "bin" / "python"), "prefix": str(prefix), "driver": "x"}


def test_gpus_are_given_by_uuid_in_a_fixed_order(paths: RunPaths, tmp_path: Path) -> None:
    slot = Slot("gpus-0", ["a", "b"], ["GPU-b", "GPU-a"])
    found = variables(paths, {}, software(tmp_path), slot)
    assert found["CUDA_VISIBLE_DEVICES"] == "GPU-b,GPU-a"
    assert found["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_what_belongs_to_the_session_or_server_stays_behind(
    paths: RunPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = [
        "JUPYTER_TOKEN",
        "JUPYTERHUB_API_TOKEN",
        "SSH_AUTH_SOCK",
        "JPY_PARENT_PID",
        "VIRTUAL_ENV",
        "PYTHONUNBUFFERED",
    ]
    for name in secret:
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("HOME_GROWN", "kept")
    found = variables(paths, {}, software(tmp_path), NONE)
    assert not set(secret) & set(found)
    assert found["HOME_GROWN"] == "kept"
    assert "CUDA_DEVICE_ORDER" not in found


def test_programs_of_a_venv_or_conda_environment_come_first(
    paths: RunPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv, conda, plain = tmp_path / "venv", tmp_path / "conda", tmp_path / "plain"
    venv.mkdir()
    (venv / "pyvenv.cfg").touch()
    (conda / "conda-meta").mkdir(parents=True)
    monkeypatch.setenv("PATH", f"/first:{conda}/bin:{plain}/bin")
    found = variables(paths, {}, software(venv), NONE)
    assert found["VIRTUAL_ENV"] == str(venv) and found["PATH"].startswith(f"{venv}/bin:/first")
    found = variables(paths, {}, software(conda), NONE)
    assert found["CONDA_PREFIX"] == str(conda) and found["PATH"].startswith(f"{conda}/bin:/first")
    found = variables(paths, {}, software(plain), NONE)
    assert found["PATH"].startswith("/first:") and not {"VIRTUAL_ENV", "CONDA_PREFIX"} & set(found)


@pytest.mark.parametrize(
    ("kernel", "python"),
    [
        (None, True),
        ({}, True),
        ({"name": "my-env", "language": "python"}, True),
        ({"name": "ir", "language": "R"}, False),
    ],
)
def test_a_kernel_of_another_language_is_asked_for_by_name(
    paths: RunPaths, tmp_path: Path, kernel: dict[str, str] | None, python: bool
) -> None:
    spec = {"kernel": kernel}
    assert python_kernel(spec) == python
    found = variables(paths, spec, software(tmp_path), NONE)
    assert found.get("JMLX_KERNEL_NAME") == (None if python else "ir")
    assert found["JMLX_KERNEL_PYTHON"] == str(tmp_path / "bin" / "python")


def test_the_link_to_outputs_stands_beside_the_notebook(paths: RunPaths) -> None:
    cwd = os.path.join(paths.work, "deep", "er")
    assert lay_out(paths, {"params": {"a": 1}}, cwd) == [os.path.join(cwd, "outputs")]
    Path(cwd, "outputs", "x").write_text("x")
    assert Path(paths.outputs, "x").read_text() == "x"
    assert json.loads(Path(paths.config, "parameters.json").read_text()) == {"a": 1}
    assert os.listdir(paths.inputs) == []


@pytest.mark.parametrize("kind", ["file", "folder", "broken link"])
def test_a_name_that_is_taken_is_left_alone(paths: RunPaths, kind: str) -> None:
    path = Path(paths.work, "outputs")
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    before = os.lstat(path)
    assert lay_out(paths, {}, paths.work) == []
    assert os.path.samestat(before, os.lstat(path))
