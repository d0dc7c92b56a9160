"""Finding uv: the machine's own, or the binary that came with the run."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from jupyter_mlx.runner import uv
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.layout import Root
from jupyter_mlx.runner.refusal import Refusal
from jupyter_mlx.runner.uv import find_uv, variables, version_of

from .fakes import program


@pytest.fixture
def root(tmp_path: Path) -> Root:
    found = Root(str(tmp_path / "root"))
    found.prepare()
    return found


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no uv but those put into this folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/nowhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "")
    return folder


def real_uv() -> str:
    """The uv of this environment."""
    path = os.path.join(os.path.dirname(sys.executable), "uv")
    found = path if os.path.exists(path) else shutil.which("uv")
    if not found:
        pytest.skip("no uv here")
    return found


def test_the_real_one_says_its_version() -> None:
    version = version_of(real_uv())
    assert version and version >= (0, 4, 0)


def test_the_machines_own_comes_first(bare: Path, root: Root) -> None:
    path = program(bare, "uv", "echo uv 0.9.1\n")
    assert find_uv(root, "0" * 64) == str(path)


@pytest.mark.parametrize("answer", ["echo uv 0.3.9", "echo nonsense", "exit 1", "exec /bin/sleep 60"])
def test_one_that_is_too_old_or_broken_does_not_count(
    bare: Path, root: Root, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(uv, "LIMIT_S", 0.3)
    program(bare, "uv", answer + "\n")
    assert find_uv(root, None) is None


def test_one_in_a_usual_folder_off_path_is_found(bare: Path, root: Root, tmp_path: Path) -> None:
    (tmp_path / ".local").mkdir()
    path = program(tmp_path / ".local" / "bin", "uv", "echo uv 1.0.0\n")
    assert find_uv(root, None) == str(path)


def test_the_shipped_binary_becomes_a_tool_once(bare: Path, root: Root) -> None:
    blob = BlobStore(root.blobs).put(b"#!/bin/sh\necho uv 0.13.9\n")
    path = find_uv(root, blob)
    assert path == os.path.join(root.tools, blob, "uv")
    stamp = os.stat(path).st_mtime_ns
    assert find_uv(root, blob) == path
    assert os.stat(path).st_mtime_ns == stamp
    assert os.listdir(os.path.dirname(path)) == ["uv"]


def test_a_shipped_binary_that_did_not_arrive_is_named(bare: Path, root: Root) -> None:
    with pytest.raises(Refusal, match="did not arrive"):
        find_uv(root, "0" * 64)
    assert os.listdir(os.path.join(root.tools, "0" * 64)) == []


def test_a_shipped_binary_that_cannot_run_is_refused_with_the_folder(bare: Path, root: Root) -> None:
    blob = BlobStore(root.blobs).put(b"\x7fELF for another machine")
    with pytest.raises(Refusal, match="cannot be run from") as caught:
        find_uv(root, blob)
    assert "noexec" in str(caught.value.hint)


def test_its_variables_are_the_machines_not_the_sessions(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT"):
        monkeypatch.setenv(name, "/elsewhere")
    found = variables(root)
    assert found["UV_CACHE_DIR"] == root.cache
    assert found["UV_LINK_MODE"] == "hardlink"
    assert found["UV_PYTHON_DOWNLOADS"] == "never"
    assert not {"VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT"} & set(found)
