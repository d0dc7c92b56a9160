"""Which of a project's files travel with a run, and how much they are; nothing is read but names and sizes."""

from __future__ import annotations

import heapq
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from ..errors import InputError, LimitError
from ..runner.names import UnsafeNameError, safe_path
from ..runner.trees import TreeError, safe_target
from .ignore import Rules, is_software, rules_above
from .wording import counted, shown, sized

MAX_FILES = 10_000
MAX_BYTES = 100_000_000
_SURELY_SHORT = 200  # characters: what a folder lists can only be too long or not text
_LOOK_AT_MOST = 10  # times the limit, then even counting ends


@dataclass(frozen=True)
class Found:
    """One name of the project: ``path`` relative to its root, POSIX. ``version`` changes when the content does."""

    path: str
    kind: str  # file exec dir link, as in a tree object
    size: int = 0
    version: tuple[int, int, int, int] = (0, 0, 0, 0)  # size, mtime, ctime (ns), inode
    target: str | None = None


@dataclass
class Selection:
    """What travels, sorted by path, and what does not and why. ``notebook`` is sent without its stored outputs."""

    root: str
    notebook: str
    notebook_bytes: int
    found: list[Found] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: int = 1
    bytes: int = 0


def select(
    root: str,
    notebook: str,
    notebook_bytes: int,
    *,
    never: Collection[str] = (),
    max_files: int = MAX_FILES,
    max_bytes: int = MAX_BYTES,
) -> Selection:
    """The files of a project that travel: all, less what is ignored, what cannot travel, and the folders in ``never``.

    Raises LimitError naming the largest offenders, InputError where the root cannot be read.
    """
    chosen = Selection(root, notebook, notebook_bytes, bytes=notebook_bytes)
    left_out = _LeftOut()
    walk = _walk(root, frozenset(os.path.realpath(folder) for folder in never), chosen.warnings, left_out)
    complete = True
    for found in walk:
        if found.path == notebook:
            continue
        chosen.found.append(found)
        if found.kind != "dir":
            chosen.files += 1
            chosen.bytes += found.size
        if len(chosen.found) > max_files * _LOOK_AT_MOST:
            complete = False
            break
    if chosen.files > max_files or chosen.bytes > max_bytes:
        raise _too_much(chosen, max_files, max_bytes, complete)
    chosen.found.sort(key=lambda found: found.path)
    chosen.found = list(_links_that_hold(chosen, left_out))
    chosen.warnings += [*left_out.warnings(), *_name_twins(chosen.found)]
    return chosen


