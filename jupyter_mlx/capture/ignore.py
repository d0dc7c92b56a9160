"""What stays at home: ``.gitignore`` and ``.mlxignore`` at every level, and what is never wanted elsewhere."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from .wording import shown

if TYPE_CHECKING:
    from pathspec.pattern import RegexPattern

GIT, OURS = ".gitignore", ".mlxignore"
_MARK = "ps_d"  # the group pathspec gives to the slash behind a folder's name
_MAX_RULES = 1 << 20  # bytes of one ignore file
_NEVER = frozenset(
    {".git", ".hg", ".svn", ".DS_Store", "__pycache__", "node_modules", ".ipynb_checkpoints", ".virtual_documents"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".eggs"}
)
_NEVER_ENDINGS = (".pyc", ".pyo")
_NEVER_BEGINNINGS = (".fetching-",)  # results half here, see `dispatch.placing`


class Rules:
    """The rules that hold in one folder: its own and those of the folders above.

    A rule of ``.mlxignore`` beats one of ``.gitignore`` (``!data/`` brings ignored data along), a deeper file beats a
    higher one, within a file the last match counts. As with git, nothing below an ignored folder is looked at.
    """

    def __init__(self, git: tuple[Ruling, ...] = (), ours: tuple[Ruling, ...] = ()) -> None:
        self._git = git
        self._ours = ours

    def below(self, folder: str, names: Collection[str], warnings: list[str]) -> Rules:
        """The rules inside a folder (absolute path) that holds these names."""
        git, ours = self._git, self._ours
        if GIT in names:
            git = (*_read(os.path.join(folder, GIT), folder, warnings), *git)
        if OURS in names:
            ours = (*_read(os.path.join(folder, OURS), folder, warnings), *ours)
        return self if (git, ours) == (self._git, self._ours) else Rules(git, ours)

    def leave_out(self, path: str, name: str, is_dir: bool) -> bool:
        """Whether an entry (its absolute path and name) stays at home."""
        verdict = _verdict(self._ours, path, is_dir) if self._ours else None
        if verdict is not None:
            return verdict
        never = name in _NEVER or name.endswith(_NEVER_ENDINGS) or name.startswith(_NEVER_BEGINNINGS)
        return never or bool(_verdict(self._git, path, is_dir))


class Ruling:
    """The patterns of one ignore file, and the folder they hold in.

    pathspec translates the patterns; which one counts is decided here, name by name as git does it. Its own verdict is
    made for whole paths, and a folder brought back (``*`` and then ``!src/``) stays ignored.
    """

    def __init__(self, folder: str, patterns: list[RegexPattern]) -> None:
        self._skip = len(folder.rstrip("/")) + 1
        self._patterns = [(p.regex, bool(p.include)) for p in reversed(patterns) if p.regex and p.include is not None]

    def verdict(self, path: str, is_dir: bool) -> bool | None:
        """True: ignored, False: wanted, None: nothing said."""
        inside = path[self._skip :] + ("/" if is_dir else "")
        for regex, ignored in self._patterns:
            match = regex.search(inside)
            if match and _is_about(match, is_dir):
                return ignored
        return None


def _is_about(match: re.Match[str], is_dir: bool) -> bool:
    """Whether a pattern matched the name itself, and not a folder above it or only what is inside it."""
    end = len(match.string)
    if _MARK in match.re.groupindex:
        return match.end(_MARK) in (-1, end) or bool(is_dir and match.re.match(match.string, end - 1))  # ``*/``
    return not is_dir or match.end() < len(match.string)


def rules_above(root: str, warnings: list[str]) -> Rules:
    """What the git repository around a project says about it: its ``info/exclude`` and the files above the root."""
    above = [root]
    while not os.path.exists(os.path.join(above[-1], ".git")):
        parent = os.path.dirname(above[-1])
        if parent == above[-1]:
            return Rules()
        above.append(parent)
    git: tuple[Ruling, ...] = tuple(_read(os.path.join(above[-1], ".git", "info", "exclude"), above[-1], warnings))
    for folder in reversed(above[1:]):
        git = (*_read(os.path.join(folder, GIT), folder, warnings), *git)
    return Rules(git)


def is_software(names: Collection[str]) -> bool:
    """Whether a folder with these names is an installed environment, made for this computer alone."""
    return "pyvenv.cfg" in names or "conda-meta" in names


def _verdict(rulings: Iterable[Ruling], path: str, is_dir: bool) -> bool | None:
    for ruling in rulings:
        verdict = ruling.verdict(path, is_dir)
        if verdict is not None:
            return verdict
    return None


def _read(file: str, folder: str, warnings: list[str]) -> list[Ruling]:
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as source:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                return []
            data = source.read(_MAX_RULES + 1)
    except FileNotFoundError:
        return []
    except OSError as error:
        warnings.append(f"{shown(file)} was not read: {error.strerror}")
        return []
    if len(data) > _MAX_RULES:
        warnings.append(f"{shown(file)} is larger than 1 MiB and was not used")
        return []
    lines = [line.rstrip("\r") for line in data.decode("utf-8-sig", "surrogateescape").split("\n")]
    if not any(line.strip() and not line.startswith("#") for line in lines):
        return []
    return [Ruling(folder, _compiled(lines, file, warnings))]


def _compiled(lines: list[str], file: str, warnings: list[str]) -> list[RegexPattern]:
    from pathspec import GitIgnoreSpec

    good: list[RegexPattern] = []
    for number, line in enumerate(lines, 1):
        try:
            good += GitIgnoreSpec.from_lines([line]).patterns
        except ValueError:
            warnings.append(f"{shown(file)}:{number}: {shown(line[:80])} is no pattern; skipped, as git does")
    return good
