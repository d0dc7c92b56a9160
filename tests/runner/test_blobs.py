from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jupyter_mlx.runner import materialise
from jupyter_mlx.runner.blobs import BlobChanged, BlobMissing, BlobStore
from jupyter_mlx.runner.names import UnsafeNameError
from jupyter_mlx.runner.trees import Entry, TreeError, encode_tree

HERE = Path(__file__).parents[2]


@pytest.fixture
def blobs(tmp_path):
    store = BlobStore(str(tmp_path / "blobs"))
    yield store
    store.close()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def litter(store: BlobStore) -> list[str]:
    return sorted(name for name in os.listdir(store.folder) if name.startswith("."))


# -- content -----------------------------------------------------------------------------------------------------


def test_bytes_go_in_and_come_out(blobs):
    blob = blobs.put(b"hello")
    assert blob == sha(b"hello") == blobs.put(b"hello")
    assert blobs.has(blob) and blobs.has(blob, 5) and not blobs.has(blob, 4) and not blobs.has("0" * 64)
    assert blobs.size(blob) == 5
    with blobs.open(blob) as source:
        assert source.read() == b"hello"
    assert blobs.path(blob) == os.path.join(blobs.folder, blob[:2], blob[2:])
    assert stat.S_IMODE(os.stat(blobs.path(blob)).st_mode) == 0o400
    assert litter(blobs) == []


