"""Writes docs/reference/errors.md from `jupyter_mlx.errors`; ``--check`` only says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from jupyter_mlx import errors

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "errors.md"

HEAD = """\
# Errors

Every error says what happened, where, and what to do about it. The command line prints it and ends with the exit
code; the server answers with the HTTP status and `{code, message, field, hint}`. An error counts as each of its
ancestors too.

| error | kind of | code | HTTP | exit | meaning |
|---|---|---|---|---|---|
"""

TAIL = """
Exit codes that are no error: 0 all went well, 130 you detached from a run with Ctrl-C (the run goes on).
"""


def render() -> str:
    """The whole page."""
    rows = []
    for code, cls in errors.error_types().items():
        if cls is errors.MlxError:
            continue
        parent = cls.__mro__[1]
        kind = "" if parent is errors.MlxError else f"`{parent.__name__}`"
        meaning = " ".join((cls.__doc__ or "").split())
        rows.append(f"| `{cls.__name__}` | {kind} | `{code}` | {cls.status} | {cls.exit_code} | {meaning} |\n")
    return HEAD + "".join(rows) + TAIL


def main() -> int:
    """0 when the page is as it should be, or has been written."""
    text = render()
    if "--check" in sys.argv:
        return 0 if PAGE.is_file() and PAGE.read_text("utf-8") == text else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
