"""The kernel host's verdict on its run; the supervisor makes the last word of it."""

import json

from ..runner.durable import write_atomic
from ..runner.ending import MAX_REASON, RunEnded, Verdict
from ..runner.layout import RunPaths
from ..runner.reporter import free_ballast

__all__ = ["RunEnded", "Verdict", "write"]

_MAX_VALUE = 4000


def write(paths: RunPaths, verdict: Verdict) -> None:
    """Write ``host.json``; on a full disk the run's ballast makes room for it. Raises OSError."""
    report = dict(verdict._asdict())
    for name, most in (("reason", MAX_REASON), ("ename", 200), ("evalue", _MAX_VALUE)):
        report[name] = report[name] and str(report[name])[:most]
    data = json.dumps(report, sort_keys=True).encode("ascii")
    try:
        write_atomic(paths.host, data)
    except OSError:
        free_ballast(paths)
        write_atomic(paths.host, data)
