from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from jupyter_mlx.errors import ConflictError, NoSpaceError
from jupyter_mlx.store.trouble import named


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_named_with_path_and_bytes(tmp_path, code):
    path = tmp_path / "missing" / "journal"
    with pytest.raises(NoSpaceError) as caught, named(path, 12345):
        raise OSError(code, "full", str(path))
    assert str(path) in caught.value.message
    assert "12345 bytes" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("database or disk is full", NoSpaceError, "no space left"),
        ("database is locked", ConflictError, "another process"),
        ("attempt to write a readonly database", ConflictError, "readonly"),
        ("unable to open database file", ConflictError, "cannot be opened"),
        ("disk I/O error", ConflictError, "disk I/O error"),
        ("no such table: runs", ConflictError, "damaged"),
    ],
)
def test_what_sqlite_says(tmp_path, said, kind, words):
    with pytest.raises(kind, match=words) as caught, named(tmp_path / "x"):
        raise sqlite3.OperationalError(said)
    assert str(tmp_path / "x") in caught.value.message
    assert caught.value.hint


def test_a_malformed_file_points_to_the_rebuild(tmp_path):
    with pytest.raises(ConflictError, match="damaged") as caught, named(tmp_path / "x"):
        raise sqlite3.DatabaseError("database disk image is malformed")
    assert "doctor --rebuild" in str(caught.value.hint)


def test_other_errors_of_the_system_keep_their_words():
    with pytest.raises(ConflictError, match=r"/x/y.*Permission denied"), named(Path("/z")):
        raise PermissionError(errno.EACCES, "Permission denied", "/x/y")


def test_our_own_mistakes_are_not_dressed_up(tmp_path):
    for mistake in (sqlite3.ProgrammingError, sqlite3.IntegrityError, KeyError):
        with pytest.raises(mistake), named(tmp_path):
            raise mistake("x")
