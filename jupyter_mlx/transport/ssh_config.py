"""The user's ssh_config, read as OpenSSH reads it: Include, Host, Match, first value wins.

`aliases` lists the hosts a person named and never executes anything. `lookup` is for where no ``ssh`` binary can be
asked (`destination.py`); only it may run a ``Match exec`` command, and only where the caller passes how.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError
from .patterns import matches_any
from .ssh_config_lines import Line, read_lines
from .ssh_tokens import expand, home, local_user, tokens_for

SYSTEM_FILE = Path("/etc/ssh/ssh_config")
MAX_DEPTH = 16

# Keywords that collect values over the whole file; with all others the first one wins.
_COLLECTING = frozenset({"identityfile", "certificatefile", "localforward", "remoteforward", "dynamicforward"})
_RAW = frozenset({"proxycommand", "remotecommand", "localcommand", "knownhostscommand"})
_WILD = frozenset("*?!")

Values = dict[str, list[str]]
RunCommand = Callable[[str], bool]


def user_file() -> Path:
    """The only file of the user's own that is ever read."""
    return Path(home()) / ".ssh" / "config"


@dataclass
class SshConfig:
    """The user's file and the system's. ``notices`` names the lines that could not be used."""

    user: Path | None = field(default_factory=user_file)
    system: Path | None = SYSTEM_FILE
    notices: list[str] = field(default_factory=list)

    def aliases(self) -> list[str]:
        """Host names without wildcards, in order of their first appearance, Includes followed. Executes nothing."""
        found: dict[str, None] = {}
        for path, folder in self.files():
            for line in self._all_lines(path, folder, 0):
                if line.keyword == "host":
                    found.update((name, None) for name in line.args if not _WILD & set(name))
        return list(found)

    def lookup(
        self, host: str, *, user: str | None = None, port: int | None = None, run: RunCommand | None = None
    ) -> Values:
        """What the files say for ``ssh host``: keyword in lower case to its values.

        ``run`` executes a ``Match exec`` command and tells whether it succeeded; without it such a block never matches.
        """
        first = _Pass(self, host, user, port, run, final=False)
        first.read()
        if first.wants_final:
            _Pass(self, host, user, port, run, final=True, values=first.values).read()
        else:
            first.settle_hostname()
        return first.values

    def files(self) -> list[tuple[Path, Path]]:
        """Each file with the folder that its relative Includes start from."""
        found = []
        if self.user is not None:
            found.append((self.user, Path(home()) / ".ssh"))
        if self.system is not None:
            found.append((self.system, self.system.parent))
        return found

    def _all_lines(self, path: Path, folder: Path, depth: int) -> list[Line]:
        lines: list[Line] = []
        for line in read_lines(path, self.notices):
            lines.append(line)
            if line.keyword == "include":
                for target in self.included(line, folder, depth):
                    lines.extend(self._all_lines(target, folder, depth + 1))
        return lines

    def included(self, line: Line, folder: Path, depth: int) -> list[Path]:
        """The files an Include line names, in order. Raises InputError where they nest too deep."""
        if depth >= MAX_DEPTH:
            raise InputError(
                f"{line.path}:{line.number}: Include is nested deeper than {MAX_DEPTH}", field=str(line.path)
            )
        found: list[Path] = []
        for given in line.args:
            if given.startswith("~"):
                pattern = home() + given[1:] if given[1:2] in ("", "/") else os.path.expanduser(given)
            else:
                pattern = str(folder / given)
            found.extend(Path(name) for name in sorted(glob.glob(pattern)))
        return found


