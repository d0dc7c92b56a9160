"""Environments that are there already, by name and by path."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_mlx.runner import existing
from jupyter_mlx.runner.existing import environments, resolve
from jupyter_mlx.runner.refusal import Refusal

from .fakes import program


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with nothing in it, and no environments of the system."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(existing, "_PLACES", tuple(place for place in existing._PLACES if place.startswith("~")))
    monkeypatch.setattr(existing, "_BASES", tuple(place for place in existing._BASES if place.startswith("~")))
    return tmp_path


def environment(folder: Path) -> str:
    (folder / "bin").mkdir(parents=True)
    return str(program(folder / "bin", "python", "exit 0\n"))


def test_names_from_conda_pyenv_virtualenvs_and_lists(home: Path) -> None:
    expected = {
        "vision": environment(home / "miniconda3" / "envs" / "vision"),
        "base": environment(home / "miniconda3"),
        "text": environment(home / "micromamba" / "envs" / "text"),
        "3.11.2": environment(home / ".pyenv" / "versions" / "3.11.2"),
        "old": environment(home / ".virtualenvs" / "old"),
        "far": environment(home / "elsewhere" / "far"),
    }
    (home / "miniconda3" / "conda-meta").mkdir()
    (home / ".virtualenvs" / "empty").mkdir()
    (home / ".conda").mkdir()
    listed = f"{home / 'elsewhere' / 'far'}\n/gone\n../relative\n\n"
    (home / ".conda" / "environments.txt").write_text(listed)
    assert environments() == expected
    for name, python in expected.items():
        assert resolve(name) == python


def test_kernels_that_somebody_registered_have_names_too(home: Path) -> None:
    python = environment(home / "work" / "env")
    kernels = home / ".local" / "share" / "jupyter" / "kernels"
    for name, text in {
        "mine": f'{{"argv": ["{python}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]}}',
        "plain": '{"argv": ["python", "-m", "ipykernel_launcher"]}',
        "julia": '{"argv": ["/bin/sh", "-i"]}',
        "broken": "{",
        "empty": "{}",
    }.items():
        (kernels / name).mkdir(parents=True)
        (kernels / name / "kernel.json").write_text(text)
    assert environments() == {"mine": python}
    assert resolve("mine") == python


def test_paths_of_pythons_and_of_folders(home: Path) -> None:
    python = environment(home / "env")
    assert resolve(python) == python
    assert resolve(str(home / "env")) == python
    assert resolve("~/env") == python
    assert resolve(sys.executable) == sys.executable


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (None, "needs a name or a path"),
        ("", "needs a name or a path"),
        ("/no/such", "/no/such is not there or not executable"),
        ("/etc/passwd", "/etc/passwd is not there or not executable"),
        ("/tmp", "/tmp is not an environment's folder"),
        ("some/where", "is not an absolute path"),
        ("nothing", "no environment named 'nothing'"),
        ("a\nb", "no environment named"),
    ],
)
def test_what_is_not_there_is_refused(home: Path, target: str | None, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        resolve(target)


def test_a_wrong_name_is_answered_with_the_right_ones(home: Path) -> None:
    environment(home / ".virtualenvs" / "right")
    with pytest.raises(Refusal) as caught:
        resolve("wrong")
    assert "found here: right" in str(caught.value.hint)
    os.chmod(home / ".virtualenvs" / "right" / "bin" / "python", 0o600)
    assert existing.python_in(str(home / ".virtualenvs" / "right")) is None or os.geteuid() == 0
