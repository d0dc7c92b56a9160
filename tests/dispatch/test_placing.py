"""Files from a machine land in the folder, whole and proven, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlx.dispatch.placing import Place, Wanted
from jupyter_mlx.errors import ConflictError, InputError, MachineError, UnreachableError
from jupyter_mlx.runner.names import UnsafeNameError


def wanted(path: str, data: bytes) -> Wanted:
    return Wanted(path, len(data), hashlib.sha256(data).hexdigest())


class Source:
    """A machine's file: notes from where it was read; ends early or breaks where told."""

    def __init__(self, data: bytes, breaks_after: int | None = None) -> None:
        self.data = data
        self.breaks_after = breaks_after
        self.offsets: list[int] = []

    def __call__(self, offset: int) -> Iterator[bytes]:
        self.offsets.append(offset)
        for at in range(offset, len(self.data), 1000):
            if self.breaks_after is not None and at - offset >= self.breaks_after:
                raise UnreachableError("cut")
            yield self.data[at : at + 1000]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_places_files_below_the_folder(tmp_path: Path) -> None:
    data = os.urandom(5000)
    with Place(tmp_path / "new" / "out", ".staging") as place:
        place.put(wanted("a/b/c.bin", data), Source(data))
        place.put(wanted("empty", b""), Source(b""))
    assert everything(tmp_path) == {"new/out/a/b/c.bin": data, "new/out/empty": b""}
    assert not (tmp_path / "new" / "out" / ".staging").exists()


@pytest.mark.parametrize("name", ["-rf", "a b'\";$(touch x)\n", "ü😀" * 20, "x" * 255, ".bashrc", "\x1b]0;t\x07"])
def test_hostile_looks_are_kept(tmp_path: Path, name: str) -> None:
    with Place(tmp_path, ".staging") as place:
        place.put(wanted(name, b"x"), Source(b"x"))
    assert everything(tmp_path) == {name: b"x"}


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../x", "a//b", "", ".", "a\0b", "x" * 256])
def test_paths_that_leave_are_refused(tmp_path: Path, path: str) -> None:
    with Place(tmp_path / "out", ".staging") as place, pytest.raises(UnsafeNameError):
        place.put(wanted(path, b"x"), Source(b"x"))
    assert everything(tmp_path) == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.text(max_size=30))
def test_no_path_writes_outside(tmp_path: Path, path: str) -> None:
    before = everything(tmp_path)
    allowed = contextlib.suppress(UnsafeNameError, InputError, ConflictError)
    with Place(tmp_path / "out", ".staging", force=True) as place, allowed:
        place.put(wanted(path, b"x"), Source(b"x"))
    outside = {name: data for name, data in everything(tmp_path).items() if not name.startswith("out/")}
    assert outside == {name: data for name, data in before.items() if not name.startswith("out/")}


def test_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    data = os.urandom(10_000)
    with Place(tmp_path, ".staging") as place:
        with pytest.raises(UnreachableError):
            place.put(wanted("f", data), Source(data, breaks_after=4000))
        assert not (tmp_path / "f").exists()
    with Place(tmp_path, ".staging") as place:
        again = Source(data)
        place.put(wanted("f", data), again)
    assert again.offsets == [4000]
    assert everything(tmp_path) == {"f": data}


def test_other_content_than_announced_is_not_placed(tmp_path: Path) -> None:
    item = wanted("f", b"a" * 3000)
    with Place(tmp_path, ".staging") as place:
        for wrong in (b"b" * 3000, b"a" * 2999, b"a" * 10**6):
            with pytest.raises(MachineError, match="not what the run announced"):
                place.put(item, Source(wrong))
            assert not (tmp_path / "f").exists()
        place.put(item, Source(b"a" * 3000))
    assert everything(tmp_path) == {"f": b"a" * 3000}


