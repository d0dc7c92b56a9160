"""The machine list as a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlx.errors import InputError
from jupyter_mlx.machines.book import MachineBook


def test_no_file_is_an_empty_list(tmp_path: Path) -> None:
    book = MachineBook(tmp_path / "deep" / "machines.json")
    assert book.entries() == []
    assert book.problems() == []
    assert not book.path.parent.exists()


def test_changes_are_saved_privately(tmp_path: Path) -> None:
    book = MachineBook(tmp_path / "new" / "machines.json")
    with book.changing() as entries:
        entries.append({"name": "box", "host": "h"})
    assert book.entry("box") == {"name": "box", "host": "h"}
    assert book.path.stat().st_mode & 0o077 == 0
    assert json.loads(book.path.read_text()) == {"format": 1, "machines": [{"name": "box", "host": "h"}]}


def test_an_error_saves_nothing(tmp_path: Path) -> None:
    book = MachineBook(tmp_path / "machines.json")
    with book.changing() as entries:
        entries.append({"name": "box"})
    before = book.path.read_bytes()
    with pytest.raises(ZeroDivisionError), book.changing() as entries:
        entries.append({"name": 1 / 0})
    assert book.path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["machines.json", "machines.json.lock"]


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"null", b'{"machines": {}}', b'{"machines": [1]}', b"\xff\xfe", b"[" * 100000),
        b'{"format": 2, "machines": []}',
    ],
)
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    book = MachineBook(tmp_path / "machines.json")
    book.path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        book.entries()
    assert str(book.path) in caught.value.message
    with pytest.raises(InputError), book.changing() as entries:
        entries.append({"name": "box"})
    assert book.path.read_bytes() == content


def test_a_wrong_entry_is_reported_and_kept(tmp_path: Path) -> None:
    book = MachineBook(tmp_path / "machines.json")
    written = [{"name": "good", "host": "h"}, {"name": "bad", "port": 0}, {"host": "x"}, {"name": "good"}]
    book.path.write_text(json.dumps({"machines": written}))
    problems = book.problems()
    assert len(problems) == 3
    assert "'bad'" in problems[0]
    assert "port" in problems[0]
    assert "twice" in problems[2]
    with book.changing() as entries:
        entries.append({"name": "more"})
    assert book.entries() == [*written, {"name": "more"}]


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "machines.json"
    real.parent.mkdir()
    link = tmp_path / "machines.json"
    link.symlink_to(real)
    with MachineBook(link).changing() as entries:
        entries.append({"name": "box"})
    assert link.is_symlink()
    assert json.loads(real.read_text())["machines"] == [{"name": "box"}]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file, not a folder")
    with pytest.raises(InputError) as caught, MachineBook(tmp_path / "config" / "machines.json").changing():
        pass
    assert "cannot" in caught.value.message or "Not a directory" in caught.value.message


def test_processes_do_not_lose_each_others_entries(tmp_path: Path) -> None:
    path = tmp_path / "machines.json"
    code = (
        "import sys; from pathlib import Path; from jupyter_mlx.machines.book import MachineBook\n"
        "for i in range(5):\n"
        "    with MachineBook(Path(sys.argv[1])).changing() as e: e.append({'name': f'{sys.argv[2]}{i}'})\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "abcd"]
    assert [child.wait() for child in children] == [0] * 4
    assert len(MachineBook(path).entries()) == 20
