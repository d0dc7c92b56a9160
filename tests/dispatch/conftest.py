"""Fixtures for the deeds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fixtures import Laptop

from .bed import Bed


@pytest.fixture
def bed(laptop: Laptop) -> Iterator[Bed]:
    """A laptop with a project and machine ``local``."""
    made = Bed(laptop.home / "bed")
    yield made
    made.close()
