"""The bytes of a notebook file and their JSON, with one message for each way in which a file is no notebook."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

from ..errors import InputError, LimitError, NotFoundError
from .wording import shown, sized

MAX_BYTES = 1 << 30  # of a notebook file, outputs included
_TYPES = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file. Raises NotFoundError, InputError, LimitError; never blocks on a pipe or a device."""
    name = shown(path)
    try:
        # The type is asked before opening: opening some devices has an effect.
        _refuse_special(os.stat(path), name)
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as source:
            info = os.fstat(fd)
            _refuse_special(info, name)
            if info.st_size > MAX_BYTES:
                raise _too_large(name, info.st_size)
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(error, path) from None
    except ValueError:
        raise InputError(f"{name} is not a file name", field="notebook") from None
    if len(data) > MAX_BYTES:
        raise _too_large(name, len(data))
    return data


def _refuse_special(info: os.stat_result, name: str) -> None:
    for is_kind, kind in _TYPES:
        if is_kind(info.st_mode):
            raise InputError(
                f"{name} is {kind}, not a notebook", field="notebook", hint="Give the path of an .ipynb file."
            )


def _too_large(name: str, size: int) -> LimitError:
    return LimitError(
        f"{name} is {sized(size)}; a notebook may have {sized(MAX_BYTES)}",
        field="notebook",
        hint="Clear its outputs in the editor and save it.",
    )


def _unreadable(error: OSError, path: Path) -> InputError:
    name = shown(path)
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        what = f"{name} does not exist"
        if os.path.islink(path):
            what = f"{name} is a link to {shown(os.readlink(path))}, which does not exist"
        return NotFoundError(what, field="notebook", hint="Was it renamed, moved or deleted? Nothing was started.")
    reason = (error.strerror or "unknown reason").lower()
    return InputError(f"{name} cannot be read: {reason}", field="notebook", hint="Nothing was started.")


def parse(data: bytes, path: Path) -> Any:
    """The JSON of a notebook file. Raises InputError that names the line."""
    name = shown(path)
    if not data.strip():
        raise InputError(f"{name} is not a notebook: empty", field="notebook", hint="Was it saved?")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{name} is UTF-16", field="notebook", hint="Save it as UTF-8.")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}:{line}: not UTF-8", field="notebook", hint="Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _not_json(data, name, error) from None
    except RecursionError:
        raise InputError(f"{name} is nested too deep to be a notebook", field="notebook") from None
    except ValueError as error:  # a number of more digits than Python converts
        raise InputError(f"{name} is not a notebook: {str(error)[:200]}", field="notebook") from None


def _not_json(data: bytes, name: str, error: json.JSONDecodeError) -> InputError:
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.startswith((b"<<<<<<< ", b"||||||| ", b">>>>>>> ")) or line.rstrip(b"\r") == b"=======":
            marker = shown(line[:40].decode("utf-8", "replace").strip())
            return InputError(
                f"{name}:{number}: a merge conflict starts here ({marker})",
                field="notebook",
                hint="Resolve the conflict (nbdime shows it by cells) and save.",
            )
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return InputError(f"{name}:1: not a notebook: it is not JSON", field="notebook")
    if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string"):
        return InputError(
            f"{name}:{error.lineno}: the notebook ends too early ({error.msg})",
            field="notebook",
            hint="It was not saved completely; look for a copy in .ipynb_checkpoints.",
        )
    return InputError(f"{name}:{error.lineno}:{error.colno}: damaged JSON: {error.msg}", field="notebook")
