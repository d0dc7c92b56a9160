"""Runs to host, each in a folder of its own, and none left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.hosting import HostedRun, notebook_of


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Callable[..., HostedRun]]:
    made: list[HostedRun] = []

    def make(*cells: Any, notebook: dict[str, Any] | None = None, **spec: Any) -> HostedRun:
        folder = tmp_path / f"machine-{len(made)}"
        folder.mkdir()
        made.append(HostedRun(folder, notebook or notebook_of(*cells), **spec))
        return made[-1]

    yield make
    for run in made:
        run.close()