def test_an_endless_file_is_cut_at_its_announced_size(tmp_path: Path) -> None:
    given_out = 0

    def endless(offset: int) -> Iterator[bytes]:
        nonlocal given_out
        while True:
            given_out += 1000
            yield b"x" * 1000

    with Place(tmp_path, ".staging") as place, pytest.raises(MachineError):
        place.put(wanted("f", b"x" * 5000), endless)
    assert given_out <= 6000


def test_without_a_checksum_the_size_decides(tmp_path: Path) -> None:
    with Place(tmp_path, ".staging") as place:
        with pytest.raises(UnreachableError):
            place.put(Wanted("f", 3000, None), Source(b"a" * 3000, breaks_after=1000))
        again = Source(b"b" * 3000)
        place.put(Wanted("f", 3000, None), again)
    assert again.offsets == [0]
    assert everything(tmp_path) == {"f": b"b" * 3000}


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    (tmp_path / "same").write_bytes(b"same")
    (tmp_path / "other").write_bytes(b"mine")
    with Place(tmp_path, ".staging") as place:
        assert place.has(wanted("same", b"same"))
        assert not place.has(wanted("absent/deep", b"x"))
        with pytest.raises(ConflictError) as caught:
            place.has(wanted("other", b"theirs"))
        assert caught.value.field == "other"
        with pytest.raises(ConflictError):
            place.put(wanted("other", b"theirs"), Source(b"theirs"))
    assert everything(tmp_path)["other"] == b"mine"


def test_force_overwrites_files_and_links_but_no_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    out = tmp_path / "out"
    out.mkdir()
    (out / "file").write_bytes(b"mine")
    (out / "link").symlink_to(outside)
    (out / "folder").mkdir()
    with Place(out, ".staging", force=True) as place:
        for name in ("file", "link"):
            assert not place.has(wanted(name, b"new"))
            place.put(wanted(name, b"new"), Source(b"new"))
        with pytest.raises(ConflictError):
            place.has(wanted("folder", b"new"))
    assert outside.read_bytes() == b"precious"
    assert not (out / "link").is_symlink()
    assert everything(out) == {"file": b"new", "link": b"new"}


@pytest.mark.parametrize("force", [False, True])
def test_links_on_the_way_are_not_followed(tmp_path: Path, force: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "outputs").symlink_to(outside)
    with Place(out, ".staging", force) as place:
        with pytest.raises(ConflictError):
            place.has(wanted("outputs/f", b"x"))
        with pytest.raises(ConflictError):
            place.put(wanted("outputs/f", b"x"), Source(b"x"))
    assert everything(outside) == {}


def test_a_link_in_place_of_the_gathering_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / ".staging").symlink_to(outside)
    with pytest.raises(InputError), Place(out, ".staging"):
        pass
    assert everything(outside) == {}


def test_a_folder_swapped_for_a_link_leads_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for name in ("a", "a/b"):
                with contextlib.suppress(OSError):
                    os.rename(out / name, out / f"moved{os.urandom(4).hex()}")
                with contextlib.suppress(OSError):
                    os.symlink(outside, out / name)
                with contextlib.suppress(OSError):
                    os.unlink(out / name)

    thread = threading.Thread(target=swap)
    thread.start()
    placed = 0
    try:
        for number in range(1000):
            with contextlib.suppress(ConflictError, InputError), Place(out, ".staging", force=True) as place:
                place.put(wanted(f"a/b/{number}", b"x"), Source(b"x"))
                placed += 1
    finally:
        done.set()
        thread.join()
    assert placed > 0
    assert everything(outside) == {}


def test_two_at_once_place_one_whole_file(tmp_path: Path) -> None:
    data = os.urandom(300_000)
    errors: list[Exception] = []

    def fetch() -> None:
        try:
            with Place(tmp_path, ".staging") as place:
                if not place.has(wanted("f", data)):
                    place.put(wanted("f", data), Source(data))
        except (ConflictError, InputError) as error:
            errors.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "f").read_bytes() == data
    assert len(errors) < 6


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError) as caught, Place(tmp_path / "out", ".staging"):
        pass
    assert str(tmp_path / "out") in caught.value.message
