"""What people install: the wheel holds both halves, nothing of the workshop, and nothing twice."""

from __future__ import annotations

import email
import importlib.util
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.tree import PACKAGE, ROOT, files

pytestmark = [
    pytest.mark.skipif(not (PACKAGE / "labextension").is_dir(), reason="the lab extension is not built: make lab"),
    pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed"),
]

DATA = "jupyter_mlx-{0}.data/data/"
VERSION = json.loads((ROOT / "package.json").read_text("utf-8"))["version"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    argv = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_all_modules_and_nothing_twice(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    ours = {path.relative_to(ROOT).as_posix() for path in files(".py", under=PACKAGE)}
    assert ours <= set(names)
    assert "jupyter_mlx/py.typed" in names
    assert len(names) == len(set(names))
    assert not [name for name in names if name.startswith("jupyter_mlx/labextension")]


def test_both_halves_switch_themselves_on(wheel: zipfile.ZipFile) -> None:
    data = DATA.format(VERSION)
    config = json.loads(wheel.read(data + "etc/jupyter/jupyter_server_config.d/jupyter_mlx.json"))
    assert config["ServerApp"]["jpserver_extensions"] == {"jupyter_mlx": True}
    lab = data + "share/jupyter/labextensions/jupyter-mlx/"
    assert json.loads(wheel.read(lab + "install.json"))["packageName"] == "jupyter_mlx"
    package = json.loads(wheel.read(lab + "package.json"))
    assert package["version"] == VERSION
    assert lab + package["jupyterlab"]["_build"]["load"] in wheel.namelist()
    assert lab + "schemas/jupyter-mlx/plugin.json" in wheel.namelist()


def test_metadata(wheel: zipfile.ZipFile) -> None:
    info = f"jupyter_mlx-{VERSION}.dist-info/"
    metadata = email.message_from_bytes(wheel.read(info + "METADATA"))
    assert (metadata["Name"], metadata["Version"]) == ("jupyter_mlx", VERSION)
    assert "jupyter-mlx = jupyter_mlx.cli.main:main" in wheel.read(info + "entry_points.txt").decode()
    assert info + "licenses/LICENSE" in wheel.namelist()


def test_the_source_archive_holds_sources_only(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"jupyter_mlx", "src", "tests", "docs", "package.json", "yarn.lock", "pyproject.toml"} <= tops
    assert not tops & {"node_modules", ".venv", "lib", "build", ".git", ".mypy_cache"}
    assert path.stat().st_size < 3_000_000
