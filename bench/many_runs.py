"""A history of many runs, written straight into the store."""

from __future__ import annotations

import random

from jupyter_mlx.models import Cell, Run, RunState, new_run_id
from jupyter_mlx.store import Store, rows

PACKAGES = {f"package-{n}": "1.2.3" for n in range(150)}
KEYS = ("loss", "accuracy", *(f"metric_{n}" for n in range(18)))


def fill(store: Store, count: int) -> None:
    """So many runs of 30 cells, 150 packages and 20 metrics."""
    chance = random.Random(1)
    with store.database.write() as connection:
        for n in range(count):
            row = rows.insert(connection, _run(n, chance))
            values = [(row, key, chance.random()) for key in KEYS]
            connection.executemany("INSERT INTO series (run, key, value) VALUES (?, ?, ?)", values)


def _run(n: int, chance: random.Random) -> Run:
    start = 1.7e9 + 60 * n
    return Run(
        new_run_id(),
        n + 1,
        f"/home/me/project-{n % 7}",
        f"notebook-{n % 5}.ipynb",
        f"machine-{n % 3}",
        tags=["starred"] if n % 9 == 0 else ["a", "b"],
        state=RunState.SUCCEEDED,
        exit={"state": "succeeded"},
        created=start,
        accepted=start,
        started=start,
        ended=start + 1000 * chance.random(),
        params={"lr": 0.1, "n": n},
        cells=[Cell(index, f"cell-{index}", "succeeded", start, 1.0, index) for index in range(30)],
        environment={"packages": PACKAGES},
    )
