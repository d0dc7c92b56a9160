from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from jupyter_mlx.store import filesystem
from jupyter_mlx.store.database import Database


def table(tmp_path: Path, *entries: tuple[str, str]) -> Path:
    """A mount table as the kernel writes it."""
    lines = [f"{n} 1 8:1 / {point} rw,relatime shared:1 - {kind} dev rw" for n, (point, kind) in enumerate(entries)]
    path = tmp_path / "mountinfo"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_innermost_mount_counts(tmp_path):
    mounts = table(tmp_path, ("/", "ext4"), ("/home", "nfs4"), ("/home/me/fast", "xfs"), ("/homework", "tmpfs"))
    assert filesystem.kind_of(Path("/usr"), mounts) == "ext4"
    assert filesystem.kind_of(Path("/home"), mounts) == "nfs4"
    assert filesystem.kind_of(Path("/home/me/data"), mounts) == "nfs4"
    assert filesystem.kind_of(Path("/home/me/fast/x"), mounts) == "xfs"
    assert filesystem.kind_of(Path("/homework/x"), mounts) == "tmpfs"


def test_the_later_mount_hides_the_earlier(tmp_path):
    assert filesystem.kind_of(Path("/a"), table(tmp_path, ("/a", "ext4"), ("/a", "cifs"))) == "cifs"


def test_names_with_blanks(tmp_path):
    assert filesystem.kind_of(Path("/my disk/x"), table(tmp_path, ("/", "ext4"), ("/my\\040disk", "nfs"))) == "nfs"


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "fuse.sshfs", "9p", "lustre"])
def test_network_file_systems(tmp_path, kind):
    assert filesystem.is_network(tmp_path, table(tmp_path, ("/", kind)))


@pytest.mark.parametrize("kind", ["ext4", "xfs", "tmpfs", "overlay", "btrfs", "fuseblk"])
def test_local_file_systems(tmp_path, kind):
    assert not filesystem.is_network(tmp_path, table(tmp_path, ("/", kind)))


def test_no_table_or_nonsense_counts_as_local(tmp_path):
    assert not filesystem.is_network(tmp_path, tmp_path / "missing")
    odd = tmp_path / "odd"
    odd.write_bytes(b"\xff\xfe - \n- - -\n1 2 3\n")
    assert not filesystem.is_network(tmp_path, odd)


def test_this_system_says_what_the_folder_is_on(tmp_path):
    if not filesystem.MOUNTS.exists():
        pytest.skip("not Linux")
    assert filesystem.kind_of(tmp_path)


@pytest.mark.parametrize(("kind", "mode"), [("nfs", "delete"), ("ext4", "wal")])
def test_the_database_goes_without_shared_memory_on_a_network(tmp_path, kind, mode):
    path = tmp_path / "db" / "mlx.sqlite"
    path.parent.mkdir()
    database = Database(path, mounts=table(tmp_path, ("/", kind)))
    with database.write() as connection:
        connection.execute("INSERT INTO machines (name) VALUES ('a')")
    database.close()
    plain = sqlite3.connect(path)
    assert plain.execute("PRAGMA journal_mode").fetchone()[0] == mode
    assert plain.execute("SELECT name FROM machines").fetchall() == [("a",)]
    plain.close()


def test_a_database_that_moves_to_a_network_folder_changes_its_mode(tmp_path):
    path = tmp_path / "mlx.sqlite"
    Database(path, mounts=table(tmp_path, ("/", "ext4"))).close()
    moved = Database(path, mounts=table(tmp_path, ("/", "nfs")))
    with moved.read() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    moved.close()
