"""Writes docs/reference/cli.md from the parser; ``--check`` only tells whether it is fresh."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"

HEAD = """\
# Command line

`jupyter mlx VERB …`. Every verb takes `--json`: models as they are, one object, or one a line where it follows or
lists. Exit codes are in [errors](errors.md).
"""


def verbs(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Every verb's parser, in order, those below others too."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield one
                yield from verbs(one)


def render() -> str:
    """The whole page."""
    os.environ["COLUMNS"] = "100"
    from jupyter_mlx.cli.arguments import build

    parts = [HEAD]
    for verb in verbs(build()):
        told = [action for action in verb._actions if action.help and action.dest not in ("help", "json", "action")]
        rows = [_row(action) for action in told]
        says = verb.description or ""
        parts.append(f"\n## `{verb.prog}`\n\n{says[:1].upper()}{says[1:]}.\n")
        if rows:
            parts.append("\n| argument | meaning |\n|---|---|\n" + "".join(rows))
    return "".join(parts)


def _row(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    takes = action.nargs != 0
    choices = "|".join(map(str, action.choices)) if action.choices else value
    names = [f"`{name}{' ' + choices if takes else ''}`" for name in action.option_strings] or [f"`{action.dest}`"]
    return f"| {', '.join(names).replace('|', '/')} | {action.help} |\n"


def main() -> int:
    """0 when the page is as it should be, or has been written."""
    text = render()
    if "--check" in sys.argv:
        return 0 if PAGE.is_file() and PAGE.read_text("utf-8") == text else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
