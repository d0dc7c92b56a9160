"""``make bench``: every figure, side by side, as a Markdown table. ``--only NAME`` and ``--runs N`` shorten it."""

from __future__ import annotations

import argparse
import sys

from . import figures
from .bed import beds
from .side_by_side import Figure, table

_EACH = ("warm_submit", "cold_agent", "one_of_a_thousand")
_BULK = ("bulk_up", "bulk_down")
_WHOLE = ("trivial_notebook", "cells_in_a_row")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--rtt", type=float, action="append", default=[])
    args = parser.parse_args()
    found: list[Figure] = []
    with beds(args.rtt or [0, 50]) as all_beds:
        for bed in all_beds:
            for name, runs in [
                *((name, args.runs) for name in _EACH),
                *((name, max(3, args.runs // 3)) for name in _BULK),
                *((name, max(3, args.runs // 3)) for name in (_WHOLE if not bed.rtt_ms else _WHOLE[:1])),
                ("log_line", 200),
                *([("memory", 0)] if not bed.rtt_ms else []),
            ]:
                if args.only and name not in args.only:
                    continue
                work = getattr(figures, name)
                made = work(bed) if name == "memory" else work(bed, runs)
                for figure in made if isinstance(made, list) else [made]:
                    found.append(figure)
                    sys.stderr.write(table([figure]).splitlines()[-1] + "\n")
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
