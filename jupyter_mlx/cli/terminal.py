"""Text for a terminal: nothing from a machine may steer it, widths are respected, colours are optional."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from typing import IO, Any

from ..models import to_json

# C0 and C1 controls, OSC/DCS/APC/PM/SOS strings, CSI and two-character escapes; colour (SGR) survives below.
_ESCAPES = re.compile(
    r"\x1b[\]P_^X][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|\Z)?"
    r"|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|\Z)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|\Z)"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_SGR = re.compile(r"\x1b\[[0-9;:]*m\Z")
# Characters that reorder or hide text around them.
_BIDI = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")


def printable(text: str, colour: bool = False) -> str:
    """Text from elsewhere without anything that steers a terminal; SGR colours stay where ``colour``."""

    def keep(match: re.Match[str]) -> str:
        return match.group() if colour and _SGR.match(match.group()) else ""

    cleaned = _ESCAPES.sub(keep, text).translate(_BIDI)
    return cleaned.encode("utf-8", "backslashreplace").decode("utf-8")


def one_line(text: str, width: int = 200) -> str:
    """Printable text on one line, cut with an ellipsis."""
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= width else flat[: max(0, width - 1)] + "…"


class Screen:
    """Where the command line prints; quiet when the reader of a pipe went away."""

    def __init__(self, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.tty = self.out.isatty()
        self.colour = self.tty and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """Columns; 100 where there is no terminal."""
        return max(20, shutil.get_terminal_size((100, 24)).columns)

    def paint(self, text: str, *codes: int) -> str:
        """Text in SGR codes where colours are on."""
        return f"\x1b[{';'.join(map(str, codes))}m{text}\x1b[0m" if self.colour and codes else text

    def line(self, text: str = "") -> None:
        """One line of ours on stdout."""
        self.write(text + "\n")

    def write(self, text: str) -> None:
        """Text as it is on stdout, flushed; characters the terminal cannot show are escaped."""
        encoding = getattr(self.out, "encoding", None) or "utf-8"
        self.out.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self.out.flush()

    def note(self, text: str) -> None:
        """One line on stderr: what is going on, never data; where nobody can be told, work goes on."""
        encoding = getattr(self.err, "encoding", None) or "utf-8"
        with contextlib.suppress(OSError):
            self.err.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self.err.flush()

    def json(self, value: Any) -> None:
        """A model as one line of JSON."""
        self.line(json.dumps(to_json(value), ensure_ascii=True, allow_nan=False))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Columns of printable text; the last column takes what the terminal leaves."""
        cells = [[one_line(cell, 60) for cell in row[:-1]] + [one_line(row[-1], 400)] for row in rows]
        widths = [max(len(row[i]) for row in [list(head), *cells]) for i in range(len(head))]
        for number, row in enumerate([list(head), *cells]):
            text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            text = text if not self.tty or len(text) <= self.width else text[: self.width - 1] + "…"
            self.line(self.paint(text, 2) if number == 0 else text)


def size(count: float | None) -> str:
    """Bytes for people: 1.2 MB."""
    if count is None:
        return "?"
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def duration(seconds: float | None) -> str:
    """Seconds for people: 0.4 s, 3 m 12 s, 2 h 05 m."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{max(0.0, seconds):.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def clock(seconds: float | None) -> str:
    """A moment as local time; with the date where it is not today."""
    if seconds is None:
        return ""
    try:
        moment, today = time.localtime(seconds), time.localtime()
    except (OverflowError, ValueError, OSError):  # a machine's clock may say anything
        return "?"
    same_day = moment[:3] == today[:3]
    return time.strftime("%H:%M:%S" if same_day else "%Y-%m-%d %H:%M", moment)


def number(value: Any) -> str:
    """A metric's value for people."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return one_line(str(value), 40)
    return f"{value:.6g}"
