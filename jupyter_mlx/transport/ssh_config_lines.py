"""One file of ssh_config as lines of keyword and arguments, split as OpenSSH splits them (readconf.c, misc.c)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError

LIMIT = 4 << 20
_BLANK = " \t\r\n\f\v"


@dataclass(frozen=True)
class Line:
    """A keyword in lower case with its arguments; ``rest`` is the raw text behind the keyword."""

    path: Path
    number: int
    keyword: str
    args: list[str]
    rest: str


def split_arguments(text: str) -> list[str]:
    """Split at blanks; quotes, backslashes and a comment's ``#`` count as in OpenSSH. Raises ValueError."""
    found: list[str] = []
    position, end = 0, len(text)
    while True:
        while position < end and text[position] in " \t":
            position += 1
        if position >= end or text[position] == "#":
            return found
        word, quote = "", ""
        while position < end:
            char = text[position]
            following = text[position + 1 : position + 2]
            if char == "\\" and (following in ("'", '"', "\\") or (not quote and following == " ")) and following:
                word += following
                position += 1
            elif not quote and char in " \t":
                break
            elif not quote and char in "\"'":
                quote = char
            elif quote and char == quote:
                quote = ""
            else:
                word += char
            position += 1
        if quote:
            raise ValueError("a quote is not closed")
        found.append(word)


def split_keyword(text: str) -> tuple[str, str]:
    """The keyword in lower case and the raw rest; both forms ``Key value`` and ``Key=value``."""
    text = text.strip(_BLANK)
    if text.startswith('"'):
        keyword, _, rest = text[1:].partition('"')
    else:
        stop = next((at for at, char in enumerate(text) if char in " \t="), len(text))
        keyword, rest = text[:stop], text[stop:]
    rest = rest.lstrip(" \t")
    if rest.startswith("="):
        rest = rest[1:].lstrip(" \t")
    return keyword.lower(), rest


def read_lines(path: Path, notices: list[str]) -> Iterator[Line]:
    """The meaningful lines of a file. What cannot be used is named in ``notices`` and skipped.

    Raises InputError where the file is larger than 4 MiB or cannot be read; a missing file has no lines.
    """
    try:
        with path.open("rb") as source:
            data = source.read(LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", field=str(path), hint="make it readable") from error
    if len(data) > LIMIT:
        raise InputError(
            f"{path} is larger than {LIMIT >> 20} MiB: that is no ssh_config", field=str(path), hint="move it away"
        )
    for number, raw in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        text = raw.strip(_BLANK)
        if not text or text.startswith("#"):
            continue
        keyword, rest = split_keyword(text)
        try:
            args = split_arguments(rest)
        except ValueError as error:
            notices.append(f"{path}:{number}: {error}; the line is ignored")
            continue
        if not keyword.isascii() or not keyword.isalnum() or not args:
            notices.append(f"{path}:{number}: not a setting of ssh_config; the line is ignored")
            continue
        yield Line(path, number, keyword, args, rest)
