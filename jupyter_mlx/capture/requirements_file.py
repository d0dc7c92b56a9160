"""A requirements file as lines that mean the same on any machine; what would not is refused by name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import InputError, LimitError, NotFoundError
from .wording import shown, sized

MAX_BYTES = 1 << 20
MAX_LINES = 5000
_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"(-r|--requirement)(\s+|=)?(?P<file>.+)\Z")
_HASH = re.compile(r"\s--hash[= ]\s*(?P<hash>[a-z0-9]+:[0-9a-fA-F]+)")
_INDEX = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links")
_PASSED = ("--pre", "--no-binary", "--only-binary", "--prefer-binary", "--require-hashes", "--no-index")
_REFUSED = {
    "-e": "an editable install",
    "--editable": "an editable install",
    "-c": "a constraints file",
    "--constraint": "a constraints file",
    "--trusted-host": "a host without a certificate",
    "--global-option": "an option for setup.py",
    "--config-settings": "an option for the build",
    "--use-feature": "an option for pip alone",
}


def read_requirements(file: Path, project: Path) -> list[str]:
    """The lines of a requirements file with its includes in place, comments gone, hashes kept.

    Raises InputError with file:line for what cannot travel, NotFoundError, LimitError.
    """
    lines = _read(os.path.realpath(file), os.path.realpath(project), ())
    if not any(not line.startswith("-") for line in lines):
        raise InputError(f"{shown(file)} asks for nothing", field="environment", hint="Was it saved?")
    return lines


def _read(path: str, project: str, above: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for number, line in _logical_lines(path):
        where = f"{shown(path)}:{number}"
        include = _INCLUDE.match(line)
        if include is None:
            found += _line(line, where)
            continue
        target = include["file"].strip()
        inner = os.path.realpath(os.path.join(os.path.dirname(path), target))
        if "://" in target or os.path.commonpath([project, inner]) != project:
            raise InputError(f"{where}: -r {shown(target)} is outside of the project", field="environment")
        if inner in (*above, path):
            raise InputError(f"{where}: -r {shown(target)} includes itself", field="environment")
        try:
            found += _read(inner, project, (*above, path))
        except NotFoundError:
            raise NotFoundError(f"{where}: -r {shown(target)} does not exist", field="environment") from None
    if len(found) > MAX_LINES:
        raise LimitError(f"{shown(path)} has more than {MAX_LINES:,} lines", field="environment")
    return found


def _logical_lines(path: str) -> list[tuple[int, str]]:
    """(number, text) of each line that says something, continued lines joined."""
    try:
        if not os.path.isfile(path):
            raise NotFoundError(f"{shown(path)} does not exist or is not a file", field="environment")
        if os.path.getsize(path) > MAX_BYTES:
            raise LimitError(f"{shown(path)} is larger than {sized(MAX_BYTES)}", field="environment")
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{shown(path)} cannot be read: {error.strerror}", field="environment") from None
    except UnicodeDecodeError:
        raise InputError(f"{shown(path)} is not UTF-8", field="environment", hint="Save it as UTF-8.") from None
    found, begun, start = [], "", 0
    for number, raw in enumerate([*text.splitlines(), ""], 1):
        start = start or number
        line = "" if begun and raw.lstrip().startswith("#") else raw
        if line.endswith("\\") and not raw.lstrip().startswith("#"):
            begun += line[:-1] + " "
            continue
        whole = _COMMENT.sub("", begun + line).strip()
        if whole:
            found.append((start, whole))
        begun, start = "", 0
    return found


def _line(line: str, where: str) -> list[str]:
    option = re.split(r"[\s=]", line, maxsplit=1)[0]
    if not option.startswith("-"):
        return _requirement(line, where)
    if option in _PASSED:
        return [line]
    if option in _INDEX:
        _judge_url(line[len(option) :].lstrip("= \t"), where)
        return [line]
    what = _REFUSED.get(option) or _REFUSED.get(option[:2], "an option that is not known here")
    hint = (
        "List the packages themselves; the project's own source travels with the run." if option[:2] == "-e" else None
    )
    raise InputError(f"{where}: {shown(option)} ({what}) is not supported", field="environment", hint=hint)


def _requirement(line: str, where: str) -> list[str]:
    from packaging.requirements import InvalidRequirement, Requirement

    hashes = _HASH.findall(f" {line}")
    bare = " ".join(_HASH.sub("", line).split())
    if re.match(r"[a-z]+\+[a-z]+://|https?://", bare):
        raise InputError(f"{where}: a bare URL", field="environment", hint="Write it as `name @ URL`.")
    if bare.startswith((".", "/", "~", "file:")) or (bare.endswith((".whl", ".tar.gz", ".zip")) and "@" not in bare):
        raise _local(where, bare)
    try:
        requirement = Requirement(bare)
    except InvalidRequirement as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(f"{where}: {shown(bare[:80])} is no requirement: {reason}", field="environment") from None
    if requirement.url:
        _judge_url(requirement.url, where)
    if not hashes:
        return [bare]
    # One hash a line: a package may have a hundred.
    return [f"{bare} \\", *(f"    --hash={item} \\" for item in hashes[:-1]), f"    --hash={hashes[-1]}"]


def _judge_url(url: str, where: str) -> None:
    try:
        parts = urlsplit(url.strip())
        secret = bool(parts.password or (parts.username and parts.username != "git"))
    except ValueError:
        raise InputError(f"{where}: not a URL", field="environment") from None
    scheme = parts.scheme.rpartition("+")[2]
    if scheme in ("", "file"):
        raise _local(where, url)
    if scheme not in ("https", "http"):
        raise InputError(
            f"{where}: {shown(parts.scheme)} is not supported",
            field="environment",
            hint="Use https: the machine has no keys of yours.",
        )
    if secret:
        raise InputError(
            f"{where}: the URL holds a user name or a password; it would be stored with the run",
            field="environment",
            hint="Set up access on the machine (a .netrc there is read) and write the URL without it.",
        )


def _local(where: str, what: str) -> InputError:
    return InputError(
        f"{where}: {shown(what[:80])} lies on this computer, not on the machine",
        field="environment",
        hint="Name the package and a version, or `name @ https://…`.",
    )
