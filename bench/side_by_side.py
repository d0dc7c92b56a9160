"""Two ways to the same result, timed in turn, so that a busy machine slows both alike."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Way = Callable[[], "float | None"]


@dataclass
class Figure:
    """One row: what, at which round trip, ours against theirs; seconds unless ``unit`` says otherwise."""

    name: str
    rtt_ms: float
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    against: str = ""
    unit: str = "ms"
    aim: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over theirs, of the medians."""
        return statistics.median(self.ours) / statistics.median(self.theirs) if self.ours and self.theirs else None


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(figure: Figure, ours: Way, theirs: Way | None, runs: int, warm_up: int = 1) -> Figure:
    """Fill a figure: A B A B …; a way may give its own seconds, else its call is timed."""
    for turn in range(warm_up + runs):
        for way, kept in ((ours, figure.ours), (theirs, figure.theirs)):
            if way is None:
                continue
            began = time.perf_counter()
            own = way()
            took = time.perf_counter() - began if own is None else own
            if turn >= warm_up:
                kept.append(took)
    return figure


def shell(*argv: str, **options: object) -> None:
    """Run a program, its output thrown away; raises where it fails."""
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def table(figures: list[Figure]) -> str:
    """The figures as a Markdown table of medians."""
    lines = [
        "| figure | RTT ms | ours | against | theirs | ratio | n | aim |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for figure in figures:
        ours, theirs = _median(figure.ours, figure.unit), _median(figure.theirs, figure.unit)
        ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
        cells = [
            figure.name,
            f"{figure.rtt_ms:g}",
            ours,
            figure.against,
            theirs,
            ratio,
            str(len(figure.ours)),
            figure.aim,
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _median(values: list[float], unit: str) -> str:
    if not values:
        return ""
    middle = statistics.median(values)
    return f"{middle * 1000:.1f} ms" if unit == "ms" else f"{middle:.1f} {unit}"