class _LeftOut:
    """Names that stay at home though nobody asked for it, by reason."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, why: str, path: str) -> None:
        self._names.setdefault(why, []).append(path)

    def warnings(self) -> list[str]:
        return [f"left out, {why}: {_some(sorted(names))}" for why, names in sorted(self._names.items())]


def _some(names: list[str]) -> str:
    listed = ", ".join(shown(name) for name in names[:3])
    return f"{listed} and {len(names) - 3:,} more" if len(names) > 3 else listed


def _walk(root: str, never: Collection[str], warnings: list[str], left_out: _LeftOut) -> Iterator[Found]:
    """Every name below the root that is not ignored; folders before their content."""
    waiting: list[tuple[str, str, Rules]] = [(root, "", rules_above(root, warnings))]
    while waiting:
        folder, prefix, rules = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError as error:
            if not prefix:
                raise InputError(
                    f"the project {shown(root)} cannot be read: {error.strerror}", field="project"
                ) from None
            left_out.add((error.strerror or "unreadable").lower(), prefix)
            continue
        names = {entry.name for entry in entries}
        if prefix:
            if is_software(names):
                continue
            yield Found(prefix[:-1], "dir")
        rules = rules.below(folder, names, warnings)
        for entry in entries:
            is_dir = entry.is_dir(follow_symlinks=False)
            path = prefix + entry.name
            if rules.leave_out(entry.path, entry.name, is_dir) or (is_dir and entry.path in never):
                continue
            try:
                if len(path) > _SURELY_SHORT or not path.isascii():
                    safe_path(path)
                if is_dir:
                    waiting.append((entry.path, path + "/", rules))
                    continue
                found = _found(entry, path, root)
            except UnsafeNameError:
                left_out.add("not a name that can travel", path)
            except _CannotTravel as reason:
                left_out.add(str(reason), path)
            except OSError as error:
                left_out.add((error.strerror or "unreadable").lower(), path)
            else:
                yield found


class _CannotTravel(Exception):
    """The reason, in words."""


def _found(entry: os.DirEntry[str], path: str, root: str) -> Found:
    info = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(info.st_mode):
        return Found(path, "link", target=_target(entry.path, path, root))
    if not stat.S_ISREG(info.st_mode):
        kinds = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
        raise _CannotTravel(kinds.get(stat.S_IFMT(info.st_mode), "a device"))
    version = (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
    return Found(path, "exec" if info.st_mode & stat.S_IXUSR else "file", info.st_size, version)


def _target(full: str, path: str, root: str) -> str:
    """The target of a link, relative to its folder, where it is inside the project."""
    folder = os.path.dirname(full)
    real = os.path.realpath(os.path.join(folder, os.readlink(full)))
    if os.path.commonpath([root, real]) != root:
        raise _CannotTravel("a link out of the project")
    target = os.path.relpath(real, folder)
    if target == "." and folder != root:
        target = f"../{os.path.basename(folder)}"  # a target is made of names and what leads up
    try:
        return safe_target(target, path.count("/"))
    except TreeError:
        raise _CannotTravel("a link that cannot travel") from None


def _links_that_hold(chosen: Selection, left_out: _LeftOut) -> Iterator[Found]:
    """All but the links to what does not travel."""
    there = {found.path for found in chosen.found} | {"", chosen.notebook}
    for found in chosen.found:
        if found.target is not None:
            target = os.path.normpath(os.path.join(os.path.dirname(found.path), found.target))
            if ("" if target == "." else target) not in there:
                left_out.add("a link to what is not sent", found.path)
                chosen.files -= 1
                continue
        yield found


def _name_twins(found: list[Found]) -> list[str]:
    """A warning where names differ only in case or in how accents are written: some disks take them for one."""
    seen: dict[str, str] = {}
    twins = []
    for item in found:
        first = seen.setdefault(unicodedata.normalize("NFC", item.path).casefold(), item.path)
        if first != item.path:
            twins.append(f"{shown(first)} and {shown(item.path)}")
    if not twins:
        return []
    more = f" and {len(twins) - 3:,} more" if len(twins) > 3 else ""
    return [f"names that some disks take for one: {'; '.join(twins[:3])}{more}"]


def _too_much(chosen: Selection, max_files: int, max_bytes: int, complete: bool) -> LimitError:
    files = [found for found in chosen.found if found.kind != "dir"]
    more = "" if complete else "more than "
    if chosen.bytes > max_bytes:
        largest = heapq.nlargest(5, files, key=lambda found: (found.size, found.path))
        offenders = ", ".join(f"{shown(found.path)} ({sized(found.size)})" for found in largest)
        what = f"{more}{sized(chosen.bytes)}, over the limit of {sized(max_bytes)}"
    else:
        folders = Counter(found.path.split("/")[0] + "/" if "/" in found.path else "./" for found in files)
        offenders = ", ".join(f"{shown(name)} ({counted(count, 'file')})" for name, count in folders.most_common(5))
        what = f"{more}{counted(chosen.files, 'file')}, over the limit of {max_files:,}"
    return LimitError(
        f"the project {shown(chosen.root)} would send {what}. Largest: {offenders}",
        field="project",
        hint=f"List what stays at home in {shown(os.path.join(chosen.root, '.mlxignore'))} (written like .gitignore), "
        "or name a smaller project with --project.",
    )
