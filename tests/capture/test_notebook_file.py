"""Files that are no notebooks: each has its own message, with place and remedy, and none is opened that must not be."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from jupyter_mlx.capture.notebook_file import parse, read_bytes
from jupyter_mlx.errors import InputError, LimitError, NotFoundError

from .notebooks import code, notebook


def refused(data: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        parse(data, Path("nb.ipynb"))
    assert caught.value.exit_code == 2
    return caught.value


def test_an_empty_file_is_said_to_be_empty() -> None:
    assert refused(b"").message == "nb.ipynb is not a notebook: empty"
    assert "empty" in refused(b" \n\n").message


def test_a_merge_conflict_names_the_line_of_its_first_marker() -> None:
    lines = json.dumps(notebook(code("x = 1")), indent=1).split("\n")
    lines[3:3] = ["<<<<<<< HEAD", "=======", ">>>>>>> other"]
    error = refused("\n".join(lines).encode())
    assert error.message.startswith("nb.ipynb:4: a merge conflict")
    assert "<<<<<<< HEAD" in error.message
    assert error.hint


def test_marker_like_text_inside_a_cell_is_no_conflict() -> None:
    content = notebook(code("<<<<<<< HEAD\n=======\n>>>>>>> x"))
    assert parse(json.dumps(content, indent=1).encode(), Path("nb.ipynb")) == content


def test_a_byte_order_mark_is_read_over() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1}', Path("nb.ipynb")) == {"a": 1}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe{\x00", "UTF-16"),
        (b'{"a":\n "\xff"}', "nb.ipynb:2: not UTF-8"),
        (b'{"a": 1,\n "b": }', "nb.ipynb:2:7: damaged JSON"),
        (b'{"cells": [\n', "ends too early"),
        (b'{"cells": "never clo', "ends too early"),
        (b"# %%\nprint(1)\n", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not a notebook"),
    ],
)
def test_damage_is_named_with_its_place(data: bytes, words: str) -> None:
    assert words in refused(data).message


@pytest.mark.parametrize(
    ("kind", "words"),
    [("folder", "a folder"), ("fifo", "a named pipe"), ("socket", "a socket"), ("/dev/zero", "a device")],
)
def test_what_is_no_file_is_refused_by_type_and_never_waited_for(tmp_path: Path, kind: str, words: str) -> None:
    path = tmp_path / "nb.ipynb"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    else:
        path.symlink_to(kind)
    with pytest.raises(InputError, match=f"is {words}, not a notebook"):
        read_bytes(path)


def test_a_vanished_notebook_is_not_found_and_nothing_started(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist") as caught:
        read_bytes(tmp_path / "gone.ipynb")
    assert "Nothing was started" in str(caught.value.hint)
    with pytest.raises(NotFoundError, match="does not exist"):
        read_bytes(tmp_path / "no folder" / "gone.ipynb")


def test_a_dangling_link_says_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "nb.ipynb").symlink_to("elsewhere.ipynb")
    with pytest.raises(NotFoundError, match=r"a link to elsewhere\.ipynb, which does not exist"):
        read_bytes(tmp_path / "nb.ipynb")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    path.touch(0o000)
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        read_bytes(path)


def test_impossible_names_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: file name too long"):
        read_bytes(tmp_path / ("x" * 300))
    with pytest.raises(InputError, match="not a file name"):
        read_bytes(tmp_path / "a\0b")


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.ipynb").open("wb") as out:
        out.truncate(2 << 30)  # sparse: takes no disk
    with pytest.raises(LimitError, match=r"is 2\.1 GB"):
        read_bytes(tmp_path / "huge.ipynb")


def test_names_that_would_steer_a_terminal_are_shown_escaped(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        read_bytes(tmp_path / "a\x1b[2J\u202eb.ipynb")
    assert "\\x1b[2J\\u202eb" in caught.value.message