class _Pass:
    """One reading of all files for one host."""

    def __init__(
        self,
        config: SshConfig,
        host: str,
        user: str | None,
        port: int | None,
        run: RunCommand | None,
        *,
        final: bool,
        values: Values | None = None,
    ) -> None:
        self._config, self._original, self._run, self._final = config, host, run, final
        self.wants_final = False
        self.values: Values = values if values is not None else {}
        if values is None:
            self.values.update({"user": [user]} if user else {})
            self.values.update({"port": [str(port)]} if port else {})
        self._host = host
        if final:  # the second pass looks at the name that the first one found
            self._host = self.settle_hostname()

    def read(self) -> None:
        """Go through all files once."""
        for path, folder in self._config.files():
            self._file(path, folder, 0, True)

    def settle_hostname(self) -> str:
        """Put the real name in place of what HostName says, as ``ssh -G`` prints it."""
        name = self._hostname().lower()
        self.values["hostname"] = [name]
        return name

    def _file(self, path: Path, folder: Path, depth: int, active: bool) -> None:
        never = not active
        for line in read_lines(path, self._config.notices):
            if line.keyword == "host":
                active = not never and matches_any(self._host, line.args)
            elif line.keyword == "match":
                active = self._match(line, never)
            elif line.keyword == "include":
                for target in self._config.included(line, folder, depth):
                    self._file(target, folder, depth + 1, active)
            elif active:
                self._set(line)

    def _set(self, line: Line) -> None:
        keyword = line.keyword
        if keyword in _COLLECTING:
            known = self.values.setdefault(keyword, [])
            known.extend(value for value in line.args[:1] if value not in known)
        elif keyword in ("proxyjump", "proxycommand"):
            if "proxyjump" not in self.values and "proxycommand" not in self.values:
                self.values[keyword] = [line.rest] if keyword == "proxycommand" else line.args[:1]
        elif keyword not in self.values:
            self.values[keyword] = [line.rest] if keyword in _RAW else line.args

    def _match(self, line: Line, never: bool) -> bool:
        words = list(line.args)
        result, seen = not never, 0
        while words:
            word = words.pop(0)
            negated = word.startswith("!")
            name, equals, value = word.lstrip("!").partition("=")
            name = name.lower()
            seen += 1
            if name == "all":
                if words or (seen > 1 and line.args[0].lstrip("!").lower() not in ("final", "canonical")):
                    raise self._bad(line, "'all' stands alone")
                return result and not negated
            if name in ("final", "canonical"):
                self.wants_final = self.wants_final or name == "final"
                fits = self._final
            else:
                if not equals and not words:
                    raise self._bad(line, f"{name} needs a value")
                fits = self._fits(line, name, value if equals else words.pop(0), result)
            result = result and fits != negated
        return result

    def _fits(self, line: Line, name: str, value: str, needed: bool) -> bool:
        """Whether one criterion holds; a command only runs while the answer is still open."""
        patterns = value.split(",")
        lowered = [pattern.lower() for pattern in patterns]
        if name == "originalhost":
            return matches_any(self._original.lower(), lowered)
        if name == "host":
            return matches_any(self._hostname().lower(), lowered)
        if name == "user":
            return matches_any(self._value("user", local_user()), patterns)
        if name == "localuser":
            return matches_any(local_user(), patterns)
        if name == "tagged":
            return matches_any(self._value("tag", ""), patterns)
        if name != "exec":
            raise self._bad(line, f"unknown criterion {name!r}")
        if not needed or self._run is None:
            return False
        user, port = self._value("user", local_user()), int(self._value("port", "22"))
        return self._run(expand(value, tokens_for(self._original, self._hostname(), port, user), "Match exec"))

    def _hostname(self) -> str:
        pattern = self._value("hostname", "")
        return expand(pattern, {"h": self._original, "%": "%"}, "HostName") if pattern else self._host

    def _value(self, keyword: str, default: str) -> str:
        return self.values.get(keyword, [default])[0]

    @staticmethod
    def _bad(line: Line, why: str) -> InputError:
        return InputError(f"{line.path}:{line.number}: {why}", field=str(line.path), hint="see man ssh_config, Match")


def aliases() -> list[str]:
    """The hosts the user's ssh_config and the system's name without wildcards. Executes nothing; raises InputError."""
    return SshConfig().aliases()
