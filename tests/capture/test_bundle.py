"""A bundle is exactly what was on disk, named by one hash; unchanged files are not read again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from jupyter_mlx.capture.bundle import Packed, pack
from jupyter_mlx.capture.files import select
from jupyter_mlx.capture.stat_cache import StatCache
from jupyter_mlx.errors import ConflictError, InputError
from jupyter_mlx.runner.blobs import BlobStore

from .notebooks import put

LONG_AGO = 1_700_000_000


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "state" / "blobs"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    put(folder, "nb.ipynb", "with outputs")
    put(folder, "src/a.py", "print('a')")
    put(folder, "src/deep/b.py", "print('b')")
    put(folder, "run.sh", "#!/bin/sh").chmod(0o755)
    (folder / "empty").mkdir()
    (folder / "link").symlink_to("src/a.py")
    return folder


def packed(root: Path, blobs: BlobStore, notebook: bytes = b"stripped") -> Packed:
    return pack(select(str(root), "nb.ipynb", len(notebook)), notebook, blobs)


def reads(monkeypatch: pytest.MonkeyPatch, blobs: BlobStore) -> list[str]:
    """The names of the files that are read from now on."""
    seen: list[str] = []
    original = blobs.put_file

    def watched(path: str) -> tuple[str, int]:
        seen.append(os.path.basename(path))
        return original(path)

    monkeypatch.setattr(blobs, "put_file", watched)
    return seen


def age(root: Path) -> None:
    """Let every file look as if it had been there for long; the real change time cannot be set, so it must pass."""
    for file in root.rglob("*"):
        if file.is_file() and not file.is_symlink():
            os.utime(file, (LONG_AGO, LONG_AGO))


def test_what_comes_out_is_what_went_in(root: Path, blobs: BlobStore, tmp_path: Path) -> None:
    found = packed(root, blobs)
    copy = tmp_path / "copy"
    blobs.materialise(found.summary.digest, str(copy))
    assert (copy / "nb.ipynb").read_text() == "stripped"
    assert (copy / "src/deep/b.py").read_text() == "print('b')"
    assert os.access(copy / "run.sh", os.X_OK)
    assert not os.access(copy / "src/a.py", os.X_OK)
    assert os.readlink(copy / "link") == "src/a.py"
    assert (copy / "empty").is_dir()
    assert sorted(path.name for path in copy.rglob("*")) == sorted(path.name for path in root.rglob("*"))


def test_the_summary_counts_files_and_bytes(root: Path, blobs: BlobStore) -> None:
    found = packed(root, blobs)
    assert found.files == [("nb.ipynb", 8), ("run.sh", 9), ("src/a.py", 10), ("src/deep/b.py", 10)]
    assert (found.summary.files, found.summary.bytes) == (4, 37)


def test_the_ids_are_all_it_takes_trees_first(root: Path, blobs: BlobStore) -> None:
    found = packed(root, blobs)
    walked = list(blobs.walk(found.summary.digest))
    assert found.ids[0] == found.summary.digest
    assert sorted(found.ids) == sorted({blob_id for blob_id, _ in walked})
    trees = {blob_id for blob_id, is_tree in walked if is_tree}
    assert set(found.ids[: len(trees)]) == trees


def test_equal_content_has_an_equal_name_wherever_and_whenever(root: Path, blobs: BlobStore, tmp_path: Path) -> None:
    first = packed(root, blobs).summary
    age(root)
    moved = root.rename(tmp_path / "elsewhere")
    assert packed(moved, BlobStore(str(tmp_path / "other"))).summary == first
    put(moved, "src/a.py", "print('c')")
    assert packed(moved, blobs).summary.digest != first.digest


def test_a_notebook_that_is_ignored_or_not_saved_yet_travels(root: Path, blobs: BlobStore) -> None:
    put(root, ".mlxignore", "*\n")
    (root / "nb.ipynb").unlink()
    assert packed(root, blobs).files == [("nb.ipynb", 8)]


def test_a_notebook_below_an_ignored_folder_travels(root: Path, blobs: BlobStore, tmp_path: Path) -> None:
    put(root, ".mlxignore", "/src/\n")
    found = pack(select(str(root), "src/deep/nb.ipynb", 1), b"x", blobs)
    assert ("src/deep/nb.ipynb", 1) in found.files
    assert "src/a.py" not in dict(found.files)


def test_the_link_a_notebook_is_becomes_its_content(root: Path, blobs: BlobStore, tmp_path: Path) -> None:
    (root / "alias.ipynb").symlink_to("nb.ipynb")
    found = pack(select(str(root), "alias.ipynb", 8), b"stripped", blobs)
    blobs.materialise(found.summary.digest, str(tmp_path / "copy"))
    assert (tmp_path / "copy/alias.ipynb").read_text() == "stripped"
    assert not (tmp_path / "copy/alias.ipynb").is_symlink()
    assert (tmp_path / "copy/nb.ipynb").read_text() == "with outputs"


def test_only_what_changed_is_read_again(root: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_mlx.capture.stat_cache._TOO_YOUNG", 0)
    first = packed(root, blobs)
    seen = reads(monkeypatch, blobs)
    assert packed(root, blobs) == first
    assert seen == []
    put(root, "src/a.py", "print('z')")  # the same size
    assert packed(root, blobs).summary != first.summary
    assert seen == ["a.py"]


def test_the_same_size_and_time_is_not_the_same_file(
    root: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_mlx.capture.stat_cache._TOO_YOUNG", 0)
    age(root)
    first = packed(root, blobs)
    put(root, "src/a.py", "print('z')")
    age(root)
    assert packed(root, blobs).summary.digest != first.summary.digest


def test_a_young_file_is_not_trusted(root: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    packed(root, blobs)
    seen = reads(monkeypatch, blobs)
    packed(root, blobs)
    assert set(seen) == {"a.py", "b.py", "run.sh"}


def test_a_blob_that_went_missing_is_stored_again(
    root: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_mlx.capture.stat_cache._TOO_YOUNG", 0)
    found = packed(root, blobs)
    for blob_id in found.ids:
        blobs.discard(blob_id)
    again = packed(root, blobs)
    assert again == found
    assert blobs.missing(again.summary.digest) == []


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"format": 1, "files": {"src/a.py": 5}}', b'{"format": 99}', b"\xff"]
)
def test_a_damaged_cache_only_costs_time(
    root: Path, blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    monkeypatch.setattr("jupyter_mlx.capture.stat_cache._TOO_YOUNG", 0)
    found = packed(root, blobs)
    (cache,) = (tmp_path / "state" / "stat-cache").iterdir()
    cache.write_bytes(damage)
    assert packed(root, blobs) == found


def test_a_cache_that_lies_about_a_digest_is_not_believed(root: Path, tmp_path: Path) -> None:
    cache = StatCache(str(tmp_path / "blobs"), str(root))
    found = next(f for f in select(str(root), "nb.ipynb", 0).found if f.path == "src/a.py")
    cache._old = {"src/a.py": [*found.version, "../../etc/passwd"]}
    assert cache.get(found) is None
    cache._old = {"src/a.py": [*found.version, "a" * 64]}
    assert cache.get(found) == "a" * 64


def growing(monkeypatch: pytest.MonkeyPatch, blobs: BlobStore, file: Path, times: int) -> None:
    """Let a file grow each time it is read, so many times."""
    original, left = blobs._store, [times]

    def grow(source: BinaryIO, size: int) -> str | None:
        if left[0] and os.path.samestat(os.fstat(source.fileno()), file.stat()):
            left[0] -= 1
            with file.open("ab") as out:
                out.write(b"line\n")
        return original(source, size)

    monkeypatch.setattr(blobs, "_store", grow)


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_file_that_never_holds_still_is_named(
    root: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    growing(monkeypatch, blobs, put(root, "growing.log", b"x" * size), times=1000)
    with pytest.raises(ConflictError, match=r"growing\.log changed while being packed") as caught:
        packed(root, blobs)
    assert ".mlxignore" in str(caught.value.hint)


def test_a_file_that_holds_still_at_last_is_taken_as_it_is_then(
    root: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(root, "growing.log", b"x" * 100)
    growing(monkeypatch, blobs, file, times=4)
    assert dict(packed(root, blobs).files)["growing.log"] == 120 == file.stat().st_size


def test_a_file_that_vanishes_is_left_out_and_said(root: Path, blobs: BlobStore) -> None:
    selection = select(str(root), "nb.ipynb", 8)
    (root / "src/a.py").unlink()
    (root / "run.sh").unlink()
    (root / "run.sh").symlink_to("/etc/passwd")
    found = pack(selection, b"stripped", blobs)
    assert found.warnings == ["left out, vanished or unreadable: run.sh, src/a.py"]
    assert "src/deep/b.py" in dict(found.files)


def test_a_store_that_cannot_be_written_is_said(root: Path, tmp_path: Path) -> None:
    put(tmp_path, "file")
    with pytest.raises(InputError, match="cannot be packed into"):
        packed(root, BlobStore(str(tmp_path / "file" / "blobs")))
