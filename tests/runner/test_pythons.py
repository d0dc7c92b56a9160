"""Choosing a Python among those of a machine; here the machine is a folder of scripts, and once the real one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_mlx.runner import pythons
from jupyter_mlx.runner.pythons import choose, installed, version_of
from jupyter_mlx.runner.refusal import Refusal

from .fakes import program


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose Pythons are only those on PATH, which is this folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(pythons, "_PLACES", ())
    monkeypatch.setattr(sys, "_base_executable", "", raising=False)
    monkeypatch.setattr(sys, "executable", "")
    return folder


def python(folder: Path, name: str, version: str, implementation: str = "cpython") -> str:
    return str(program(folder, name, f"echo {version} {implementation}\n"))


def test_the_exact_version_else_the_newest_of_its_minor(machine: Path) -> None:
    old, new = python(machine, "python3.11", "3.11.2"), python(machine / "other", "python3", "3.11.9")
    os.environ["PATH"] += f":{machine / 'other'}"
    python(machine, "python3.12", "3.12.1")
    assert choose("3.11.2") == (old, (3, 11, 2))
    assert choose("3.11.7") == (new, (3, 11, 9))
    assert choose("3.11") == (new, (3, 11, 9))
    assert choose("3.11.9").text == "3.11.9"


def test_no_such_minor_is_refused_naming_what_there_is(machine: Path) -> None:
    path = python(machine, "python3.11", "3.11.2")
    with pytest.raises(Refusal) as caught:
        choose("3.13.0")
    assert caught.value.message == f"the environment wants Python 3.13.0, this machine has 3.11.2 ({path})"
    assert "--env existing:" in str(caught.value.hint)


def test_without_a_wish_the_first_that_is_not_too_old(machine: Path) -> None:
    python(machine, "python3", "3.6.9")
    good = python(machine, "python3.10", "3.10.1")
    python(machine, "python3.12", "3.12.1")
    assert choose(None) == (good, (3, 10, 1))


def test_no_python_at_all(machine: Path) -> None:
    with pytest.raises(Refusal, match="this machine has none at all"):
        choose("3.11.2")
    with pytest.raises(Refusal, match=r"no Python 3\.9 or newer"):
        choose(None)


@pytest.mark.parametrize("wish", ["latest", "three", "3", "-1.2", ";rm"])
def test_a_wish_that_is_no_version(machine: Path, wish: str) -> None:
    with pytest.raises(Refusal, match="is not a version"):
        choose(wish)


def test_what_is_no_working_cpython_is_passed_over(machine: Path) -> None:
    python(machine, "python3.9", "3.9.1", "pypy")
    program(machine, "python3.10", "exit 3\n")
    program(machine, "python3.11", "echo nonsense\n")
    program(machine, "python3.12", "echo 2.7.18 cpython extra\n")
    (machine / "python3.13").write_bytes(b"\x7fELF nonsense")
    (machine / "python3.13").chmod(0o755)
    (machine / "python3.14").symlink_to("nowhere")
    assert installed() == []


def test_shims_and_venvs_are_no_bases(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shims = machine / "shims"
    python(shims, "python3.11", "3.11.1")
    venv = machine / "venv"
    (venv / "bin").mkdir(parents=True)
    python(venv / "bin", "python3.12", "3.12.1")
    (venv / "pyvenv.cfg").touch()
    monkeypatch.setenv("PATH", f"{shims}:{venv / 'bin'}")
    assert installed() == []


def test_a_hanging_python_is_given_up(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "LIMIT_S", 0.3)
    assert version_of(str(program(machine, "python3", "exec /bin/sleep 60\n"))) is None


def test_the_real_machine() -> None:
    found = installed()
    assert sys.version_info[:3] in [one.version for one in found]
    assert found == sorted(found, key=lambda one: one.version, reverse=True)
    assert len({one.version for one in found}) == len(found)
    assert choose(".".join(map(str, sys.version_info[:3]))).version == sys.version_info[:3]
