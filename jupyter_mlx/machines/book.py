"""The user's own machine list, ``machines.json``: read with care, written whole."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import InputError, NoSpaceError
from ..runner.durable import locked, read_json, write_atomic
from .entry import machine_from

FORMAT = 1
_LIMIT = 4 << 20  # bytes

Entry = dict[str, Any]


class MachineBook:
    """The file ``{"format": 1, "machines": [{"name", …}]}``; people edit it too, so entries are judged one by one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[Entry]:
        """The raw entries in order. Raises InputError where the file itself cannot be used."""
        try:
            content = read_json(str(self.path), _LIMIT)
        except ValueError as error:
            raise self._damaged(str(error)) from None
        except OSError as error:
            raise self._damaged(error.strerror or str(error)) from None
        if content is None and not self.path.exists():
            return []
        machines = content.get("machines") if isinstance(content, dict) else None
        if not isinstance(machines, list) or not all(isinstance(item, dict) for item in machines):
            raise self._damaged('expected {"format": 1, "machines": [{"name": …}]}')
        if content.get("format", FORMAT) != FORMAT:
            raise self._damaged("its format is newer than this version reads")
        return machines

    def entry(self, name: str) -> Entry | None:
        """The raw entry of that name."""
        return next((item for item in self.entries() if item.get("name") == name), None)

    def problems(self) -> list[str]:
        """What is wrong with single entries, one line each."""
        found: list[str] = []
        seen: set[object] = set()
        for item in self.entries():
            name = item.get("name")
            try:
                machine_from(name, {key: value for key, value in item.items() if key != "name"})
            except InputError as error:
                found.append(f"{self.path}: {ascii(name)[:80]}: {error.message}")
            if isinstance(name, str) and name in seen:
                found.append(f"{self.path}: {name!r} stands there twice; the first counts")
            seen.add(name if isinstance(name, str) else None)
        return found

    @contextlib.contextmanager
    def changing(self) -> Iterator[list[Entry]]:
        """The entries to change in place; saved at the end, alone among all processes. Nothing is saved on an error."""
        try:
            target = os.path.realpath(self.path)  # a link into a folder of dotfiles stays a link
            os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
            with locked(target + ".lock"):
                entries = self.entries()
                yield entries
                content = {"format": FORMAT, "machines": entries}
                write_atomic(target, json.dumps(content, indent=1).encode("ascii") + b"\n")
        except OSError as error:
            message = f"cannot write {self.path}: {error.strerror or error}"
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoSpaceError(message, hint="free some space on this computer") from error
            raise InputError(message, hint="make it writable, or set JUPYTER_CONFIG_DIR to a folder that is") from error

    def _damaged(self, why: str) -> InputError:
        return InputError(f"{self.path}: {why}", field=str(self.path), hint="correct the file, or move it away")
