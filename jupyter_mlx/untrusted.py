"""Values that came from a machine, made bounded and harmless before anything keeps or prints them. Nothing raises."""

from __future__ import annotations

import math
import re
from typing import Any

MARK = "…"  # stands where something was cut
LATEST = 32_503_680_000.0  # the year 3000: a clock that says more is wrong

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def text(value: object, limit: int) -> str | None:
    """Text of at most ``limit`` characters, a cut marked; lone surrogates are replaced. None for anything else."""
    if not isinstance(value, str):
        return None
    if len(value) > limit:
        value = value[: max(0, limit - 1)] + MARK
    if value.isascii():
        return value
    return value.encode("utf-8", "replace").decode("utf-8")


def line(value: object, limit: int = 1000) -> str | None:
    """`text` on one line, without the control characters a terminal would obey."""
    cut = text(value, limit)
    return cut if cut is None or cut.isprintable() else _CONTROL.sub(" ", cut)


def number(value: object) -> int | float | None:
    """A number; what a double cannot hold becomes infinite. None for anything else, also for bool."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        if -(2**53) <= value <= 2**53:
            return value
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, float):
        return value
    return _WORDS.get(value) if isinstance(value, str) else None


def count(value: object, most: int = 2**53) -> int | None:
    """A whole number from 0 to ``most``, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None


def seconds(value: object) -> float | None:
    """A finite duration from 0 up, or None."""
    known = number(value)
    return float(known) if known is not None and 0 <= known < LATEST else None  # NaN compares false


def moment(value: object) -> float | None:
    """Seconds since the epoch, or None where no working clock would say so."""
    return seconds(value) or None


def plain(value: object, budget: int = 1 << 16, depth: int = 16) -> Any:
    """A JSON value of about ``budget`` bytes; deeper or longer parts are cut with a mark."""
    left = [budget]

    def walk(item: object, depth: int) -> Any:
        left[0] -= 8
        if left[0] <= 0 or depth < 0:
            return MARK
        if item is None or isinstance(item, bool):
            return item
        if isinstance(item, str):
            cut = text(item, left[0]) or ""
            left[0] -= len(cut)
            return cut
        if isinstance(item, (int, float)):
            return number(item)
        if isinstance(item, dict):
            return walk_dict(item, depth - 1)
        if isinstance(item, (list, tuple)):
            return walk_list(item, depth - 1)
        return MARK

    def walk_dict(item: dict[Any, Any], depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, part in item.items():
            name = text(str(key), 200) or ""
            left[0] -= len(name)
            out[name] = walk(part, depth)
            if left[0] <= 0:
                break
        return out

    def walk_list(item: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
        out: list[Any] = []
        for part in item:
            out.append(walk(part, depth))
            if left[0] <= 0:
                break
        return out

    return walk(value, depth)