def test_what_is_not_there_and_what_is_no_id(blobs):
    for ask in (blobs.size, blobs.open, blobs.tree):
        with pytest.raises(BlobMissing, match="0000 is not here"):
            ask("0" * 64)
    for ask in (blobs.has, blobs.path, blobs.open, blobs.partial):
        with pytest.raises(UnsafeNameError):
            ask("../../../../etc/passwd")


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, (3 << 20) + 7])
def test_files_of_any_size(blobs, tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    assert blobs.put_file(str(tmp_path / "file")) == (sha(data), size)
    assert Path(blobs.path(sha(data))).read_bytes() == data
    assert litter(blobs) == []


def test_a_file_that_never_holds_still_is_refused_and_leaves_nothing(blobs, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"x" * (2 << 20))
    stop = threading.Event()

    def grow():
        with path.open("ab", buffering=0) as out:
            while not stop.is_set():
                out.write(b"y" * 100)
                if out.tell() > 200 << 20:
                    out.truncate(2 << 20)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(BlobChanged, match="changed while it was read"):
            put_again_and_again(blobs, path)
    finally:
        stop.set()
        writer.join()
    for folder, _, files in os.walk(blobs.folder):
        for name in files:
            if not name.startswith("."):
                assert sha(Path(folder, name).read_bytes()) == os.path.basename(folder) + name


def put_again_and_again(blobs: BlobStore, path: Path) -> None:
    for _ in range(1000):
        blobs.put_file(str(path))


def test_only_regular_files(blobs, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(BlobChanged, match="not a regular file"):
        blobs.put_file(str(tmp_path / "fifo"))
    with pytest.raises(BlobChanged, match="not a regular file"):
        blobs.put_file("/dev/zero")
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        blobs.put_file(str(tmp_path / "link"))
    with pytest.raises(FileNotFoundError):
        blobs.put_file(str(tmp_path / "absent"))


def test_many_writers_of_one_blob(blobs, tmp_path):
    data = os.urandom(3 << 20)
    (tmp_path / "file").write_bytes(data)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(blobs.put_file(str(tmp_path / "file")))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(sha(data), len(data))] * 8
    assert Path(blobs.path(sha(data))).read_bytes() == data
    assert litter(blobs) == []


def test_a_blob_cut_by_a_power_loss_is_replaced(blobs):
    blob = blobs.put(b"content")
    os.chmod(blobs.path(blob), 0o600)
    os.truncate(blobs.path(blob), 0)
    assert blobs.put(b"content") == blob
    assert Path(blobs.path(blob)).read_bytes() == b"content"


def test_flush(blobs):
    ids = [blobs.put(bytes([n])) for n in range(3)]
    blobs.flush(ids)
    with pytest.raises(BlobMissing):
        blobs.flush(["0" * 64])


# -- arriving ----------------------------------------------------------------------------------------------------


def send(store: BlobStore, data: bytes, start: int = 0, stop: int | None = None, piece: int = 1000) -> bool:
    done = False
    for at in range(start, len(data) if stop is None else stop, piece):
        done = store.receive(sha(data), len(data), at, data[at : at + piece])
    return done


def test_a_blob_in_pieces_appears_only_when_whole(blobs):
    data = os.urandom(10_000)
    assert not send(blobs, data, stop=9000)
    assert not blobs.has(sha(data)) and blobs.partial(sha(data)) == 9000
    assert send(blobs, data, 9000)
    assert Path(blobs.path(sha(data))).read_bytes() == data
    assert litter(blobs) == []
    assert blobs.receive(sha(data), len(data), 0, b"again"), "what is here needs nothing"


@pytest.mark.parametrize("size", [0, 1, 999])
def test_a_blob_in_one_piece(blobs, size):
    data = os.urandom(size)
    assert blobs.receive(sha(data), size, 0, data)
    assert blobs.has(sha(data), size)


@pytest.mark.parametrize("cut", range(0, 10_000, 1000))
def test_resume_after_a_break_at_any_piece(tmp_path, cut):
    data = os.urandom(10_000)
    first = BlobStore(str(tmp_path))
    send(first, data, stop=cut)
    first.close()
    second = BlobStore(str(tmp_path))
    there = second.partial(sha(data))
    assert there == cut
    assert send(second, data, there)
    assert Path(second.path(sha(data))).read_bytes() == data
    assert litter(second) == []


def test_another_try_while_the_first_still_hangs_on_a_dead_link(tmp_path):
    data = os.urandom(10_000)
    hanging, fresh = BlobStore(str(tmp_path)), BlobStore(str(tmp_path))
    send(hanging, data, stop=6000)
    assert send(fresh, data, fresh.partial(sha(data)))
    assert Path(fresh.path(sha(data))).read_bytes() == data
    assert send(hanging, data, 6000)
    hanging.close()
    assert Path(fresh.path(sha(data))).read_bytes() == data


def test_two_senders_at_once(tmp_path):
    data = os.urandom(200_000)
    stores = [BlobStore(str(tmp_path)) for _ in range(2)]
    threads = [threading.Thread(target=send, args=(store, data)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert Path(stores[0].path(sha(data))).read_bytes() == data


def test_wrong_content_is_discarded_whole(blobs):
    data = os.urandom(5000)
    for at in range(0, 5000, 1000):
        chunk = data[at : at + 1000] if at != 2000 else b"\0" * 1000
        assert not blobs.receive(sha(data), 5000, at, chunk)
    assert not blobs.has(sha(data)) and blobs.partial(sha(data)) == 0 and litter(blobs) == []
    assert not blobs.receive(sha(data), 3, 0, b"abc")
    assert send(blobs, data), "and the right content is welcome afterwards"


def test_more_than_was_said_is_wrong_too(blobs):
    data = os.urandom(3000)
    blobs.receive(sha(data), 2500, 0, data[:2000])
    assert not blobs.receive(sha(data), 2500, 2000, data[2000:])
    assert not blobs.has(sha(data)) and litter(blobs) == []


def test_a_piece_that_does_not_join_is_dropped(blobs):
    data = os.urandom(3000)
    assert not blobs.receive(sha(data), 3000, 1000, data[1000:2000])
    assert litter(blobs) == []
    send(blobs, data, stop=1000)
    assert not blobs.receive(sha(data), 3000, 2000, data[2000:])
    assert blobs.partial(sha(data)) == 1000
    assert send(blobs, data, 1000)


def test_old_rubbish_in_a_part_does_not_get_in(blobs):
    data = os.urandom(3000)
    os.makedirs(blobs.folder)
    Path(blobs.folder, ".part-" + sha(data)).write_bytes(b"rubbish" * 1000)
    assert send(blobs, data)
    assert Path(blobs.path(sha(data))).read_bytes() == data
    Path(blobs.path(sha(data))).unlink()
    Path(blobs.folder, ".part-" + sha(data)).write_bytes(b"rubbish" * 100)
    assert not send(blobs, data, 700), "resumed on rubbish: found out by the hash"
    assert litter(blobs) == []


def test_a_full_disk_is_an_os_error_and_the_store_stays_sound(tmp_path):
    code = (
        "import hashlib, resource, signal, sys; from jupyter_mlx.runner.blobs import BlobStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))\n"
        "data = b'x' * 20000; name = hashlib.sha256(data).hexdigest(); store = BlobStore(sys.argv[1])\n"
        "def arrive():\n"
        "    for at in range(0, 20000, 2000): store.receive(name, 20000, at, data[at:at+2000])\n"
        "for work in (lambda: store.put(data), arrive):\n"
        "    try: work()\n"
        "    except OSError as error: print(error.errno)\n"
        "assert not store.has(name) and store.partial(name) == 0\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "assert store.put(data) == name; store.close()\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(argv, cwd=HERE, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["27", "27"]  # EFBIG stands for ENOSPC


# -- trees -------------------------------------------------------------------------------------------------------


def project(blobs: BlobStore) -> str:
    """train.py, run.sh (executable), data/{a, more -> ../train.py}, empty/."""
    a, b = blobs.put(b"print(1)"), blobs.put(b"#!/bin/sh\n")
    data, data_size = blobs.put_tree([Entry("a", "file", a, 8), Entry("more", "link", target="../train.py")])
    empty, empty_size = blobs.put_tree([])
    root, _ = blobs.put_tree(
        [
            Entry("train.py", "file", a, 8),
            Entry("run.sh", "exec", b, 10),
            Entry("data", "dir", data, data_size),
            Entry("empty", "dir", empty, empty_size),
        ]
    )
    return root


def test_a_tree_becomes_exactly_its_folder(blobs, tmp_path):
    target = tmp_path / "work"
    assert blobs.materialise(project(blobs), str(target)) == 6
    found = sorted(str(path.relative_to(target)) for path in target.rglob("*"))
    assert found == ["data", "data/a", "data/more", "empty", "run.sh", "train.py"]
    assert (target / "data/more").read_bytes() == b"print(1)"
    assert os.access(target / "run.sh", os.X_OK) and not os.access(target / "train.py", os.X_OK)
    (target / "train.py").write_bytes(b"edited in place")
    again = tmp_path / "again"
    blobs.materialise(project(blobs), str(again))
    assert (again / "train.py").read_bytes() == b"print(1)", "a notebook's own edits never reach the store"


def test_walk_and_missing(blobs):
    root = project(blobs)
    walked = list(blobs.walk(root))
    assert walked[0] == (root, True)
    assert len(walked) == len(set(walked)) == 5  # the content of a and train.py is one blob
    assert blobs.missing(root) == []
    gone = sha(b"print(1)")
    blobs.discard(gone)
    assert blobs.missing(root, ["f" * 64, root]) == [gone, "f" * 64]
    data = next(blob for blob, is_tree in walked[1:] if is_tree)
    blobs.discard(data)
    assert data in blobs.missing(root), "below a missing tree nothing is known yet"
    blobs.discard(root)
    assert blobs.missing(root) == [root]
    with pytest.raises(BlobMissing):
        list(blobs.walk(root))


def test_a_blob_of_another_size_counts_as_missing(blobs):
    root = project(blobs)
    path = blobs.path(sha(b"print(1)"))
    os.chmod(path, 0o600)
    os.truncate(path, 3)
    assert blobs.missing(root) == [sha(b"print(1)")]


@pytest.mark.parametrize("reflink", [True, False])
def test_a_damaged_blob_is_found_when_used_and_comes_anew(blobs, tmp_path, reflink, monkeypatch):
    if not reflink:
        monkeypatch.setattr(materialise, "_FICLONE", 0)
    root = project(blobs)
    path = blobs.path(sha(b"print(1)"))
    os.chmod(path, 0o600)
    Path(path).write_bytes(b"print(2)" if not reflink else b"print")
    with pytest.raises(BlobMissing):
        blobs.materialise(root, str(tmp_path / "work"))
    assert blobs.missing(root) == [sha(b"print(1)")]


def test_a_damaged_tree_object_is_found_when_used(blobs):
    root = project(blobs)
    os.chmod(blobs.path(root), 0o600)
    Path(blobs.path(root)).write_bytes(encode_tree([]))
    with pytest.raises(BlobMissing):
        blobs.tree(root)
    assert not blobs.has(root)


def test_links_that_leave_the_tree_are_refused_where_they_stand(blobs, tmp_path):
    inner, size = blobs.put_tree([Entry("up", "link", target="../../etc")])
    root, _ = blobs.put_tree([Entry("d", "dir", inner, size)])
    with pytest.raises(TreeError, match="leaves the project"):
        blobs.materialise(root, str(tmp_path / "work"))


def test_a_hostile_tree_object_is_refused_before_anything_is_made(blobs, tmp_path):
    evil = blobs.put(b'{"entries":[{"id":"%s","kind":"file","name":"../x","size":1}]}' % (b"a" * 64))
    with pytest.raises(TreeError):
        blobs.materialise(evil, str(tmp_path / "work"))
    assert not (tmp_path / "x").exists()
    with pytest.raises(TreeError):
        blobs.missing(evil)


def test_a_tree_that_unfolds_without_end_is_stopped(blobs, tmp_path, monkeypatch):
    monkeypatch.setattr(materialise, "MAX_ENTRIES", 500)
    node, size = blobs.put_tree([])
    for _ in range(40):
        node, size = blobs.put_tree([Entry("a", "dir", node, size), Entry("b", "dir", node, size)])
    assert len(list(blobs.walk(node))) == 41, "walking looks at each object once"
    with pytest.raises(TreeError, match="more than 500"):
        blobs.materialise(node, str(tmp_path / "wide"))
    node, size = blobs.put_tree([])
    for _ in range(materialise.MAX_DEPTH + 1):
        node, size = blobs.put_tree([Entry("a", "dir", node, size)])
    with pytest.raises(TreeError, match="nested deeper"):
        blobs.materialise(node, str(tmp_path / "deep"))


def test_a_folder_that_exists_is_never_filled(blobs, tmp_path):
    (tmp_path / "work").mkdir()
    with pytest.raises(FileExistsError):
        blobs.materialise(project(blobs), str(tmp_path / "work"))


HOSTILE = ["a b'\";$(touch x)\n.ipynb", "-rf.ipynb", "🐉" * 63, os.fsdecode(b"caf\xe9")]


def test_hostile_names_arrive_as_they_are(blobs, tmp_path):
    blob = blobs.put(b"x")
    root, _ = blobs.put_tree([Entry(name, "file", blob, 1) for name in HOSTILE])
    blobs.materialise(root, str(tmp_path / "work"))
    assert sorted(os.listdir(tmp_path / "work")) == sorted(HOSTILE)
