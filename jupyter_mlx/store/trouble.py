"""What SQLite and the disk say when they cannot, as errors of ours with the cause named."""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ..errors import ConflictError, MlxError, NoSpaceError

REBUILD = "`jupyter mlx doctor --rebuild` sets it aside and restores the history from the machines"

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NEEDED = 4 << 20  # SQLite reports some full disks as plain I/O errors; below this much free space we believe in "full"


@contextlib.contextmanager
def named(path: Path, needed: int = 0) -> Iterator[None]:
    """Turn errors of the disk and of SQLite about a file into ours; ``needed`` bytes were to be written."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.IntegrityError):
        raise  # our own mistake: to be seen as it is
    except sqlite3.Error as error:
        raise _from_sqlite(error, path, needed) from error
    except OSError as error:
        raise _from_os(error, path, needed) from error


def no_space(path: Path, needed: int) -> NoSpaceError:
    """The disk of a path is full: the message has the path and both sizes."""
    free = _free(path)
    wanted = f"{needed} bytes did not fit, " if needed else ""
    return NoSpaceError(
        f"no space left for {path}: {wanted}{free} bytes are free",
        field="disk",
        hint="free some space; nothing saved is damaged, and runs go on on their machines meanwhile",
    )


def damaged(path: Path, why: str) -> ConflictError:
    """The store's own file cannot be trusted; it is never deleted by itself."""
    return ConflictError(f"{path} is damaged: {why}", field="store", hint=REBUILD)


def _free(path: Path) -> int:
    folder = next((parent for parent in [path, *path.parents] if parent.is_dir()), Path("/"))
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _from_sqlite(error: sqlite3.Error, path: Path, needed: int) -> MlxError:
    text = str(error)
    if "is full" in text or ("disk I/O error" in text and _free(path) < _NEEDED):
        return no_space(path, needed)
    if "disk I/O error" in text:  # nothing says that what was saved before is damaged
        why = f"{path} cannot be read or written: {text}"
        return ConflictError(why, field="store", hint="check the disk, and the limits of file sizes")
    if "locked" in text or "busy" in text:
        return ConflictError(
            f"{path} stays locked by another process", field="store", hint="try again; end the process that holds it"
        )
    if "readonly" in text or "unable to open" in text or "permission" in text:
        return ConflictError(
            f"{path} cannot be opened or written: {text}", field="store", hint="check the owner and mode of the folder"
        )
    return damaged(path, text)


def _from_os(error: OSError, path: Path, needed: int) -> MlxError:
    if error.errno in _FULL:
        return no_space(Path(error.filename or path), needed)
    why = f"{error.filename or path}: {error.strerror or error}"
    return ConflictError(why, field="store", hint="check the owner and mode of the folder")
