"""What travels of a folder: all that can, within limits that name the offenders."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from jupyter_mlx.capture.files import Selection, select
from jupyter_mlx.errors import InputError, LimitError

from .notebooks import put


def chosen(root: Path, **limits: int) -> Selection:
    return select(str(root), "nb.ipynb", 10, **limits)


def kinds(selection: Selection) -> dict[str, str]:
    return {found.path: found.kind for found in selection.found}


def test_files_folders_and_programs(tmp_path: Path) -> None:
    put(tmp_path, "nb.ipynb", "saved, with outputs")
    put(tmp_path, "src/a.py", "12345")
    put(tmp_path, "run.sh").chmod(0o755)
    (tmp_path / "empty").mkdir()
    selection = chosen(tmp_path)
    assert kinds(selection) == {"empty": "dir", "run.sh": "exec", "src": "dir", "src/a.py": "file"}
    assert (selection.files, selection.bytes, selection.warnings) == (3, 15, [])


def test_the_order_is_that_of_the_names(tmp_path: Path) -> None:
    for name in ("b", "a/z", "a.txt", "c/d/e", "B", "é", "a/a"):
        put(tmp_path, name)
    paths = [found.path for found in chosen(tmp_path).found]
    assert paths == sorted(paths)
    assert len(paths) == 10


def test_links_inside_stay_links_and_others_are_left_out_by_name(tmp_path: Path) -> None:
    root = tmp_path / "root"
    put(root, "src/a.py")
    put(tmp_path, "outside.txt")
    links = {
        "src/same": "a.py",
        "up": "src/a.py",
        "src/down": "../src",
        "absolute": str(root / "src/a.py"),
        "around": "src/../src/./a.py",
        "out": "../outside.txt",
        "etc": "/etc/passwd",
        "home": "~",
        "loop": "loop",
        "src/top": "..",
        "here": ".",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    selection = chosen(root)
    assert {found.path: found.target for found in selection.found if found.kind == "link"} == {
        "src/same": "a.py",
        "up": "src/a.py",
        "src/down": "../src",
        "absolute": "src/a.py",
        "around": "src/a.py",
        "loop": "loop",
        "src/top": "..",
    }
    assert "left out, a link out of the project: etc, out" in selection.warnings
    assert any("a link to what is not sent: home" in warning for warning in selection.warnings)


def test_a_link_to_what_stays_at_home_stays_too(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", "data/\n")
    put(tmp_path, "data/x")
    (tmp_path / "latest").symlink_to("data/x")
    selection = chosen(tmp_path)
    assert set(kinds(selection)) == {".gitignore"}
    assert selection.warnings == ["left out, a link to what is not sent: latest"]
    assert selection.files == 2


def test_pipes_and_sockets_are_left_out_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "socket"))
    assert chosen(tmp_path).warnings == ["left out, a named pipe: pipe", "left out, a socket: socket"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_devices_are_left_out_by_name(tmp_path: Path) -> None:
    os.mknod(tmp_path / "null", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    assert chosen(tmp_path).warnings == ["left out, a device: null"]


@pytest.mark.parametrize(
    "name", ["a b'\";$(touch x)\n.txt", "-rf", "🚀", "x" * 255, "\x1b]0;t\x07", os.fsdecode(b"\xff\xfe")]
)
def test_hostile_names_travel(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    selection = chosen(tmp_path)
    assert kinds(selection) == {name: "file"}
    assert selection.warnings == []


def test_a_path_no_machine_could_hold_is_left_out(tmp_path: Path) -> None:
    before = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(20):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
    finally:
        os.chdir(before)
    put(tmp_path, "a")
    selection = chosen(tmp_path)
    assert "a" in kinds(selection)
    assert any(warning.startswith("left out, ") for warning in selection.warnings)


def test_names_that_some_disks_take_for_one_are_said(tmp_path: Path) -> None:
    for name in ("Data.csv", "data.csv", "e\u0301", "\u00e9", "other"):
        put(tmp_path, name)
    assert chosen(tmp_path).warnings == [
        "names that some disks take for one: Data.csv and data.csv; e\u0301 and \u00e9"
    ]


def test_too_many_bytes_names_the_five_largest(tmp_path: Path) -> None:
    for number in range(1, 8):
        put(tmp_path, f"data/{number}.bin", b"x" * number * 1000)
    with pytest.raises(LimitError) as caught:
        chosen(tmp_path, max_bytes=20_000)
    error = caught.value
    assert "would send 28.0 kB, over the limit of 20.0 kB" in error.message
    assert "Largest: data/7.bin (7.0 kB), data/6.bin (6.0 kB), data/5.bin (5.0 kB)" in error.message
    assert "2.bin" not in error.message
    assert ".mlxignore" in str(error.hint)
    assert error.exit_code == 7


def test_too_many_files_names_the_fullest_folders(tmp_path: Path) -> None:
    for number in range(12):
        put(tmp_path, f"{'many' if number < 8 else 'few'}/{number}")
    with pytest.raises(
        LimitError, match=r"13 files, over the limit of 5. Largest: many/ \(8 files\), few/ \(4 files\)"
    ):
        chosen(tmp_path, max_files=5)


def test_counting_ends_where_the_answer_is_known(tmp_path: Path) -> None:
    for number in range(60):
        put(tmp_path, str(number))
    with pytest.raises(LimitError, match="more than 22 files, over the limit of 2"):
        chosen(tmp_path, max_files=2)


def test_a_sparse_terabyte_is_counted_not_read(tmp_path: Path) -> None:
    with (tmp_path / "disk.img").open("wb") as out:
        out.truncate(1 << 40)
    with pytest.raises(LimitError, match=r"disk\.img \(1\.1 TB\)"):
        chosen(tmp_path)


def test_the_stored_outputs_of_the_notebook_do_not_count(tmp_path: Path) -> None:
    put(tmp_path, "nb.ipynb", b"x" * 10_000)
    assert chosen(tmp_path, max_bytes=1000).bytes == 10


def test_folders_that_never_go_are_not_entered(tmp_path: Path) -> None:
    put(tmp_path, "state/blobs/x")
    put(tmp_path, "a")
    selection = select(str(tmp_path), "nb.ipynb", 0, never=[str(tmp_path / "state")])
    assert kinds(selection) == {"a": "file"}


def test_a_root_that_cannot_be_listed_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        chosen(tmp_path / "gone")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    put(tmp_path, "closed/x").parent.chmod(0)
    assert chosen(tmp_path).warnings == ["left out, permission denied: closed/"]
