"""Names, sizes and guesses as the messages of capture show them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable


def shown(name: str | os.PathLike[str]) -> str:
    """A name for a message: as it is, or quoted with escapes where it holds what a terminal would not show."""
    text = os.fspath(name)
    return text if text and text.isprintable() else ascii(text)


def sized(count: int) -> str:
    """Bytes for people, in steps of 1000: ``17 B``, ``4.2 kB``, ``1.2 GB``."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def counted(count: int, noun: str) -> str:
    """``1 file``, ``12,345 files``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What the user may have meant, or everything there is to choose from; empty where there is nothing."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]}?"
    return f"There is: {', '.join(names[:20])}{' …' if len(names) > 20 else ''}." if names else ""
