"""One line of the doctor's card, and what a step of the probe gives."""

from typing import Any, Dict, NamedTuple, Optional


class Check(NamedTuple):
    """``ok``: True fine, False a problem with its remedy, None worth knowing. ``required``: no run works without it."""

    id: str
    ok: Optional[bool]
    value: str
    problem: Optional[str] = None
    remedy: Optional[str] = None
    required: bool = False
    facts: Optional[Dict[str, Any]] = None  # for programs; merged into the probe's answer

    def as_dict(self) -> Dict[str, Any]:
        """The check as it goes over the pipe."""
        report = self._asdict()
        del report["facts"]
        return dict(report)


def size(count: Optional[float]) -> str:
    """Bytes for people."""
    if count is None:
        return "unknown"
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return "%d %s" % (count, unit) if unit == "B" else "%.1f %s" % (count, unit)
        count /= 1000
    return "%.1f TB" % count
