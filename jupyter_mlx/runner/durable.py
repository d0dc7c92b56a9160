"""Files that are either the old or the new content, whatever happens in between."""

import contextlib
import fcntl
import json
import os
from typing import Any, Iterator, Optional, Tuple


def fsync_dir(path: str) -> None:
    """Make the names inside a folder survive a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def temporary_file(folder: str, prefix: str) -> Tuple[int, str]:
    """(fd to read and write, path) of a new file, mode 0600. As `tempfile`, which takes 10 ms to import."""
    path = os.path.join(folder, prefix + os.urandom(8).hex())
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600), path


def temporary_folder(folder: str, prefix: str) -> str:
    """The path of a new folder, mode 0700."""
    path = os.path.join(folder, prefix + os.urandom(8).hex())
    os.mkdir(path, 0o700)
    return path


def write_atomic(path: str, data: bytes, durable: bool = True) -> None:
    """Write aside, fsync, rename: a reader sees the old content or the new, never a part. Mode 0600."""
    folder = os.path.dirname(path) or "."
    fd, temp = temporary_file(folder, ".new-")
    try:
        with os.fdopen(fd, "wb") as out:
            out.write(data)
            if durable:
                out.flush()
                os.fsync(out.fileno())
        os.rename(temp, path)
    except BaseException:  # the temporary file must not stay, whatever ended the write
        with contextlib.suppress(OSError):
            os.unlink(temp)
        raise
    if durable:
        fsync_dir(folder)


def write_json(path: str, value: Any, durable: bool = True) -> None:
    """`write_atomic` of a JSON value."""
    write_atomic(path, json.dumps(value, sort_keys=True).encode("ascii"), durable)


def read_json(path: str, limit: int = 64 << 20) -> Any:
    """A JSON file of at most ``limit`` bytes; None where it does not exist. Raises ValueError where damaged."""
    try:
        with open(path, "rb") as source:
            data = source.read(limit + 1)
    except FileNotFoundError:
        return None
    if len(data) > limit:
        raise ValueError("%s is larger than %d bytes" % (path, limit))
    try:
        return json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("%s is nested too deep" % path) from None


@contextlib.contextmanager
def locked(path: str) -> Iterator[int]:
    """Hold an exclusive flock on a file made for it; the kernel frees it on any death."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield fd
    finally:
        os.close(fd)


def try_lock(path: str) -> Optional[int]:
    """An fd that holds an exclusive flock, or None where somebody alive holds it. Close the fd to let go."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd
