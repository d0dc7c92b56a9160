"""What an environment says about itself, and for how long that is believed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from pathlib import Path

import pytest

from jupyter_mlx.runner import interrogate
from jupyter_mlx.runner.interrogate import Facts, ask, facts
from jupyter_mlx.runner.refusal import Refusal

from .fakes import program
from .runs import PYTHON38

ANSWER = {"python": "3.11.2", "prefix": "/x", "packages": {}, "isolated": [], "path": []}


def test_this_very_environment() -> None:
    found = Facts(ask(sys.executable))
    assert found.python == ".".join(map(str, sys.version_info[:3]))
    assert found.version("ipykernel") == importlib.metadata.version("ipykernel")
    assert found.version("Jupyter.Client") == importlib.metadata.version("jupyter_client")
    assert found.version("no-such-package") is None
    assert found.can_drive
    assert os.path.realpath(found.prefix) == os.path.realpath(sys.prefix)


@pytest.mark.parametrize("python", [PYTHON38, "/root/.pyenv/versions/3.7.16/bin/python3"])
def test_old_pythons_answer_too(python: str) -> None:
    if not os.path.exists(python):
        pytest.skip("no such Python here")
    found = Facts(ask(python))
    assert found.version("pip")
    assert not found.can_drive


@pytest.mark.parametrize(
    ("packages", "isolated", "python", "drives"),
    [
        ({"jupyter_client": "8.1", "pyzmq": "26"}, ["jupyter_client", "pyzmq"], "3.11.2", True),
        ({"Jupyter-Client": "7.0", "PyZMQ": "26"}, ["jupyter_client", "pyzmq"], "3.8.0", True),
        ({"jupyter_client": "6.1", "pyzmq": "26"}, ["jupyter_client", "pyzmq"], "3.11.2", False),
        ({"jupyter_client": "8.1", "pyzmq": "26"}, ["pyzmq"], "3.11.2", False),  # in the user's site-packages
        ({"jupyter_client": "8.1"}, ["jupyter_client"], "3.11.2", False),
        ({"jupyter_client": "8.1", "pyzmq": "26"}, ["jupyter_client", "pyzmq"], "3.7.9", False),
    ],
)
def test_who_can_drive(packages: dict[str, str], isolated: list[str], python: str, drives: bool) -> None:
    assert Facts({**ANSWER, "packages": packages, "isolated": isolated, "python": python}).can_drive == drives


def test_what_lies_where_an_isolated_python_does_not_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "pyzmq-99.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pyzmq\nVersion: 99.0\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = Facts(ask(sys.executable))
    assert found.version("pyzmq") == "99.0"
    assert not found.can_drive


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo oh no >&2; exit 3", "is no working Python: oh no"),
        ("exit 3", "is no working Python: status 3"),
        ("echo '[]'", "is no working Python"),
        ("echo '{\"python\": 1}'", "is no working Python"),
        ("printf '\\377'", "is no working Python"),
        ("exec /bin/sleep 60", "did not answer"),
    ],
)
def test_what_is_no_python_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    monkeypatch.setattr(interrogate, "LIMIT_S", 0.5)
    with pytest.raises(Refusal, match=said):
        ask(str(program(tmp_path, "python", text + "\n")))
    with pytest.raises(Refusal, match="cannot be run: No such file"):
        ask(str(tmp_path / "none"))


def test_the_answer_is_remembered_until_a_package_comes_or_goes(tmp_path: Path) -> None:
    site, count = tmp_path / "site", tmp_path / "count"
    site.mkdir()
    answer = json.dumps({**ANSWER, "path": [str(site)]})
    python = str(program(tmp_path / "bin", "python", f"echo >> {count}\necho '{answer}'\n"))
    memory = str(tmp_path / "memory")
    for _ in range(3):
        assert facts(python, memory).python == "3.11.2"
    assert count.read_text() == "\n"
    (site / "new.dist-info").mkdir()
    os.utime(site, ns=(1, 1))  # the file system's clock may stand still for some milliseconds
    facts(python, memory)
    assert count.read_text() == "\n\n"
    for damaged in os.listdir(memory):
        Path(memory, damaged).write_text("{")
    facts(python, memory)
    assert count.read_text() == "\n\n\n"


def test_a_memory_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert facts(sys.executable, str(tmp_path / "file" / "x")).can_drive
