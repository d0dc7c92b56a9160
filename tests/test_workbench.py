"""From Jupyter's folders to everything, each part when it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlx.errors import InputError
from jupyter_mlx.transport.pipe import Unattended
from jupyter_mlx.workbench import Workbench
from tests.support.fixtures import Laptop


def test_state_lies_where_jupyter_says(laptop: Laptop) -> None:
    with Workbench() as bench:
        assert bench.data == laptop.home / "data" / "jupyter_mlx"
        assert bench.config == laptop.home / "config" / "jupyter_mlx"
        assert bench.machines.find("local").root == str(bench.data / "local")
        bench.machines.add("box", host="h")
        assert bench.store.runs() == []
    assert (laptop.home / "config" / "jupyter_mlx" / "machines.json").is_file()
    assert bench.data.stat().st_mode & 0o077 == 0


def test_aliases_of_ssh_config_are_machines(laptop: Laptop) -> None:
    canary = laptop.home / "canary"
    laptop.ssh_config.write_text(f'Host lab lab2 *.x\n  HostName 10.0.0.1\nMatch exec "touch {canary}"\n  Port 1\n')
    with Workbench() as bench:
        assert [machine.name for machine in bench.machines.all()] == ["local", "lab", "lab2"]
    assert not canary.exists()


def test_nobody_is_asked_by_default(laptop: Laptop) -> None:
    assert isinstance(Workbench().prompts, Unattended)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, laptop: Laptop) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as caught:
        _ = Workbench(data=tmp_path / "file" / "data").data
    assert caught.value.hint is not None
    assert "JUPYTER_DATA_DIR" in caught.value.hint


def test_an_open_folder_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    assert Workbench(data=folder).data.stat().st_mode & 0o777 == 0o700


def test_close_before_use_and_twice(tmp_path: Path) -> None:
    bench = Workbench(data=tmp_path / "data", config=tmp_path / "config")
    bench.close()
    assert not (tmp_path / "data").exists()
    assert bench.dispatcher.undelivered() == {}
    bench.close()
    bench.close()
    assert bench.store.runs() == []
    bench.close()


def test_parts_are_made_when_used(laptop: Laptop) -> None:
    """Listing machines needs neither SSH nor a database."""
    code = (
        "import sys; from jupyter_mlx.workbench import Workbench; b = Workbench(); b.machines.all(); "
        "print(sorted({'paramiko', 'sqlite3', 'nbformat', 'asyncio'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert said.stdout.strip() == "[]"
