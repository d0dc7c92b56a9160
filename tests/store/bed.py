"""What the tests of the store build on: runs, journals as a machine would write them."""

from __future__ import annotations

from typing import Any

from jupyter_mlx.models import Cell, Run, new_run_id
from jupyter_mlx.runner.journal import dumps, encode

T0 = 1_700_000_000.0


def a_run(project: str = "/home/me/project", notebook: str = "train.ipynb", **more: Any) -> Run:
    return Run(new_run_id(), more.pop("number", 0), project, notebook, more.pop("machine", "gpu-box"), **more)


def a_spec(run: Run) -> dict[str, Any]:
    """The spec a client would have sent for a run."""
    return {
        "format": 1,
        "id": run.id,
        "project": run.project,
        "notebook": run.notebook,
        "title": run.title,
        "tags": run.tags,
        "params": run.params,
        "cells": [{"index": cell.index, "id": cell.id} for cell in run.cells],
    }


def cells(count: int) -> list[Cell]:
    return [Cell(index, f"cell-{index}") for index in range(count)]


def journal(*events: dict[str, Any], first: int = 1) -> bytes:
    """Events as the bytes of a journal; ``t`` is filled in."""
    return b"".join(encode(first + n, dumps({"t": T0 + n, **event})) for n, event in enumerate(events))


def exit_event(state: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {"type": "exit", "state": state, "reason": None, "cause": "done", "started": T0, "ended": T0 + 60, **more}


def a_whole_run() -> list[dict[str, Any]]:
    """The events of a small run that went well."""
    return [
        {"type": "state", "state": "preparing"},
        {"type": "log", "source": "build", "text": "installing"},
        {"type": "environment", "digest": "d" * 64, "kind": "kernel", "python": "3.11.7", "packages": {"numpy": "2.0"}},
        {"type": "state", "state": "running"},
        {"type": "cell", "cell": 0, "id": "cell-0", "state": "running"},
        {"type": "stream", "cell": 0, "name": "stdout", "text": "hello\n"},
        {"type": "metric", "values": {"loss": 0.5, "acc": "NaN"}, "step": 1},
        {"type": "metric", "values": {"loss": 0.25, "done": True}, "step": 2},
        {"type": "cell", "cell": 0, "state": "succeeded", "execution_count": 1, "duration_s": 2.5},
        {
            "type": "outputs",
            "files": [{"path": "a.txt", "size": 3, "sha256": "a" * 64, "area": "outputs"}],
            "skipped": [],
        },
        {"type": "state", "state": "succeeded"},
        exit_event(duration_s=60.0, rss_peak=1 << 20),
    ]
